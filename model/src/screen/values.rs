//! Effects cell by cell: what a screen measures before anything is averaged.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::{Perturbation, ScreenError};

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

impl Target {
    /// Whether a cell that holds these tokens can lose the target: a pair needs both of its genes,
    /// a group any.
    pub fn held_by(&self, present: &HashSet<u32>) -> bool {
        let holds = |token: &u32| present.contains(token);
        if self.singles.is_empty() {
            self.tokens.iter().any(holds)
        } else {
            !self.tokens.is_empty() && self.tokens.iter().all(holds)
        }
    }
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

/// Count, sum and sum of squares of `1 - cosine` of a gene, in units of 2^-60: whole numbers, so
/// that the order in which blocks are added cannot change a bit.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct ShiftMoments {
    pub n: u64,
    pub sum: i128,
    pub squares: i128,
}

/// One over the unit of [`ShiftMoments`].
const SHIFT_UNIT: f64 = (1u64 << 60) as f64;

impl ShiftMoments {
    /// Adds one cosine.
    pub fn add(&mut self, cosine: f64) {
        let distance = 1.0 - cosine;
        let whole = |value: f64| (value * SHIFT_UNIT).round() as i128;
        self.merge(Self { n: 1, sum: whole(distance), squares: whole(distance * distance) });
    }

    /// Adds those of another block.
    pub fn merge(&mut self, other: Self) {
        self.n += other.n;
        self.sum += other.sum;
        self.squares += other.squares;
    }

    /// The result for one pair of genes.
    pub fn finish(self, id: RowId, affected: u32) -> GeneShift {
        let n = self.n.max(1) as f64;
        let (sum, squares) = (self.sum as f64 / SHIFT_UNIT, self.squares as f64 / SHIFT_UNIT);
        let distance = sum / n;
        let variance = (squares / n - distance * distance).max(0.0);
        GeneShift { id, affected, n: self.n, mean: 1.0 - distance, sd: variance.sqrt() }
    }
}

/// Everything one block of the screen measured.
#[derive(Debug, Clone, PartialEq)]
pub struct ShardValues {
    /// Number of the block.
    pub shard: usize,
    /// Forwards that it took.
    pub forwards: usize,
    /// Measures per cell.
    pub measures: usize,
    /// Rows that measured something or were truncated, in the order of the plan.
    pub rows: Vec<RowValues>,
    /// Row number, affected token and moments, in that order.
    pub(super) gene_shifts: Vec<(usize, u32, ShiftMoments)>,
}

/// Effects of a finished screen, row by row.
pub trait RowSource {
    /// Gives every row of the plan to `each`, in order; rows without a cell too.
    ///
    /// # Errors
    /// A block is missing or damaged; whatever `each` refuses.
    fn each(
        &self,
        each: &mut dyn FnMut(RowValues) -> Result<(), ScreenError>,
    ) -> Result<(), ScreenError>;

    /// Chosen rows, in the order asked for.
    ///
    /// # Errors
    /// A block is missing or damaged.
    fn get(&self, ids: &[RowId]) -> Result<Vec<RowValues>, ScreenError>;
}
