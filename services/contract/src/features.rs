//! Blocks of gene features that a lab brings.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;

/// A block in use in a campaign.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FeatureBlock {
    /// Name.
    pub name: String,
    /// Where the numbers come from, with the version.
    pub source: String,
    /// Licence of the numbers.
    pub licence: String,
    /// Genes that it knows.
    pub n_genes: u32,
    /// Numbers per gene.
    pub width: u32,
    /// SHA-256 of the file.
    pub digest: String,
    /// When it was added.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
}
