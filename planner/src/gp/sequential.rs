//! A pool of candidates from which one pick after another is made.

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatRef, Par};
use rayon::prelude::*;

use super::exact::ExactGp;

/// Candidates that are conditioned together. Fixed, so that results do not depend on the number of
/// threads.
const BLOCK: usize = 1024;
/// Numbers of `V = L^-1 K*` from which half the digits are kept of them: 256 MB.
const LARGE: usize = 1 << 25;
/// Rows of which a product in half the digits is summed before it is added to a sum in all of them.
const CHUNK: usize = 512;

/// Latent posterior of a pool, conditioned on one imagined or real measurement at a time.
///
/// A measurement at p adds one row `v = c / l` to `V = L^-1 K*`, with `c` its posterior covariance
/// with the pool and `l = sqrt(c_p + noise)`; variances fall by `v^2` and means move by
/// `v (y - mean_p) / l`. That is the rank-one extension of the Cholesky factor: a pick costs
/// `2 n m` operations, nothing is factorised again (GP-BUCB, Desautels et al. 2014,
/// arXiv:1206.6402).
///
/// Means and variances are summed in 64 bits. Above 2^25 numbers (a genome against 1,800
/// measurements) V itself is kept in 32.
#[derive(Debug)]
pub struct Sequential<'a> {
    gp: &'a ExactGp,
    pool: &'a [Vec<f64>],
    /// `[measured, BLOCK]` each.
    whitened: Vec<Whitened>,
    /// One row per pick, `[pool]`.
    picked: Vec<Vec<f64>>,
    mean: Vec<f64>,
    variance: Vec<f64>,
}

#[derive(Debug)]
enum Whitened {
    Double(Mat<f64>),
    Single(Mat<f32>),
}

impl Whitened {
    fn of(v: Mat<f64>, single: bool) -> Self {
        match single {
            false => Self::Double(v),
            true => Self::Single(Mat::from_fn(v.nrows(), v.ncols(), |i, j| v[(i, j)] as f32)),
        }
    }

    fn column(&self, j: usize) -> Vec<f64> {
        match self {
            Self::Double(v) => v.col_as_slice(j).to_vec(),
            Self::Single(v) => v.col_as_slice(j).iter().map(|v| f64::from(*v)).collect(),
        }
    }

    /// Takes `V^T column` from `from`.
    fn subtract_product(&self, column: &[f64], from: &mut [f64]) {
        match self {
            Self::Double(v) => {
                let column = MatRef::from_column_major_slice(column, column.len(), 1);
                let mut out = Mat::<f64>::zeros(v.ncols(), 1);
                matmul(out.as_mut(), Accum::Replace, v.transpose(), column, 1.0, Par::Seq);
                from.iter_mut().zip(out.col_as_slice(0)).for_each(|(c, p)| *c -= p);
            }
            Self::Single(v) => {
                let column: Vec<f32> = column.iter().map(|c| *c as f32).collect();
                let mut out = Mat::<f32>::zeros(v.ncols(), 1);
                for start in (0..column.len()).step_by(CHUNK) {
                    let rows = CHUNK.min(column.len() - start);
                    let part = &column[start..start + rows];
                    let part = MatRef::from_column_major_slice(part, rows, 1);
                    let left = v.get(start..start + rows, ..).transpose();
                    matmul(out.as_mut(), Accum::Replace, left, part, 1.0, Par::Seq);
                    from.iter_mut().zip(out.col_as_slice(0)).for_each(|(c, p)| *c -= f64::from(*p));
                }
            }
        }
    }
}

impl<'a> Sequential<'a> {
    /// The pool before any pick.
    #[must_use]
    pub fn new(gp: &'a ExactGp, pool: &'a [Vec<f64>]) -> Self {
        Self::with_digits(gp, pool, gp.measured() * pool.len() > LARGE)
    }

    fn with_digits(gp: &'a ExactGp, pool: &'a [Vec<f64>], single: bool) -> Self {
        let one = |at: &[Vec<f64>]| {
            let (mean, v) = gp.whitened(at);
            let explained = |j: usize| v.col_as_slice(j).iter().map(|v| v * v).sum::<f64>();
            let variance: Vec<f64> = (0..at.len())
                .map(|j| (gp.kernel().value(&at[j], &at[j]) - explained(j)).max(0.0))
                .collect();
            (mean, variance, Whitened::of(v, single))
        };
        let blocks: Vec<_> = pool.par_chunks(BLOCK).map(one).collect();
        let (mut mean, mut variance, mut whitened) = (Vec::new(), Vec::new(), Vec::new());
        for block in blocks {
            mean.extend(block.0);
            variance.extend(block.1);
            whitened.push(block.2);
        }
        Self { gp, pool, whitened, picked: Vec::new(), mean, variance }
    }

