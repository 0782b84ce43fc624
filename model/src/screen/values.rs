//! Effects cell by cell: what a screen measures before anything is averaged.

use serde::{Deserialize, Serialize};

use super::Perturbation;

/// Genes perturbed together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// Their Ensembl ids (symbols where the cells have none), in the order of the edit.
    pub genes: Vec<String>,
    /// Their tokens in the model; fewer than `genes` where it does not know one.
    pub tokens: Vec<u32>,
    /// For a pair: the numbers of the targets that perturb its genes alone. Empty otherwise.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub singles: Vec<usize>,
}

/// A cell of the screen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScreenCell {
    /// Row of the matrix.
    pub row: usize,
    /// Its donor or sample, when the screen names such a column.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub donor: Option<String>,
    /// Of the null group, not of the start state.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub null: bool,
}

/// One perturbation of one target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RowId {
    /// Number of the target in the plan.
    pub target: usize,
    /// What is done to it.
    pub perturbation: Perturbation,
}

/// Effects of one perturbation of one target in every cell where it could be done.
#[derive(Debug, Clone, PartialEq)]
pub struct RowValues {
    /// Which.
    pub id: RowId,
    /// Numbers of the cells in [`ScreenPlan::cells`](super::ScreenPlan::cells), ascending.
    pub cells: Vec<u32>,
    /// `[cells, measures]`, row-major: one effect per cell and measure of the plan.
    pub values: Vec<f64>,
    /// Start and null cells that express a gene of the target beyond what the context holds, or
    /// that lost a gene to make room.
    pub truncated: usize,
}

impl RowValues {
    /// Effects of one measure, in the order of `cells`; `measures` is the plan's number of them.
    pub fn measure(&self, measure: usize, measures: usize) -> Vec<f64> {
        self.values.iter().skip(measure).step_by(measures.max(1)).copied().collect()
    }
}

/// How far one gene's embedding in context moves when a target is perturbed, over cells.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct GeneShift {
    /// Which perturbation.
    pub id: RowId,
    /// Token of the gene whose embedding moves.
    pub affected: u32,
    /// Cells that hold both.
    pub n: u64,
    /// Mean cosine between the gene's embeddings before and after; 1 = unmoved.
    pub mean: f64,
    /// Population standard deviation (divisor n, as the reference).
    pub sd: f64,
}
