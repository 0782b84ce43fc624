//! From a gene summary to effects on one scale and hit calls by FDR.

use serde::{Deserialize, Serialize};

use super::{Effect, Method, Summary, SummaryRow};
use crate::assay::stats;
use crate::pooled::PooledError;

/// Control rows from which they, not the genes, define the scale.
const CONTROLS: usize = 8;

/// Which FDR of an MLE table calls the hits. They can rank genes differently.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FdrKind {
    /// `fdr`, from permutation.
    #[default]
    Fdr,
    /// `wald-fdr`, from the Wald test.
    WaldFdr,
}

impl FdrKind {
    /// The column's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Fdr => "fdr",
            Self::WaldFdr => "wald-fdr",
        }
    }
}

/// How a table is read into hits.
#[derive(Debug, Clone, PartialEq)]
pub struct Choice {
    /// Condition of an MLE table; ignored for a test.
    pub condition: Option<String>,
    /// Which FDR of an MLE table; ignored for a test.
    pub fdr: FdrKind,
    /// A hit's FDR is below this.
    pub max_fdr: f64,
    /// Whether a loss counts as much as a gain; otherwise only gains are hits.
    pub both_sides: bool,
}

/// Where zero and one lie.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Scale {
    /// Effect that becomes 0.
    pub median: f64,
    /// Effect that becomes 1, above the median.
    pub mad: f64,
    /// Rows it was taken from.
    pub rows: usize,
    /// Whether these rows are the controls; all genes otherwise.
    pub from_controls: bool,
}

/// One row of the table under the choice.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// Row of the file, from 1.
    pub row: u64,
    /// Name as written.
    pub name: String,
    /// Guides it comes from.
    pub guides: u32,
    /// Effect as written.
    pub effect: f64,
    /// `(effect − median) / MAD`.
    pub robust_z: f64,
    /// Standard error on the same scale, where the table has one.
    pub se: Option<f64>,
    /// FDR it was called by; for a test the smaller of both sides, or that of gain alone. `None`
    /// where the table has none.
    pub fdr: Option<f64>,
    /// Whether it is a hit; a control that would be one is a false positive.
    pub hit: bool,
}

/// A table read into calls.
#[derive(Debug, Clone, PartialEq)]
pub struct Called {
    /// Genes, in the order of the file.
    pub genes: Vec<Call>,
    /// Control rows, set apart: no gene of the campaign, but what the calls are judged by.
    pub controls: Vec<Call>,
    /// The scale.
    pub scale: Scale,
    /// The rule in words, with its numbers.
    pub rule: String,
}

/// Puts effects on the scale of the controls and calls hits by FDR.
///
/// `robust z = (effect − median) / MAD` over the control rows where there are at least eight and
/// they differ, over all genes otherwise (most genes of a screen do nothing). The standard error
/// of MLE is divided by the same MAD. For a test, MAGeCK's two sides are kept apart: the FDR is that
/// of the smaller side, never twice a p value.
///
/// # Errors
/// [`PooledError::Condition`] when the table does not have the condition, or has several and none
/// is chosen; [`PooledError::Setting`] for an FDR outside 0 to 1; [`PooledError::NoSpread`].
pub fn call(
    summary: &Summary,
    choice: &Choice,
    is_control: impl Fn(&str) -> bool,
) -> Result<Called, PooledError> {
    if !(choice.max_fdr > 0.0 && choice.max_fdr <= 1.0) {
        return Err(PooledError::Setting {
            what: "the FDR",
            found: choice.max_fdr.to_string(),
            expected: "a number above 0, at most 1, such as 0.05",
        });
    }
    let condition = condition(summary, choice)?;
    let (controls, genes): (Vec<&SummaryRow>, Vec<&SummaryRow>) =
        summary.rows.iter().partition(|row| is_control(&row.name));
    let scale = scale(&genes, &controls, condition)?;
    let one = |row: &&SummaryRow| judge(row, &row.effects[condition], &scale, summary, choice);
    Ok(Called {
        genes: genes.iter().map(one).collect(),
        controls: controls.iter().map(one).collect(),
        scale,
        rule: rule(summary, choice, condition),
    })
}

fn condition(summary: &Summary, choice: &Choice) -> Result<usize, PooledError> {
    let known = &summary.conditions;
    if summary.method == Method::Test {
        return Ok(0);
    }
    match &choice.condition {
        None if known.len() == 1 => Ok(0),
        wanted => {
            let wanted = wanted.as_deref().unwrap_or("(none chosen)");
            known.iter().position(|name| name == wanted).ok_or_else(|| PooledError::Condition {
                found: wanted.to_owned(),
                known: known.join(", "),
            })
        }
    }
}

fn scale(
    genes: &[&SummaryRow],
    controls: &[&SummaryRow],
    condition: usize,
) -> Result<Scale, PooledError> {
    let of = |rows: &[&SummaryRow], from_controls| {
        let effects: Vec<f64> = rows.iter().map(|row| row.effects[condition].effect).collect();
        let (median, mad) = (stats::median(&effects)?, stats::mad(&effects)?);
        (mad > 0.0).then_some(Scale { median, mad, rows: rows.len(), from_controls })
    };
    let by_controls = if controls.len() >= CONTROLS { of(controls, true) } else { None };
    by_controls
        .or_else(|| of(genes, false))
        .ok_or(PooledError::NoSpread { what: "gene rows", rows: genes.len() })
}

fn judge(
    row: &SummaryRow,
    effect: &Effect,
    scale: &Scale,
    summary: &Summary,
    choice: &Choice,
) -> Call {
    let fdr = match (summary.method, choice.fdr) {
        (Method::Test, _) if choice.both_sides => {
            let sides = [effect.negative_fdr, effect.positive_fdr].into_iter().flatten();
            sides.reduce(f64::min)
        }
        (Method::Test, _) => effect.positive_fdr,
        (Method::Mle, FdrKind::Fdr) => effect.fdr,
        (Method::Mle, FdrKind::WaldFdr) => effect.wald_fdr,
    };
    let wanted_side = choice.both_sides || effect.effect > 0.0;
    Call {
        row: row.row,
        name: row.name.clone(),
        guides: row.guides,
        effect: effect.effect,
        robust_z: (effect.effect - scale.median) / scale.mad,
        se: effect.se.map(|se| se / scale.mad),
        fdr,
        hit: wanted_side && fdr.is_some_and(|fdr| fdr < choice.max_fdr),
    }
}

fn rule(summary: &Summary, choice: &Choice, condition: usize) -> String {
    let max = choice.max_fdr;
    let side = if choice.both_sides { "" } else { ", gain only" };
    match summary.method {
        Method::Test if choice.both_sides => {
            format!("MAGeCK test: neg|fdr or pos|fdr below {max}")
        }
        Method::Test => format!("MAGeCK test: pos|fdr below {max}{side}"),
        Method::Mle => {
            let (name, fdr) = (&summary.conditions[condition], choice.fdr.word());
            format!("MAGeCK MLE: {name}|{fdr} below {max}{side}")
        }
    }
}
