//! In-silico screens.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

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
