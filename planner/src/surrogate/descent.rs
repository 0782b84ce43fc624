//! L-BFGS over any smooth objective.

use std::cell::RefCell;

use argmin::core::{CostFunction, Error as ArgminError, Executor, Gradient, State};
use argmin::solver::linesearch::MoreThuenteLineSearch;
use argmin::solver::quasinewton::LBFGS;

use crate::error::PlanError;

/// Cost and gradient at a point.
pub(crate) type Value = (f64, Vec<f64>);

struct Problem<'f> {
    objective: &'f dyn Fn(&[f64]) -> Value,
    /// The line search asks for cost and gradient of one point one after the other.
    last: RefCell<Option<(Vec<f64>, Value)>>,
}

impl Problem<'_> {
    fn value(&self, theta: &[f64]) -> Value {
        if let Some((at, value)) = self.last.borrow().as_ref()
            && at == theta
        {
            return value.clone();
        }
        let value = (self.objective)(theta);
        *self.last.borrow_mut() = Some((theta.to_vec(), value.clone()));
        value
    }
}

impl CostFunction for Problem<'_> {
    type Param = Vec<f64>;
    type Output = f64;

    fn cost(&self, theta: &Vec<f64>) -> Result<f64, ArgminError> {
        // Finite, because the line search interpolates.
        Ok(self.value(theta).0.min(1e12))
    }
}

impl Gradient for Problem<'_> {
    type Param = Vec<f64>;
    type Gradient = Vec<f64>;

    fn gradient(&self, theta: &Vec<f64>) -> Result<Vec<f64>, ArgminError> {
        Ok(self.value(theta).1)
    }
}

/// The best point found from `start`, its cost and the iterations it took. An infinite cost makes
/// the line search step back; one that gives up leaves the start.
pub(crate) fn minimise(
    objective: &dyn Fn(&[f64]) -> Value,
    start: Vec<f64>,
    iterations: u64,
) -> Result<(Vec<f64>, f64, u64), PlanError> {
    let failed = |e: ArgminError| PlanError::FitFailed { reason: e.to_string() };
    let solver = LBFGS::new(MoreThuenteLineSearch::new(), 8)
        .with_tolerance_grad(1e-4)
        .and_then(|s| s.with_tolerance_cost(1e-9))
        .map_err(failed)?;
    let problem = Problem { objective, last: RefCell::new(None) };
    let run = Executor::new(problem, solver)
        .configure(|s| s.param(start.clone()).max_iters(iterations))
        .run();
    let (theta, taken) = match run {
        Ok(done) => {
            let state = done.state();
            (state.get_best_param().cloned().unwrap_or(start.clone()), state.get_iter())
        }
        Err(_) => (start.clone(), 0),
    };
    let (cost, first) = (objective(&theta).0, objective(&start).0);
    Ok(if cost <= first { (theta, cost, taken) } else { (start, first, taken) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curved_valley_is_followed_to_its_end() {
        let valley = |x: &[f64]| {
            let (a, b) = (1.0 - x[0], x[1] - x[0] * x[0]);
            (a * a + 10.0 * b * b, vec![-2.0 * a - 40.0 * x[0] * b, 20.0 * b])
        };
        let (at, cost, taken) = minimise(&valley, vec![-1.0, 2.0], 100).unwrap();
        assert!(cost < 1e-6 && (at[0] - 1.0).abs() < 1e-2 && taken > 3, "{at:?} {cost}");
    }
}
