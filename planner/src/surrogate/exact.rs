//! An exact Gaussian process over all blocks side by side, one length per block.

use faer::Mat;

use super::block_gp::subset;
use super::descent::{Value, minimise};
use super::evidence::noise_only_evidence;
use super::linalg::{block_kernel, cholesky};
use super::posterior::residuals;
use super::process::Process;
use super::report::{SurrogateReport, block_weights, explain};
use super::{Fitted, Posterior, Surrogate, TrainingSet};
use crate::error::PlanError;
use crate::features::FeatureTable;
use crate::gauss::HALF_LN_TWO_PI;
use crate::gp::{Kernel, LogNormal, lengthscale_prior};

const ITERATIONS: u64 = 40;
/// Measurements from which one start is enough; each costs seconds.
const MANY: usize = 300;
/// Slope of the mean on the assay prior, in sd of the target, as the default surrogate's.
const PRIOR_SLOPE: f64 = 0.3;
/// Of the signal variance and of the noise variance on the standardised target; CRISPR scores are
/// far noisier than BoTorch's prior expects.
const SIGNAL: LogNormal = LogNormal { location: -1.0, scale: 1.0 };
const NOISE: LogNormal = LogNormal { location: -1.0, scale: 1.5 };

/// `y = c + 0.3 z(prior) + f + noise`, `f ~ GP(0, signal exp(-sum_b d_b^2 / (2 l_b^2)))`, `d_b` the
/// distance in block b, whose mean squared norm is 1. Lengths, signal and noise by MAP.
///
/// Genes must be alike in all blocks that matter to act alike, where the default surrogate adds the
/// blocks' evidence.
#[derive(Debug, Clone, Copy, Default)]
pub struct ExactBlocks;

/// Squared distances between the measured rows, one matrix per block.
struct Problem {
    distances: Vec<Mat<f64>>,
    residual: Vec<f64>,
    extra: Vec<f64>,
    lengths: LogNormal,
}

impl Surrogate for ExactBlocks {
    fn name(&self) -> &'static str {
        "exact Gaussian process"
    }

    fn fit<'t>(
        &self,
        table: &'t FeatureTable,
        data: &TrainingSet,
    ) -> Result<Fitted<'t>, PlanError> {
        let blocks = table.data().len();
        // Columns of unit variance divided by the root of their number: one column's prior.
        let lengths = lengthscale_prior(1);
        let mut start = vec![lengths.location; blocks];
        start.extend([SIGNAL.location, NOISE.location]);
        let (theta, log_evidence, iterations, nats) = match data.len() {
            0 | 1 => (start, 0.0, 0, 0.0),
            _ => {
                let part = subset(data);
                let problem = Problem::new(table, &part, lengths);
                let (theta, iterations) = problem.fit(start)?;
                let evidence = problem.log_evidence(&theta);
                let noise_only = noise_only_evidence(&residuals(table, &part, 0.0).1);
                (theta, evidence, iterations, evidence - noise_only)
            }
        };
        let (signal, noise) = (theta[blocks].exp(), theta[blocks + 1].exp());
        let process = dense(table, &theta[..blocks], signal);
        let posterior = Posterior::of(table, data, process, noise, PRIOR_SLOPE)?;
        let signal_found = nats >= 2.0;
        let signal_share = signal / (signal + noise);
        let names: Vec<&str> = table.blocks().map(|b| &*b.name).collect();
        let relevance: Vec<f64> = theta[..blocks].iter().map(|l| (-2.0 * l).exp()).collect();
        let total = relevance.iter().sum::<f64>().max(1e-300);
        let weights: Vec<f64> = relevance.iter().map(|r| signal * r / total).collect();
        let report = SurrogateReport {
            name: self.name().to_owned(),
            observed: data.len(),
            signal_found,
            nats_over_noise: nats,
            log_evidence,
            signal_share,
            noise_variance: noise,
            noise_sd: posterior.noise_sd(),
            prior_slope: PRIOR_SLOPE,
            iterations,
            jitter: posterior.factor.jitter,
            // The signal variance, shared out by the inverse squared lengths.
            blocks: block_weights(&names, &weights),
            model: None,
            explanation: explain(data.len(), signal_found, nats, signal_share),
        };
        Ok(Fitted { posterior, report })
    }
}

/// All blocks side by side, divided by their lengths.
fn dense(table: &FeatureTable, log_lengths: &[f64], signal: f64) -> Process {
    let x: Vec<Vec<f64>> = (0..table.len())
        .map(|row| {
            let of = |(block, l): (&crate::features::Block, &f64)| {
                let scale = (-l).exp();
                block.values.row(row).iter().map(|v| v * scale).collect::<Vec<_>>()
            };
            table.data().iter().zip(log_lengths).flat_map(of).collect()
        })
        .collect();
    let width = x.first().map_or(0, Vec::len);
    let kernel = Kernel::Rbf { dims: (0..width).collect(), lengthscale: vec![1.0; width] };
    Process::Dense { kernel, signal, x }
}

