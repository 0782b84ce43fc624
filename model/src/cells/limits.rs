//! Sizes above which a file is refused before anything is allocated for it.

use crate::cells::CellsError;

/// Largest file content accepted by [`crate::cells::read_h5ad`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadLimits {
    /// Rows of `X`.
    pub max_cells: usize,
    /// Columns of `X` (or of `raw/X`).
    pub max_genes: usize,
    /// Stored values of the matrix that is read.
    pub max_nonzeros: usize,
    /// Columns of `obs`, and of `var`.
    pub max_columns: usize,
}

impl Default for ReadLimits {
    /// A million cells and 400 million counts: about 3.2 GB once in memory.
    fn default() -> Self {
        Self {
            max_cells: 1_000_000,
            max_genes: 200_000,
            max_nonzeros: 400_000_000,
            max_columns: 500,
        }
    }
}

impl ReadLimits {
    /// Refuses `found` of `what` when it is more than `limit`.
    pub(crate) fn check(what: &'static str, found: usize, limit: usize) -> Result<(), CellsError> {
        if found > limit {
            return Err(CellsError::TooLarge { what, found, limit });
        }
        Ok(())
    }
}
