//! Descent to the best hyperparameters.

use std::cell::{Cell, RefCell};

use argmin::core::{CostFunction, Error as ArgminError, Executor, Gradient, State};
use argmin::solver::linesearch::MoreThuenteLineSearch;
use argmin::solver::quasinewton::LBFGS;

use crate::error::PlanError;

/// Steps of L-BFGS that are remembered: nearly all, as they cost nothing beside an evaluation.
const MEMORY: usize = 40;
/// Largest change of a parameter (a logarithm) in the first step, whose size nothing is known of.
const FIRST_STEP: f64 = 1.0;
/// What a point without a finite cost is worse than the start, in nats per point: never taken for a
/// descent, and little enough that the line search's interpolation does not step back to nothing.
const WORSE: f64 = 10.0;

/// When to stop.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    pub iterations: u64,
    /// Change of the cost per point.
    pub cost: f64,
    /// Norm of the slopes per point.
    pub slope: f64,
}

/// What is descended.
pub(super) trait Cost {
    /// Cost and slopes; `None` where there is none: numbers overflow, or the covariance cannot be
    /// factorised.
    fn evaluate(&self, theta: &[f64]) -> Option<Evaluation>;
}

/// A cost per measurement, `-(log likelihood + log priors) / n`, and its slopes.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Evaluation {
    pub cost: f64,
    pub slopes: Vec<f64>,
    /// The best constant means.
    pub constants: Vec<f64>,
    /// Log likelihood alone.
    pub log_likelihood: f64,
}

/// Where a descent ended.
pub(super) struct Descent {
    pub theta: Vec<f64>,
    pub at: Evaluation,
    pub evaluations: usize,
}

/// The best parameters found from `start`; `None` where not even the start has a finite cost.
pub(super) fn descend(
    objective: &impl Cost,
    start: Vec<f64>,
    patience: Patience,
) -> Result<Option<Descent>, PlanError> {
    let failed = |error: ArgminError| PlanError::FitFailed { reason: error.to_string() };
    let problem = Remembered { objective, last: RefCell::new(None), evaluations: Cell::new(0) };
    let Some(first) = problem.evaluate(&start) else { return Ok(None) };
    let steepest = first.slopes.iter().fold(0.0_f64, |a, slope| a.max(slope.abs()));
    // The first step is the slopes themselves, in units of the scale.
    let scale = (FIRST_STEP / steepest.max(1e-12)).min(1.0).sqrt();
    let scaled = Scaled { problem: &problem, scale, worst: first.cost + WORSE };
    let solver = LBFGS::new(MoreThuenteLineSearch::new(), MEMORY)
        .with_tolerance_grad(patience.slope * scale)
        .and_then(|solver| solver.with_tolerance_cost(patience.cost))
        .map_err(failed)?;
    let units = |theta: &[f64]| theta.iter().map(|t| t / scale).collect::<Vec<f64>>();
    let run = Executor::new(scaled, solver)
        .configure(|state| state.param(units(&start)).max_iters(patience.iterations))
        .ctrlc(false)
        .run();
    // A line search that gives up at the optimum's rounding floor is no failure.
    let best = run.ok().and_then(|done| done.state().get_best_param().cloned());
    let theta = best.map_or(start, |best| best.iter().map(|t| t * scale).collect());
    let at = problem.evaluate(&theta).unwrap_or(first);
    Ok(Some(Descent { theta, at, evaluations: problem.evaluations.get() }))
}

/// The line search asks for cost and slopes of one point one after the other.
struct Remembered<'a, C> {
    objective: &'a C,
    last: RefCell<Option<(Vec<f64>, Option<Evaluation>)>>,
    evaluations: Cell<usize>,
}

impl<C: Cost> Remembered<'_, C> {
    fn evaluate(&self, theta: &[f64]) -> Option<Evaluation> {
        if let Some((at, found)) = self.last.borrow().as_ref()
            && at == theta
        {
            return found.clone();
        }
        self.evaluations.set(self.evaluations.get() + 1);
        let finite = |found: &Evaluation| {
            found.cost.is_finite() && found.slopes.iter().all(|slope| slope.is_finite())
        };
        let found = self.objective.evaluate(theta).filter(finite);
        *self.last.borrow_mut() = Some((theta.to_vec(), found.clone()));
        found
    }
}

/// The objective over parameters divided by a scale.
struct Scaled<'a, C> {
    problem: &'a Remembered<'a, C>,
    scale: f64,
    worst: f64,
}

impl<C: Cost> Scaled<'_, C> {
    fn at(&self, units: &[f64]) -> Option<Evaluation> {
        let theta: Vec<f64> = units.iter().map(|t| t * self.scale).collect();
        self.problem.evaluate(&theta)
    }
}

impl<C: Cost> CostFunction for Scaled<'_, C> {
    type Param = Vec<f64>;
    type Output = f64;

    fn cost(&self, units: &Vec<f64>) -> Result<f64, ArgminError> {
        Ok(self.at(units).map_or(self.worst, |found| found.cost))
    }
}

impl<C: Cost> Gradient for Scaled<'_, C> {
    type Param = Vec<f64>;
    type Gradient = Vec<f64>;

    fn gradient(&self, units: &Vec<f64>) -> Result<Vec<f64>, ArgminError> {
        let slopes = self.at(units).map_or_else(|| vec![0.0; units.len()], |found| found.slopes);
        Ok(slopes.into_iter().map(|slope| slope * self.scale).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A long valley that ends in a wall.
    struct Valley;

    impl Cost for Valley {
        fn evaluate(&self, theta: &[f64]) -> Option<Evaluation> {
            let (a, b) = (theta[0], theta[1]);
            (a < 2.0).then(|| Evaluation {
                cost: 50.0 * (a - 1.9).powi(2) + 0.5 * (b - 3.0).powi(2),
                slopes: vec![100.0 * (a - 1.9), b - 3.0],
                constants: Vec::new(),
                log_likelihood: 0.0,
            })
        }
    }

    #[test]
    fn the_foot_of_a_valley_beside_a_wall_is_found() {
        let patience = Patience { iterations: 50, cost: 1e-12, slope: 1e-8 };
        let found = descend(&Valley, vec![-8.0, 40.0], patience).unwrap().unwrap();
        assert!(found.at.cost < 1e-6, "{:?}", found.theta);
        assert!(found.evaluations <= 100, "{}", found.evaluations);
        assert!(descend(&Valley, vec![5.0, 0.0], patience).unwrap().is_none());
    }
}
