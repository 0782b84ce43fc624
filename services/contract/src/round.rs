//! Rounds, picks, plates and wells.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{PlanRequest, RoundKind, WellReagent};

/// Where a round stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RoundState {
    /// Proposed; waits for approval when the campaign asks first.
    Planned,
    /// Approved: the lab runs it.
    Approved,
    /// Results accepted; learning has not finished.
    ResultsIn,
    /// Learnt from and decided.
    Learned,
}

/// Why a candidate was chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PickKind {
    /// Asked for by a person.
    Forced,
    /// Best label-free prior (first round).
    Prior,
    /// Random arm: the unbiased check.
    Random,
    /// Best acquisition score.
    Scored,
    /// Measured before, and once more because its call is uncertain.
    Replicate,
}

/// One chosen candidate with its reason in numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Pick {
    /// Order of choice, from 1.
    pub rank: u32,
    /// Approved gene symbol.
    pub symbol: String,
    /// Ensembl gene id.
    pub ensembl_id: Option<String>,
    /// Why it was chosen.
    pub kind: PickKind,
    /// Posterior mean of the transformed effect, in sd of the measured genes.
    pub mean: f64,
    /// Posterior sd (latent), same unit.
    pub sd: f64,
    /// Probability that the assay calls a hit.
    pub p_hit: f64,
    /// Acquisition score it was chosen by.
    pub acquisition: f64,
    /// Label-free assay prior, standard normal units.
    pub prior_score: f64,
    /// Number of pending wells it was conditioned on.
    pub conditioned_on: u32,
    /// The reason in words.
    pub reason: String,
    /// Measured robust z, once results are in.
    pub robust_z: Option<f64>,
    /// Hit call, once results are in.
    pub hit: Option<bool>,
}

/// How much the planner trusts the model's screen score; learnt from the rounds, may be zero.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ModelWeight {
    /// Kernel weight of the model's scores; 0 = switched off.
    pub weight: f64,
    /// Lower end of the weight's 90 % interval, where the surrogate has one.
    #[serde(default)]
    pub low: Option<f64>,
    /// Upper end of the weight's 90 % interval.
    #[serde(default)]
    pub high: Option<f64>,
    /// Its share of the explained prior variance, 0 to 1.
    pub share: f64,
    /// Log Bayes factor of keeping it against leaving it out; absent before any result.
    pub log_bayes_factor: Option<f64>,
    /// In words.
    pub explanation: String,
}

/// Weight of one feature block in the surrogate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct BlockWeight {
    /// Block, for example `reactome`.
    pub name: String,
    /// Kernel weight.
    pub weight: f64,
    /// Lower end of its 90 % interval, where the surrogate has one.
    #[serde(default)]
    pub low: Option<f64>,
    /// Upper end of its 90 % interval.
    #[serde(default)]
    pub high: Option<f64>,
    /// Share of candidates the source covers, 0 to 1.
    pub coverage: f64,
    /// Origin and licence.
    pub source: String,
}

/// What the surrogate learnt when the round was planned.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SurrogateSummary {
    /// Measured genes it was fitted on.
    pub n_observed: u32,
    /// Fitted noise variance, in variances of the target.
    pub noise_variance: f64,
    /// Sd of one measurement's noise in the unit of the picks' means; absent in rounds of versions
    /// that did not keep it.
    #[serde(default)]
    pub noise_sd: Option<f64>,
    /// Signal share a / (a + noise).
    pub signal_share: f64,
    /// Weight of the model's score.
    pub model_weight: ModelWeight,
    /// Weights of all blocks.
    pub blocks: Vec<BlockWeight>,
    /// Notes, for example "no signal found yet".
    pub notes: Vec<String>,
}

/// What a well holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WellContent {
    /// A chosen candidate.
    Candidate,
    /// Non-targeting (negative) control.
    NonTargeting,
    /// Positive control.
    Positive,
    /// Cells without treatment.
    Untreated,
    /// Nothing.
    Empty,
}

/// One well with what is planned and, later, what was measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Well {
    /// Canonical name, for example `B07`.
    pub well: String,
    /// What it holds.
    pub content: WellContent,
    /// Gene symbol or reagent name.
    pub symbol: Option<String>,
    /// Ensembl gene id.
    pub ensembl_id: Option<String>,
    /// Replicate number, from 1.
    pub replicate: u32,
    /// Raw value, newest revision.
    pub value: Option<f64>,
    /// Robust z against the plate's non-targeting controls.
    pub robust_z: Option<f64>,
    /// Hit call.
    pub hit: Option<bool>,
}

/// Quality of one plate's controls.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PlateQc {
    /// Z' = 1 − 3 (sd P + sd N) / |mean P − mean N|; absent without two positive controls.
    pub z_prime: Option<f64>,
    /// Robust Z' (median and MAD).
    pub robust_z_prime: Option<f64>,
    /// Strictly standardised mean difference of the controls.
    pub ssmd: Option<f64>,
    /// Verdict in words.
    pub note: String,
}

/// One plate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Plate {
    /// Identifier.
    pub id: Uuid,
    /// Barcode, text.
    pub barcode: String,
    /// Number of wells.
    pub format: u32,
    /// Rows of the plate.
    pub rows: u32,
    /// Columns of the plate.
    pub columns: u32,
    /// Seed of the layout, printed on the sheet.
    pub seed: u64,
    /// Donor of the cells; absent when the campaign names none.
    pub donor: Option<String>,
    /// Layout rules that could not be kept, in words.
    pub notes: Vec<String>,
    /// Round it belongs to.
    pub round_id: Uuid,
    /// Number of that round.
    pub round_number: u32,
    /// Campaign it belongs to.
    pub campaign_id: Uuid,
    /// Wells in row-major order, only those that are not empty.
    pub wells: Vec<Well>,
    /// Where the reagents come from; empty without a guide library.
    pub reagents: Vec<WellReagent>,
    /// Quality, once results are in.
    pub qc: Option<PlateQc>,
}

/// One round with its picks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Round {
    /// Identifier.
    pub id: Uuid,
    /// Campaign it belongs to.
    pub campaign_id: Uuid,
    /// 1, 2, 3 …
    pub number: u32,
    /// On plates or as a library of guides.
    pub kind: RoundKind,
    /// Where it stands.
    pub state: RoundState,
    /// Model version whose screen was used.
    pub model_digest: String,
    /// Picks in order of choice.
    pub picks: Vec<Pick>,
    /// Plates: identifier and barcode; none in a pooled round.
    pub plates: Vec<PlateRef>,
    /// What the surrogate learnt.
    pub surrogate: SurrogateSummary,
    /// The limits it was planned under, as they were asked for.
    pub request: PlanRequest,
    /// What it costs, in the campaign's unit of money, by the prices of that day.
    pub cost: f64,
    /// When it was planned.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
}

/// A plate by name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PlateRef {
    /// Identifier.
    pub id: Uuid,
    /// Barcode.
    pub barcode: String,
    /// Donor of the cells; absent when the campaign names none.
    pub donor: Option<String>,
}
