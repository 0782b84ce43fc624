//! Reading a tidy results file (CSV, TSV or `;`-separated) and checking it against the plates.
//!
//! Memory: a file over [`CheckOptions::max_bytes`] is refused from its length before a byte is
//! read. Below that, the text is decoded at most once (UTF-8 is not copied) and read row by row;
//! what is kept is bounded by the expected wells and by [`CheckOptions::max_issues`].

mod check;
mod columns;
pub(in crate::assay) mod decode;
mod expected;
pub(in crate::assay) mod issue;
pub(in crate::assay) mod number;
pub(in crate::assay) mod records;
mod row;
mod text;

pub use check::check;
pub use columns::Field;
pub use expected::{Expected, ExpectedPlate, ExpectedWell};
pub use issue::{Issue, IssueCode};
pub use number::DecimalMark;
pub(crate) use text::TextTable;

use serde::{Deserialize, Serialize};

use crate::plate::Well;

/// Limits and choices of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckOptions {
    /// Largest file, in bytes; a larger one is refused unread.
    pub max_bytes: usize,
    /// Errors (and warnings) collected before reading stops.
    pub max_issues: usize,
    /// The decimal mark chosen by a person, after `ambiguous_number`; `None` lets the file decide.
    pub decimal: Option<DecimalMark>,
}

impl Default for CheckOptions {
    /// 20 MB, far above a round of 384-well plates, and 1,000 issues.
    fn default() -> Self {
        Self { max_bytes: 20_000_000, max_issues: 1_000, decimal: None }
    }
}

/// One accepted raw value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// Barcode of the plate.
    pub plate: String,
    /// Position.
    pub well: Well,
    /// Raw value, always finite.
    pub value: f64,
}

/// A well of a plate.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PlateAndWell {
    /// Barcode of the plate.
    pub plate: String,
    /// Position.
    pub well: Well,
}

/// One of the first rows, as understood.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PreviewRow {
    /// Row of the file, from 1, header included.
    pub row: u64,
    /// Plate barcode.
    pub plate: String,
    /// Well as written.
    pub well: String,
    /// Symbol as written.
    pub symbol: String,
    /// Value as written.
    pub text: String,
    /// Value as read; `None` when missing or wrong.
    pub value: Option<f64>,
}

/// What a check found. A file may be accepted when `errors` is empty.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct CheckReport {
    /// Detected text encoding, such as `utf-8`, `utf-8-bom`, `utf-16le`, `windows-1252`.
    pub encoding: String,
    /// Detected delimiter.
    pub delimiter: Option<char>,
    /// Detected decimal mark.
    pub decimal: Option<DecimalMark>,
    /// Header of the column that holds the values.
    pub value_column: Option<String>,
    /// The read-out named in the file, if any.
    pub readout: Option<String>,
    /// Data rows read (header and blank rows not counted).
    pub rows: u64,
    /// Rows with a number in a known well.
    pub values: u64,
    /// Plates of the file that are expected.
    pub plates: Vec<String>,
    /// Expected plates that the file does not mention.
    pub plates_not_in_file: Vec<String>,
    /// Wells with content, of the plates in the file, that have no value.
    pub missing_wells: Vec<PlateAndWell>,
    /// Everything that keeps the file from being accepted, in row order.
    pub errors: Vec<Issue>,
    /// What the user should see before accepting.
    pub warnings: Vec<Issue>,
    /// Reading stopped at [`CheckOptions::max_issues`] errors: there may be more.
    pub stopped_early: bool,
    /// Columns that are not used, as written (the first 100).
    pub unknown_columns: Vec<String>,
    /// The first 20 rows.
    pub preview: Vec<PreviewRow>,
    /// The values, sorted by plate and well; empty unless `errors` is empty.
    pub accepted: Vec<Reading>,
}

impl CheckReport {
    /// Whether the file may be accepted.
    pub fn is_acceptable(&self) -> bool {
        self.errors.is_empty()
    }
}
