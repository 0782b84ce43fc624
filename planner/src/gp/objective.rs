//! The log evidence of a process with Gaussian kernel, and its slopes, fast.

use std::cell::RefCell;

use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::cholesky::llt::factor::{cholesky_in_place, cholesky_in_place_scratch};
use faer::linalg::matmul::triangular::{BlockStructure, matmul};
use faer::linalg::triangular_inverse::invert_lower_triangular;
use faer::linalg::triangular_solve::{
    solve_lower_triangular_in_place, solve_upper_triangular_in_place,
};
use faer::{Accum, Mat, Par};

use super::exponential::exp_negative;
use super::priors::{LogNormal, lengthscale_prior, noise_prior};
use crate::gauss::HALF_LN_TWO_PI;

/// Lengths are never below this, as BoTorch's.
const SHORTEST: f64 = 0.025;
/// Noise variances neither.
const LEAST_NOISE: f64 = 1e-4;

/// `-(log likelihood + log priors) / n` of centred features and a standardised target.
///
/// Parameters are `ln(length - shortest)` of every group of columns, then `ln(noise - least)`, so
/// that no step of an optimiser leaves the bounds. The constant mean is always the best one given
/// the others, `1^T S^-1 y / 1^T S^-1 1`: one parameter less, and the slopes stay the same.
pub(super) struct Objective {
    /// `[n, d]`, centred, so that products of features keep their digits.
    x: Mat<f64>,
    y: Vec<f64>,
    /// Whether all columns share one length.
    shared: bool,
    work: RefCell<Work>,
}

/// Matrices that every evaluation overwrites, and what the last one found.
struct Work {
    z: Mat<f64>,
    kernel: Mat<f64>,
    factor: Mat<f64>,
    inverse_factor: Mat<f64>,
    inverse: Mat<f64>,
    gz: Mat<f64>,
    /// Solutions for the target and for ones.
    solved: Mat<f64>,
    stack: MemBuffer,
    evaluations: usize,
    /// The line search asks for value and slopes of one point one after the other.
    last: Option<(Vec<f64>, Evaluation)>,
}

/// Cost and its slopes; an infinite cost where the covariance cannot be factorised.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Evaluation {
    pub cost: f64,
    pub slopes: Vec<f64>,
    /// The best constant mean.
    pub constant: f64,
    /// Log likelihood alone.
    pub log_likelihood: f64,
}

impl Objective {
    /// `x` as rows, `y` standardised.
    pub fn new(x: &[Vec<f64>], y: Vec<f64>, shared: bool) -> Self {
        let (n, d) = (x.len(), x.first().map_or(0, Vec::len));
        let count = n.max(1) as f64;
        let middle: Vec<f64> =
            (0..d).map(|j| x.iter().map(|x| x[j]).sum::<f64>() / count).collect();
        let x = Mat::from_fn(n, d, |i, j| x[i][j] - middle[j]);
        let square = || Mat::zeros(n, n);
        let work = Work {
            z: Mat::zeros(n, d),
            kernel: square(),
            factor: square(),
            inverse_factor: square(),
            inverse: square(),
            gz: Mat::zeros(n, d),
            solved: Mat::zeros(n, 2),
            stack: MemBuffer::new(cholesky_in_place_scratch::<f64>(
                n,
                Par::Seq,
                Default::default(),
            )),
            evaluations: 0,
            last: None,
        };
        Self { x, y, shared, work: RefCell::new(work) }
    }

    /// Evaluations so far.
    pub fn evaluations(&self) -> usize {
        self.work.borrow().evaluations
    }

    /// Lengths, one per column, and noise variance of parameters.
    pub fn hyperparameters(&self, theta: &[f64]) -> (Vec<f64>, f64) {
        let group = |j: usize| if self.shared { 0 } else { j };
        let lengths = (0..self.x.ncols()).map(|j| SHORTEST + theta[group(j)].exp()).collect();
        (lengths, LEAST_NOISE + theta[theta.len() - 1].exp())
    }

    /// Cost and slopes at `theta`, remembered until the next point is asked for.
    pub fn evaluate(&self, theta: &[f64]) -> Evaluation {
        let mut work = self.work.borrow_mut();
        if let Some((at, found)) = &work.last
            && at == theta
        {
            return found.clone();
        }
        work.evaluations += 1;
        let found = self.fresh(theta, &mut work).filter(|found| {
            found.cost.is_finite() && found.slopes.iter().all(|slope| slope.is_finite())
        });
        let found = found.unwrap_or_else(|| Evaluation {
            cost: f64::INFINITY,
            slopes: vec![0.0; theta.len()],
            constant: 0.0,
            log_likelihood: f64::NEG_INFINITY,
        });
        work.last = Some((theta.to_vec(), found.clone()));
        found
    }

