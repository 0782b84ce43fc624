//! Hyperparameters of the default process by marginal likelihood.

use argmin::core::{CostFunction, Error as ArgminError, Executor, Gradient, State};
use argmin::solver::linesearch::MoreThuenteLineSearch;
use argmin::solver::quasinewton::LBFGS;

use super::exact::{ExactGp, Mean};
use super::kernel::Kernel;
use crate::error::PlanError;
use crate::gauss::HALF_LN_TWO_PI;

/// Evaluations of the objective at most, per start.
const MAX_ITERATIONS: u64 = 200;
/// Starts: the prior's mode, and lengths that are three times longer and shorter.
const STARTS: [f64; 3] = [1.0, 3.0, 1.0 / 3.0];
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
    let problem = Problem {
        x: x.to_vec(),
        y: y.iter().map(|v| (v - centre) / sd).collect(),
        width: x.first().map_or(0, Vec::len),
    };
    let mode = lengthscale_prior(problem.width).mode();
    let mut best: Option<(Vec<f64>, f64)> = None;
    for factor in STARTS {
        let mut start = vec![(factor * mode).max(2.0 * SHORTEST).ln(); problem.width];
        start.extend([noise_prior().mode().ln(), 0.0]);
        let Some((theta, cost)) = problem.descend(start)? else { continue };
        if best.as_ref().is_none_or(|(_, least)| cost < *least) {
            best = Some((theta, cost));
        }
    }
    let reason = || "no start gave a finite objective".to_owned();
    let (theta, cost) = best.ok_or_else(|| PlanError::FitFailed { reason: reason() })?;
    let gp = problem.gp(&theta)?;
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
    x: Vec<Vec<f64>>,
    y: Vec<f64>,
    width: usize,
}

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
    fn evaluate(&self, theta: &[f64]) -> (f64, Vec<f64>) {
        let worst = || (f64::INFINITY, vec![0.0; theta.len()]);
        let outside = theta[..self.width].iter().any(|t| *t < SHORTEST.ln() || *t > 20.0)
            || theta[self.width] < LEAST_NOISE.ln()
            || theta.iter().any(|t| !t.is_finite());
        if outside {
            return worst();
        }
        let Ok(gp) = self.gp(theta) else { return worst() };
        let n = self.y.len().max(1) as f64;
        let found = gp.gradient();
        let prior = lengthscale_prior(self.width);
        let mut objective = gp.log_marginal_likelihood();
        let mut gradient = Vec::with_capacity(theta.len());
        // By the logarithm: times the parameter.
        let mut push = |by: f64, t: f64, prior: LogNormal| {
            let value = t.exp();
            let (density, slope) = prior.log_density(value);
            objective += density;
            gradient.push(-(by + slope) * value / n);
        };
        for (by, t) in found.kernel.iter().zip(theta) {
            push(*by, *t, prior);
        }
        push(found.noise, theta[self.width], noise_prior());
        gradient.push(-found.constant / n);
        (-objective / n, gradient)
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

impl CostFunction for Problem {
    type Param = Vec<f64>;
    type Output = f64;

    fn cost(&self, theta: &Vec<f64>) -> Result<f64, ArgminError> {
        Ok(self.evaluate(theta).0.min(1e12))
    }
}

impl Gradient for Problem {
    type Param = Vec<f64>;
    type Gradient = Vec<f64>;

    fn gradient(&self, theta: &Vec<f64>) -> Result<Vec<f64>, ArgminError> {
        Ok(self.evaluate(theta).1)
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
    fn the_density_is_largest_at_its_mode() {
        let prior = lengthscale_prior(5);
        assert!(prior.log_density(prior.mode()).1.abs() < 1e-9);
    }
}
