//! The ranked table of candidates.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One candidate with everything known about it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Target {
    /// Rank by what the planner thinks now, from 1.
    pub rank: u32,
    /// Approved gene symbol.
    pub symbol: String,
    /// Ensembl gene id.
    pub ensembl_id: Option<String>,
    /// Set aside, with the reason.
    pub excluded_reason: Option<String>,
    /// In-silico knock-out: mean shift towards the goal.
    pub knock_out_shift: Option<f64>,
    /// 95 % interval.
    pub knock_out_low: Option<f64>,
    /// 95 % interval.
    pub knock_out_high: Option<f64>,
    /// Cells in which the knock-out could be done.
    pub knock_out_cells: Option<u64>,
    /// Donors of those cells; absent without a donor column.
    pub knock_out_donors: Option<u64>,
    /// Donors whose mean shift has the sign of the whole.
    pub knock_out_donors_agreeing: Option<u64>,
    /// q value of the knock-out: over donors where there are three or more, else over cells.
    pub knock_out_q: Option<f64>,
    /// Model families whose screen of the same cells and states measured the knock-out, the
    /// campaign's own included.
    pub families: Option<u64>,
    /// Families whose mean shift has the sign of the campaign's own.
    pub families_agreeing: Option<u64>,
    /// In-silico over-expression: mean shift towards the goal.
    pub over_expression_shift: Option<f64>,
    /// 95 % interval.
    pub over_expression_low: Option<f64>,
    /// 95 % interval.
    pub over_expression_high: Option<f64>,
    /// q value of the over-expression.
    pub over_expression_q: Option<f64>,
    /// Share of screened cells that show the gene, 0 to 1.
    pub coverage: Option<f64>,
    /// Surrogate's posterior mean (sd of the measured genes' transformed effect).
    pub mean: Option<f64>,
    /// Posterior sd.
    pub sd: Option<f64>,
    /// Probability that the assay calls a hit.
    pub p_hit: Option<f64>,
    /// Round in which it was or will be measured.
    pub round_number: Option<u32>,
    /// Measured robust z.
    pub robust_z: Option<f64>,
    /// Hit call.
    pub hit: Option<bool>,
}

/// A page of targets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TargetPage {
    /// Rows.
    pub rows: Vec<Target>,
    /// Rows that match in all.
    pub total: u64,
}
