//! A single pick.

use serde::{Deserialize, Serialize};

/// Why a candidate is in the round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PickKind {
    /// The user asked for it.
    Forced,
    /// Measured before, but still unclear on which side of the threshold it lies.
    Replicate,
    /// First round: the assay prior ranks it high.
    Prior,
    /// Drawn at random, the unbiased check of everything else.
    Random,
    /// The surrogate's score.
    Scored,
}

/// One candidate of a proposed round. `mean`, `sd` and `acquisition` are in target units, see
/// [`CandidatePosterior`](super::CandidatePosterior), given everything in `conditioned_on`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pick {
    /// Index into the table's candidates.
    pub candidate: usize,
    /// 1 for the first pick.
    pub rank: usize,
    /// Why it is here.
    pub kind: PickKind,
    /// Posterior mean.
    pub mean: f64,
    /// Latent posterior sd, pending and earlier picks taken as done.
    pub sd: f64,
    /// Probability that one measurement calls a hit, noise included.
    pub p_hit: f64,
    /// Its score by the round's [`Acquisition`](super::Acquisition); `mean + kappa sd` by default.
    /// Before costs are taken into account.
    pub acquisition: f64,
    /// Assay prior as a normal score.
    pub prior_score: f64,
    /// Pending candidates and earlier picks it was conditioned on.
    pub conditioned_on: usize,
    /// The reason in words, with numbers.
    pub reason: String,
}
