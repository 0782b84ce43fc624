//! The count matrix every later step reads.

use std::collections::BTreeMap;

use crate::cells::CellsError;

/// A measured gene: one column of the matrix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gene {
    /// Ensembl gene id without version (`ENSG00000107485`), where known.
    pub ensembl: Option<String>,
    /// Symbol to show; the Ensembl id again where no symbol is known.
    pub symbol: String,
}

/// One column of obs: a value per cell.
#[derive(Debug, Clone, PartialEq)]
pub enum ObsColumn {
    /// Labels; a code of -1 is a missing value.
    Categorical {
        /// Index into `categories` per cell, or -1.
        codes: Vec<i32>,
        /// The labels; may hold the empty string.
        categories: Vec<String>,
    },
    /// Numbers; NaN is a missing value.
    Numeric(Vec<f64>),
}

impl ObsColumn {
    /// Number of cells.
    pub fn len(&self) -> usize {
        match self {
            Self::Categorical { codes, .. } => codes.len(),
            Self::Numeric(values) => values.len(),
        }
    }

    /// Whether there is no cell.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Label of a cell; `None` for a missing value, an unknown cell and a numeric column.
    pub fn label(&self, cell: usize) -> Option<&str> {
        match self {
            Self::Categorical { codes, categories } => {
                let code = usize::try_from(*codes.get(cell)?).ok()?;
                categories.get(code).map(String::as_str)
            }
            Self::Numeric(_) => None,
        }
    }

    /// Builds a categorical column from one label per cell, categories in alphabetical order.
    pub fn from_labels<S: AsRef<str>>(labels: &[Option<S>]) -> Self {
        let mut position: BTreeMap<&str, i32> =
            labels.iter().flatten().map(|label| (label.as_ref(), 0)).collect();
        for (code, value) in (0..).zip(position.values_mut()) {
            *value = code;
        }
        let codes = labels
            .iter()
            .map(|label| label.as_ref().map_or(-1, |label| position[label.as_ref()]))
            .collect();
        let categories = position.into_keys().map(str::to_owned).collect();
        Self::Categorical { codes, categories }
    }
}

/// Raw counts of cells x genes in compressed rows, with the annotation of the cells.
///
/// # Shapes and units
/// `indptr` is `[cells + 1]`, `indices` and `counts` are `[non-zeros]`, `total_counts` is `[cells]`.
/// Counts are molecules (UMIs) or reads as measured: no normalisation, no logarithm.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CellMatrix {
    /// Columns.
    pub genes: Vec<Gene>,
    /// Names of the cells (obs names), the rows.
    pub cells: Vec<String>,
    /// Where each row starts in `indices` and `counts`; the last entry is their length.
    pub indptr: Vec<u64>,
    /// Column of each count; strictly increasing within a row.
    pub indices: Vec<u32>,
    /// The counts, all above zero.
    pub counts: Vec<f32>,
    /// Sum over **all** measured genes of each cell.
    pub total_counts: Vec<f64>,
    /// Annotation of the cells by column name.
    pub obs: BTreeMap<String, ObsColumn>,
}

impl CellMatrix {
    /// Number of cells.
    pub fn n_cells(&self) -> usize {
        self.cells.len()
    }

    /// Number of genes.
    pub fn n_genes(&self) -> usize {
        self.genes.len()
    }

    /// Number of stored counts.
    pub fn n_nonzeros(&self) -> usize {
        self.counts.len()
    }

    /// Columns and counts of one cell.
    ///
    /// # Panics
    /// If `cell` is not below [`CellMatrix::n_cells`], as indexing a slice does.
    pub fn row(&self, cell: usize) -> (&[u32], &[f32]) {
        let range = self.indptr[cell] as usize..self.indptr[cell + 1] as usize;
        (&self.indices[range.clone()], &self.counts[range])
    }

    /// Cells whose obs column has the value, in order.
    ///
    /// A numeric column is compared by number, so that `1` finds `1.0`.
    ///
    /// # Errors
    /// [`CellsError::UnknownColumn`] and [`CellsError::UnknownValue`], listing what there is.
    pub fn cells_where(&self, column: &str, value: &str) -> Result<Vec<usize>, CellsError> {
        let found = self.obs.get(column).ok_or_else(|| CellsError::UnknownColumn {
            column: column.to_owned(),
            available: self.obs.keys().cloned().collect(),
        })?;
        let cells: Vec<usize> = match found {
            ObsColumn::Categorical { .. } => {
                (0..found.len()).filter(|&cell| found.label(cell) == Some(value)).collect()
            }
            ObsColumn::Numeric(values) => {
                let wanted = value.trim().parse::<f64>().unwrap_or(f64::NAN);
                (0..values.len()).filter(|&cell| values[cell] == wanted).collect()
            }
        };
        if cells.is_empty() {
            return Err(CellsError::UnknownValue {
                column: column.to_owned(),
                value: value.to_owned(),
                available: present_values(found),
            });
        }
        Ok(cells)
    }

