//! Hyperparameters of the default process by marginal likelihood.

use std::cell::RefCell;

use argmin::core::{CostFunction, Error as ArgminError, Executor, Gradient, State};
use argmin::solver::linesearch::MoreThuenteLineSearch;
use argmin::solver::quasinewton::LBFGS;

use faer::Mat;

use super::exact::{ExactGp, Mean};
use super::kernel::Kernel;
use crate::error::PlanError;
use crate::gauss::HALF_LN_TWO_PI;
use crate::surrogate::linalg::cholesky;

/// Evaluations of the objective at most, per start.
const MAX_ITERATIONS: u64 = 200;
/// Starts: the prior's mode, and lengths that are three times longer and shorter.
const STARTS: [f64; 3] = [1.0, 3.0, 1.0 / 3.0];
/// Measurements from which the first start is enough: the likelihood then has hardly a second
/// optimum, and each start costs seconds.
const MANY: usize = 400;
const SHORTEST: f64 = 0.025;
const LEAST_NOISE: f64 = 1e-4;

/// A log-normal prior.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LogNormal {
    /// Mean of the logarithm.
    pub location: f64,
    /// Standard deviation of the logarithm.
    pub scale: f64,
}

impl LogNormal {
    /// Log density at `x > 0` and its derivative.
    #[must_use]
    pub fn log_density(self, x: f64) -> (f64, f64) {
        let z = (x.ln() - self.location) / self.scale;
        let value = -HALF_LN_TWO_PI - self.scale.ln() - x.ln() - 0.5 * z * z;
        (value, -(1.0 + z / self.scale) / x)
    }

    /// Where the density is largest.
    #[must_use]
    pub fn mode(self) -> f64 {
        (self.location - self.scale * self.scale).exp()
    }
}

/// Prior of a length over `d` standardised columns: `LogNormal(sqrt 2 + ln(d) / 2, sqrt 3)`.
///
/// # Source
/// Hvarfner, Hellsten and Nardi 2024, arXiv:2402.02229.
#[must_use]
pub fn lengthscale_prior(d: usize) -> LogNormal {
    let location = 2.0_f64.sqrt() + 0.5 * (d.max(1) as f64).ln();
    LogNormal { location, scale: 3.0_f64.sqrt() }
}

/// Prior of the noise variance of a standardised target: `LogNormal(-4, 1)`. Far too small for
/// CRISPR scores, whose donors hardly agree; known noise is better there.
#[must_use]
pub fn noise_prior() -> LogNormal {
    LogNormal { location: -4.0, scale: 1.0 }
}

/// A fitted process on the standardised target.
#[derive(Debug, Clone)]
pub struct FittedGp {
    /// The process; its numbers are in units of `sd` around `centre`.
    pub gp: ExactGp,
    /// Lengths.
    pub lengthscale: Vec<f64>,
    /// Noise variance, standardised.
    pub noise_variance: f64,
    /// `(log likelihood + log priors) / n`.
    pub objective_per_point: f64,
    /// Mean of the target.
    pub centre: f64,
    /// Its standard deviation (n - 1).
    pub sd: f64,
}

impl FittedGp {
    /// Latent mean and variance at `at`, in the target's unit.
    #[must_use]
    pub fn predict(&self, at: &[Vec<f64>]) -> (Vec<f64>, Vec<f64>) {
        let (mean, covariance) = self.gp.posterior(at);
        let unit = self.sd * self.sd;
        let variance = (0..at.len()).map(|i| unit * covariance[i * at.len() + i]).collect();
        (mean.into_iter().map(|m| self.centre + self.sd * m).collect(), variance)
    }
}

/// Fits a process with one length per column, no outputscale, a constant mean and one noise
/// variance: what BoTorch's single-task model is, with its priors.
///
/// # Errors
/// As [`ExactGp::condition`]; [`PlanError::FitFailed`] when no start gives a finite objective.
pub fn fit_rbf(x: &[Vec<f64>], y: &[f64]) -> Result<FittedGp, PlanError> {
    let n = y.len().max(1) as f64;
    let centre = y.iter().sum::<f64>() / n;
    let square = y.iter().map(|v| (v - centre).powi(2)).sum::<f64>();
    let sd = (square / (n - 1.0).max(1.0)).sqrt();
    let sd = if sd > 0.0 { sd } else { 1.0 };
    let width = x.first().map_or(0, Vec::len);
    let middle: Vec<f64> = (0..width).map(|j| x.iter().map(|x| x[j]).sum::<f64>() / n).collect();
    let shifted = |x: &Vec<f64>| x.iter().zip(&middle).map(|(x, m)| x - m).collect();
    let problem = Problem {
        x: x.iter().map(shifted).collect(),
        last: RefCell::new(None),
        y: y.iter().map(|v| (v - centre) / sd).collect(),
        width,
    };
    let mode = lengthscale_prior(problem.width).mode();
    let mut best: Option<(Vec<f64>, f64)> = None;
    let starts = if y.len() < MANY { STARTS.as_slice() } else { &STARTS[..1] };
    for factor in starts {
        let mut start = vec![(factor * mode).max(2.0 * SHORTEST).ln(); problem.width];
        start.extend([noise_prior().mode().ln(), 0.0]);
        let Some((theta, cost)) = problem.descend(start)? else { continue };
        if best.as_ref().is_none_or(|(_, least)| cost < *least) {
            best = Some((theta, cost));
        }
    }
    let reason = || "no start gave a finite objective".to_owned();
    let (theta, cost) = best.ok_or_else(|| PlanError::FitFailed { reason: reason() })?;
    let gp = Problem { x: x.to_vec(), ..problem.clone() }.gp(&theta)?;
    Ok(FittedGp {
        gp,
        lengthscale: theta[..problem.width].iter().map(|t| t.exp()).collect(),
        noise_variance: theta[problem.width].exp(),
        objective_per_point: -cost,
        centre,
        sd,
    })
}

