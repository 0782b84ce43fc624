//! What a fit found, in numbers and words a biologist can check.

use serde::{Deserialize, Serialize};

/// Weight of one feature block.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BlockWeight {
    /// Block name.
    pub name: String,
    /// Prior variance it contributes on the standardised target.
    pub weight: f64,
    /// Share of the summed weights, 0..1.
    pub share: f64,
    /// 90 % interval of the weight, where the surrogate has one.
    pub interval: Option<(f64, f64)>,
}

/// What the cellular model's in-silico screen contributed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelWeight {
    /// Fitted kernel weight; exactly 0 when the block is switched off.
    pub weight: f64,
    /// 90 % interval of the weight; from 0 where the block is switched off.
    pub interval: Option<(f64, f64)>,
    /// Share of the surrogate's prior variance, 0..1.
    pub share_of_prior_variance: f64,
    /// Log evidence with the block minus without it, natural log; positive speaks for the model.
    pub log_bayes_factor: f64,
    /// Whether the picks used the model.
    pub active: bool,
    /// Why, in words.
    pub explanation: String,
}

/// A fit's record, stored with the round.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SurrogateReport {
    /// Which surrogate.
    pub name: String,
    /// Distinct measured candidates it was fitted to.
    pub observed: usize,
    /// Whether the features explain the measurements by at least 2 nats more than noise alone.
    pub signal_found: bool,
    /// Log marginal likelihood above the noise-only model, natural log.
    pub nats_over_noise: f64,
    /// Log marginal likelihood on the standardised target.
    pub log_evidence: f64,
    /// Kernel weights over kernel weights plus noise, 0..1.
    pub signal_share: f64,
    /// Noise variance on the standardised target.
    pub noise_variance: f64,
    /// Sd of one measurement's noise, in target units.
    pub noise_sd: f64,
    /// Slope of the mean on the assay prior's normal score, in sd of the target.
    pub prior_slope: f64,
    /// Optimiser iterations.
    pub iterations: u64,
    /// Jitter added to make the covariance positive definite; 0 as a rule.
    pub jitter: f64,
    /// Weight of every block, in the table's order.
    pub blocks: Vec<BlockWeight>,
    /// The cellular model's part, when the table has its block.
    pub model: Option<ModelWeight>,
    /// One paragraph in words.
    pub explanation: String,
}

/// Weights with their shares.
pub(crate) fn block_weights(names: &[&str], weights: &[f64]) -> Vec<BlockWeight> {
    let total = weights.iter().sum::<f64>().max(1e-300);
    names
        .iter()
        .zip(weights)
        .map(|(name, &weight)| BlockWeight {
            name: (*name).to_owned(),
            weight,
            share: weight / total,
            interval: None,
        })
        .collect()
}

/// The guard's verdict in words.
pub(crate) fn explain(observed: usize, signal: bool, nats: f64, share: f64) -> String {
    if observed == 0 {
        return "Nothing is measured yet: the assay prior ranks the candidates, and the sd is that \
                of the features alone."
            .to_owned();
    }
    let percent = 100.0 * share;
    if signal {
        format!(
            "Features explain the {observed} measured genes {nats:.1} nats better than noise \
             alone; {percent:.0} % of the modelled variance is signal."
        )
    } else {
        format!(
            "No signal found yet: features explain the {observed} measured genes only {nats:.1} \
             nats better than noise alone (2 are asked for), so picks rest mostly on the assay prior."
        )
    }
}
