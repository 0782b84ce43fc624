//! The MAP objective of the kernel weights and its optimiser.

use std::cell::RefCell;

use argmin::core::{CostFunction, Error as ArgminError, Executor, Gradient, State};
use argmin::solver::linesearch::MoreThuenteLineSearch;
use argmin::solver::quasinewton::LBFGS;
use faer::Mat;

use super::linalg::cholesky;
use crate::error::PlanError;
use crate::gauss::HALF_LN_TWO_PI;

/// Variance of the Gaussian prior of every log hyperparameter.
const LOG_PRIOR_VARIANCE: f64 = 0.25;
const MAX_ITERATIONS: u64 = 15;

/// Negative log posterior of theta = (ln w_1, .., ln w_B, ln noise), up to a constant.
///
/// `-l + sum (theta - mean)^2 / (2 * 0.25)`, `l` the log marginal likelihood of the centred
/// residuals under `sum_b w_b K_b + noise I + extra`.
#[derive(Clone)]
pub(crate) struct Objective<'a> {
    kernels: &'a [Mat<f64>],
    residual: &'a [f64],
    extra: &'a [f64],
    prior_mean: &'a [f64],
    /// The line search asks for cost and gradient of one point one after the other.
    last: RefCell<Option<(Vec<f64>, Evaluation)>>,
}

/// The objective at one point.
#[derive(Debug, Clone)]
pub(crate) struct Evaluation {
    pub cost: f64,
    pub gradient: Vec<f64>,
    pub log_evidence: f64,
}

/// A fitted point.
#[derive(Debug, Clone)]
pub(crate) struct MapFit {
    pub theta: Vec<f64>,
    pub log_evidence: f64,
    pub iterations: u64,
}

impl<'a> Objective<'a> {
    pub fn new(
        kernels: &'a [Mat<f64>],
        residual: &'a [f64],
        extra: &'a [f64],
        prior_mean: &'a [f64],
    ) -> Self {
        Self { kernels, residual, extra, prior_mean, last: RefCell::new(None) }
    }

    /// Cost and gradient; a point whose covariance cannot be factorised costs infinity, so that
    /// the line search steps back.
    pub fn evaluate(&self, theta: &[f64]) -> Evaluation {
        if let Some((at, value)) = self.last.borrow().as_ref()
            && at == theta
        {
            return value.clone();
        }
        let value = self.compute(theta);
        *self.last.borrow_mut() = Some((theta.to_vec(), value.clone()));
        value
    }

    fn compute(&self, theta: &[f64]) -> Evaluation {
        let n = self.residual.len();
        let blocks = self.kernels.len();
        let worst = || Evaluation {
            cost: f64::INFINITY,
            gradient: vec![0.0; blocks + 1],
            log_evidence: f64::NEG_INFINITY,
        };
        if theta.iter().any(|t| t.is_nan() || t.abs() > 50.0) {
            return worst();
        }
        let noise = theta[blocks].exp();
        let mut sigma = Mat::<f64>::zeros(n, n);
        for (kernel, t) in self.kernels.iter().zip(theta) {
            let weight = t.exp();
            for j in 0..n {
                for i in 0..n {
                    sigma[(i, j)] += weight * kernel[(i, j)];
                }
            }
        }
        (0..n).for_each(|i| sigma[(i, i)] += noise + self.extra[i]);
        let Ok(factor) = cholesky(&sigma) else { return worst() };
        let alpha = factor.solve(self.residual);
        let fit: f64 = alpha.iter().zip(self.residual).map(|(a, r)| a * r).sum();
        let log_evidence = -0.5 * (fit + factor.log_det()) - n as f64 * HALF_LN_TWO_PI;
        // G = K^-1 - a a^T; dL/dln w = w tr(G K_b) / 2.
        let mut g = factor.inverse();
        for j in 0..n {
            for i in 0..n {
                g[(i, j)] -= alpha[i] * alpha[j];
            }
        }
        let mut gradient: Vec<f64> = self
            .kernels
            .iter()
            .zip(theta)
            .map(|(kernel, t)| 0.5 * t.exp() * inner_product(&g, kernel))
            .collect();
        gradient.push(0.5 * noise * (0..n).map(|i| g[(i, i)]).sum::<f64>());
        let mut cost = -log_evidence;
        for ((slot, t), mean) in gradient.iter_mut().zip(theta).zip(self.prior_mean) {
            *slot += (t - mean) / LOG_PRIOR_VARIANCE;
            cost += (t - mean).powi(2) / (2.0 * LOG_PRIOR_VARIANCE);
        }
        Evaluation { cost, gradient, log_evidence }
    }