/// Theta is (ln lengths, ln noise, constant).
#[derive(Clone)]
struct Problem {
    /// Centred, so that products of features keep their digits.
    x: Vec<Vec<f64>>,
    y: Vec<f64>,
    width: usize,
    /// The line search asks for cost and gradient of one point one after the other.
    last: RefCell<Option<(Vec<f64>, Evaluation)>>,
}

/// Cost and gradient.
type Evaluation = (f64, Vec<f64>);

impl Problem {
    fn gp(&self, theta: &[f64]) -> Result<ExactGp, PlanError> {
        let kernel = Kernel::Rbf {
            dims: (0..self.width).collect(),
            lengthscale: theta[..self.width].iter().map(|t| t.exp()).collect(),
        };
        let noise = vec![theta[self.width].exp(); self.y.len()];
        let mean = Mean::Constant(theta[self.width + 1]);
        ExactGp::condition(kernel, mean, noise, self.x.clone(), self.y.clone())
    }

    /// `-(l + log priors) / n` and its gradient; infinity outside the bounds or where the covariance
    /// cannot be factorised, so that the line search steps back.
    ///
    /// All lengths at once, `dl/dln l_j = sum_i z_ij^2 (G 1)_i - (Z^T G Z)_jj` with
    /// `G = (a a^T - S^-1) * K` and Z the features over their lengths: two matrix products instead
    /// of a loop over `n^2 d`.
    fn evaluate(&self, theta: &[f64]) -> (f64, Vec<f64>) {
        let worst = || (f64::INFINITY, vec![0.0; theta.len()]);
        let outside = theta[..self.width].iter().any(|t| *t < SHORTEST.ln() || *t > 20.0)
            || theta[self.width] < LEAST_NOISE.ln()
            || theta.iter().any(|t| !t.is_finite());
        if outside {
            return worst();
        }
        let (n, noise) = (self.y.len(), theta[self.width].exp());
        let z = Mat::from_fn(n, self.width, |i, j| self.x[i][j] * (-theta[j]).exp());
        let k = correlations(&z);
        let mut sigma = k.clone();
        (0..n).for_each(|i| sigma[(i, i)] += noise);
        let Ok(factor) = cholesky(&sigma) else { return worst() };
        let residual: Vec<f64> = self.y.iter().map(|y| y - theta[self.width + 1]).collect();
        let alpha = factor.solve(&residual);
        let fit: f64 = alpha.iter().zip(&residual).map(|(a, r)| a * r).sum();
        let mut objective = -0.5 * (fit + factor.log_det()) - n as f64 * HALF_LN_TWO_PI;
        let inverse = factor.inverse();
        let outer = |i: usize, j: usize| alpha[i] * alpha[j] - inverse[(i, j)];
        let by_noise = 0.5 * noise * (0..n).map(|i| outer(i, i)).sum::<f64>();
        let g = Mat::from_fn(n, n, |i, j| outer(i, j) * k[(i, j)]);
        let rows: Vec<f64> = (0..n).map(|i| (0..n).map(|j| g[(j, i)]).sum()).collect();
        let gz = &g * &z;
        let mut gradient = Vec::with_capacity(theta.len());
        let mut push = |by_log: f64, t: f64, prior: LogNormal| {
            let value = t.exp();
            let (density, slope) = prior.log_density(value);
            objective += density;
            gradient.push(-(by_log + slope * value) / n as f64);
        };
        let prior = lengthscale_prior(self.width);
        for (j, t) in theta[..self.width].iter().enumerate() {
            let by = |i: usize| z[(i, j)] * (z[(i, j)] * rows[i] - gz[(i, j)]);
            push((0..n).map(by).sum(), *t, prior);
        }
        push(by_noise, theta[self.width], noise_prior());
        gradient.push(-alpha.iter().sum::<f64>() / n as f64);
        (-objective / n as f64, gradient)
    }

