//! MAGeCK gene summaries: the test of two groups (RRA) and the model of conditions (MLE).
//!
//! # Source
//! Column names and meaning: the output page of the MAGeCK wiki; Li et al. 2014, Genome Biol.
//! 15:554 (test, RRA) and Li et al. 2015, Genome Biol. 16:281 (MLE).

mod call;
mod read;
#[cfg(test)]
mod tests;

pub use call::{Call, Called, Choice, FdrKind, Scale, call};
pub use read::{is_mageck, read_summary};

use serde::{Deserialize, Serialize};

use super::finding::Finding;

/// Which command of MAGeCK wrote a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// `mageck test`: treatment against control, by robust rank aggregation.
    Test,
    /// `mageck mle`: an effect for every condition of a design matrix.
    Mle,
}

/// What a row says under one condition.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Effect {
    /// Log fold change (test) or beta (MLE).
    pub effect: f64,
    /// Standard error of beta, `|beta / z|`; MLE only.
    pub se: Option<f64>,
    /// FDR of loss (`neg|fdr`), test only.
    pub negative_fdr: Option<f64>,
    /// FDR of gain (`pos|fdr`), test only.
    pub positive_fdr: Option<f64>,
    /// FDR from permutation (`fdr`), MLE only.
    pub fdr: Option<f64>,
    /// FDR from the Wald test (`wald-fdr`), MLE only.
    pub wald_fdr: Option<f64>,
}

/// One gene or group of controls.
#[derive(Debug, Clone, PartialEq)]
pub struct SummaryRow {
    /// Row of the file, from 1, header included.
    pub row: u64,
    /// Name as written.
    pub name: String,
    /// Guides it comes from.
    pub guides: u32,
    /// One a condition, in their order; one for a test.
    pub effects: Vec<Effect>,
}

/// A gene summary.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    /// Which command wrote it.
    pub method: Method,
    /// Conditions of an MLE table, as written; empty for a test.
    pub conditions: Vec<String>,
    /// Rows in the order of the file.
    pub rows: Vec<SummaryRow>,
    /// Everything that keeps the table from being used.
    pub errors: Vec<Finding>,
    /// Worth a look.
    pub warnings: Vec<Finding>,
    /// Columns that are not used.
    pub unknown_columns: Vec<String>,
    /// Encoding that was found.
    pub encoding: &'static str,
    /// Character between the cells.
    pub delimiter: char,
}
