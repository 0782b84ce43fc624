//! Model versions: weights, parent, evaluation, decision.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::OffsetDateTime;
use utoipa::ToSchema;

use crate::{ModelCard, ModelParity};

/// Facts of a model directory, told by the model service.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ModelInfo {
    /// SHA-256 over the model's files, hexadecimal: the name of the model everywhere.
    pub digest: String,
    /// Family, for example `geneformer`.
    pub family: String,
    /// Layers, width, heads … and how the weights came about (seed, loss curve, parent).
    pub info: Value,
    /// Number of weights.
    pub n_parameters: u64,
    /// Whether a fine-tuned effect head is present.
    pub has_head: bool,
    /// What its files say about it; absent in answers kept by versions before there were cards.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card: Option<ModelCard>,
}

/// State of a model version in a campaign's lineage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ModelState {
    /// Pretrained or imported, start of a lineage.
    Base,
    /// Fine-tuned, waiting for its decision.
    Candidate,
    /// Better on held-out genes: in use.
    Promoted,
    /// Not better: kept, not used.
    Rejected,
}

/// One model version.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ModelVersion {
    /// Digest of the files.
    pub digest: String,
    /// Family, for example `geneformer`.
    pub family: String,
    /// Name for people, for example `v3`.
    pub name: String,
    /// The version it was fine-tuned from.
    pub parent_digest: Option<String>,
    /// The cells it was trained on.
    pub dataset_digest: Option<String>,
    /// Where it stands.
    pub state: ModelState,
    /// See [`ModelInfo::info`].
    pub info: Value,
    /// Sizes, vocabulary, licence; absent until a version of an older nextwell is looked at.
    #[serde(default)]
    pub card: Option<ModelCard>,
    /// The last comparison with its definition on this server; absent before the first.
    #[serde(default)]
    pub parity: Option<ModelParity>,
    /// When it was made.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
}

/// Error of one predictor on the held-out genes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PredictorScore {
    /// `candidate`, `current`, `mean`, `ridge` or `random`.
    pub name: String,
    /// Mean squared error of ln(1 + |robust z|), standardised.
    pub mse: f64,
    /// 95 % bootstrap interval over genes.
    pub mse_low: f64,
    /// 95 % bootstrap interval over genes.
    pub mse_high: f64,
    /// Spearman rank correlation with the measured effect; absent when undefined.
    pub spearman: Option<f64>,
    /// 95 % bootstrap interval over genes.
    pub spearman_low: Option<f64>,
    /// 95 % bootstrap interval over genes.
    pub spearman_high: Option<f64>,
}

/// A candidate version beside the current one and the baselines, on genes neither was trained on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct EvaluationReport {
    /// Number of measured genes used for training.
    pub n_train: u64,
    /// Number of measured genes held out from the training of every version.
    pub n_held_out: u64,
    /// One row per predictor.
    pub scores: Vec<PredictorScore>,
    /// Bootstrap probability that the candidate beats the current version.
    pub p_better_than_current: f64,
    /// Bootstrap probability that the candidate beats the training mean.
    pub p_better_than_mean: f64,
}

/// Evaluation and decision about one candidate version.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ModelDecision {
    /// Round whose results were learnt.
    pub round_number: u32,
    /// The fine-tuned version.
    pub candidate_digest: String,
    /// The version it was compared with.
    pub current_digest: String,
    /// Numbers behind the decision.
    pub evaluation: EvaluationReport,
    /// Promoted or rejected.
    pub promote: bool,
    /// Why, in words with numbers.
    pub reason: String,
    /// When it was decided.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
}

/// Sizes and schedule of a small model trained from scratch by masked-gene learning.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PretrainSettings {
    /// Encoder layers.
    pub layers: u32,
    /// Width of a token.
    pub hidden: u32,
    /// Attention heads.
    pub heads: u32,
    /// Width of the feed-forward layer.
    pub ffn: u32,
    /// Tokens kept of a cell.
    pub max_len: u32,
    /// Passes over the cells.
    pub epochs: u32,
    /// `obs` column of donors: whole donors are held out of training. Cells are held out at random
    /// when absent.
    pub donor_column: Option<String>,
    /// Seed of weights, masks and order.
    pub seed: u64,
}

impl Default for PretrainSettings {
    fn default() -> Self {
        Self {
            layers: 2,
            hidden: 64,
            heads: 4,
            ffn: 128,
            max_len: 512,
            epochs: 4,
            donor_column: None,
            seed: 0,
        }
    }
}

/// Ask for a small model trained on a data set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PretrainRequest {
    /// Name for people.
    pub name: String,
    /// Cells to learn from.
    pub dataset_digest: String,
    /// Sizes and schedule.
    #[serde(default)]
    pub settings: PretrainSettings,
}