impl Problem {
    fn new(table: &FeatureTable, data: &TrainingSet, lengths: LogNormal) -> Self {
        let unit = data.scale().1.powi(2);
        let distances = table
            .data()
            .iter()
            .map(|block| {
                let k = block_kernel(block.values.as_ref(), &data.rows);
                let n = data.len();
                Mat::from_fn(n, n, |i, j| match i == j {
                    true => 0.0,
                    false => (k[(i, i)] + k[(j, j)] - 2.0 * k[(i, j)]).max(0.0),
                })
            })
            .collect();
        Self {
            distances,
            residual: residuals(table, data, PRIOR_SLOPE).1,
            extra: data.extra_noise.iter().map(|v| v / unit).collect(),
            lengths,
        }
    }

    /// The better of two starts: the prior's median lengths, and a third of them.
    fn fit(&self, start: Vec<f64>) -> Result<(Vec<f64>, u64), PlanError> {
        let objective = |theta: &[f64]| self.cost(theta);
        let mut best = minimise(&objective, start.clone(), ITERATIONS)?;
        if self.residual.len() < MANY {
            let mut short = start;
            short[..self.distances.len()].iter_mut().for_each(|l| *l -= 3.0_f64.ln());
            let other = minimise(&objective, short, ITERATIONS)?;
            if other.1 < best.1 {
                best = other;
            }
        }
        if !best.1.is_finite() {
            let reason = "no start gave a finite objective".to_owned();
            return Err(PlanError::FitFailed { reason });
        }
        Ok((best.0, best.2))
    }

    fn log_evidence(&self, theta: &[f64]) -> f64 {
        -self.cost(theta).0 - self.log_prior(theta).0
    }

    /// Log density of the parameters and its slope in their logarithms.
    fn log_prior(&self, theta: &[f64]) -> Value {
        let blocks = self.distances.len();
        let mut value = 0.0;
        let slope = theta
            .iter()
            .enumerate()
            .map(|(at, t)| {
                let prior = match at {
                    at if at < blocks => self.lengths,
                    at if at == blocks => SIGNAL,
                    _ => NOISE,
                };
                let (density, slope) = prior.log_density(t.exp());
                value += density;
                slope * t.exp()
            })
            .collect();
        (value, slope)
    }

    /// Negative log posterior and its gradient; infinite where nothing can be factorised.
    fn cost(&self, theta: &[f64]) -> Value {
        let (n, blocks) = (self.residual.len(), self.distances.len());
        let worst = || (f64::INFINITY, vec![0.0; theta.len()]);
        if theta.iter().any(|t| t.is_nan() || t.abs() > 25.0) {
            return worst();
        }
        let (signal, noise) = (theta[blocks].exp(), theta[blocks + 1].exp());
        let precision: Vec<f64> = theta[..blocks].iter().map(|l| (-2.0 * l).exp()).collect();
        let k = Mat::from_fn(n, n, |i, j| {
            let square: f64 =
                self.distances.iter().zip(&precision).map(|(d, p)| d[(i, j)] * p).sum();
            signal * (-0.5 * square).exp()
        });
        let mut sigma = k.clone();
        (0..n).for_each(|i| sigma[(i, i)] += noise + self.extra[i]);
        let Ok(factor) = cholesky(&sigma) else { return worst() };
        let alpha = factor.solve(&self.residual);
        let fit: f64 = alpha.iter().zip(&self.residual).map(|(a, r)| a * r).sum();
        let log_evidence = -0.5 * (fit + factor.log_det()) - n as f64 * HALF_LN_TWO_PI;
        let inverse = factor.inverse();
        let g = Mat::from_fn(n, n, |i, j| alpha[i] * alpha[j] - inverse[(i, j)]);
        let weighted = Mat::from_fn(n, n, |i, j| g[(i, j)] * k[(i, j)]);
        let sum = |of: &dyn Fn(usize, usize) -> f64| -> f64 {
            (0..n).map(|j| (0..n).map(|i| of(i, j)).sum::<f64>()).sum()
        };
        let (density, slope) = self.log_prior(theta);
        let mut gradient: Vec<f64> = self
            .distances
            .iter()
            .zip(&precision)
            .map(|(d, p)| -0.5 * p * sum(&|i, j| weighted[(i, j)] * d[(i, j)]))
            .collect();
        gradient.push(-0.5 * sum(&|i, j| weighted[(i, j)]));
        gradient.push(-0.5 * noise * (0..n).map(|i| g[(i, i)]).sum::<f64>());
        gradient.iter_mut().zip(slope).for_each(|(g, s)| *g -= s);
        (-log_evidence - density, gradient)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::synthetic::{Lcm, plain_world};
    use crate::surrogate::Observed;
    use crate::target::Tail;

    #[test]
    fn the_gradient_is_the_slope_of_the_objective() {
        let world = plain_world(20, 3, 1.0, Lcm::Absent);
        let observed: Vec<Observed> = (0..20)
            .map(|candidate| Observed { candidate, robust_z: world.robust_z[candidate], se: None })
            .collect();
        let data = TrainingSet::new(&world.table, &observed, Tail::TwoSided).unwrap();
        let problem = Problem::new(&world.table, &data, lengthscale_prior(1));
        let at = [0.3, 0.9, 0.1, -0.4, -1.2];
        let analytic = problem.cost(&at).1;
        for k in 0..at.len() {
            let (mut up, mut down) = (at, at);
            up[k] += 1e-5;
            down[k] -= 1e-5;
            let slope = (problem.cost(&up).0 - problem.cost(&down).0) / 2e-5;
            assert!((slope - analytic[k]).abs() < 1e-5, "{k}: {slope} {}", analytic[k]);
        }
    }
}
