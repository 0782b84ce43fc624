//! The log evidence of a process with Gaussian kernel, and its slopes, fast.

use std::cell::RefCell;

use faer::Mat;

use super::descend::{Cost, Evaluation};
use super::priors::{LogNormal, lengthscale_prior, noise_prior};
use super::workspace::Workspace;
use crate::gauss::HALF_LN_TWO_PI;

/// Lengths are never below this, as BoTorch's.
pub(super) const SHORTEST: f64 = 0.025;
/// Noise variances neither.
pub(super) const LEAST_NOISE: f64 = 1e-4;

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
    work: RefCell<Workspace>,
}

impl Objective {
    /// `x` as rows, `y` standardised.
    pub fn new(x: &[Vec<f64>], y: Vec<f64>, shared: bool) -> Self {
        let (n, d) = (x.len(), x.first().map_or(0, Vec::len));
        let count = n.max(1) as f64;
        let middle: Vec<f64> =
            (0..d).map(|j| x.iter().map(|x| x[j]).sum::<f64>() / count).collect();
        let x = Mat::from_fn(n, d, |i, j| x[i][j] - middle[j]);
        Self { x, y, shared, work: RefCell::new(Workspace::new(n, d)) }
    }

    /// Lengths, one per column, and noise variance of parameters.
    pub fn hyperparameters(&self, theta: &[f64]) -> (Vec<f64>, f64) {
        let group = |j: usize| if self.shared { 0 } else { j };
        let lengths = (0..self.x.ncols()).map(|j| SHORTEST + theta[group(j)].exp()).collect();
        (lengths, LEAST_NOISE + theta[theta.len() - 1].exp())
    }
}

impl Cost for Objective {
    fn evaluate(&self, theta: &[f64]) -> Option<Evaluation> {
        let mut work = self.work.borrow_mut();
        let n = self.y.len();
        let (lengths, noise) = self.hyperparameters(theta);
        if !(noise.is_finite() && lengths.iter().all(|length| length.is_finite())) {
            return None;
        }
        work.scale(&self.x, &lengths);
        work.correlate();
        work.factorise(|_, _| 1.0, |_| noise)?;
        // Solutions for the target and for ones.
        let mut solved = Mat::from_fn(n, 2, |i, j| if j == 0 { self.y[i] } else { 1.0 });
        work.solve(&mut solved);
        let total = |j: usize| solved.col_as_slice(j).iter().sum::<f64>();
        let constant = total(0) / total(1);
        let alpha: Vec<f64> = (0..n).map(|i| solved[(i, 0)] - constant * solved[(i, 1)]).collect();
        let fit: f64 = alpha.iter().zip(&self.y).map(|(a, y)| a * (y - constant)).sum();
        let log_likelihood = -0.5 * (fit + work.log_det()) - n as f64 * HALF_LN_TWO_PI;
        work.invert();
        let by_noise: f64 =
            0.5 * (0..n).map(|i| alpha[i] * alpha[i] - work.precision(i)).sum::<f64>();
        let by_log_length = work.by_log_length(&alpha, |_, _| 1.0, |_, _, _| ());

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
        let cost = -objective / n as f64;
        Some(Evaluation { cost, slopes, constants: vec![constant], log_likelihood })
    }
}

/// Parameters of one length per group and a noise variance.
pub(super) fn parameters(lengths: &[f64], noise: f64) -> Vec<f64> {
    // A value on the bound has no logarithm: a little inside.
    let inside = |value: f64, least: f64| (value - least).max(1e-3 * least).ln();
    let lengths = lengths.iter().map(|length| inside(*length, SHORTEST));
    lengths.chain([inside(noise, LEAST_NOISE)]).collect()
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
        let found = objective.evaluate(&theta).unwrap();
        let kernel = Kernel::Rbf { dims: vec![0, 1], lengthscale };
        let of = |constant: f64| {
            let mean = Mean::Constant(constant);
            ExactGp::condition(kernel.clone(), mean, vec![noise; 12], x.clone(), y.clone())
                .unwrap()
                .log_marginal_likelihood()
        };
        assert!((found.log_likelihood - of(found.constants[0])).abs() < 1e-12);
        assert!((found.cost + (found.log_likelihood + prior) / 12.0).abs() < 1e-12);
        assert!(
            of(found.constants[0])
                > of(found.constants[0] + 1e-3).max(of(found.constants[0] - 1e-3))
        );
    }

    #[test]
    fn every_slope_is_that_of_a_small_step_with_own_lengths_and_with_a_shared_one() {
        let (x, y) = data();
        for shared in [false, true] {
            let objective = Objective::new(&x, y.clone(), shared);
            let lengths: &[f64] = if shared { &[0.9] } else { &[0.7, 1.5] };
            let theta = parameters(lengths, 0.13);
            let slopes = objective.evaluate(&theta).unwrap().slopes;
            for at in 0..theta.len() {
                let moved = |by: f64| {
                    let mut theta = theta.clone();
                    theta[at] += by;
                    objective.evaluate(&theta).unwrap().cost
                };
                let numeric = (moved(1e-6) - moved(-1e-6)) / 2e-6;
                assert!((slopes[at] - numeric).abs() < 1e-7, "{at}: {} {numeric}", slopes[at]);
            }
        }
    }

    #[test]
    fn parameters_beyond_all_numbers_have_no_cost() {
        let (x, y) = data();
        let objective = Objective::new(&x, y, false);
        assert_eq!(objective.evaluate(&[0.0, 800.0, 0.0]), None);
    }
}
