//! One vector per cell.

use super::error::check_size;
use super::{CellReader, UseError, Watch};
use crate::cells::CellMatrix;
use crate::families::{CellModel, EmbeddingKind, EncodeOptions, FamilyError};

/// Embeddings of all cells of a matrix.
#[derive(Debug, Clone, PartialEq)]
pub struct Embedding {
    /// Kind, as in the model's card.
    pub kind: String,
    /// Rows.
    pub n_cells: usize,
    /// Values of a cell.
    pub width: usize,
    /// Row-major `[n_cells, width]`; NaN for the cells of `blank`.
    pub values: Vec<f32>,
    /// Cells that express no gene of the model, ascending.
    pub blank: Vec<usize>,
}

impl Embedding {
    /// Vector of one cell.
    ///
    /// # Panics
    /// If `cell` is not below `n_cells`, as indexing a slice does.
    pub fn row(&self, cell: usize) -> &[f32] {
        &self.values[cell * self.width..(cell + 1) * self.width]
    }
}

/// Embeds every cell.
///
/// `kind` is one of the card's; the first when absent. Memory: the result and one batch.
///
/// # Errors
/// An unknown kind, with the kinds there are; cells without any gene of the model; cancellation.
pub fn embed(
    model: &dyn CellModel,
    cells: &CellMatrix,
    kind: Option<&str>,
    options: &EncodeOptions,
    watch: Watch<'_>,
) -> Result<Embedding, UseError> {
    let kind = kind_of(model, kind)?;
    let reader = CellReader::new(model, cells, options)?;
    let (seen, blank) = reader.seen_and_blank();
    let (n_cells, width) = (cells.n_cells(), kind.width);
    let mut values = vec![f32::NAN; n_cells * width];
    reader.batches(&seen, watch, |rows, encoded| {
        let vectors = model.embed(encoded, kind.name)?;
        check_size("a batch of cells", vectors.len(), rows.len())?;
        for (&row, vector) in rows.iter().zip(&vectors) {
            check_size(kind.name, vector.len(), width)?;
            values[row * width..(row + 1) * width].copy_from_slice(vector);
        }
        Ok(())
    })?;
    Ok(Embedding { kind: kind.name.to_owned(), n_cells, width, values, blank })
}

/// The kind of that name, or the default one.
fn kind_of(model: &dyn CellModel, name: Option<&str>) -> Result<EmbeddingKind, UseError> {
    let kinds = &model.card().embeddings;
    let found = match name {
        Some(name) => kinds.iter().find(|kind| kind.name == name),
        None => kinds.first(),
    };
    found.copied().ok_or_else(|| {
        UseError::Family(FamilyError::Unsupported {
            family: model.card().family,
            what: "embedding",
            found: name.unwrap_or("default").to_owned(),
            available: kinds.iter().map(|kind| kind.name).collect::<Vec<_>>().join(", "),
        })
    })
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;

    use super::*;
    use crate::fixtures;
    use crate::uses::double::{Double, quiet};

    #[test]
    fn a_cell_without_a_gene_of_the_model_is_blank_and_moves_no_other() {
        let mut cells = fixtures::cells(100);
        let options = EncodeOptions::default();
        let before = embed(&Double::new(), &cells, None, &options, quiet()).unwrap();
        assert!(before.blank.is_empty());
        // The only gene left in cell 3 is the unknown one.
        let (start, end) = (cells.indptr[3] as usize, cells.indptr[4] as usize);
        cells.indices.splice(start..end, [30]);
        cells.counts.splice(start..end, [5.0]);
        cells.indptr[4..].iter_mut().for_each(|p| *p -= (end - start - 1) as u64);
        cells.validate().unwrap();
        let after = embed(&Double::new(), &cells, None, &options, quiet()).unwrap();
        assert_eq!(after.blank, [3]);
        assert!(after.row(3).iter().all(|value| value.is_nan()));
        assert_eq!(after.row(4), before.row(4));
        assert_eq!(after.row(99), before.row(99));
    }

    #[test]
    fn an_unknown_kind_lists_the_kinds_there_are() {
        let cells = fixtures::cells(2);
        let options = EncodeOptions::default();
        let error = embed(&Double::new(), &cells, Some("avg"), &options, quiet()).unwrap_err();
        assert!(error.to_string().contains("sums"), "{error}");
    }

    #[test]
    fn a_cancelled_run_stops() {
        let cells = fixtures::cells(2);
        let cancel = AtomicBool::new(true);
        let watch = Watch { progress: &|_, _| {}, cancel: &cancel };
        let options = EncodeOptions::default();
        let result = embed(&Double::new(), &cells, None, &options, watch);
        assert!(matches!(result, Err(UseError::Cancelled)));
    }
}
