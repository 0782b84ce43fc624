//! Rows and cells of delimited text (RFC 4180), with the line number of each row.
//!
//! Our own small reader because line numbers must be right for LF, CRLF and CR files alike, with
//! blank lines counted as a spreadsheet counts them.

use std::borrow::Cow;

/// One row.
pub(in crate::assay) struct Record<'a> {
    /// Line in the file on which the row starts, from 1.
    pub(in crate::assay) line: u64,
    /// Cells, trimmed.
    pub(in crate::assay) cells: Vec<Cow<'a, str>>,
}

/// Rows of a text; blank rows (all cells empty) are skipped but counted.
pub(in crate::assay) struct Records<'a> {
    text: &'a str,
    at: usize,
    line: u64,
    delimiter: u8,
}

impl<'a> Records<'a> {
    /// Reads `text`, whose first line is line `first_line` of the file.
    pub(in crate::assay) fn new(text: &'a str, delimiter: u8, first_line: u64) -> Self {
        Self { text, at: 0, line: first_line, delimiter }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn ends_cell(&self, byte: u8) -> bool {
        byte == self.delimiter || byte == b'\n' || byte == b'\r'
    }

    /// Text up to the next delimiter or line end.
    fn plain(&mut self) -> &'a str {
        let rest = &self.text[self.at..];
        let end = rest.bytes().position(|b| self.ends_cell(b)).unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    fn cell(&mut self) -> Cow<'a, str> {
        if self.peek() != Some(b'"') {
            return Cow::Borrowed(self.plain().trim());
        }
        self.at += 1;
        let mut content = String::new();
        loop {
            let rest = &self.text[self.at..];
            let end = rest.find('"').unwrap_or(rest.len());
            content.push_str(&rest[..end]);
            self.line += line_ends(&rest[..end]);
            self.at = (self.at + end + 1).min(self.text.len());
            if end == rest.len() || self.peek() != Some(b'"') {
                break;
            }
            content.push('"');
            self.at += 1;
        }
        content.push_str(self.plain());
        Cow::Owned(content.trim().to_owned())
    }

    fn end_line(&mut self) {
        if self.peek() == Some(b'\r') {
            self.at += 1;
            self.line += 1;
            if self.peek() == Some(b'\n') {
                self.at += 1;
            }
        } else if self.peek() == Some(b'\n') {
            self.at += 1;
            self.line += 1;
        }
    }
}

fn line_ends(text: &str) -> u64 {
    let bytes = text.as_bytes();
    let starts_line_end = |index: usize, byte: u8| {
        byte == b'\n' || (byte == b'\r' && bytes.get(index + 1) != Some(&b'\n'))
    };
    bytes.iter().enumerate().filter(|(i, b)| starts_line_end(*i, **b)).count() as u64
}

impl<'a> Iterator for Records<'a> {
    type Item = Record<'a>;

    fn next(&mut self) -> Option<Record<'a>> {
        while self.at < self.text.len() {
            let line = self.line;
            let mut cells = vec![self.cell()];
            while self.peek() == Some(self.delimiter) {
                self.at += 1;
                cells.push(self.cell());
            }
            self.end_line();
            if cells.iter().any(|cell| !cell.is_empty()) {
                return Some(Record { line, cells });
            }
        }
        None
    }
}

/// The delimiter under which most of the first rows have the same number of cells (at least 2);
/// `,` when there is none. Ties go to more cells, then to tab, `;`, `,`.
pub(in crate::assay) fn detect_delimiter(text: &str) -> u8 {
    let mut best = (0, 0, b',');
    for delimiter in [b'\t', b';', b','] {
        let mut counts = std::collections::BTreeMap::new();
        for record in Records::new(text, delimiter, 1).take(200) {
            *counts.entry(record.cells.len()).or_insert(0usize) += 1;
        }
        for (cells, rows) in counts.into_iter().filter(|(cells, _)| *cells >= 2) {
            if (rows, cells) > (best.0, best.1) {
                best = (rows, cells, delimiter);
            }
        }
    }
    best.2
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rows(text: &str, delimiter: u8) -> Vec<(u64, Vec<String>)> {
        Records::new(text, delimiter, 1)
            .map(|record| (record.line, record.cells.iter().map(ToString::to_string).collect()))
            .collect()
    }

    #[test]
    fn quotes_blank_lines_and_line_ends_are_read_as_a_spreadsheet_does() {
        for end in ["\n", "\r\n", "\r"] {
            let text = ["a,b", "", "\"x,\"\"y\"\"\",2", ",", "\"two", "lines\",3", "q,4"].join(end);
            let found = rows(&text, b',');
            let cells: Vec<Vec<String>> = found.iter().map(|row| row.1.clone()).collect();
            assert_eq!(cells[1], ["x,\"y\"", "2"]);
            assert_eq!(cells[2], [format!("two{end}lines"), "3".into()]);
            let lines: Vec<u64> = found.iter().map(|row| row.0).collect();
            assert_eq!(lines, [1, 3, 5, 7], "{end:?}");
        }
    }

    #[test]
    fn the_delimiter_of_most_regular_rows_wins() {
        assert_eq!(detect_delimiter("Well;Value\nA1;1,5\nA2;2,5\n"), b';');
        assert_eq!(detect_delimiter("Well\tValue\nA1\t1,5\n"), b'\t');
        assert_eq!(detect_delimiter("Well,Value\nA1,1.5\n"), b',');
        assert_eq!(detect_delimiter("nothing"), b',');
    }

    proptest! {
        #[test]
        fn no_text_makes_the_reader_panic_or_run_for_ever(text in "[a,;\"\r\n\t é]{0,40}") {
            let read = rows(&text, b',').len();
            prop_assert!(read <= text.len() + 1);
            detect_delimiter(&text);
        }
    }
}
