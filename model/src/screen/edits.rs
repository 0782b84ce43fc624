//! The edited versions of one cell.

use std::ops::Range;

use super::{Original, RowId, ScreenPlan, Source};
use crate::families::CellTokens;

/// An edited cell.
pub(super) struct Edits {
    /// Row of the result.
    pub id: RowId,
    /// As the model reads it.
    pub cell: CellTokens,
    /// What it is compared with, where it is not the original.
    pub compared: Option<CellTokens>,
}

/// Edited versions of one cell, all or a piece of them.
pub(super) struct EditsOfCell {
    /// Number of the cell in the plan.
    pub cell: usize,
    /// The cell itself.
    pub original: CellTokens,
    /// Its edited versions.
    pub edits: Vec<Edits>,
    /// Rows whose gene the cell expresses beyond its context, so that it could not be removed.
    pub truncated: Vec<RowId>,
    /// Whether no piece of this cell follows.
    pub last: bool,
}

impl EditsOfCell {
    /// Splits the next piece off, and says whether it is the last. `fits` gives how many of some
    /// edits, one at least, go together.
    pub fn next_piece(&mut self, fits: impl Fn(&[Edits]) -> usize) -> (Self, bool) {
        let n = fits(&self.edits).clamp(1.min(self.edits.len()), self.edits.len());
        let rest = self.edits.split_off(n);
        let piece = Self {
            cell: self.cell,
            original: self.original.clone(),
            edits: std::mem::replace(&mut self.edits, rest),
            truncated: std::mem::take(&mut self.truncated),
            last: self.edits.is_empty(),
        };
        let last = self.edits.is_empty();
        (Self { last, ..piece }, last)
    }
}

/// Every edit of cell `cell` for the targets of a range that changes what the model reads.
pub(super) fn edits_of(
    source: &Source,
    plan: &ScreenPlan,
    cell: usize,
    targets: Range<usize>,
) -> EditsOfCell {
    let row = plan.cells[cell].row;
    let Original { tokens: original, expressed, present } = source.original(row);
    let mut found =
        EditsOfCell { cell, original, edits: Vec::new(), truncated: Vec::new(), last: true };
    for number in targets {
        let target = &plan.targets[number];
        if target.tokens.is_empty() {
            continue;
        }
        for &perturbation in &plan.perturbations {
            let id = RowId { target: number, perturbation };
            if perturbation.needs_expression() && !target.held_by(&present) {
                if target.held_by(&expressed) {
                    found.truncated.push(id);
                }
                continue;
            }
            let edited = source.perturbed(row, &target.tokens, perturbation);
            if edited.changed {
                let compared = source.comparable(&found.original, &edited.cell);
                found.edits.push(Edits { id, cell: edited.cell, compared });
            }
        }
    }
    found
}
