//! Cells: an AnnData file that was checked and kept in canonical form.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;

/// What the reader found in an AnnData (`.h5ad`) file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DatasetReport {
    /// Number of cells (rows of `X`).
    pub n_cells: u64,
    /// Number of genes after duplicates were collapsed.
    pub n_genes: u64,
    /// Stored non-zero counts.
    pub n_nonzeros: u64,
    /// Where the raw counts were found: `X`, `layers/counts`, `raw/X` …
    pub counts_source: String,
    /// Genes that carry an Ensembl id.
    pub genes_with_ensembl: u64,
    /// Genes known by symbol only.
    pub genes_mapped_by_symbol: u64,
    /// Columns merged because two shared one identifier (counts summed).
    pub duplicates_collapsed: u64,
    /// Median total count of a cell.
    pub median_counts_per_cell: f64,
    /// Median number of detected genes of a cell.
    pub median_genes_per_cell: f64,
    /// Categorical `obs` columns: column → category → number of cells.
    pub obs: BTreeMap<String, BTreeMap<String, u64>>,
    /// Numeric `obs` columns.
    #[serde(default)]
    pub numeric_obs: Vec<String>,
    /// Things a careful reader should look at.
    pub warnings: Vec<String>,
}

/// A data set that screens and training can use.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Dataset {
    /// SHA-256 of the canonical matrix, hexadecimal: the name of the data set everywhere.
    pub digest: String,
    /// SHA-256 of the uploaded file.
    pub source_digest: String,
    /// Name given by the user (the file's name by default).
    pub name: String,
    /// Validation report.
    pub report: DatasetReport,
    /// When it was first uploaded.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
}
