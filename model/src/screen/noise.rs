//! The noise floor: how much of an effect is rounding.

use super::edits::edits_of;
use super::effect::UnitVector;
use super::measure::Measure;
use super::runner::Screener;
use super::{ScreenError, Watch};
use crate::families::CellModel;

/// Edits on which two implementations are compared: so many of a cell, and in all.
const EDITS_OF_CELL: usize = 8;
const EDITS: usize = 16;

impl Screener {
    /// Size of effect below which rounding decides: the largest difference between this model's
    /// effects and those of `other`, the same checkpoint run by other kernels or on another
    /// device, over a few edits of the first cells. For cosines gene by gene, those of the
    /// embeddings stand in.
    ///
    /// # Errors
    /// Whatever either model refuses; [`ScreenError::Cancelled`].
    pub fn noise_floor(
        &self,
        other: &dyn CellModel,
        watch: Watch<'_>,
    ) -> Result<Option<f64>, ScreenError> {
        let mut floor: Option<f64> = None;
        let mut compared = 0;
        for cell in 0..self.plan.cells.len() {
            if compared >= EDITS {
                break;
            }
            watch.check()?;
            let mut edits = edits_of(&self.source, &self.plan, cell, 0..self.plan.targets.len());
            let step = (edits.edits.len() / EDITS_OF_CELL).max(1);
            let all = std::mem::take(&mut edits.edits);
            let chosen = all.into_iter().step_by(step).take(EDITS_OF_CELL);
            for edit in chosen.filter(|edit| edit.compared.is_none()) {
                let pair = [edits.original.clone(), edit.cell.clone()];
                let both = [self.model.as_ref(), other].map(|model| self.effects_of(model, &pair));
                let [ours, theirs] = both;
                compared += 1;
                for (a, b) in ours?.into_iter().zip(theirs?) {
                    floor = Some(floor.unwrap_or(0.0).max((a - b).abs()));
                }
            }
        }
        Ok(floor)
    }

    /// Effects of one edit, measured towards this screen's states.
    fn effects_of(
        &self,
        model: &dyn CellModel,
        pair: &[crate::families::CellTokens; 2],
    ) -> Result<Vec<f64>, ScreenError> {
        let found = model.embed(pair, &self.plan.embedding)?;
        let before = UnitVector::new(&found[0], "an original cell")?;
        let after = UnitVector::new(&found[1], "an edited cell")?;
        Ok(Measure::compare(&self.states, &before, &after))
    }
}
