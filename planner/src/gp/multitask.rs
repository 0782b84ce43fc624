//! Several read-outs, donors or earlier screens in one process, guarded against bad company.

use super::descend::{Patience, descend};
use super::exact::{ExactGp, Mean, check_rows};
use super::fit::{FittedGp, fit_rbf};
use super::kernel::Kernel;
use super::priors::lengthscale_prior;
use super::tasks::TaskObjective;
use crate::error::PlanError;
use crate::gauss::HALF_LN_TWO_PI;

const PATIENCE: Patience = Patience { iterations: 100, cost: 1e-7, slope: 1e-4 };
/// Shares of the variance that tasks have in common at the starts.
const STARTS: [f64; 2] = [0.8, 0.1];
/// More lengths than this on fewer measurements than that overfit: one for all columns then.
const MANY_LENGTHS: usize = 20;
const FEW_MEASUREMENTS: usize = 500;

/// A process over several tasks, and one over the first alone; predictions for the first task are
/// weighted by how well each predicts its measurements when they are left out.
#[derive(Debug, Clone)]
pub struct MultiTaskGp {
    /// All tasks, each standardised; the task's number is the last column.
    pub joint: ExactGp,
    /// The first task alone.
    pub single: FittedGp,
    /// Covariance of tasks, `W W^T + diag(v)`.
    pub covariance: Vec<Vec<f64>>,
    /// Noise variance per task, standardised.
    pub noise_variance: Vec<f64>,
    /// Sum over the first task's measurements of the log density of each given all others.
    pub joint_log_score: f64,
    /// The same of the first task alone.
    pub single_log_score: f64,
}

impl MultiTaskGp {
    /// Weight of the joint process, 0 to 1: below a half the other tasks mislead.
    #[must_use]
    pub fn joint_weight(&self) -> f64 {
        1.0 / (1.0 + (self.single_log_score - self.joint_log_score).exp())
    }

    /// Correlation of two tasks' effects, to be shown to the user.
    #[must_use]
    pub fn correlation(&self, a: usize, b: usize) -> f64 {
        let own = |t: usize| self.covariance[t][t];
        self.covariance[a][b] / (own(a) * own(b)).sqrt()
    }

    /// Latent mean and variance of the first task at `at` (without a task's number), in its unit.
    #[must_use]
    pub fn predict(&self, at: &[Vec<f64>]) -> (Vec<f64>, Vec<f64>) {
        let weight = self.joint_weight();
        let (mean, variance) = self.single.predict(at);
        let first: Vec<Vec<f64>> = at.iter().map(|x| with_task(x, 0)).collect();
        let (joint_mean, covariance) = self.joint.posterior(&first);
        let (centre, sd) = (self.single.centre, self.single.sd);
        let mixed = (0..at.len()).map(|i| {
            let together = centre + sd * joint_mean[i];
            let spread = sd * sd * covariance[i * at.len() + i];
            let both = weight * together + (1.0 - weight) * mean[i];
            // What the two means differ by is uncertainty as well.
            let between = weight * (1.0 - weight) * (together - mean[i]).powi(2);
            (both, weight * spread + (1.0 - weight) * variance[i] + between)
        });
        mixed.unzip()
    }
}

