//! The log evidence of several tasks at once, and its slopes.

use std::cell::RefCell;

use faer::Mat;
use faer::linalg::solvers::{PartialPivLu, Solve};

use super::descend::{Cost, Evaluation};
use super::objective::{LEAST_NOISE, SHORTEST};
use super::priors::{LogNormal, lengthscale_prior, noise_prior};
use super::workspace::Workspace;
use crate::gauss::HALF_LN_TWO_PI;

/// Prior of a task's own variance: of the order of the standardised target's, loosely.
const OWN: LogNormal = LogNormal { location: -1.0, scale: 1.5 };
/// Own variances are never below this, so that the covariance of tasks stays of full rank.
const LEAST_OWN: f64 = 1e-6;

/// Intrinsic coregionalisation: `cov(f_t(x), f_u(x')) = B_tu k(x, x')`, `B = W W^T + diag(v)`, k
/// Gaussian without outputscale, a constant mean and a noise variance per task.
///
/// Parameters: `ln(length - shortest)` (one per column, or one), W row by row (a standard normal
/// prior), `ln(v - least)` and `ln(noise - least)` per task. The constants are always the best ones.
pub(super) struct TaskObjective {
    x: Mat<f64>,
    y: Vec<f64>,
    task: Vec<usize>,
    tasks: usize,
    rank: usize,
    shared: bool,
    work: RefCell<Workspace>,
}

/// Parameters by name.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct TaskParameters {
    /// One per column.
    pub lengths: Vec<f64>,
    /// `[tasks, rank]`.
    pub factor: Vec<Vec<f64>>,
    pub own: Vec<f64>,
    pub noise: Vec<f64>,
}

impl TaskParameters {
    /// `W W^T + diag(v)`.
    pub fn covariance(&self) -> Vec<Vec<f64>> {
        let of = |t: usize, u: usize| {
            let shared: f64 = self.factor[t].iter().zip(&self.factor[u]).map(|(a, b)| a * b).sum();
            shared + if t == u { self.own[t] } else { 0.0 }
        };
        let tasks = 0..self.own.len();
        tasks.clone().map(|t| tasks.clone().map(|u| of(t, u)).collect()).collect()
    }
}

impl TaskObjective {
    /// `y` standardised per task; `task` numbers from 0 to `tasks - 1`.
    pub fn new(x: &[Vec<f64>], y: Vec<f64>, task: &[usize], rank: usize, shared: bool) -> Self {
        let (n, d) = (x.len(), x.first().map_or(0, Vec::len));
        let tasks = task.iter().max().map_or(0, |most| most + 1);
        let middle: Vec<f64> =
            (0..d).map(|j| x.iter().map(|x| x[j]).sum::<f64>() / n.max(1) as f64).collect();
        let x = Mat::from_fn(n, d, |i, j| x[i][j] - middle[j]);
        let work = RefCell::new(Workspace::new(n, d));
        Self { x, y, task: task.to_vec(), tasks, rank, shared, work }
    }

    fn groups(&self) -> usize {
        if self.shared { self.x.ncols().min(1) } else { self.x.ncols() }
    }

    /// A start: all lengths alike, tasks that share `shared` of the variance.
    pub fn start(&self, length: f64, shared: f64) -> Vec<f64> {
        let mut theta = vec![(length - SHORTEST).max(1e-3).ln(); self.groups()];
        for task in 0..self.tasks {
            // Later columns of W tell tasks apart.
            let of = |r: usize| match (r, task % 2) {
                (0, _) => shared.sqrt(),
                (_, 0) => 0.1,
                _ => -0.1,
            };
            theta.extend((0..self.rank).map(of));
        }
        theta.extend(vec![(1.0 - shared).ln(); self.tasks]);
        theta.extend(vec![noise_prior().mode().ln(); self.tasks]);
        theta
    }

