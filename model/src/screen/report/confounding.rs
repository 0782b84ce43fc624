//! What may explain an effect without any biology, beside it.

use serde::{Deserialize, Serialize};

use super::expression::TargetExpression;
use super::table::ReportRow;
use crate::screen::Perturbation;
use crate::stats::spearman;

/// Targets of nearest expression that a target is compared with.
const NEAREST: usize = 50;

/// Effect of the targets that are expressed about as much.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Matched {
    /// Mean over them of their mean effects.
    pub mean: f64,
    /// Share of them with a smaller mean effect, 0 to 1.
    pub percentile: f64,
    /// How many they are.
    pub n: usize,
}

/// How the effects go with something else.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Confounding {
    /// What else.
    pub with: String,
    /// Perturbation.
    pub perturbation: Perturbation,
    /// Spearman correlation of mean effects (signed) over targets.
    pub spearman: f64,
    /// Targets.
    pub n: usize,
}

/// Writes the expression-matched effect into the rows of one perturbation.
pub(super) fn matched(rows: &mut [ReportRow], kind: Perturbation) {
    let mut order: Vec<(f64, f64, usize)> = rows
        .iter()
        .enumerate()
        .filter(|(_, row)| row.id.perturbation == kind)
        .filter_map(|(place, row)| Some((row.expression?.mean_expression, row.mean()?, place)))
        .collect();
    order.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.2.cmp(&b.2)));
    for (at, &(_, own, place)) in order.iter().enumerate() {
        let window = nearest(&order, at);
        let others: Vec<f64> =
            window.filter(|&other| other != at).map(|other| order[other].1).collect();
        if others.is_empty() {
            continue;
        }
        let n = others.len() as f64;
        rows[place].matched = Some(Matched {
            mean: others.iter().sum::<f64>() / n,
            percentile: others.iter().filter(|other| **other < own).count() as f64 / n,
            n: others.len(),
        });
    }
}

/// The target itself and the nearest others by expression.
fn nearest(order: &[(f64, f64, usize)], at: usize) -> std::ops::Range<usize> {
    let (mut start, mut end) = (at, at + 1);
    while end - start <= NEAREST && (start > 0 || end < order.len()) {
        let below = (start > 0).then(|| order[at].0 - order[start - 1].0);
        let above = (end < order.len()).then(|| order[end].0 - order[at].0);
        match (below, above) {
            (Some(below), Some(above)) if below <= above => start -= 1,
            (Some(_), None) => start -= 1,
            _ => end += 1,
        }
    }
    start..end
}

/// Correlations of one perturbation's mean effects with how targets are expressed.
pub(super) fn confounding(rows: &[ReportRow], kind: Perturbation) -> Vec<Confounding> {
    type Column = fn(&TargetExpression) -> Option<f64>;
    let columns: [(&str, Column); 4] = [
        ("detection rate", |e| Some(e.detection_rate)),
        ("mean rank", |e| e.mean_rank),
        ("mean expression", |e| Some(e.mean_expression)),
        ("differential expression", |e| e.goal_minus_start),
    ];
    let of = |(with, column): &(&str, Column)| {
        let pairs = rows.iter().filter(|row| row.id.perturbation == kind);
        let pairs = pairs.filter_map(|row| Some((row.mean()?, column(row.expression.as_ref()?)?)));
        let (effects, others): (Vec<f64>, Vec<f64>) = pairs.unzip();
        let spearman = spearman(&effects, &others)?;
        let with = (*with).to_owned();
        Some(Confounding { with, perturbation: kind, spearman, n: effects.len() })
    };
    columns.iter().filter_map(of).collect()
}
