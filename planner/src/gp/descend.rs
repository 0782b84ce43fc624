//! Descent to the best hyperparameters.

use std::cell::Cell;

use argmin::core::{CostFunction, Error as ArgminError, Executor, Gradient, State};
use argmin::solver::linesearch::MoreThuenteLineSearch;
use argmin::solver::quasinewton::LBFGS;

use super::objective::Objective;
use crate::error::PlanError;

/// Steps of L-BFGS that are remembered: nearly all, as they cost nothing beside an evaluation.
const MEMORY: usize = 40;
/// Largest change of a parameter (a logarithm) in the first step, whose size nothing is known of.
const FIRST_STEP: f64 = 1.0;
/// What a point without a finite cost is worse than the best one, in nats per point: enough that
/// the line search steps back, little enough that its interpolation does not step back to nothing.
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

/// The best parameters found from `start`; `None` where not even the start has a finite cost.
pub(super) fn descend(
    objective: &Objective,
    start: Vec<f64>,
    patience: Patience,
) -> Result<Option<Vec<f64>>, PlanError> {
    let failed = |error: ArgminError| PlanError::FitFailed { reason: error.to_string() };
    let first = objective.evaluate(&start);
    if !first.cost.is_finite() {
        return Ok(None);
    }
    let steepest = first.slopes.iter().fold(0.0_f64, |a, slope| a.max(slope.abs()));
    // The first step is the slopes themselves, in units of the scale.
    let scale = (FIRST_STEP / steepest.max(1e-12)).min(1.0).sqrt();
    let scaled = Scaled { objective, scale, worst: Cell::new(first.cost + WORSE) };
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
    Ok(Some(best.map_or(start, |best| best.iter().map(|t| t * scale).collect())))
}

/// The objective over parameters divided by a scale.
struct Scaled<'a> {
    objective: &'a Objective,
    scale: f64,
    worst: Cell<f64>,
}

impl Scaled<'_> {
    fn at(&self, units: &[f64]) -> super::objective::Evaluation {
        let theta: Vec<f64> = units.iter().map(|t| t * self.scale).collect();
        self.objective.evaluate(&theta)
    }
}

impl CostFunction for Scaled<'_> {
    type Param = Vec<f64>;
    type Output = f64;

    fn cost(&self, units: &Vec<f64>) -> Result<f64, ArgminError> {
        let cost = self.at(units).cost;
        if cost.is_finite() {
            self.worst.set(self.worst.get().min(cost + WORSE));
            return Ok(cost);
        }
        Ok(self.worst.get())
    }
}

impl Gradient for Scaled<'_> {
    type Param = Vec<f64>;
    type Gradient = Vec<f64>;

    fn gradient(&self, units: &Vec<f64>) -> Result<Vec<f64>, ArgminError> {
        Ok(self.at(units).slopes.into_iter().map(|slope| slope * self.scale).collect())
    }
}