    /// Parameters by name.
    pub fn named(&self, theta: &[f64]) -> TaskParameters {
        let (lengths, rest) = theta.split_at(self.groups());
        let (factor, rest) = rest.split_at(self.tasks * self.rank);
        let (own, noise) = rest.split_at(self.tasks);
        let group = |j: usize| if self.shared { 0 } else { j };
        TaskParameters {
            lengths: (0..self.x.ncols()).map(|j| SHORTEST + lengths[group(j)].exp()).collect(),
            factor: factor.chunks(self.rank.max(1)).map(<[f64]>::to_vec).collect(),
            own: own.iter().map(|v| LEAST_OWN + v.exp()).collect(),
            noise: noise.iter().map(|v| LEAST_NOISE + v.exp()).collect(),
        }
    }

    /// `S^-1 (y - H c)` and the best constants c: `(H^T S^-1 H)^-1 H^T S^-1 y`, H telling tasks.
    fn solve(&self, work: &Workspace) -> (Vec<f64>, Vec<f64>) {
        let (n, tasks) = (self.y.len(), self.tasks);
        let column = |i: usize, j: usize| match j {
            0 => self.y[i],
            _ => f64::from(u8::from(self.task[i] + 1 == j)),
        };
        let mut solved = Mat::from_fn(n, 1 + tasks, column);
        work.solve(&mut solved);
        let mut sums = Mat::<f64>::zeros(tasks, 1 + tasks);
        for j in 0..=tasks {
            let column = solved.col_as_slice(j).iter().zip(&self.task);
            column.for_each(|(value, task)| sums[(*task, j)] += value);
        }
        let normal = sums.get(.., 1..).to_owned();
        let constants = PartialPivLu::new(normal.as_ref()).solve(sums.get(.., 0..1));
        let alpha = (0..n).map(|i| {
            let mean: f64 = (0..tasks).map(|t| constants[(t, 0)] * solved[(i, 1 + t)]).sum();
            solved[(i, 0)] - mean
        });
        (alpha.collect(), (0..tasks).map(|t| constants[(t, 0)]).collect())
    }
}