    /// `None` where the covariance cannot be factorised.
    fn fresh(&self, theta: &[f64], work: &mut Work) -> Option<Evaluation> {
        let n = self.y.len();
        let (lengths, noise) = self.hyperparameters(theta);
        if !(noise.is_finite() && lengths.iter().all(|length| length.is_finite())) {
            return None;
        }
        for (j, length) in lengths.iter().enumerate() {
            let scaled = work.z.col_as_slice_mut(j).iter_mut().zip(self.x.col_as_slice(j));
            scaled.for_each(|(z, x)| *z = x / length);
        }
        work.correlate();
        work.factorise(noise)?;
        let (constant, fit) = work.solve(&self.y);
        let log_det: f64 = 2.0 * (0..n).map(|i| work.factor[(i, i)].ln()).sum::<f64>();
        let log_likelihood = -0.5 * (fit + log_det) - n as f64 * HALF_LN_TWO_PI;
        work.invert();
        let alpha = work.solved.col_as_slice(0).to_vec();
        let by_noise: f64 =
            0.5 * (0..n).map(|i| alpha[i] * alpha[i] - work.inverse[(i, i)]).sum::<f64>();
        let by_log_length = work.by_log_length(&alpha);

        let mut objective = log_likelihood;
        let mut slopes = Vec::with_capacity(theta.len());
        let mut push = |slope: f64, value: f64, least: f64, prior: LogNormal| {
            let (density, by_value) = prior.log_density(value);
            objective += density;
            // The parameter is ln(value - least).
            slopes.push(-(slope + by_value) * (value - least) / n as f64);
        };
        let prior = lengthscale_prior(self.x.ncols());
        if self.shared && !lengths.is_empty() {
            push(by_log_length.iter().sum::<f64>() / lengths[0], lengths[0], SHORTEST, prior);
        } else {
            for (slope, length) in by_log_length.iter().zip(&lengths) {
                push(slope / length, *length, SHORTEST, prior);
            }
        }
        push(by_noise, noise, LEAST_NOISE, noise_prior());
        Some(Evaluation { cost: -objective / n as f64, slopes, constant, log_likelihood })
    }
}

/// Parameters of one length per group and a noise variance.
pub(super) fn parameters(lengths: &[f64], noise: f64) -> Vec<f64> {
    // A value on the bound has no logarithm: a little inside.
    let inside = |value: f64, least: f64| (value - least).max(1e-3 * least).ln();
    let lengths = lengths.iter().map(|length| inside(*length, SHORTEST));
    lengths.chain([inside(noise, LEAST_NOISE)]).collect()
}

impl Work {
    /// `exp(-|z_i - z_j|^2 / 2)`, lower half, by half a matrix product; exactly 1 on the diagonal.
    fn correlate(&mut self) {
        let n = self.z.nrows();
        matmul(
            self.kernel.as_mut(),
            BlockStructure::TriangularLower,
            Accum::Replace,
            self.z.as_ref(),
            BlockStructure::Rectangular,
            self.z.as_ref().transpose(),
            BlockStructure::Rectangular,
            1.0,
            Par::Seq,
        );
        let half: Vec<f64> = (0..n).map(|i| 0.5 * self.kernel[(i, i)]).collect();
        for j in 0..n {
            let column = &mut self.kernel.col_as_slice_mut(j)[j..];
            column[0] = 0.0;
            let below = column[1..].iter_mut().zip(&half[j + 1..]);
            below.for_each(|(k, other)| *k -= other + half[j]);
            exp_negative(column);
        }
    }

    fn factorise(&mut self, noise: f64) -> Option<()> {
        let n = self.z.nrows();
        for j in 0..n {
            self.factor.col_as_slice_mut(j)[j..].copy_from_slice(&self.kernel.col_as_slice(j)[j..]);
            self.factor[(j, j)] += noise;
        }
        let stack = MemStack::new(&mut self.stack);
        let params = Default::default();
        cholesky_in_place(self.factor.as_mut(), Default::default(), Par::Seq, stack, params)
            .ok()
            .map(|_| ())
    }

    /// Leaves `S^-1 (y - c)` in the first column; returns the best constant `c` and
    /// `(y - c)^T S^-1 (y - c)`.
    fn solve(&mut self, y: &[f64]) -> (f64, f64) {
        self.solved.col_as_slice_mut(0).copy_from_slice(y);
        self.solved.col_as_slice_mut(1).fill(1.0);
        if y.is_empty() {
            return (0.0, 0.0);
        }
        let lower = self.factor.as_ref();
        solve_lower_triangular_in_place(lower, self.solved.as_mut(), Par::Seq);
        solve_upper_triangular_in_place(lower.transpose(), self.solved.as_mut(), Par::Seq);
        let sum = |column: &[f64]| column.iter().sum::<f64>();
        let constant = sum(self.solved.col_as_slice(0)) / sum(self.solved.col_as_slice(1));
        let mut fit = 0.0;
        for (i, y) in y.iter().enumerate() {
            let alpha = self.solved[(i, 0)] - constant * self.solved[(i, 1)];
            self.solved[(i, 0)] = alpha;
            fit += alpha * (y - constant);
        }
        (constant, fit)
    }

