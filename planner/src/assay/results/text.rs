//! A delimited text file as a header and rows, for readers of other tables than results.

use super::decode::decode;
use super::issue::{Issue, IssueCode};
use super::records::{Records, detect_delimiter};

/// A header and its rows, every cell trimmed.
#[derive(Debug)]
pub(crate) struct TextTable {
    /// Encoding that was found.
    pub(crate) encoding: &'static str,
    /// Byte between the cells.
    pub(crate) delimiter: u8,
    /// Line of the header, from 1.
    pub(crate) header_line: u64,
    /// Cells of the first row that is not blank.
    pub(crate) header: Vec<String>,
    /// Further rows that are not blank: line in the file and cells.
    pub(crate) rows: Vec<(u64, Vec<String>)>,
}

impl TextTable {
    /// Reads a whole file.
    ///
    /// # Errors
    /// The file is no text, or holds no row.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, Box<Issue>> {
        let decoded = decode(bytes)?;
        let delimiter = detect_delimiter(&decoded.text);
        let mut records = Records::new(&decoded.text, delimiter, 1)
            .map(|record| (record.line, record.cells.into_iter().map(Into::into).collect()));
        let Some((header_line, header)) = records.next() else {
            return Err(Issue::new(
                IssueCode::EmptyFile,
                "the file holds no row; expected a header and rows below it: export it again",
            )
            .into());
        };
        let rows = records.collect();
        Ok(Self { encoding: decoded.encoding, delimiter, header_line, header, rows })
    }
}
