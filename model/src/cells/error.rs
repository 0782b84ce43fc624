//! What can be wrong with a cell file or a question about cells.

use std::path::PathBuf;

use thiserror::Error;

/// Everything that reading, keeping or asking about cells can refuse.
#[derive(Debug, Error)]
pub enum CellsError {
    /// The file could not be read from disk, or the result not written.
    #[error("cannot read or write {what}: {source}")]
    Io {
        /// File or stream.
        what: String,
        /// The system's reason.
        source: std::io::Error,
    },
    /// The bytes do not start as HDF5 does.
    #[error(
        "{} is not an HDF5 file (it starts with {found}); upload the .h5ad itself, not an archive \
         or a download page",
        path.display()
    )]
    NotHdf5 {
        /// File.
        path: PathBuf,
        /// Its first bytes, printable.
        found: String,
    },
    /// The HDF5 library could not read a part of the file.
    #[error("{what} cannot be read, the file is damaged or truncated ({reason}); copy it again")]
    Damaged {
        /// Object inside the file, or its path.
        what: String,
        /// The library's reason.
        reason: String,
    },
    /// The HDF5 library could not write.
    #[error("cannot write {what}: {reason}; check the folder, its permissions and free space")]
    NotWritten {
        /// File, or object inside it.
        what: String,
        /// The library's reason.
        reason: String,
    },
    /// A part that AnnData files have is not there or has another form.
    #[error(
        "expected {expected} at {what}, found {found}; write the file again with anndata 0.8 or later"
    )]
    Form {
        /// Object inside the file.
        what: String,
        /// What an AnnData file has there.
        expected: &'static str,
        /// What is there.
        found: String,
    },
    /// The file points outside of itself, or needs code that is not here.
    #[error(
        "{what} is {kind}, which is refused; save a self-contained copy with anndata's write_h5ad"
    )]
    NotSelfContained {
        /// Object inside the file.
        what: String,
        /// External link, virtual dataset, plug-in filter...
        kind: String,
    },
    /// More than the configured limit.
    #[error("found {found} {what}, the limit is {limit}; subset the file or raise the limit")]
    TooLarge {
        /// Cells, genes, stored values or columns.
        what: &'static str,
        /// Number in the file.
        found: usize,
        /// Number allowed.
        limit: usize,
    },
    /// No matrix of the file holds raw counts.
    #[error(
        "no raw counts found; tried {}; keep the raw counts in X, layers[\"counts\"] or raw.X",
        tried.join("; ")
    )]
    NoCounts {
        /// Each matrix with the reason it is not one of counts.
        tried: Vec<String>,
    },
    /// A count that cannot be one.
    #[error(
        "{source_name} holds {value} for cell {cell}, gene {gene}; counts are finite, not negative and \
         at most 16777216"
    )]
    BadCount {
        /// Matrix inside the file.
        source_name: String,
        /// Name of the cell in obs.
        cell: String,
        /// Name of the gene in var.
        gene: String,
        /// The value.
        value: f64,
    },
    /// No such column in obs.
    #[error("obs has no column {column:?}; it has: {}", available.join(", "))]
    UnknownColumn {
        /// Column asked for.
        column: String,
        /// Columns there are.
        available: Vec<String>,
    },
    /// No cell has this value.
    #[error("obs column {column:?} has no value {value:?}; it has: {}", available.join(", "))]
    UnknownValue {
        /// Column asked for.
        column: String,
        /// Value asked for.
        value: String,
        /// Values there are (the first 50).
        available: Vec<String>,
    },
    /// A row number beyond the matrix.
    #[error("cell number {row} asked for, the matrix has {n_cells} cells (numbered from 0)")]
    NoSuchCell {
        /// Row asked for.
        row: usize,
        /// Rows there are.
        n_cells: usize,
    },
    /// An average over no cells was asked for.
    #[error("no cells selected; choose at least one")]
    NoCells,
    /// The canonical file, or a matrix built in memory, contradicts itself.
    #[error("the canonical matrix is damaged: {reason}; import the .h5ad again")]
    Inconsistent {
        /// Which rule is broken, with the numbers.
        reason: String,
    },
}

impl CellsError {
    /// An input/output failure on `what`.
    pub(crate) fn io(what: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let what = what.into();
        move |source| Self::Io { what, source }
    }

    /// A broken rule of the canonical matrix.
    pub(crate) fn inconsistent(reason: impl Into<String>) -> Self {
        Self::Inconsistent { reason: reason.into() }
    }
}
