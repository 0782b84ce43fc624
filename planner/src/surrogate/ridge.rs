//! Bayesian ridge regression on all blocks together: the baseline that is always on.

use faer::Side;

use super::evidence::noise_only_evidence;
use super::linalg::kernel;
use super::posterior::{Hyper, residuals};
use super::report::{SurrogateReport, block_weights, explain};
use super::{Fitted, Posterior, Surrogate, TrainingSet};
use crate::error::PlanError;
use crate::features::FeatureTable;
use crate::gauss::HALF_LN_TWO_PI;

/// `y = c + F v + noise`, all blocks weighted alike, no prior mean.
///
/// Closed form in the eigenbasis of the kernel: for a noise-to-signal ratio the signal variance is
/// the mean of the whitened squares, and the ratio is the best of a grid by marginal likelihood.
#[derive(Debug, Clone, Copy, Default)]
pub struct Ridge;

impl Surrogate for Ridge {
    fn name(&self) -> &'static str {
        "Bayesian ridge"
    }

    fn fit<'t>(
        &self,
        table: &'t FeatureTable,
        data: &TrainingSet,
    ) -> Result<Fitted<'t>, PlanError> {
        let names: Vec<&str> = table.blocks().map(|b| &*b.name).collect();
        let share = 1.0 / names.len().max(1) as f64;
        let (_, residual) = residuals(table, data, 0.0);
        let (signal, noise, evidence) = best_ratio(table, data, &residual, share)?;
        let hyper = Hyper { weights: vec![signal * share; names.len()], noise, prior_slope: 0.0 };
        let nats = evidence - noise_only_evidence(&residual);
        let signal_share = signal / (signal + noise);
        let weights = block_weights(&names, &hyper.weights);
        let posterior = Posterior::condition(table, data, hyper)?;
        let report = SurrogateReport {
            name: self.name().to_owned(),
            observed: data.len(),
            signal_found: nats >= 2.0,
            nats_over_noise: nats,
            log_evidence: evidence,
            signal_share,
            noise_variance: noise,
            noise_sd: posterior.noise_sd(),
            prior_slope: 0.0,
            iterations: 0,
            jitter: posterior.factor.jitter,
            blocks: weights,
            model: None,
            explanation: explain(data.len(), nats >= 2.0, nats, signal_share),
        };
        Ok(Fitted { posterior, report })
    }
}

/// (signal variance, noise variance, log evidence) of the best ratio.
fn best_ratio(
    table: &FeatureTable,
    data: &TrainingSet,
    residual: &[f64],
    share: f64,
) -> Result<(f64, f64, f64), PlanError> {
    let n = residual.len();
    // Equal targets say nothing about the ratio.
    if residual.iter().map(|r| r * r).sum::<f64>() < 1e-18 {
        return Ok((0.5, 0.5, noise_only_evidence(residual)));
    }
    let weights = vec![share; table.data().len()];
    let k = kernel(table, &weights, &data.rows, &data.rows);
    let eig = k
        .self_adjoint_eigen(Side::Lower)
        .map_err(|e| PlanError::FitFailed { reason: format!("{e:?}") })?;
    let squares: Vec<f64> = (0..n)
        .map(|j| (0..n).map(|i| eig.U()[(i, j)] * residual[i]).sum::<f64>().powi(2))
        .collect();
    let mut best = (0.0, 1.0, f64::NEG_INFINITY);
    for step in 0..=48 {
        let ratio = 10.0_f64.powf(f64::from(step) / 8.0 - 2.0);
        let spectrum: Vec<f64> = (0..n).map(|i| eig.S()[i].max(0.0) + ratio).collect();
        let signal = squares.iter().zip(&spectrum).map(|(q, s)| q / s).sum::<f64>() / n as f64;
        let signal = signal.max(1e-12);
        let log_det: f64 = spectrum.iter().map(|s| s.ln()).sum();
        let evidence =
            -0.5 * (n as f64 * (signal.ln() + 1.0) + log_det) - n as f64 * HALF_LN_TWO_PI;
        if evidence > best.2 {
            best = (signal, ratio * signal, evidence);
        }
    }
    Ok(best)
}
