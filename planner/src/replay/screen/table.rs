//! A table with named columns.

use std::io::Read;

use flate2::read::MultiGzDecoder;

use super::{ScreenError, ScreenOption};

/// A CSV or TSV table as text, cell by cell.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// Name of the file, as errors show it.
    pub name: String,
    /// Names of the columns.
    pub columns: Vec<String>,
    /// Rows without the header; short rows are kept.
    pub rows: Vec<Vec<String>>,
}

impl Table {
    /// Reads a table, packed with gzip or not, separated by tabs, commas or semicolons.
    ///
    /// # Errors
    /// [`ScreenError::NotText`], [`ScreenError::NotATable`].
    pub fn parse(name: &str, bytes: &[u8]) -> Result<Self, ScreenError> {
        let mut text = String::new();
        let packed = bytes.starts_with(&[0x1f, 0x8b]);
        match packed {
            true => MultiGzDecoder::new(bytes).read_to_string(&mut text),
            false => Read::read_to_string(&mut &*bytes, &mut text),
        }
        .map_err(|error| ScreenError::NotText {
            file: name.to_owned(),
            reason: error.to_string(),
        })?;
        let head = text.lines().next().unwrap_or_default();
        let delimiter = [b'\t', b',', b';'].into_iter().max_by_key(|d| {
            // The first of equals wins, as max_by_key takes the last.
            (head.bytes().filter(|b| b == d).count(), *d == b',')
        });
        let mut file = csv::ReaderBuilder::new()
            .delimiter(delimiter.unwrap_or(b','))
            .flexible(true)
            .from_reader(text.as_bytes());
        let broken = |error: csv::Error| ScreenError::NotATable {
            file: name.to_owned(),
            reason: error.to_string(),
        };
        let columns = file.headers().map_err(broken)?;
        let columns = columns.iter().map(|c| c.trim().trim_start_matches('\u{feff}').to_owned());
        let columns: Vec<String> = columns.collect();
        let mut rows = Vec::new();
        for row in file.records() {
            rows.push(row.map_err(broken)?.iter().map(|cell| cell.trim().to_owned()).collect());
        }
        Ok(Self { name: name.to_owned(), columns, rows })
    }

    /// Place of a column, whatever the case of its letters.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|known| known.eq_ignore_ascii_case(name))
    }

    /// Keeps the rows that have a value in a column.
    ///
    /// # Errors
    /// A filter that is not `COLUMN=VALUE`, an unknown column, no row left.
    pub fn keep(&mut self, filter: &str) -> Result<(), ScreenError> {
        let Some((name, value)) = filter.split_once('=') else {
            return Err(ScreenError::BadFilter { filter: filter.to_owned() });
        };
        let column = self.column(name, ScreenOption::Filter)?;
        self.rows.retain(|row| row.get(column).is_some_and(|cell| cell == value));
        match self.rows.is_empty() {
            true => {
                Err(ScreenError::NothingLeft { file: self.name.clone(), filter: filter.to_owned() })
            }
            false => Ok(()),
        }
    }

    pub(super) fn column(&self, name: &str, option: ScreenOption) -> Result<usize, ScreenError> {
        self.find(name).ok_or_else(|| ScreenError::NoColumn {
            file: self.name.clone(),
            name: name.to_owned(),
            found: self.columns.join(", "),
            option,
        })
    }

    /// The cell, empty where the row is too short.
    #[must_use]
    pub fn cell(&self, row: usize, column: usize) -> &str {
        self.rows[row].get(column).map_or("", String::as_str)
    }

    /// The cell as a finite number.
    #[must_use]
    pub fn number(&self, row: usize, column: usize) -> Option<f64> {
        self.cell(row, column).parse().ok().filter(|value: &f64| value.is_finite())
    }
}
