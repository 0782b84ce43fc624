//! Tables of named columns, written as CSV or Parquet.

mod parquet;

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

pub use self::parquet::ParquetWriter;

/// Values of a column; all columns of a table have one length.
#[derive(Debug, Clone, PartialEq)]
pub enum Column {
    /// Text.
    Text(Vec<String>),
    /// Whole numbers; absent values are null.
    Whole(Vec<Option<i64>>),
    /// Numbers; absent values are null.
    Number(Vec<Option<f64>>),
    /// Yes or no.
    Flag(Vec<bool>),
}

/// Named columns.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Table {
    columns: Vec<(String, Column)>,
}

/// Why a table was not written.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// The system refuses.
    #[error("cannot write {}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Columns of different lengths, or a row group of other columns than the first.
    #[error("table: {0}")]
    Inconsistent(String),
    /// The Parquet library refuses.
    #[error("cannot write {}: {reason}", path.display())]
    Parquet {
        /// The file.
        path: PathBuf,
        /// What the library said.
        reason: String,
    },
}

impl Column {
    fn len(&self) -> usize {
        match self {
            Self::Text(values) => values.len(),
            Self::Whole(values) => values.len(),
            Self::Number(values) => values.len(),
            Self::Flag(values) => values.len(),
        }
    }

    /// Leaves the rows for which `keep` says so.
    fn retain(&mut self, keep: &[bool]) {
        fn kept<T>(values: &mut Vec<T>, keep: &[bool]) {
            let mut keep = keep.iter();
            values.retain(|_| keep.next().copied().unwrap_or(false));
        }
        match self {
            Self::Text(values) => kept(values, keep),
            Self::Whole(values) => kept(values, keep),
            Self::Number(values) => kept(values, keep),
            Self::Flag(values) => kept(values, keep),
        }
    }

    /// A value as CSV has it; empty where there is none. Numbers read back to the last bit.
    fn text(&self, row: usize) -> String {
        match self {
            Self::Text(values) => values[row].clone(),
            Self::Whole(values) => values[row].map_or(String::new(), |value| value.to_string()),
            Self::Number(values) => values[row].map_or(String::new(), |value| value.to_string()),
            Self::Flag(values) => values[row].to_string(),
        }
    }
}

impl Table {
    /// A table without a column.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a column to the right.
    pub fn push(&mut self, name: impl Into<String>, column: Column) {
        self.columns.push((name.into(), column));
    }

    /// Columns with their names.
    pub fn columns(&self) -> &[(String, Column)] {
        &self.columns
    }

    /// Leaves the rows for which `keep` says so, one answer per row.
    pub fn retain(&mut self, keep: &[bool]) {
        self.columns.iter_mut().for_each(|(_, column)| column.retain(keep));
    }

    /// Number of rows.
    ///
    /// # Errors
    /// [`TableError::Inconsistent`] for columns of different lengths.
    pub fn rows(&self) -> Result<usize, TableError> {
        let rows = self.columns.first().map_or(0, |(_, column)| column.len());
        match self.columns.iter().find(|(_, column)| column.len() != rows) {
            None => Ok(rows),
            Some((name, column)) => Err(TableError::Inconsistent(format!(
                "column {name} has {} values, the first {rows}",
                column.len()
            ))),
        }
    }

    /// Writes the rows as CSV, with names on the first line if `header`.
    ///
    /// # Errors
    /// [`TableError`].
    pub fn csv(&self, out: impl Write, header: bool) -> Result<(), TableError> {
        let failed = |error: csv::Error| TableError::Io {
            path: PathBuf::from("CSV"),
            source: std::io::Error::other(error),
        };
        let mut writer = csv::Writer::from_writer(out);
        if header {
            writer.write_record(self.columns.iter().map(|(name, _)| name)).map_err(failed)?;
        }
        for row in 0..self.rows()? {
            let fields = self.columns.iter().map(|(_, column)| column.text(row));
            writer.write_record(fields).map_err(failed)?;
        }
        writer.flush().map_err(|error| failed(error.into()))
    }

    /// Writes a file, Parquet where its name ends in `.parquet`, else CSV; whole or not at all.
    ///
    /// # Errors
    /// [`TableError`].
    pub fn write(&self, path: &Path) -> Result<(), TableError> {
        if path.extension().is_some_and(|end| end.eq_ignore_ascii_case("parquet")) {
            let mut writer = ParquetWriter::create(path, self)?;
            writer.write(self)?;
            return writer.finish();
        }
        let io = |source| TableError::Io { path: path.to_owned(), source };
        let part = part(path);
        let mut file = BufWriter::new(File::create(&part).map_err(io)?);
        self.csv(&mut file, true)?;
        file.flush().map_err(io)?;
        std::fs::rename(&part, path).map_err(io)
    }
}

/// A name beside `path` that no other run uses.
fn part(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.{}.part", std::process::id()))
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn table() -> Table {
        let mut table = Table::new();
        table.push("gene", Column::Text(vec!["A,B".into(), "C".into()]));
        table.push("cells", Column::Whole(vec![Some(3), None]));
        table.push("shift", Column::Number(vec![Some(0.1 + 0.2), None]));
        table.push("hit", Column::Flag(vec![true, false]));
        table
    }

    #[test]
    fn a_table_is_written_as_csv_and_missing_values_stay_empty() {
        let mut bytes = Vec::new();
        table().csv(&mut bytes, true).unwrap();
        let expected = "gene,cells,shift,hit\n\"A,B\",3,0.30000000000000004,true\nC,,,false\n";
        assert_eq!(String::from_utf8(bytes).unwrap(), expected);
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("t.csv");
        table().write(&path).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), expected);
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn only_the_rows_asked_for_are_left() {
        let mut table = table();
        table.retain(&[false, true]);
        let mut bytes = Vec::new();
        table.csv(&mut bytes, false).unwrap();
        assert_eq!(String::from_utf8(bytes).unwrap(), "C,,,false\n");
    }

    #[test]
    fn columns_of_different_lengths_are_refused() {
        let mut table = table();
        table.push("short", Column::Flag(vec![true]));
        let error = table.csv(Vec::new(), true).unwrap_err().to_string();
        assert!(error.contains("short") && error.contains('2'), "{error}");
    }
}
