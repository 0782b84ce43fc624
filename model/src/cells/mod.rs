//! Cells: reading AnnData, the canonical count matrix, and what was found in a file.
//!
//! [`read_h5ad`] turns an uploaded `.h5ad` into a [`CellMatrix`] and a [`ValidationReport`];
//! [`CellMatrix::write`] and [`CellMatrix::read`] keep it as a deterministic file that every later
//! step reads, so that HDF5 is opened once per upload and nowhere else.

mod canonical;
mod error;
mod expression;
mod h5ad;
mod inspect;
mod limits;
mod matrix;
mod report;

#[cfg(test)]
pub(crate) mod fixtures;

pub use error::CellsError;
pub use expression::{GeneExpression, expression};
pub use h5ad::{GeneMatrix, H5adWriter, LayerWriter, read_gene_matrix, read_h5ad};
pub use inspect::inspect;
pub use limits::ReadLimits;
pub use matrix::{CellMatrix, Gene, ObsColumn};
pub use report::{CategoryCount, ObsColumnKind, ObsSummary, ValidationReport};
