//! Rows of cells, whether from text or from a sheet of a workbook.

use std::borrow::Cow;

use super::workbook::{CellKind, Grid};
use crate::assay::results::records::{Record, Records, detect_delimiter};

/// Rows looked at to recognise a format.
const HEAD_ROWS: usize = 120;
/// Rows of a preview.
const PREVIEW_ROWS: usize = 20;
/// Cells of a row in a preview.
const PREVIEW_CELLS: usize = 30;

/// A table that can be read again and again.
pub(super) enum Sheet<'a> {
    Text { text: &'a str, delimiter: u8, first_line: u64 },
    Grid(&'a Grid),
}

impl<'a> Sheet<'a> {
    /// A text, after Excel's `sep=;` hint if there is one.
    pub(super) fn of_text(text: &'a str) -> Self {
        let text = text.trim_start_matches('\u{feff}');
        let end = text.find(['\r', '\n']).unwrap_or(text.len());
        let hint = text[..end].trim().strip_prefix("sep=").map(str::as_bytes);
        if let Some([delimiter @ (b',' | b';' | b'\t')]) = hint {
            let rest = &text[end..];
            let rest = rest.strip_prefix('\r').unwrap_or(rest);
            let text = rest.strip_prefix('\n').unwrap_or(rest);
            return Self::Text { text, delimiter: *delimiter, first_line: 2 };
        }
        Self::Text { text, delimiter: detect_delimiter(text), first_line: 1 }
    }

    /// All rows that are not blank.
    pub(super) fn records(&self) -> Box<dyn Iterator<Item = Record<'_>> + '_> {
        match self {
            Self::Text { text, delimiter, first_line } => {
                Box::new(Records::new(text, *delimiter, *first_line))
            }
            Self::Grid(grid) => Box::new(grid.rows.iter().map(|row| Record {
                line: row.line,
                cells: row.cells.iter().map(|cell| Cow::Borrowed(cell.text.trim())).collect(),
            })),
        }
    }

    /// The first rows.
    pub(super) fn head(&self) -> Vec<Record<'_>> {
        self.records().take(HEAD_ROWS).collect()
    }

    /// The delimiter of a text.
    pub(super) fn delimiter(&self) -> Option<char> {
        match self {
            Self::Text { delimiter, .. } => Some(char::from(*delimiter)),
            Self::Grid(_) => None,
        }
    }

    /// The sheet of a workbook.
    pub(super) fn grid(&self) -> Option<&'a Grid> {
        match self {
            Self::Text { .. } => None,
            Self::Grid(grid) => Some(grid),
        }
    }

    /// Kind of a cell of a workbook; a cell of a text is text.
    pub(super) fn kind(&self, line: u64, column: usize) -> CellKind {
        self.grid().map_or(CellKind::Text, |grid| grid.kind(line, column))
    }

    /// The first rows as written, for a person.
    pub(super) fn preview(&self) -> Vec<Vec<String>> {
        let short = |record: Record<'_>| {
            let cells = record.cells.iter().take(PREVIEW_CELLS);
            cells.map(|cell| crate::assay::results::issue::clip(cell)).collect()
        };
        self.records().take(PREVIEW_ROWS).map(short).collect()
    }
}

/// A cell of a row, or the empty text beyond its end.
pub(super) fn cell<'r>(record: &'r Record<'_>, index: usize) -> &'r str {
    record.cells.get(index).map_or("", Cow::as_ref)
}

/// Text without what surrounds it in exports: `="text"`, spaces of all kinds.
pub(super) fn bare(text: &str) -> &str {
    crate::assay::results::number::bare(text)
}

/// The text after a label such as `ID1:`, in the same cell or in the next that is not empty.
pub(super) fn after_label<'r>(
    record: &'r Record<'_>,
    index: usize,
    label: &str,
) -> Option<&'r str> {
    let text = bare(cell(record, index));
    let rest = text.get(..label.len()).filter(|start| start.eq_ignore_ascii_case(label))?;
    let inside = bare(&text[rest.len()..]);
    if !inside.is_empty() {
        return Some(inside);
    }
    let beyond = record.cells.iter().skip(index + 1).map(|cell| bare(cell));
    Some(beyond.into_iter().find(|cell| !cell.is_empty()).unwrap_or(""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hint_of_excel_is_no_row_but_counts_as_a_line() {
        let sheet = Sheet::of_text("sep=;\r\na;b\r\n1,5;2\r\n");
        let rows: Vec<(u64, usize)> =
            sheet.records().map(|record| (record.line, record.cells.len())).collect();
        assert_eq!(rows, [(2, 2), (3, 2)]);
        assert_eq!(sheet.delimiter(), Some(';'));
    }

    #[test]
    fn the_value_of_a_label_is_in_its_cell_or_the_next_that_is_not_empty() {
        let sheet = Sheet::of_text("ID1: NW1,ID2:,,x\n");
        let head = sheet.head();
        assert_eq!(after_label(&head[0], 0, "ID1:"), Some("NW1"));
        assert_eq!(after_label(&head[0], 1, "id2:"), Some("x"));
        assert_eq!(after_label(&head[0], 3, "ID3:"), None);
    }
}
