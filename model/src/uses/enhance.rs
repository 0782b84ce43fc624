//! Expression as deeper sequencing would have shown it.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::error::check_size;
use super::{CellReader, UseError, Watch};
use crate::cells::CellMatrix;
use crate::families::{CellModel, DepthEnhancer, EncodeOptions};

/// What an enhancement covered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EnhanceReport {
    /// Cells of the data set.
    pub cells: usize,
    /// Cells that express no gene of the model: their rows are NaN.
    pub blank: Vec<usize>,
    /// Genes (columns) that the model predicts; the others' values are NaN.
    pub genes: usize,
    /// Target depth, log10 of counts; the model's own when none was given.
    pub target_depth: Option<f32>,
}

/// Predicts the expression of every cell at the target depth of `options` (scFoundation's T).
///
/// `each` gets the cells in order with one value per gene **of the matrix**, ln(1 + CP10k), NaN
/// where the model does not have the gene. Nothing is kept: memory is that of one batch.
///
/// # Errors
/// A checkpoint that cannot; no known gene; whatever `each` returns; cancellation.
pub fn enhance(
    model: &dyn CellModel,
    cells: &CellMatrix,
    options: &EncodeOptions,
    watch: Watch<'_>,
    each: &mut dyn FnMut(&[f32]) -> Result<(), UseError>,
) -> Result<EnhanceReport, UseError> {
    let enhancer = enhancer_of(model)?;
    if let Some(depth) = options.target_depth.filter(|depth| !(0.0..=9.0).contains(depth)) {
        return Err(UseError::BadSetting {
            setting: "target depth",
            found: depth.to_string(),
            expected: "log10 of counts per cell, such as 4 for 10,000".into(),
        });
    }
    let reader = CellReader::new(model, cells, options)?;
    let place: HashMap<u32, usize> =
        model.genes().iter().enumerate().map(|(i, gene)| (gene.token, i)).collect();
    let places: Vec<Option<usize>> = (0..cells.n_genes())
        .map(|column| reader.token(column).and_then(|token| place.get(&token).copied()))
        .collect();
    let (seen, blank) = reader.seen_and_blank();
    let nothing = vec![f32::NAN; cells.n_genes()];
    let mut next = 0;
    reader.batches(&seen, watch, |rows, encoded| {
        for (&row, cell) in rows.iter().zip(encoded) {
            (next..row).try_for_each(|_| each(&nothing))?;
            next = row + 1;
            for values in enhancer.enhance(std::slice::from_ref(cell))? {
                check_size("the genes of a cell", values.len(), model.genes().len())?;
                let found: Vec<f32> =
                    places.iter().map(|place| place.map_or(f32::NAN, |i| values[i])).collect();
                each(&found)?;
            }
        }
        Ok(())
    })?;
    (next..cells.n_cells()).try_for_each(|_| each(&nothing))?;
    Ok(EnhanceReport {
        cells: cells.n_cells(),
        blank,
        genes: places.iter().flatten().count(),
        target_depth: options.target_depth,
    })
}

fn enhancer_of(model: &dyn CellModel) -> Result<&dyn DepthEnhancer, UseError> {
    model.depth().ok_or_else(|| UseError::CannotDo {
        family: model.card().family,
        variant: model.card().variant.clone(),
        what: "enhance read depth",
        advice: "use a scFoundation checkpoint",
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;
    use crate::uses::double::{Double, quiet};

    #[test]
    fn rows_come_in_order_with_a_value_for_each_gene_the_model_has() {
        let cells = fixtures::cells(7);
        let options = EncodeOptions { target_depth: Some(5.0), ..EncodeOptions::default() };
        let mut rows: Vec<Vec<f32>> = Vec::new();
        let mut each = |row: &[f32]| {
            rows.push(row.to_vec());
            Ok(())
        };
        let report = enhance(&Double::new(), &cells, &options, quiet(), &mut each).unwrap();
        assert_eq!((report.cells, report.genes, rows.len()), (7, 30, 7));
        for (row, values) in rows.iter().enumerate() {
            assert!(values[30].is_nan());
            let (columns, counts) = cells.row(row);
            // The double multiplies counts by the target depth.
            for (&column, &count) in columns.iter().zip(counts).filter(|(c, _)| **c < 30) {
                assert_eq!(values[column as usize], count * 5.0);
            }
        }
        let deep = EncodeOptions { target_depth: Some(10_000.0), ..EncodeOptions::default() };
        let error = enhance(&Double::new(), &cells, &deep, quiet(), &mut |_| Ok(()));
        assert!(error.unwrap_err().to_string().contains("log10"));
    }
}