/// Fits an intrinsic coregionalisation model of rank 1 or 2: each task with its own constant and
/// noise, standardised by itself, and one Gaussian kernel with a length per column (one for all
/// where there are few measurements).
///
/// Task 0 is the one that is predicted. Of an earlier screen with more than some 3,000 measurements
/// take its posterior mean as a prior's score instead: time grows with the cube of all.
///
/// # Shapes
/// `x`: `[n, d]`; `y`, `task`: `[n]`, in any order, tasks numbered from 0 without a gap.
/// # Errors
/// [`PlanError::LengthMismatch`]; [`PlanError::NotFinite`] naming the row; [`PlanError::BadSetting`]
/// for a rank other than 1 or 2 and for a task without measurements; [`PlanError::FitFailed`].
/// # Source
/// Bonilla, Chai and Williams 2007; weights by leaving one out as Yao et al. 2018, arXiv:1704.02030.
pub fn fit_tasks(
    x: &[Vec<f64>],
    y: &[f64],
    task: &[usize],
    rank: usize,
) -> Result<MultiTaskGp, PlanError> {
    check_rows(x, y, &vec![0.0; y.len()])?;
    let scales = scales(y, task)?;
    if !(1..=2).contains(&rank) {
        let (what, value, expected) = ("rank", rank.to_string(), "1 or 2");
        return Err(PlanError::BadSetting { what, value, expected });
    }
    let standard: Vec<f64> =
        y.iter().zip(task).map(|(y, task)| (y - scales[*task].0) / scales[*task].1).collect();
    let columns = x[0].len();
    let shared = columns > MANY_LENGTHS && y.len() < FEW_MEASUREMENTS;
    let objective = TaskObjective::new(x, standard.clone(), task, rank, shared);
    let mode = lengthscale_prior(columns).mode();
    let mut best = None;
    for share in STARTS {
        let Some(end) = descend(&objective, objective.start(mode, share), PATIENCE)? else {
            continue;
        };
        if best.as_ref().is_none_or(|least: &super::descend::Descent| end.at.cost < least.at.cost) {
            best = Some(end);
        }
    }
    let reason = || "no start of the tasks' process gave a finite likelihood".to_owned();
    let best = best.ok_or_else(|| PlanError::FitFailed { reason: reason() })?;
    let named = objective.named(&best.theta);
    let covariance = named.covariance();
    let kernel = Kernel::Product(vec![
        Kernel::Rbf { dims: (0..columns).collect(), lengthscale: named.lengths.clone() },
        Kernel::Task { column: columns, covariance: covariance.clone() },
    ]);
    let mean = Mean::PerTask { column: columns, values: best.at.constants };
    let noise = task.iter().map(|task| named.noise[*task]).collect();
    let rows = x.iter().zip(task).map(|(x, task)| with_task(x, *task)).collect();
    let joint = ExactGp::condition(kernel, mean, noise, rows, standard.clone())?;

    let first: Vec<usize> = (0..y.len()).filter(|&i| task[i] == 0).collect();
    let own_x: Vec<Vec<f64>> = first.iter().map(|&i| x[i].clone()).collect();
    let own_y: Vec<f64> = first.iter().map(|&i| y[i]).collect();
    let single = fit_rbf(&own_x, &own_y)?;
    let own: Vec<f64> = first.iter().map(|&i| standard[i]).collect();
    let left_out = joint.leave_one_out();
    let of_first: Vec<(f64, f64)> = first.iter().map(|&i| left_out[i]).collect();
    Ok(MultiTaskGp {
        joint_log_score: log_score(&of_first, &own),
        single_log_score: log_score(&single.gp.leave_one_out(), &own),
        joint,
        single,
        covariance,
        noise_variance: named.noise,
    })
}

fn with_task(x: &[f64], task: usize) -> Vec<f64> {
    [x, &[task as f64]].concat()
}

/// Mean and standard deviation (n - 1) of every task.
fn scales(y: &[f64], task: &[usize]) -> Result<Vec<(f64, f64)>, PlanError> {
    if task.len() != y.len() {
        let (left, right) = ("y", "task");
        return Err(PlanError::LengthMismatch {
            left,
            left_len: y.len(),
            right,
            right_len: task.len(),
        });
    }
    let tasks = task.iter().max().map_or(1, |most| most + 1);
    let of = |t: usize| {
        let own: Vec<f64> =
            y.iter().zip(task).filter(|(_, task)| **task == t).map(|(y, _)| *y).collect();
        if own.is_empty() {
            let (what, value) = ("task", format!("{t}, of which there is no measurement"));
            let expected = "tasks numbered from 0 without a gap, each measured";
            return Err(PlanError::BadSetting { what, value, expected });
        }
        let n = own.len() as f64;
        let centre = own.iter().sum::<f64>() / n;
        let square: f64 = own.iter().map(|y| (y - centre).powi(2)).sum();
        let sd = (square / (n - 1.0).max(1.0)).sqrt();
        Ok((centre, if sd > 0.0 { sd } else { 1.0 }))
    };
    (0..tasks).map(of).collect()
}

