//! The finished table.

use serde::{Deserialize, Serialize};

use super::confounding::{Confounding, Matched};
use super::consensus::RankedTable;
use super::evaluation::RankedRow;
use super::expression::TargetExpression;
use super::row::{DonorMean, Effect, NullTest};
use crate::screen::{Perturbation, RowId, Target};

/// Choices of a report.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ReportOptions {
    /// Fewest start cells in which a perturbation must be done to be tested.
    pub min_detections: usize,
    /// Effects that are not larger are rounding; see
    /// [`Screener::noise_floor`](crate::screen::Screener::noise_floor).
    pub noise_floor: Option<f64>,
    /// Largest q of a significant row.
    pub q: f64,
}

impl Default for ReportOptions {
    fn default() -> Self {
        Self { min_detections: 5, noise_floor: None, q: 0.05 }
    }
}

/// One perturbation of one target.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReportRow {
    /// Which.
    pub id: RowId,
    /// Place among the rows of its perturbation, from 1: by the first measure, towards the goal
    /// first; without a goal the least similar first; rows with too few cells to be tested after
    /// all others. Absent where nothing was measured.
    pub rank: Option<usize>,
    /// Start cells in which it could be done.
    pub n_cells: usize,
    /// Donors among them; 0 without a donor column.
    pub n_donors: usize,
    /// Cells that express the gene beyond the context, or that lost a gene for room.
    pub n_truncated: usize,
    /// `n_cells` over the start cells.
    pub coverage: f64,
    /// One per measure.
    pub effects: Vec<Effect>,
    /// First measure by donor.
    pub by_donor: Vec<DonorMean>,
    /// Donors whose mean has the sign of the whole (without a goal: is on its side of the
    /// background's mean).
    pub donors_agreeing: usize,
    /// Enough cells, q small enough (over donors where there are three or more), and beyond the
    /// noise floor.
    pub significant: bool,
    /// How the target is expressed in the cells.
    pub expression: Option<TargetExpression>,
    /// Effect of targets that are expressed as much.
    pub matched: Option<Matched>,
    /// Without a goal: share of cells whose cosine is in the mixture's impact component.
    pub impact_share: Option<f64>,
    /// Without a goal: whether the mean cosine is in the impact component.
    pub impact: Option<bool>,
    /// Against the cells of the null group.
    pub null: Option<NullTest>,
    /// For a pair: mean effects of its genes alone in the same cells, in their order.
    pub singles: Vec<f64>,
    /// For a pair: the joint effect less the sum of the single ones. For cosines, whose 1 is no
    /// effect: `joint - (1 - ((1 - a) + (1 - b)))`.
    pub joint_minus_sum: Option<f64>,
}

impl ReportRow {
    /// Mean of the first measure.
    pub fn mean(&self) -> Option<f64> {
        self.effects.first().and_then(|effect| effect.mean)
    }

    /// The q that decides: over donors where there is one, else of the rank-sum.
    pub fn q(&self) -> Option<f64> {
        self.effects.first().and_then(|effect| effect.q_donor.or(effect.q))
    }
}

/// A finished screen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Names of the measures of each row's effects.
    pub measures: Vec<String>,
    /// Whether the effects are shifts to states (else cosines to the original).
    pub has_goal: bool,
    /// What was perturbed.
    pub targets: Vec<Target>,
    /// Rows in the order of the plan.
    pub rows: Vec<ReportRow>,
    /// Start cells, null cells and donors of the start cells.
    pub n_cells: usize,
    /// Cells of the null group.
    pub n_null: usize,
    /// Donors of the start cells; 0 without a donor column.
    pub n_donors: usize,
    /// Correlation of the effects with what should not explain them.
    pub confounding: Vec<Confounding>,
    /// The noise floor that was used.
    pub noise_floor: Option<f64>,
    /// What a careful reader should know.
    pub warnings: Vec<String>,
}

impl Report {
    /// Names of a row's genes.
    pub fn genes(&self, row: &ReportRow) -> &[String] {
        &self.targets[row.id.target].genes
    }

    /// Rows of every perturbation in their ranking, those without an effect last.
    pub fn ranked(&self) -> Vec<&ReportRow> {
        let mut rows: Vec<&ReportRow> = self.rows.iter().collect();
        rows.sort_by_key(|row| {
            (row.id.perturbation, row.rank.unwrap_or(usize::MAX), row.id.target)
        });
        rows
    }

    /// What rankings need of the rows of one perturbation, in the order of the plan.
    pub fn ranked_rows(&self, kind: Perturbation) -> Vec<RankedRow> {
        let rows = self.rows.iter().filter(|row| row.id.perturbation == kind);
        rows.map(|row| RankedRow { mean: row.mean(), expression: row.expression }).collect()
    }

    /// What a consensus of several screens needs of this one.
    pub fn ranked_table(&self) -> RankedTable {
        let rows = self.ranked().into_iter().filter_map(|row| {
            let genes = self.genes(row).to_vec();
            Some((genes, row.id.perturbation, row.rank?, row.mean()?, row.significant))
        });
        RankedTable { rows: rows.collect() }
    }
}
