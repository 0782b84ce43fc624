//! How targets are expressed in the cells: what may explain an effect without any biology.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::families::{CellModel, Family};
use crate::screen::{ScreenPlan, Source};

/// Counts per cell after scaling, before the logarithm.
const SCALE: f64 = 10_000.0;

/// Expression of a target in the start cells, a mean over its genes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct TargetExpression {
    /// Share of start cells with a count above zero.
    pub detection_rate: f64,
    /// Mean place, from 0, in the cells that have it: in the model's input where it ranks genes,
    /// else by counts from the highest.
    pub mean_rank: Option<f64>,
    /// Mean ln(1 + CP10k) over start cells.
    pub mean_expression: f64,
    /// Mean ln(1 + CP10k) over goal cells less that over start cells; absent without a goal.
    pub goal_minus_start: Option<f64>,
}

/// Expression of every target of the plan, cell by cell.
pub fn target_expression(
    plan: &ScreenPlan,
    source: &Source,
    model: &dyn CellModel,
) -> Vec<TargetExpression> {
    let ranked = matches!(model.card().family, Family::Geneformer | Family::GeneCompass);
    let start: Vec<usize> =
        plan.cells.iter().filter(|cell| !cell.null).map(|cell| cell.row).collect();
    let goal = plan.states.first().map(|state| state.rows.as_slice());
    let in_start = Genes::of(source, &start, Some(ranked));
    let in_goal = goal.map(|rows| Genes::of(source, rows, None));
    let target = |target: &crate::screen::Target| {
        let of = |value: &dyn Fn(u32) -> f64| {
            let values: Vec<f64> = target.tokens.iter().map(|&token| value(token)).collect();
            values.iter().sum::<f64>() / values.len().max(1) as f64
        };
        let ranks: Vec<f64> =
            target.tokens.iter().filter_map(|&token| in_start.mean_rank(token)).collect();
        let mean = of(&|token| in_start.mean(token));
        TargetExpression {
            detection_rate: of(&|token| in_start.detection(token)),
            mean_rank: crate::stats::mean(&ranks),
            mean_expression: mean,
            goal_minus_start: in_goal.as_ref().map(|goal| of(&|token| goal.mean(token)) - mean),
        }
    };
    plan.targets.iter().map(target).collect()
}

/// Sums over some cells, by token.
#[derive(Default)]
struct Genes {
    cells: usize,
    sums: HashMap<u32, Sums>,
}

#[derive(Default)]
struct Sums {
    log: f64,
    detected: usize,
    ranks: f64,
    ranked: usize,
}

impl Genes {
    /// `ranked`: whether places are those of the model's input; no places when absent.
    fn of(source: &Source, rows: &[usize], ranked: Option<bool>) -> Self {
        let token_of: HashMap<u32, u32> =
            source.known_columns().iter().map(|&(column, token)| (column as u32, token)).collect();
        let mut all = Self { cells: rows.len(), ..Self::default() };
        let matrix = source.matrix();
        for &row in rows {
            let (columns, counts) = matrix.row(row);
            let total = matrix.total_counts[row].max(f64::MIN_POSITIVE);
            let mut expressed = Vec::new();
            for (column, &count) in columns.iter().zip(counts).filter(|(_, c)| **c > 0.0) {
                let Some(&token) = token_of.get(column) else { continue };
                let sums = all.sums.entry(token).or_default();
                sums.log += (f64::from(count) / total * SCALE).ln_1p();
                sums.detected += 1;
                expressed.push((count, token));
            }
            match ranked {
                Some(true) => all.rank(source.original(row).tokens.ids.iter().copied()),
                Some(false) => {
                    expressed.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
                    all.rank(expressed.into_iter().map(|(_, token)| token));
                }
                None => {}
            }
        }
        all
    }

    fn rank(&mut self, tokens: impl Iterator<Item = u32>) {
        for (place, token) in tokens.enumerate() {
            if let Some(sums) = self.sums.get_mut(&token) {
                sums.ranks += place as f64;
                sums.ranked += 1;
            }
        }
    }

    fn mean(&self, token: u32) -> f64 {
        self.sums.get(&token).map_or(0.0, |sums| sums.log / self.cells.max(1) as f64)
    }

    fn detection(&self, token: u32) -> f64 {
        self.sums.get(&token).map_or(0.0, |s| s.detected as f64 / self.cells.max(1) as f64)
    }

    fn mean_rank(&self, token: u32) -> Option<f64> {
        let sums = self.sums.get(&token).filter(|sums| sums.ranked > 0)?;
        Some(sums.ranks / sums.ranked as f64)
    }
}