    /// At most 15 L-BFGS iterations from the prior's mode.
    pub fn minimise(&self) -> Result<MapFit, PlanError> {
        let start = self.prior_mean.to_vec();
        let first = self.evaluate(&start);
        let failed = |e: ArgminError| PlanError::FitFailed { reason: e.to_string() };
        let search = MoreThuenteLineSearch::new();
        let solver = LBFGS::new(search, 8)
            .with_tolerance_grad(1e-4)
            .and_then(|s| s.with_tolerance_cost(1e-9))
            .map_err(failed)?;
        let run = Executor::new(self.clone(), solver)
            .configure(|s| s.param(start.clone()).max_iters(MAX_ITERATIONS))
            .run();
        // A line search that gives up at the optimum's rounding floor is no failure: the point it
        // started from stands.
        let (theta, iterations) = match run {
            Ok(done) => {
                let state = done.state();
                (state.get_best_param().cloned().unwrap_or(start.clone()), state.get_iter())
            }
            Err(_) => (start.clone(), 0),
        };
        let last = self.evaluate(&theta);
        if last.cost.is_finite() && last.cost <= first.cost {
            return Ok(MapFit { theta, log_evidence: last.log_evidence, iterations });
        }
        if !first.cost.is_finite() {
            let reason = "the covariance at the prior's mode cannot be factorised".to_owned();
            return Err(PlanError::FitFailed { reason });
        }
        Ok(MapFit { theta: start, log_evidence: first.log_evidence, iterations })
    }
}

/// Log evidence of noise alone with its best variance.
pub(crate) fn noise_only_evidence(residual: &[f64]) -> f64 {
    let n = residual.len() as f64;
    let variance = residual.iter().map(|r| r * r).sum::<f64>() / n.max(1.0);
    -0.5 * n * (variance.max(1e-12).ln() + 1.0) - n * HALF_LN_TWO_PI
}

fn inner_product(a: &Mat<f64>, b: &Mat<f64>) -> f64 {
    let n = a.nrows();
    (0..a.ncols()).map(|j| (0..n).map(|i| a[(i, j)] * b[(i, j)]).sum::<f64>()).sum()
}

impl CostFunction for Objective<'_> {
    type Param = Vec<f64>;
    type Output = f64;

    fn cost(&self, theta: &Vec<f64>) -> Result<f64, ArgminError> {
        // Finite, because the line search interpolates; far above anything reachable.
        Ok(self.evaluate(theta).cost.min(1e12))
    }
}

impl Gradient for Objective<'_> {
    type Param = Vec<f64>;
    type Gradient = Vec<f64>;

    fn gradient(&self, theta: &Vec<f64>) -> Result<Vec<f64>, ArgminError> {
        Ok(self.evaluate(theta).gradient)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kernels() -> Vec<Mat<f64>> {
        let rbf = Mat::from_fn(12, 12, |i, j| (-0.1 * (i as f64 - j as f64).powi(2)).exp());
        let linear = Mat::from_fn(12, 12, |i, j| (i as f64 - 5.5) * (j as f64 - 5.5) / 12.0);
        vec![rbf, linear]
    }

    #[test]
    fn the_analytic_gradient_is_the_slope_of_the_objective() {
        let kernels = kernels();
        let residual: Vec<f64> = (0..12).map(|i| (f64::from(i) * 1.7).sin()).collect();
        let extra: Vec<f64> = (0..12).map(|i| 0.01 * f64::from(i)).collect();
        let mean = [-2.0, -3.0, -0.2];
        let objective = Objective::new(&kernels, &residual, &extra, &mean);
        let at = [-1.2, -2.5, 0.3];
        let analytic = objective.evaluate(&at).gradient;
        for k in 0..3 {
            let (mut up, mut down) = (at, at);
            up[k] += 1e-5;
            down[k] -= 1e-5;
            let slope = (objective.evaluate(&up).cost - objective.evaluate(&down).cost) / 2e-5;
            assert!((slope - analytic[k]).abs() < 1e-6, "{k}: {slope} {}", analytic[k]);
        }
    }

    #[test]
    fn minimising_reaches_a_flat_point_below_the_start() {
        let kernels = kernels();
        let residual: Vec<f64> = (0..12).map(|i| (f64::from(i) - 5.5) / 3.0).collect();
        let mean = [-2.0, -3.0, -0.2];
        let objective = Objective::new(&kernels, &residual, &[0.0; 12], &mean);
        let fit = objective.minimise().unwrap();
        let end = objective.evaluate(&fit.theta);
        assert!(end.cost < objective.evaluate(&mean).cost);
        assert!(end.gradient.iter().all(|g| g.abs() < 0.05), "{:?}", end.gradient);
        assert!(fit.theta[1] > mean[1], "a linear trend raises the linear kernel's weight");
    }
}
