//! One round: which candidates go to the lab next, and why.

mod believer;
mod limits;
mod pick;
mod select;
#[cfg(test)]
mod tests;

pub use limits::Limits;
pub use pick::{Pick, PickKind};
pub use select::select;
pub(crate) use select::select_with;

use serde::{Deserialize, Serialize};

use crate::features::FeatureTable;
pub use crate::surrogate::{Observed, SurrogateReport};
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
    /// Exploration: score = mean + kappa sd.
    pub kappa: f64,
    /// Share of a round drawn at random, at least one pick in rounds of two and more; the first
    /// round always uses a quarter.
    pub random_share: f64,
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
            kappa: 1.0,
            random_share: 0.05,
        }
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
    /// Picks in the order they were made: forced, prior or random, scored.
    pub picks: Vec<Pick>,
    /// Prediction of every candidate from the measurements alone, in the table's order.
    pub posterior: Vec<CandidatePosterior>,
    /// What the surrogate found.
    pub surrogate: SurrogateReport,
    /// Sum of the picks' hit probabilities. As a rule too high after the first round: the noise
    /// is learnt from genes picked for being strong (on the Freimer IL2RA screen 8.5 a round were
    /// expected and 5 called). Judge it by [`calibration`](crate::calibration) before trusting it.
    pub expected_hits: f64,
    /// Why there are fewer picks than asked for, when there are.
    pub shortfall: Option<String>,
}
