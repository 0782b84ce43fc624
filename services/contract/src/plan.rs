//! Planning a round: what is asked for, and what would come of it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Pick, Plate, PooledSettings, SurrogateSummary};

/// What one planned round is asked to be; absent fields come from the campaign.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PlanRequest {
    /// Candidate wells. Give this or `plates`, not both.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub batch: Option<u32>,
    /// Full plates.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plates: Option<u32>,
    /// Money this round may cost at most, on top of what the campaign has left.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub budget: Option<f64>,
    /// Genes that must be in.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub force: Vec<String>,
    /// Genes that must stay out of this round.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub exclude: Vec<String>,
    /// Whether core-essential genes stay out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exclude_essential: Option<bool>,
    /// Genes of one family at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub family_max: Option<u32>,
    /// Share of the round that measures genes again, 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replicate_share: Option<f64>,
    /// Share of the round drawn at random, 0 to 1; the first round always uses a quarter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub random_share: Option<f64>,
    /// Exploration: how many sd are added to the mean.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kappa: Option<f64>,
    /// How candidates are scored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acquisition: Option<Acquisition>,
    /// A library of guides instead of plates; `batch` and `plates` are then left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pooled: Option<PooledSettings>,
    /// Send it to the lab at once, without waiting for an approval.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub approve: bool,
    /// Number the round must get: a second press, or a second person, then plans nothing more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<u32>,
    /// State the caller saw in a preview: the round is refused when it has changed since.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seen: Option<String>,
}

/// How candidates are scored.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Acquisition {
    /// Mean plus kappa times the sd.
    #[default]
    UpperConfidenceBound,
    /// Probability that one measurement calls a hit.
    ProbabilityOfHit,
    /// Probability that the effect passes the threshold if it is kappa sd above its mean.
    OptimisticHit,
    /// The set with the largest expected number of called hits in this round.
    ExpectedHits,
    /// Log expected improvement over the best gene.
    LogExpectedImprovement,
    /// The best gene of one joint posterior sample per pick.
    Thompson,
    /// The posterior mean.
    Greedy,
    /// The posterior sd.
    MaxVariance,
    /// Uncertain genes near the threshold.
    Straddle,
    /// Probability of belonging above the rank that counts as a hit.
    RankThreshold,
    /// Share of joint posterior samples in which the gene is among the best.
    TopK,
    /// Information of one measurement about the effect.
    Bald,
    /// The gene farthest from all measured and picked ones.
    KCentre,
    /// A gene drawn by its squared distance from all measured and picked ones.
    KMeansPlusPlus,
    /// Good genes that do not resemble each other.
    Dpp,
}

/// What a campaign has left. A limit that is not set is absent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LimitsLeft {
    /// Money.
    pub budget: Option<f64>,
    /// Candidate wells.
    pub wells: Option<u32>,
    /// Rounds.
    pub rounds: Option<u32>,
    /// Genes that are neither measured, pending nor set aside.
    pub candidates: u32,
}

/// Price of a round, in the campaign's unit of money.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RoundCost {
    /// Candidate wells.
    pub wells: u32,
    /// Plates.
    pub plates: u32,
    /// Price of the candidate wells.
    pub for_wells: f64,
    /// Price of the plates.
    pub for_plates: f64,
    /// Both.
    pub total: f64,
}

/// Hits that a round should bring.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ExpectedHits {
    /// Sum of the picks' hit probabilities.
    pub mean: f64,
    /// 5 % quantile of the number of called hits.
    pub low: f64,
    /// 95 % quantile of the number of called hits.
    pub high: f64,
}

/// One piece of advice on whether to go on; nothing is stopped by itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Advice {
    /// Whether it speaks for stopping.
    pub stop: bool,
    /// Why, in words with the numbers.
    pub words: String,
}

/// What the planner thinks of one candidate, from the measurements alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CandidatePoint {
    /// Gene symbol.
    pub symbol: String,
    /// Posterior mean of the transformed effect.
    pub mean: f64,
    /// Posterior sd (latent), same unit.
    pub sd: f64,
    /// Probability that the assay calls a hit.
    pub p_hit: f64,
}

/// A round that could be planned now; nothing of it is stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RoundPreview {
    /// Number the round would get.
    pub number: u32,
    /// Name of the state it was made from; give it back as `seen` to plan exactly this.
    pub state: String,
    /// Exploration that was used.
    pub kappa: f64,
    /// Candidates that fit on one plate beside the controls.
    pub candidates_per_plate: u32,
    /// Picks in order of choice.
    pub picks: Vec<Pick>,
    /// Plates with their wells; their identifiers are nil because nothing is stored.
    pub plates: Vec<Plate>,
    /// What it would cost.
    pub cost: RoundCost,
    /// What the campaign has left now.
    pub left_before: LimitsLeft,
    /// What it would have left afterwards.
    pub left_after: LimitsLeft,
    /// Why there are fewer picks than asked for, when there are.
    pub shortfall: Option<String>,
    /// What the surrogate learnt.
    pub surrogate: SurrogateSummary,
    /// Hits it should bring.
    pub expected_hits: ExpectedHits,
    /// Advice on whether this round and another one are worth it.
    pub advice: Vec<Advice>,
    /// The candidates that were open, the likeliest hits first, 2,000 at most.
    pub candidates: Vec<CandidatePoint>,
}