    /// Checks every rule written on the fields.
    ///
    /// # Errors
    /// [`CellsError::Inconsistent`] naming the first rule broken.
    pub fn validate(&self) -> Result<(), CellsError> {
        let (cells, nonzeros) = (self.n_cells(), self.counts.len());
        let lengths = [
            ("indptr", self.indptr.len(), cells + 1),
            ("indices", self.indices.len(), nonzeros),
            ("total_counts", self.total_counts.len(), cells),
        ];
        for (name, found, expected) in lengths {
            if found != expected {
                return broken(format!("{name} has {found} entries, expected {expected}"));
            }
        }
        if self.indptr[0] != 0 || self.indptr[cells] != nonzeros as u64 {
            return broken(format!("indptr does not run from 0 to {nonzeros}"));
        }
        for cell in 0..cells {
            // Both bounds are checked before slicing: a hostile file may hold anything here.
            if self.indptr[cell] > self.indptr[cell + 1] || self.indptr[cell + 1] > nonzeros as u64
            {
                return broken(format!("indptr decreases at cell {cell}"));
            }
            self.validate_row(cell)?;
        }
        self.validate_obs()
    }

    fn validate_row(&self, cell: usize) -> Result<(), CellsError> {
        let (indices, counts) = self.row(cell);
        if indices.windows(2).any(|pair| pair[0] >= pair[1]) {
            return broken(format!("genes of cell {cell} are not in increasing order"));
        }
        if let Some(&last) = indices.last().filter(|&&last| last as usize >= self.n_genes()) {
            return broken(format!("cell {cell} has gene {last} of {}", self.n_genes()));
        }
        if let Some(bad) = counts.iter().find(|count| !(count.is_finite() && **count > 0.0)) {
            return broken(format!("cell {cell} has the count {bad}"));
        }
        let total = self.total_counts[cell];
        if !(total.is_finite() && total >= 0.0) || (total == 0.0 && !counts.is_empty()) {
            return broken(format!("cell {cell} has the total {total}"));
        }
        Ok(())
    }

    fn validate_obs(&self) -> Result<(), CellsError> {
        for (name, column) in &self.obs {
            if column.len() != self.n_cells() {
                let (found, expected) = (column.len(), self.n_cells());
                return broken(format!("obs column {name:?} has {found} of {expected} cells"));
            }
            if let ObsColumn::Categorical { codes, categories } = column
                && let Some(code) =
                    codes.iter().find(|&&code| code < -1 || code as i64 >= categories.len() as i64)
            {
                let n = categories.len();
                return broken(format!("obs column {name:?} has code {code} of {n} categories"));
            }
        }
        Ok(())
    }
}

fn broken(reason: String) -> Result<(), CellsError> {
    Err(CellsError::inconsistent(reason))
}

/// The first 50 different values of a column, for a message.
fn present_values(column: &ObsColumn) -> Vec<String> {
    match column {
        ObsColumn::Categorical { categories, .. } => categories.iter().take(50).cloned().collect(),
        ObsColumn::Numeric(values) => {
            let mut shown: Vec<f64> = values.iter().copied().filter(|v| !v.is_nan()).collect();
            shown.sort_by(f64::total_cmp);
            shown.dedup();
            shown.into_iter().take(50).map(|value| value.to_string()).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cells::fixtures::small_matrix;

    #[test]
    fn cells_are_found_by_the_value_of_an_obs_column() {
        let matrix = small_matrix();
        assert_eq!(matrix.cells_where("state", "tumour").unwrap(), vec![0, 2]);
        assert_eq!(matrix.cells_where("batch", "2").unwrap(), vec![1, 2]);
    }

    #[test]
    fn an_unknown_column_or_value_lists_what_there_is() {
        let matrix = small_matrix();
        let column = matrix.cells_where("source", "tumour").unwrap_err().to_string();
        assert!(column.contains("batch, state"), "{column}");
        let value = matrix.cells_where("state", "liver").unwrap_err().to_string();
        assert!(value.contains("blood, tumour"), "{value}");
    }

    #[test]
    fn a_matrix_that_breaks_a_rule_is_refused() {
        let breakages: [fn(&mut CellMatrix); 8] = [
            |m| m.indptr[1] = 9,
            |m| m.indices.swap(0, 1),
            |m| m.indices[1] = 7,
            |m| m.counts[0] = f32::NAN,
            |m| m.total_counts[0] = -1.0,
            |m| m.total_counts[1] = 0.0,
            |m| m.indptr.clear(),
            |m| {
                m.obs.insert("short".into(), ObsColumn::Numeric(vec![1.0]));
            },
        ];
        assert!(small_matrix().validate().is_ok());
        for (number, breakage) in breakages.into_iter().enumerate() {
            let mut matrix = small_matrix();
            breakage(&mut matrix);
            assert!(matrix.validate().is_err(), "breakage {number} passed");
        }
    }

    #[test]
    fn labels_become_sorted_categories_and_missing_ones_minus_one() {
        let column = ObsColumn::from_labels(&[Some("b"), None, Some("a"), Some("b")]);
        let expected = ObsColumn::Categorical {
            codes: vec![1, -1, 0, 1],
            categories: vec!["a".into(), "b".into()],
        };
        assert_eq!(column, expected);
    }
}
