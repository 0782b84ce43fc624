//! A pool of candidates from which one pick after another is made.

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, Par};

use super::exact::ExactGp;

/// Latent posterior of a pool, conditioned on one imagined or real measurement at a time.
///
/// A measurement at p adds one row `v = c / l` to `V = L^-1 K*`, with `c` its posterior covariance
/// with the pool and `l = sqrt(c_p + noise)`; variances fall by `v^2` and means move by
/// `v (y - mean_p) / l`. That is the rank-one extension of the Cholesky factor: a pick costs
/// `2 n m` operations, nothing is factorised again (GP-BUCB, Desautels et al. 2014,
/// arXiv:1206.6402).
#[derive(Debug)]
pub struct Sequential<'a> {
    gp: &'a ExactGp,
    pool: &'a [Vec<f64>],
    /// `[measured, pool]`.
    whitened: Mat<f64>,
    /// One row per pick, `[pool]`.
    picked: Vec<Vec<f64>>,
    mean: Vec<f64>,
    variance: Vec<f64>,
}

impl<'a> Sequential<'a> {
    /// The pool before any pick.
    #[must_use]
    pub fn new(gp: &'a ExactGp, pool: &'a [Vec<f64>]) -> Self {
        let (mean, whitened) = gp.whitened(pool);
        let variance = (0..pool.len())
            .map(|j| {
                let explained: f64 = whitened.col(j).iter().map(|v| v * v).sum();
                (gp.kernel().value(&pool[j], &pool[j]) - explained).max(0.0)
            })
            .collect();
        Self { gp, pool, whitened, picked: Vec::new(), mean, variance }
    }

    /// Latent means.
    #[must_use]
    pub fn mean(&self) -> &[f64] {
        &self.mean
    }

    /// Latent standard deviations.
    #[must_use]
    pub fn sd(&self) -> Vec<f64> {
        self.variance.iter().map(|v| v.sqrt()).collect()
    }

    /// Takes candidate `at` as measured with its posterior mean: means stay, variances shrink.
    /// Nothing happens for a number that no candidate has.
    pub fn believe(&mut self, at: usize, noise: f64) {
        if let Some(&mean) = self.mean.get(at) {
            self.measure(at, mean, noise);
        }
    }

    /// Takes candidate `at` as measured with value `y`.
    pub fn measure(&mut self, at: usize, y: f64, noise: f64) {
        if at >= self.pool.len() {
            return;
        }
        let mut covariance = self.gp.kernel().row(&self.pool[at], self.pool);
        let (n, m) = (self.whitened.nrows(), self.pool.len());
        if n > 0 {
            let column = Mat::from_fn(n, 1, |i, _| self.whitened[(i, at)]);
            let mut explained = Mat::<f64>::zeros(m, 1);
            let left = self.whitened.transpose();
            matmul(explained.as_mut(), Accum::Replace, left, column.as_ref(), 1.0, Par::Seq);
            covariance.iter_mut().enumerate().for_each(|(j, c)| *c -= explained[(j, 0)]);
        }
        for row in &self.picked {
            let own = row[at];
            covariance.iter_mut().zip(row).for_each(|(c, v)| *c -= own * v);
        }
        let length = (self.variance[at] + noise).sqrt();
        if length <= 0.0 {
            return;
        }
        let shift = (y - self.mean[at]) / length;
        let row: Vec<f64> = covariance.into_iter().map(|c| c / length).collect();
        for (j, v) in row.iter().enumerate() {
            self.variance[j] = (self.variance[j] - v * v).max(0.0);
            self.mean[j] += v * shift;
        }
        self.picked.push(row);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gp::{Kernel, Mean};

    #[test]
    fn one_pick_after_another_is_conditioning_on_all_of_them() {
        let x: Vec<Vec<f64>> = (0..6).map(|i| vec![f64::from(i) / 3.0, f64::from(i % 2)]).collect();
        let y: Vec<f64> = x.iter().map(|x| x[0].sin()).collect();
        let kernel = Kernel::Rbf { dims: vec![0, 1], lengthscale: vec![0.7, 1.2] };
        let gp = ExactGp::condition(kernel, Mean::Constant(0.2), vec![0.05; 6], x, y).unwrap();
        let pool: Vec<Vec<f64>> = (0..9).map(|i| vec![f64::from(i) / 4.0, 0.3]).collect();
        let mut sequence = Sequential::new(&gp, &pool);
        sequence.measure(3, 1.5, 0.05);
        sequence.believe(7, 0.05);
        sequence.believe(99, 0.05);
        let one = gp.with(&pool[3..4], &[1.5], 0.05).unwrap();
        let both = one.believing(&pool[7..8], 0.05).unwrap();
        let (mean, covariance) = both.posterior(&pool);
        for j in 0..pool.len() {
            assert!((sequence.mean()[j] - mean[j]).abs() < 1e-10);
            assert!((sequence.sd()[j].powi(2) - covariance[j * 10]).abs() < 1e-10);
        }
    }
}
