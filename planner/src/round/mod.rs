//! One round: which candidates go to the lab next, and why.

mod acquisition;
mod advice;
mod believer;
mod cover;
mod feasible;
mod finish;
mod ledger;
mod limits;
pub mod pairs;
mod pick;
mod plan;
mod reason;
mod replicates;
mod scorer;
mod select;
#[cfg(test)]
mod tests;

pub use acquisition::Acquisition;
pub use advice::{Advice, AdviceKind, ArmOutcome, Stopping};
pub use limits::Limits;
pub use pick::{Pick, PickKind};
pub use select::select;
pub(crate) use select::select_with;

use serde::{Deserialize, Serialize};

use crate::error::PlanError;
use crate::features::FeatureTable;
use crate::surrogate::{
    BlockGp, Ensemble, ExactBlocks, MemberPredictions, Ridge, Robust, Surrogate,
};
pub use crate::surrogate::{Observed, Outliers, SurrogateChoice, SurrogateReport};
use crate::target::Tail;

/// Everything a round's selection depends on. Equal requests give equal rounds.
#[derive(Debug, Clone)]
pub struct RoundRequest<'a> {
    /// Features of the candidates; every index below points into its candidates.
    pub table: &'a FeatureTable,
    /// Measurements so far.
    pub observed: Vec<Observed>,
    /// Chosen in an open round, not measured yet: conditioned on, never picked again.
    pub pending: Vec<usize>,
    /// Never to be picked.
    pub excluded: Vec<usize>,
    /// Picked first, whatever their score; may repeat a measured candidate.
    pub forced: Vec<usize>,
    /// Hard limits.
    pub limits: Limits,
    /// A hit is `|z|` (or the wanted tail's z) of at least this many robust sd.
    pub hit_threshold: f64,
    /// Which tail counts.
    pub tail: Tail,
    /// 1 for the first round; part of the seed.
    pub round_no: u32,
    /// Seed of the random arm and of ties.
    pub seed: u64,
    /// What the picks that are neither forced, repeated nor random are ranked by.
    pub acquisition: Acquisition,
    /// Exploration: score = mean + kappa sd; also the optimism of [`Acquisition::OptimisticHit`].
    pub kappa: f64,
    /// Share of the candidates that counts as hits where they are called by rank, for
    /// [`Acquisition::RankThreshold`] and [`Acquisition::TopK`].
    pub top_share: f64,
    /// Share of a round drawn at random, at least one pick in rounds of two and more; the first
    /// round always uses a quarter.
    pub random_share: f64,
    /// Go by the assay prior, or cover the features where there is none, while the surrogate finds
    /// no signal. Off by default: what the replays measured is the score, signal or not. An exact
    /// process and an ensemble always do so.
    pub prior_without_signal: bool,
    /// What learns from the measurements.
    pub surrogate: SurrogateChoice,
    /// Predictions for [`SurrogateChoice::Ensemble`].
    pub members: Option<MemberPredictions>,
    /// What is done about measurements that lie far off.
    pub outliers: Outliers,
    /// Wells in which a measured candidate was measured, `(candidate, wells)`, where that is not
    /// one per measurement; for [`Limits::max_replicates`].
    pub wells_of: Vec<(usize, usize)>,
    /// What makes a round worth it, for the advice.
    pub stopping: Stopping,
}

impl<'a> RoundRequest<'a> {
    /// A request with the default strategy: kappa 1, 5 % random, two-sided hits at |z| >= 3,
    /// essential genes left out, no budget.
    #[must_use]
    pub fn new(table: &'a FeatureTable, batch: usize) -> Self {
        Self {
            table,
            observed: Vec::new(),
            pending: Vec::new(),
            excluded: Vec::new(),
            forced: Vec::new(),
            limits: Limits::batch(batch),
            hit_threshold: 3.0,
            tail: Tail::TwoSided,
            round_no: 1,
            seed: 0,
            acquisition: Acquisition::default(),
            kappa: 1.0,
            top_share: 0.05,
            random_share: 0.05,
            prior_without_signal: false,
            surrogate: SurrogateChoice::default(),
            members: None,
            outliers: Outliers::default(),
            wells_of: Vec::new(),
            stopping: Stopping::default(),
        }
    }

    /// The surrogate asked for.
    fn learner(&self) -> Result<Box<dyn Surrogate>, PlanError> {
        let inner: Box<dyn Surrogate> = match (self.surrogate, &self.members) {
            (SurrogateChoice::Blocks, _) => Box::new(BlockGp { batch: self.limits.batch }),
            (SurrogateChoice::Ridge, _) => Box::new(Ridge),
            (SurrogateChoice::Exact, _) => Box::new(ExactBlocks),
            (SurrogateChoice::Ensemble, Some(predictions)) => {
                Box::new(Ensemble { predictions: predictions.clone() })
            }
            (SurrogateChoice::Ensemble, None) => {
                return Err(PlanError::BadSetting {
                    what: "surrogate",
                    value: "ensemble without predictions".to_owned(),
                    expected: "predictions of its members, or another surrogate",
                });
            }
        };
        Ok(Box::new(Robust { inner, outliers: self.outliers }))
    }
}

/// A candidate's prediction, in target units: `ln(1 + |z|)` of the robust z for two-sided assays,
/// `sign(z) ln(1 + |z|)` towards the wanted side otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CandidatePosterior {
    /// Mean of the effect.
    pub mean: f64,
    /// Latent sd of the effect, measurement noise not included.
    pub sd: f64,
    /// Probability that one measurement calls a hit, noise included.
    pub p_hit: f64,
}

/// A proposed round.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RoundProposal {
    /// Picks in the order they were made: forced, repeated, by the prior, random, scored.
    pub picks: Vec<Pick>,
    /// Prediction of every candidate from the measurements alone, in the table's order.
    pub posterior: Vec<CandidatePosterior>,
    /// What the surrogate found.
    pub surrogate: SurrogateReport,
    /// Sum of the picks' hit probabilities. As a rule too high after the first round: the noise
    /// is learnt from genes picked for being strong (on the Freimer IL2RA screen 8.5 a round were
    /// expected and 5 called). Judge it by [`calibration`](crate::calibration) before trusting it.
    pub expected_hits: f64,
    /// 5 and 95 % of the number of called hits, from joint samples of the picks' effects and the
    /// measurements' noise.
    pub expected_hits_interval: (f64, f64),
    /// Whether to go on: shown, never acted on.
    pub advice: Vec<Advice>,
    /// Why there are fewer picks than asked for, when there are.
    pub shortfall: Option<String>,
}