    /// `S^-1`, lower half: the inverse of the factor and its square, both triangular, together two
    /// thirds of `n^3` operations.
    fn invert(&mut self) {
        invert_lower_triangular(self.inverse_factor.as_mut(), self.factor.as_ref(), Par::Seq);
        matmul(
            self.inverse.as_mut(),
            BlockStructure::TriangularLower,
            Accum::Replace,
            self.inverse_factor.as_ref().transpose(),
            BlockStructure::TriangularUpper,
            self.inverse_factor.as_ref(),
            BlockStructure::TriangularLower,
            1.0,
            Par::Seq,
        );
    }

    /// Slope of the log likelihood by the logarithm of each column's length: with
    /// `G = (a a^T - S^-1) * K`, `sum_(i > j) G_ij (z_i - z_j)^2 = sum_i z_i^2 (G 1)_i - z^T G z`,
    /// of which half a matrix product gives all columns. Overwrites the inverse.
    fn by_log_length(&mut self, alpha: &[f64]) -> Vec<f64> {
        let n = alpha.len();
        let mut rows = vec![0.0; n];
        for j in 0..n {
            let kernel = &self.kernel.col_as_slice(j)[j + 1..];
            let inverse = &mut self.inverse.col_as_slice_mut(j)[j + 1..];
            let mut sum = 0.0;
            let below = inverse.iter_mut().zip(kernel).zip(&alpha[j + 1..]);
            for (((g, k), a), row) in below.zip(&mut rows[j + 1..]) {
                *g = (a * alpha[j] - *g) * k;
                *row += *g;
                sum += *g;
            }
            rows[j] += sum;
        }
        matmul(
            self.gz.as_mut(),
            BlockStructure::Rectangular,
            Accum::Replace,
            self.inverse.as_ref(),
            BlockStructure::StrictTriangularLower,
            self.z.as_ref(),
            BlockStructure::Rectangular,
            1.0,
            Par::Seq,
        );
        let column = |j: usize| {
            let z = self.z.col_as_slice(j).iter().zip(self.gz.col_as_slice(j)).zip(&rows);
            z.map(|((z, gz), row)| z * (z * row - 2.0 * gz)).sum()
        };
        (0..self.z.ncols()).map(column).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gp::{ExactGp, Kernel, Mean};

    fn data() -> (Vec<Vec<f64>>, Vec<f64>) {
        let x: Vec<Vec<f64>> = (0..12)
            .map(|i| vec![f64::from(i * 5 % 12) / 6.0, f64::from(i * 7 % 12) / 9.0 - 0.4])
            .collect();
        let y = x.iter().map(|x| x[0] - x[1] * x[1]).collect();
        (x, y)
    }

    #[test]
    fn the_fast_objective_is_that_of_the_process() {
        let (x, y) = data();
        let objective = Objective::new(&x, y.clone(), false);
        let theta = parameters(&[0.7, 1.5], 0.13);
        let (lengthscale, noise) = objective.hyperparameters(&theta);
        let prior = |length: &f64| lengthscale_prior(2).log_density(*length).0;
        let prior = lengthscale.iter().map(prior).sum::<f64>() + noise_prior().log_density(noise).0;
        let found = objective.evaluate(&theta);
        let kernel = Kernel::Rbf { dims: vec![0, 1], lengthscale };
        let of = |constant: f64| {
            let mean = Mean::Constant(constant);
            ExactGp::condition(kernel.clone(), mean, vec![noise; 12], x.clone(), y.clone())
                .unwrap()
                .log_marginal_likelihood()
        };
        assert!((found.log_likelihood - of(found.constant)).abs() < 1e-12);
        assert!((found.cost + (found.log_likelihood + prior) / 12.0).abs() < 1e-12);
        assert!(of(found.constant) > of(found.constant + 1e-3).max(of(found.constant - 1e-3)));
    }

    #[test]
    fn every_slope_is_that_of_a_small_step_with_own_lengths_and_with_a_shared_one() {
        let (x, y) = data();
        for shared in [false, true] {
            let objective = Objective::new(&x, y.clone(), shared);
            let lengths: &[f64] = if shared { &[0.9] } else { &[0.7, 1.5] };
            let theta = parameters(lengths, 0.13);
            let slopes = objective.evaluate(&theta).slopes;
            for at in 0..theta.len() {
                let moved = |by: f64| {
                    let mut theta = theta.clone();
                    theta[at] += by;
                    objective.evaluate(&theta).cost
                };
                let numeric = (moved(1e-6) - moved(-1e-6)) / 2e-6;
                assert!((slopes[at] - numeric).abs() < 1e-7, "{at}: {} {numeric}", slopes[at]);
            }
        }
    }

    #[test]
    fn parameters_far_outside_cost_infinitely_much_and_are_not_followed() {
        let (x, y) = data();
        let objective = Objective::new(&x, y, false);
        let far = objective.evaluate(&[0.0, 800.0, 0.0]);
        assert_eq!((far.cost, far.slopes), (f64::INFINITY, vec![0.0; 3]));
    }
}