    /// Latent means.
    #[must_use]
    pub fn mean(&self) -> &[f64] {
        &self.mean
    }

    /// Latent variances.
    #[must_use]
    pub fn variance(&self) -> &[f64] {
        &self.variance
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

    /// Takes candidate `at` as measured with value `y`. Nothing happens for a number that no
    /// candidate has, and where neither the candidate nor its measurement is uncertain.
    pub fn measure(&mut self, at: usize, y: f64, noise: f64) {
        if at >= self.pool.len() {
            return;
        }
        let length = (self.variance[at] + noise).sqrt();
        if length <= 0.0 {
            return;
        }
        let shift = (y - self.mean[at]) / length;
        let mut row = self.covariance(at);
        row.iter_mut().for_each(|c| *c /= length);
        for ((v, variance), mean) in row.iter().zip(&mut self.variance).zip(&mut self.mean) {
            *variance = (*variance - v * v).max(0.0);
            *mean += v * shift;
        }
        self.picked.push(row);
    }

    /// The row that the last pick added, `[pool]`.
    pub(super) fn last_row(&self) -> Option<&[f64]> {
        self.picked.last().map(Vec::as_slice)
    }

    /// Posterior covariances of candidate `at` with the pool.
    fn covariance(&self, at: usize) -> Vec<f64> {
        let column = self.whitened[at / BLOCK].column(at % BLOCK);
        let mut covariance = vec![0.0; self.pool.len()];
        let blocks = covariance.par_chunks_mut(BLOCK).zip(self.pool.par_chunks(BLOCK));
        blocks.zip(&self.whitened).enumerate().for_each(|(block, ((out, pool), whitened))| {
            if !column.is_empty() {
                whitened.subtract_product(&column, out);
            }
            let prior = self.gp.kernel().row(&self.pool[at], pool);
            out.iter_mut().zip(prior).for_each(|(c, prior)| *c += prior);
            for row in &self.picked {
                let own = row[at];
                let row = &row[block * BLOCK..];
                out.iter_mut().zip(row).for_each(|(c, v)| *c -= own * v);
            }
        });
        covariance
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gp::{Kernel, Mean};

    fn gp() -> ExactGp {
        let x: Vec<Vec<f64>> = (0..6).map(|i| vec![f64::from(i) / 3.0, f64::from(i % 2)]).collect();
        let y = x.iter().map(|x| x[0].sin()).collect();
        let kernel = Kernel::Rbf { dims: vec![0, 1], lengthscale: vec![0.7, 1.2] };
        ExactGp::condition(kernel, Mean::Constant(0.2), vec![0.05; 6], x, y).unwrap()
    }

    fn pool(n: u32) -> Vec<Vec<f64>> {
        (0..n).map(|i| vec![f64::from(i) / 4.0, 0.3]).collect()
    }

    #[test]
    fn one_pick_after_another_is_conditioning_on_all_of_them_in_all_digits_and_in_half() {
        let (gp, pool) = (gp(), pool(9));
        let one = gp.with(&pool[3..4], &[1.5], 0.05).unwrap();
        let both = one.believing(&pool[7..8], 0.05).unwrap();
        let (mean, covariance) = both.posterior(&pool);
        for (single, allowed) in [(false, 1e-10), (true, 1e-6)] {
            let mut sequence = Sequential::with_digits(&gp, &pool, single);
            sequence.measure(3, 1.5, 0.05);
            sequence.believe(7, 0.05);
            sequence.believe(99, 0.05);
            for j in 0..pool.len() {
                assert!((sequence.mean()[j] - mean[j]).abs() < allowed);
                assert!((sequence.variance()[j] - covariance[j * 10]).abs() < allowed);
            }
        }
    }

    #[test]
    fn a_pool_of_several_blocks_is_what_its_parts_are() {
        let (gp, pool) = (gp(), pool(2_500));
        let mut whole = Sequential::new(&gp, &pool);
        let far = BLOCK + 7;
        whole.measure(far, 2.0, 0.1);
        let part = [&pool[far..=far], &pool[2_400..]].concat();
        let mut alone = Sequential::new(&gp, &part);
        alone.measure(0, 2.0, 0.1);
        for (i, (mean, sd)) in alone.mean().iter().zip(alone.sd()).enumerate().skip(1) {
            assert!((whole.mean()[2_399 + i] - mean).abs() < 1e-12);
            assert!((whole.sd()[2_399 + i] - sd).abs() < 1e-12);
        }
    }

    #[test]
    fn what_is_known_without_noise_is_not_measured_again() {
        let (gp, pool) = (gp(), pool(3));
        let mut sequence = Sequential::new(&gp, &pool);
        sequence.measure(1, 0.5, 0.0);
        let before = sequence.mean().to_vec();
        sequence.variance[1] = 0.0;
        sequence.measure(1, 0.9, 0.0);
        assert_eq!(sequence.mean(), before);
    }
}