/// Sum of log densities of `y` under normal predictions (mean, sd).
fn log_score(predictions: &[(f64, f64)], y: &[f64]) -> f64 {
    let one = |((mean, sd), y): (&(f64, f64), &f64)| {
        -HALF_LN_TWO_PI - sd.ln() - 0.5 * ((y - mean) / sd).powi(2)
    };
    predictions.iter().zip(y).map(one).sum()
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    /// Eight measurements of a wave, and forty of `other` at other places.
    fn data(other: impl Fn(f64, &mut ChaCha8Rng) -> f64) -> (Vec<Vec<f64>>, Vec<f64>, Vec<usize>) {
        let mut rng = ChaCha8Rng::seed_from_u64(5);
        let (mut x, mut y, mut task) = (Vec::new(), Vec::new(), Vec::new());
        for i in 0..48 {
            let (at, of) = match i < 8 {
                true => (f64::from(i) / 8.0, 0),
                false => (f64::from(i - 8) / 40.0, 1),
            };
            x.push(vec![at]);
            let noise = 0.1 * rng.random_range(-1.0..1.0);
            y.push(noise + if of == 0 { 3.0 + wave(at) } else { other(at, &mut rng) });
            task.push(of);
        }
        (x, y, task)
    }

    fn wave(x: f64) -> f64 {
        (12.0 * x).sin()
    }

    fn error(found: &[f64], at: &[Vec<f64>]) -> f64 {
        let squares = found.iter().zip(at).map(|(m, x)| (m - 3.0 - wave(x[0])).powi(2));
        (squares.sum::<f64>() / at.len() as f64).sqrt()
    }

    #[test]
    fn a_task_that_agrees_lends_its_measurements() {
        let (x, y, task) = data(|x, _| 100.0 * wave(x) - 7.0);
        let fitted = fit_tasks(&x, &y, &task, 1).unwrap();
        let at: Vec<Vec<f64>> = (0..50).map(|i| vec![f64::from(i) / 50.0]).collect();
        let (mean, variance) = fitted.predict(&at);
        let (alone, _) = fitted.single.predict(&at);
        assert!(fitted.correlation(0, 1) > 0.8, "{}", fitted.correlation(0, 1));
        assert!(fitted.joint_weight() > 0.5, "{}", fitted.joint_weight());
        assert!(error(&mean, &at) < 0.7 * error(&alone, &at), "{}", error(&mean, &at));
        assert!(variance.iter().all(|v| *v >= 0.0));
    }

    #[test]
    fn a_task_of_noise_does_no_harm() {
        let (x, y, task) = data(|_, rng| 5.0 * rng.random_range(-1.0..1.0));
        let fitted = fit_tasks(&x, &y, &task, 1).unwrap();
        let at: Vec<Vec<f64>> = (0..50).map(|i| vec![f64::from(i) / 50.0]).collect();
        let (alone, _) = fitted.single.predict(&at);
        let (mean, _) = fitted.predict(&at);
        assert!(error(&mean, &at) < error(&alone, &at) + 0.1);
    }

    #[test]
    fn gaps_in_the_tasks_and_ranks_out_of_range_are_refused() {
        let x = vec![vec![0.0], vec![1.0], vec![2.0]];
        let y = [0.0, 1.0, 2.0];
        let gap = fit_tasks(&x, &y, &[0, 0, 2], 1).unwrap_err();
        assert!(gap.to_string().contains("no measurement"), "{gap}");
        assert!(fit_tasks(&x, &y, &[0, 1, 0], 3).unwrap_err().to_string().contains("rank"));
        assert!(matches!(fit_tasks(&x, &y, &[0], 1), Err(PlanError::LengthMismatch { .. })));
        assert!(fit_tasks(&[], &[], &[], 1).is_err());
    }
}
