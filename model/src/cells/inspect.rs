//! The one step that opens an uploaded file, for a process of its own.

use std::io::Write;
use std::path::Path;

use crate::cells::{CellsError, ReadLimits, ValidationReport, read_h5ad};

/// Reads an h5ad, writes the canonical file to `out` and returns the report.
///
/// The HDF5 library is C and not safe on hostile files: call this only in a child process with
/// limits on memory, time and system calls, and read `out` in the parent with
/// [`crate::cells::CellMatrix::read`]. Nothing is written unless the whole file was read.
///
/// # Errors
/// As [`read_h5ad`], and [`CellsError::Io`] when `out` cannot be written.
pub fn inspect(
    path: &Path,
    limits: &ReadLimits,
    out: &mut impl Write,
) -> Result<ValidationReport, CellsError> {
    let (matrix, report) = read_h5ad(path, limits)?;
    matrix.write(out)?;
    Ok(report)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cells::CellMatrix;
    use crate::cells::fixtures::{H5ad, write_h5ad};

    #[test]
    fn inspecting_writes_the_canonical_file_of_what_was_read() {
        let dir = tempfile::tempdir().unwrap();
        let path = write_h5ad(dir.path(), &H5ad::default());
        let mut out = Vec::new();
        let report = inspect(&path, &ReadLimits::default(), &mut out).unwrap();
        let matrix = CellMatrix::read(&out).unwrap();
        assert_eq!((report.n_cells, report.n_genes), (matrix.n_cells(), matrix.n_genes()));
        let (read, _) = read_h5ad(&path, &ReadLimits::default()).unwrap();
        assert_eq!(out, read.to_bytes().unwrap());
    }

    #[test]
    fn nothing_is_written_for_a_file_that_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("not.h5ad");
        std::fs::write(&path, b"<html>").unwrap();
        let mut out = Vec::new();
        assert!(inspect(&path, &ReadLimits::default(), &mut out).is_err());
        assert!(out.is_empty());
    }
}
