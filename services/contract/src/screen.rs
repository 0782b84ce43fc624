//! In-silico screens.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

/// What is done to a gene in silico.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Perturbation {
    /// The gene is deleted from the cell.
    KnockOut,
    /// The gene is moved to the top of the cell.
    OverExpression,
}

/// Effect of one perturbation of one gene over the screened cells.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ScreenRow {
    /// Ensembl gene id.
    pub ensembl_id: String,
    /// What was done.
    pub perturbation: Perturbation,
    /// Cells in which it could be done.
    pub n_cells: u64,
    /// Cells whose copy of the gene was truncated away.
    pub n_truncated: u64,
    /// `n_cells` over screened cells, 0 to 1.
    pub coverage: f64,
    /// Mean change of cosine similarity to the goal state; above 0 = towards the goal.
    pub mean_shift: Option<f64>,
    /// Standard deviation over cells.
    pub sd: Option<f64>,
    /// 95 % interval of the mean.
    pub ci_low: Option<f64>,
    /// 95 % interval of the mean.
    pub ci_high: Option<f64>,
    /// `donor` or `cell`: what the interval treats as a replicate.
    pub interval_kind: Option<String>,
    /// Effect predicted by the fine-tuned head, ln(1 + |robust z|); absent without a head.
    pub predicted_effect: Option<f64>,
    /// Sd of that prediction over the head's members.
    pub predicted_sd: Option<f64>,
}

/// A screen of a campaign.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Screen {
    /// Identifier.
    pub id: Uuid,
    /// Campaign.
    pub campaign_id: Uuid,
    /// Model version.
    pub model_digest: String,
    /// Cells.
    pub dataset_digest: String,
    /// Seed.
    pub seed: u64,
    /// Version of nextwell that computed it.
    pub code_version: String,
    /// Shards in all.
    pub n_shards: u32,
    /// Job that computes it.
    pub job_id: Option<i64>,
    /// When it finished.
    #[serde(with = "time::serde::rfc3339::option")]
    pub finished_at: Option<OffsetDateTime>,
}
