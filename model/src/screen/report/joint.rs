//! Pairs: the joint effect beside those of its genes alone, in the same cells.

use std::collections::{BTreeMap, HashMap};

use super::row::Split;
use super::table::ReportRow;
use crate::screen::{RowId, RowSource, RowValues, ScreenError, ScreenPlan};
use crate::stats::mean;

/// First measure of the single perturbations that pairs are made of, by cell.
pub(super) struct Singles(BTreeMap<RowId, HashMap<u32, f64>>);

impl Singles {
    /// Loads what the pairs of the plan need; nothing for a screen without pairs.
    pub fn load(plan: &ScreenPlan, source: &dyn RowSource) -> Result<Self, ScreenError> {
        let mut wanted: Vec<usize> =
            plan.targets.iter().flat_map(|target| target.singles.clone()).collect();
        wanted.sort_unstable();
        wanted.dedup();
        if wanted.is_empty() {
            return Ok(Self(BTreeMap::new()));
        }
        let mut found = BTreeMap::new();
        source.each(&mut |row| {
            if wanted.binary_search(&row.id.target).is_ok() {
                let first = row.measure(0, plan.measures.len());
                found.insert(row.id, row.cells.iter().copied().zip(first).collect());
            }
            Ok(())
        })?;
        Ok(Self(found))
    }

    /// Writes the singles and the difference into the row of a pair.
    pub fn fill(&self, row: &mut ReportRow, values: &RowValues, plan: &ScreenPlan) {
        let singles = &plan.targets[values.id.target].singles;
        if singles.is_empty() {
            return;
        }
        let start: Vec<u32> =
            values.cells.iter().copied().filter(|&c| !plan.cells[c as usize].null).collect();
        let joint = Split::new(values, &plan.cells, plan.measures.len()).measure(0, false);
        let alone = singles.iter().map(|&target| {
            let id = RowId { target, ..values.id };
            // A gene that an edit leaves where it is has no effect of its own.
            let none = if plan.states.is_empty() { 1.0 } else { 0.0 };
            let by_cell = self.0.get(&id);
            let of = |cell: &u32| by_cell.and_then(|all| all.get(cell)).copied().unwrap_or(none);
            mean(&start.iter().map(of).collect::<Vec<_>>())
        });
        let Some(alone): Option<Vec<f64>> = alone.collect() else { return };
        let sum: f64 = match plan.states.is_empty() {
            true => 1.0 - alone.iter().map(|cosine| 1.0 - cosine).sum::<f64>(),
            false => alone.iter().sum(),
        };
        row.joint_minus_sum = mean(&joint).map(|joint| joint - sum);
        row.singles = alone;
    }
}