    fn remembered(&self, theta: &[f64]) -> Evaluation {
        if let Some((at, found)) = self.last.borrow().as_ref()
            && at == theta
        {
            return found.clone();
        }
        let found = self.evaluate(theta);
        *self.last.borrow_mut() = Some((theta.to_vec(), found.clone()));
        found
    }

    fn descend(&self, start: Vec<f64>) -> Result<Option<(Vec<f64>, f64)>, PlanError> {
        let failed = |error: ArgminError| PlanError::FitFailed { reason: error.to_string() };
        let solver = LBFGS::new(MoreThuenteLineSearch::new(), 10)
            .with_tolerance_grad(1e-5)
            .and_then(|solver| solver.with_tolerance_cost(1e-9))
            .map_err(failed)?;
        let run = Executor::new(self.clone(), solver)
            .configure(|state| state.param(start.clone()).max_iters(MAX_ITERATIONS))
            .run();
        // A line search that gives up at the optimum's rounding floor is no failure.
        let theta = match run {
            Ok(done) => done.state().get_best_param().cloned().unwrap_or(start),
            Err(_) => start,
        };
        let cost = self.evaluate(&theta).0;
        Ok(cost.is_finite().then_some((theta, cost)))
    }
}

/// `exp(-|z_i - z_j|^2 / 2)` by one matrix product; exactly 1 on the diagonal.
fn correlations(z: &Mat<f64>) -> Mat<f64> {
    let n = z.nrows();
    let inner = z * z.transpose();
    Mat::from_fn(n, n, |i, j| match i == j {
        true => 1.0,
        false => (inner[(i, j)] - 0.5 * (inner[(i, i)] + inner[(j, j)])).min(0.0).exp(),
    })
}

impl CostFunction for Problem {
    type Param = Vec<f64>;
    type Output = f64;

    fn cost(&self, theta: &Vec<f64>) -> Result<f64, ArgminError> {
        Ok(self.remembered(theta).0.min(1e12))
    }
}

impl Gradient for Problem {
    type Param = Vec<f64>;
    type Gradient = Vec<f64>;

    fn gradient(&self, theta: &Vec<f64>) -> Result<Vec<f64>, ArgminError> {
        Ok(self.remembered(theta).1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_that_matters_gets_the_shorter_length() {
        let x: Vec<Vec<f64>> =
            (0..40).map(|i| vec![f64::from(i) / 40.0, f64::from(i * 17 % 40) / 40.0]).collect();
        let y: Vec<f64> = x.iter().map(|x| 5.0 + 2.0 * (9.0 * x[0]).sin()).collect();
        let fitted = fit_rbf(&x, &y).unwrap();
        assert!(fitted.lengthscale[0] < 0.5 * fitted.lengthscale[1], "{:?}", fitted.lengthscale);
        let (mean, variance) = fitted.predict(&x[..3]);
        assert!(mean.iter().zip(&y).all(|(a, b)| (a - b).abs() < 0.2), "{mean:?}");
        assert!(variance.iter().all(|v| *v >= 0.0));
    }

    #[test]
    fn the_fast_objective_is_that_of_the_process_and_its_gradient_that_of_a_small_step() {
        let x: Vec<Vec<f64>> = (0..12)
            .map(|i| vec![f64::from(i * 5 % 12) / 6.0, f64::from(i * 7 % 12) / 9.0 - 0.4])
            .collect();
        let y: Vec<f64> = x.iter().map(|x| x[0] - x[1] * x[1]).collect();
        let problem = Problem { x, y, width: 2, last: RefCell::new(None) };
        let theta = vec![-0.3, 0.4, -2.0, 0.1];
        let (cost, gradient) = problem.evaluate(&theta);
        let prior: f64 = (0..2).map(|j| lengthscale_prior(2).log_density(theta[j].exp()).0).sum();
        let density = noise_prior().log_density(theta[2].exp()).0;
        let whole = problem.gp(&theta).unwrap().log_marginal_likelihood() + prior + density;
        assert!((cost + whole / 12.0).abs() < 1e-12);
        for at in 0..4 {
            let moved = |by: f64| {
                let mut theta = theta.clone();
                theta[at] += by;
                problem.evaluate(&theta).0
            };
            let numeric = (moved(1e-6) - moved(-1e-6)) / 2e-6;
            assert!((gradient[at] - numeric).abs() < 1e-7, "{at}: {} {numeric}", gradient[at]);
        }
    }

    #[test]
    fn the_density_is_largest_at_its_mode() {
        let prior = lengthscale_prior(5);
        assert!(prior.log_density(prior.mode()).1.abs() < 1e-9);
    }
}
