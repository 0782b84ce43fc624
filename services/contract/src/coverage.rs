//! How much of a data set a model can see.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What of a data set reaches a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Coverage {
    /// Genes of the data set.
    pub genes: u64,
    /// Of these, genes that the model reads.
    pub genes_known: u64,
    /// Genes of the model.
    pub vocabulary: u64,
    /// Of these, genes that the data set measures.
    pub vocabulary_measured: u64,
    /// Sum of all counts.
    pub counts: f64,
    /// Sum of the counts of genes that the model reads.
    pub counts_seen: f64,
    /// `counts_seen` of `counts`, 0 to 1.
    pub counts_share: f64,
    /// Cells of the data set.
    pub cells: u64,
    /// Cells that express no gene of the model.
    pub cells_blank: u64,
    /// Cells with more expressed genes than the model's input has room for.
    pub cells_truncated: u64,
    /// Mean over all cells of the expressed genes that had no room.
    pub truncated_mean: f64,
    /// Most expressed genes without room in one cell.
    pub truncated_max: u64,
    /// Genes that the model does not read, those with most counts first, at most 20.
    pub unknown_genes: Vec<UnknownGene>,
}

/// A gene that a model does not read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct UnknownGene {
    /// Symbol.
    pub symbol: String,
    /// Ensembl gene id, where known.
    pub ensembl_id: Option<String>,
    /// Sum of its counts.
    pub counts: f64,
}
