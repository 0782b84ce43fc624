//! Two-way median polish and the B-score (Brideau 2003; steps as R's `medpolish`).

use serde::{Deserialize, Serialize};

use super::super::AssayError;
use super::{MIN_CONTROLS, MeasuredPlate};
use crate::assay::stats;
use crate::plate::Content;

const MAX_ROUNDS: usize = 10;
/// Stop when the sum of absolute residuals changes by less than this part of it.
const TOLERANCE: f64 = 0.01;

/// A plate as overall + row + column + residual.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MedianPolish {
    /// Overall level.
    pub overall: f64,
    /// Effect of each row; 0 for a row without a fitted well.
    pub row: Vec<f64>,
    /// Effect of each column; 0 for a column without a fitted well.
    pub column: Vec<f64>,
    /// Residuals of the fitted wells, row after row; `None` where nothing was fitted.
    pub residuals: Vec<Option<f64>>,
}

/// Fits row and column effects to a table by repeated medians; `None` cells are skipped.
///
/// # Shapes
/// `table`: `[rows * columns]`, row after row; a cell beyond its end counts as missing.
pub fn median_polish(table: &[Option<f64>], rows: usize, columns: usize) -> MedianPolish {
    let mut residuals: Vec<Option<f64>> = table.to_vec();
    residuals.resize(rows * columns, None);
    let mut fit =
        MedianPolish { overall: 0.0, row: vec![0.0; rows], column: vec![0.0; columns], residuals };
    let mut before = 0.0;
    for _ in 0..MAX_ROUNDS {
        fit.sweep_rows(columns);
        let shift = centre(&mut fit.column);
        fit.overall += shift;
        fit.sweep_columns(columns);
        let shift = centre(&mut fit.row);
        fit.overall += shift;
        let now: f64 = fit.residuals.iter().flatten().map(|value| value.abs()).sum();
        if now == 0.0 || (now - before).abs() < TOLERANCE * now {
            break;
        }
        before = now;
    }
    fit
}

impl MedianPolish {
    fn sweep_rows(&mut self, columns: usize) {
        for (effect, line) in self.row.iter_mut().zip(self.residuals.chunks_mut(columns)) {
            let present: Vec<f64> = line.iter().copied().flatten().collect();
            if let Some(shift) = stats::median(&present) {
                line.iter_mut().flatten().for_each(|value| *value -= shift);
                *effect += shift;
            }
        }
    }

    fn sweep_columns(&mut self, columns: usize) {
        for (column, effect) in self.column.iter_mut().enumerate() {
            let line = || self.residuals.iter().skip(column).step_by(columns);
            let present: Vec<f64> = line().copied().flatten().collect();
            if let Some(shift) = stats::median(&present) {
                let line = self.residuals.iter_mut().skip(column).step_by(columns);
                line.flatten().for_each(|value| *value -= shift);
                *effect += shift;
            }
        }
    }
}

/// Subtracts the median of the effects and returns it.
fn centre(effects: &mut [f64]) -> f64 {
    let shift = stats::median(effects).unwrap_or(0.0);
    effects.iter_mut().for_each(|effect| *effect -= shift);
    shift
}

/// B-score: residual of a median polish divided by the MAD of the residuals.
///
/// Fitted on candidate and non-targeting wells; positive and untreated wells get
/// x − (overall + row + column). `None` for a well whose row or column has no fitted well.
/// Do not use when more than about a quarter of the candidates are hits, or hits share a row or
/// column: the polish takes them for a plate effect.
///
/// # Errors
/// Fewer than [`MIN_CONTROLS`] fitted wells, residuals with MAD 0, a value that is not finite.
pub fn b_score(plate: &MeasuredPlate) -> Result<Vec<Option<f64>>, AssayError> {
    let (rows, columns) = (usize::from(plate.format.rows()), usize::from(plate.format.columns()));
    let fitted =
        plate.values(Content::Candidate)?.len() + plate.values(Content::NonTargeting)?.len();
    if fitted < MIN_CONTROLS {
        return Err(AssayError::TooFewWells {
            plate: plate.barcode.clone(),
            kind: "candidate or non-targeting",
            found: fitted,
            needed: MIN_CONTROLS,
        });
    }
    let mut table = vec![None; rows * columns];
    for measured in &plate.wells {
        if matches!(measured.content, Content::Candidate | Content::NonTargeting) {
            let cell = usize::from(measured.well.row) * columns + usize::from(measured.well.col);
            if let Some(cell) = table.get_mut(cell) {
                *cell = Some(measured.value);
            }
        }
    }
    let fit = median_polish(&table, rows, columns);
    let residuals: Vec<f64> = fit.residuals.iter().copied().flatten().collect();
    let width = stats::mad(&residuals).unwrap_or(0.0);
    if width == 0.0 {
        return Err(AssayError::NoSpread {
            plate: plate.barcode.clone(),
            kind: "candidate and non-targeting",
            found: fitted,
            measure: "MAD of the residuals",
        });
    }
    let row_fitted =
        |row: usize| table[row * columns..(row + 1) * columns].iter().any(Option::is_some);
    let column_fitted = |col: usize| table.iter().skip(col).step_by(columns).any(Option::is_some);
    let score = |measured: &super::MeasuredWell| {
        let (row, col) = (usize::from(measured.well.row), usize::from(measured.well.col));
        let inside = row < rows && col < columns && row_fitted(row) && column_fitted(col);
        inside.then(|| (measured.value - (fit.overall + fit.row[row] + fit.column[col])) / width)
    };
    Ok(plate.wells.iter().map(score).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_additive_table_is_taken_apart_without_residuals() {
        let (rows, columns) = ([-2.0, 0.0, 3.0], [-1.0, 0.0, 4.0]);
        let table: Vec<Option<f64>> = rows
            .iter()
            .flat_map(|row| columns.iter().map(move |column| Some(10.0 + row + column)))
            .collect();
        let fit = median_polish(&table, 3, 3);
        assert_eq!(fit.overall, 10.0);
        assert_eq!(fit.row, rows);
        assert_eq!(fit.column, columns);
        assert!(fit.residuals.iter().all(|residual| *residual == Some(0.0)));
    }

    #[test]
    fn a_single_outlier_stays_in_its_residual() {
        let mut table = vec![Some(5.0); 12];
        table[4] = Some(50.0);
        let fit = median_polish(&table, 3, 4);
        assert_eq!((fit.overall, fit.residuals[4]), (5.0, Some(45.0)));
    }

    #[test]
    fn missing_cells_are_skipped_and_empty_lines_have_no_effect() {
        let table = [Some(1.0), None, Some(3.0), None, None, None];
        let fit = median_polish(&table, 2, 3);
        assert_eq!(fit.residuals[3..], [None, None, None]);
        let rebuilt = fit.overall + fit.row[0] + fit.column[2] + fit.residuals[2].unwrap();
        assert!((rebuilt - 3.0).abs() < 1e-12);
    }
}
