//! Cells: reading AnnData, the canonical count matrix, and what was found in a file.

mod error;
mod expression;
mod limits;
mod matrix;
mod report;

#[cfg(test)]
pub(crate) mod fixtures;

pub use error::CellsError;
pub use expression::{GeneExpression, expression};
pub use limits::ReadLimits;
pub use matrix::{CellMatrix, Gene, ObsColumn};
pub use report::{CategoryCount, ObsColumnKind, ObsSummary, ValidationReport};
