//! Results of a screen.

use serde::{Deserialize, Serialize};

use super::Perturbation;
use crate::stats::{Interval, cell_interval, donor_interval, mean, sample_sd};

/// Effect of one perturbation in one cell.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CellShift {
    /// Row of the cell.
    pub cell: usize,
    /// Shift towards the goal state (difference of cosines).
    pub shift: f64,
}

/// Effect of one gene's perturbation over the chosen cells.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScreenRow {
    /// Ensembl id.
    pub gene: String,
    /// What was done to it.
    pub perturbation: Perturbation,
    /// Chosen cells of the screen.
    pub cells: usize,
    /// Cells in which it was done: for a knock-out those that have the gene.
    pub n_cells: usize,
    /// For a knock-out: cells that express the gene below what the context holds, so that it could
    /// not be removed. For over-expression: cells that lost their last gene to make room.
    pub n_truncated: usize,
    /// `n_cells / cells`.
    pub coverage: f64,
    /// Mean shift towards the goal (positive = towards); absent without a cell.
    pub mean_shift: Option<f64>,
    /// Standard deviation over cells; absent below two cells.
    pub sd: Option<f64>,
    /// 95 % interval of the mean, saying whether over donors or cells; absent below two cells.
    pub interval: Option<Interval>,
    /// Each cell's shift, when the screen keeps them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cell_shifts: Vec<CellShift>,
}

/// Rows of one shard: final, whatever the other shards do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ShardResult {
    /// Number of the shard.
    pub shard: usize,
    /// One row per gene of the shard and perturbation, in the order of the spec.
    pub rows: Vec<ScreenRow>,
}

/// What a row is made of.
pub(super) struct RowParts<'a> {
    pub gene: &'a str,
    pub perturbation: Perturbation,
    pub cells: usize,
    pub n_truncated: usize,
    pub shifts: Vec<CellShift>,
    /// Donor of each shift's cell, when the screen names a donor column.
    pub donors: Option<Vec<&'a str>>,
    pub keep_cell_shifts: bool,
}

impl ScreenRow {
    pub(super) fn from_parts(parts: RowParts<'_>) -> Self {
        let values: Vec<f64> = parts.shifts.iter().map(|s| s.shift).collect();
        let by_donor = parts.donors.and_then(|donors| donor_interval(&values, &donors));
        Self {
            gene: parts.gene.to_owned(),
            perturbation: parts.perturbation,
            cells: parts.cells,
            n_cells: values.len(),
            n_truncated: parts.n_truncated,
            coverage: values.len() as f64 / parts.cells.max(1) as f64,
            mean_shift: mean(&values),
            sd: sample_sd(&values),
            interval: by_donor.or_else(|| cell_interval(&values)),
            cell_shifts: if parts.keep_cell_shifts { parts.shifts } else { Vec::new() },
        }
    }
}