impl Cost for TaskObjective {
    fn evaluate(&self, theta: &[f64]) -> Option<Evaluation> {
        if theta.iter().any(|t| !t.is_finite() || t.abs() > 300.0) {
            return None;
        }
        let mut work = self.work.borrow_mut();
        let (n, named) = (self.y.len(), self.named(theta));
        let covariance = named.covariance();
        let by = |i: usize, j: usize| covariance[self.task[i]][self.task[j]];
        work.scale(&self.x, &named.lengths);
        work.correlate();
        work.factorise(by, |i| named.noise[self.task[i]])?;
        let (alpha, constants) = self.solve(&work);
        let residual = self.y.iter().zip(&self.task).map(|(y, task)| y - constants[*task]);
        let fit: f64 = residual.zip(&alpha).map(|(r, a)| r * a).sum();
        let log_likelihood = -0.5 * (fit + work.log_det()) - n as f64 * HALF_LN_TWO_PI;
        work.invert();
        let mut by_noise = vec![0.0; self.tasks];
        for (i, task) in self.task.iter().enumerate() {
            by_noise[*task] += 0.5 * (alpha[i] * alpha[i] - work.precision(i));
        }
        // dl/dB = M / 2 with M_tu the sum of `(a a^T - S^-1) * K` over the pairs of t and u.
        let mut pairs = vec![vec![0.0; self.tasks]; self.tasks];
        let by_log_length = work.by_log_length(&alpha, by, |i, j, value| {
            pairs[self.task[i]][self.task[j]] += value;
            if i != j {
                pairs[self.task[j]][self.task[i]] += value;
            }
        });

        let mut objective = log_likelihood;
        let mut slopes = Vec::with_capacity(theta.len());
        let mut logarithm = |slope: f64, value: f64, least: f64, prior: LogNormal| {
            let (density, by_value) = prior.log_density(value);
            objective += density;
            -(slope + by_value) * (value - least) / n as f64
        };
        let prior = lengthscale_prior(self.x.ncols());
        if self.shared && !named.lengths.is_empty() {
            let slope = by_log_length.iter().sum::<f64>() / named.lengths[0];
            slopes.push(logarithm(slope, named.lengths[0], SHORTEST, prior));
        } else {
            let each = by_log_length.iter().zip(&named.lengths);
            slopes.extend(each.map(|(s, length)| logarithm(s / length, *length, SHORTEST, prior)));
        }
        let mut weights = 0.0;
        for (own, pairs) in named.factor.iter().zip(&pairs) {
            for (r, own) in own.iter().enumerate() {
                weights += -0.5 * own * own;
                let slope: f64 = pairs.iter().zip(&named.factor).map(|(p, w)| p * w[r]).sum();
                slopes.push(-(slope - own) / n as f64);
            }
        }
        for (t, own) in named.own.iter().enumerate() {
            slopes.push(logarithm(0.5 * pairs[t][t], *own, LEAST_OWN, OWN));
        }
        for (slope, noise) in by_noise.iter().zip(&named.noise) {
            slopes.push(logarithm(*slope, *noise, LEAST_NOISE, noise_prior()));
        }
        let cost = -(objective + weights) / n as f64;
        Some(Evaluation { cost, slopes, constants, log_likelihood })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gp::{ExactGp, Kernel, Mean};

    fn data() -> (Vec<Vec<f64>>, Vec<f64>, Vec<usize>) {
        let at = |i: i32| vec![f64::from(i * 5 % 14) / 6.0, f64::from(i * 9 % 14) / 9.0 - 0.4];
        let x: Vec<Vec<f64>> = (0..14).map(at).collect();
        let task: Vec<usize> = (0..14).map(|i| i % 3).collect();
        let y = x.iter().zip(&task).map(|(x, t)| x[0] - x[1] * x[1] * *t as f64).collect();
        (x, y, task)
    }

    #[test]
    fn the_likelihood_is_that_of_the_process_at_its_best_constants() {
        let (x, y, task) = data();
        let objective = TaskObjective::new(&x, y.clone(), &task, 2, false);
        let theta = objective.start(0.8, 0.6);
        let (found, named) = (objective.evaluate(&theta).unwrap(), objective.named(&theta));
        let with_task: Vec<Vec<f64>> =
            x.iter().zip(&task).map(|(x, task)| [x.as_slice(), &[*task as f64]].concat()).collect();
        let kernel = Kernel::Product(vec![
            Kernel::Rbf { dims: vec![0, 1], lengthscale: named.lengths.clone() },
            Kernel::Task { column: 2, covariance: named.covariance() },
        ]);
        let noise: Vec<f64> = task.iter().map(|t| named.noise[*t]).collect();
        let of = |values: Vec<f64>| {
            let mean = Mean::PerTask { column: 2, values };
            let gp = ExactGp::condition(
                kernel.clone(),
                mean,
                noise.clone(),
                with_task.clone(),
                y.clone(),
            );
            gp.unwrap().log_marginal_likelihood()
        };
        assert!((of(found.constants.clone()) - found.log_likelihood).abs() < 1e-10);
        for t in 0..3 {
            let mut moved = found.constants.clone();
            moved[t] += 0.01;
            assert!(of(moved) < found.log_likelihood);
        }
    }

    #[test]
    fn every_slope_is_that_of_a_small_step() {
        let (x, y, task) = data();
        for shared in [false, true] {
            let objective = TaskObjective::new(&x, y.clone(), &task, 2, shared);
            let mut theta = objective.start(0.8, 0.6);
            theta.iter_mut().enumerate().for_each(|(i, t)| *t += 0.03 * i as f64);
            let slopes = objective.evaluate(&theta).unwrap().slopes;
            assert_eq!(slopes.len(), theta.len());
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
}
