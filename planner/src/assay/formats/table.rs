//! Tables with a header row, read row by row.

use super::context::Context;
use super::finding::{Finding, Findings};
use super::sheet::{Sheet, bare, cell};
use super::values::{Numbers, Place, Writer, value};
use crate::assay::results::IssueCode;
use crate::assay::results::issue::clip;
use crate::assay::results::number::{Cell, DecimalEvidence};
use crate::assay::results::records::Record;

/// A table whose header is one row.
pub(super) struct Table<'s> {
    sheet: &'s Sheet<'s>,
    /// Header texts, as written.
    pub(super) header: Vec<String>,
    header_line: u64,
}

impl<'s> Table<'s> {
    /// The table whose header is the first row; `None` for an empty sheet.
    pub(super) fn open(sheet: &'s Sheet<'s>) -> Option<Self> {
        Self::open_where(sheet, |_| true)
    }

    /// The table whose header is the first row that `is_header` accepts.
    pub(super) fn open_where(
        sheet: &'s Sheet<'s>,
        is_header: impl Fn(&Record<'_>) -> bool,
    ) -> Option<Self> {
        let header = sheet.records().find(is_header)?;
        let mut texts: Vec<String> =
            header.cells.iter().map(|cell| bare(cell).to_owned()).collect();
        let used = texts.iter().rposition(|text| !text.is_empty()).map_or(0, |last| last + 1);
        texts.truncate(used);
        Some(Self { sheet, header: texts, header_line: header.line })
    }

    /// The sheet that the table is in.
    pub(super) fn sheet(&self) -> &'s Sheet<'s> {
        self.sheet
    }

    /// The column with this header, whatever its case.
    pub(super) fn find(&self, name: &str) -> Option<usize> {
        self.header.iter().position(|header| header.eq_ignore_ascii_case(name))
    }

    /// The column with the first of these headers that is there.
    pub(super) fn find_any(&self, names: &[&str]) -> Option<usize> {
        names.iter().find_map(|name| self.find(name))
    }

    /// As [`Table::find`]; a column that is not there is an error.
    pub(super) fn need(&self, name: &str, findings: &mut Findings) -> Option<usize> {
        let found = self.find(name);
        if found.is_none() {
            let headers: Vec<String> =
                self.header.iter().take(20).map(|header| format!("`{}`", clip(header))).collect();
            findings.error(
                Finding::new(
                    IssueCode::MissingColumn,
                    format!(
                        "column `{name}` not found (found: {}); export the table again with all its columns",
                        headers.join(", ")
                    ),
                )
                .row(self.header_line)
                .column(name),
            );
        }
        found
    }

    /// The rows below the header.
    pub(super) fn records(&self) -> impl Iterator<Item = Record<'s>> {
        let line = self.header_line;
        self.sheet.records().skip_while(move |record| record.line <= line)
    }

    /// The decimal mark, from the cells of these columns.
    pub(super) fn numbers(
        &self,
        columns: &[usize],
        writer: Writer,
        context: &Context<'_>,
        findings: &mut Findings,
    ) -> Numbers {
        let delimiter = self.sheet.delimiter().map_or(b',', |delimiter| delimiter as u8);
        let mut evidence = DecimalEvidence::new(delimiter);
        let mut commas = 0usize;
        for record in self.records() {
            for column in columns {
                let text = cell(&record, *column);
                evidence.observe(record.line, text);
                commas += usize::from(text.contains(','));
            }
        }
        Numbers::of_evidence(&evidence, commas, writer, context, findings)
    }

    /// Whether a row has a cell for each header; cells beyond must be empty.
    pub(super) fn is_whole(&self, record: &Record<'_>, findings: &mut Findings) -> bool {
        let (found, expected) = (record.cells.len(), self.header.len());
        let padding = record.cells.iter().skip(expected).all(|cell| cell.is_empty());
        let whole = self.sheet.grid().is_some() || found >= expected;
        if whole && padding {
            return true;
        }
        findings.error(
            Finding::new(
                IssueCode::WrongNumberOfFields,
                format!(
                    "row {} has {found} cells; expected {expected} as in the header: the file may be cut off, or a cell holds a delimiter; export it again",
                    record.line
                ),
            )
            .row(record.line),
        );
        false
    }

    /// Calls `each` for every whole row until there are too many errors.
    pub(super) fn each(
        &self,
        numbers: Numbers,
        findings: &mut Findings,
        mut each: impl FnMut(Row<'_, '_>),
    ) {
        let mut rows = 0usize;
        for record in self.records() {
            if findings.full() {
                findings.stopped_early = true;
                return;
            }
            rows += 1;
            if self.is_whole(&record, findings) {
                each(Row { record: &record, header: &self.header, numbers, findings });
            }
        }
        if rows == 0 {
            findings.error(Finding::new(
                IssueCode::EmptyFile,
                "the table has a header but no rows; expected a row each: export it again",
            ));
        }
    }
}

/// One row with the means to read its cells.
pub(super) struct Row<'r, 'f> {
    pub(super) record: &'r Record<'r>,
    header: &'r [String],
    numbers: Numbers,
    pub(super) findings: &'f mut Findings,
}

impl<'r> Row<'r, '_> {
    /// Row of the file.
    pub(super) fn line(&self) -> u64 {
        self.record.line
    }

    /// Text of a cell.
    pub(super) fn text(&self, column: usize) -> &'r str {
        bare(cell(self.record, column))
    }

    /// Number of a cell; `None` when missing, and when it is none, which is reported.
    pub(super) fn number(&mut self, column: usize) -> Option<f64> {
        let place = Place {
            row: self.record.line,
            column: self.header.get(column).map(String::as_str),
            ..Place::default()
        };
        value(self.numbers, cell(self.record, column), place, self.findings)
    }

    /// A probability: a number from 0 to 1.
    pub(super) fn probability(&mut self, column: usize) -> Option<f64> {
        self.number_within(column, 0.0, 1.0)
    }

    /// A number within bounds; outside is an error.
    pub(super) fn number_within(&mut self, column: usize, low: f64, high: f64) -> Option<f64> {
        let value = self.number(column)?;
        if (low..=high).contains(&value) {
            return Some(value);
        }
        let header = self.header.get(column).map_or("", String::as_str);
        let text = self.text(column);
        self.findings.error(
            Finding::new(
                IssueCode::ValueOutOfRange,
                format!(
                    "row {} holds {} in column `{}`; expected a number from {low} to {high}: check that the columns were not moved",
                    self.record.line,
                    clip(text),
                    clip(header)
                ),
            )
            .row(self.record.line)
            .column(header)
            .found(text),
        );
        None
    }

    /// A count: a whole number of 0 or more; anything else is an error.
    pub(super) fn count(&mut self, column: usize) -> Option<u64> {
        let text = self.text(column);
        match self.numbers.read(text) {
            Cell::Value(value) if value >= 0.0 && value.fract() == 0.0 && value < 1e15 => {
                return Some(value as u64);
            }
            Cell::Missing if text.is_empty() || self.numbers.mark.is_none() => return None,
            _ => {}
        }
        let header = self.header.get(column).map_or("", String::as_str);
        self.findings.error(
            Finding::new(
                IssueCode::NotACount,
                format!(
                    "row {} holds `{}` in column `{}`; expected a whole number of 0 or more: use raw counts, not normalised ones",
                    self.record.line,
                    clip(text),
                    clip(header)
                ),
            )
            .row(self.record.line)
            .column(header)
            .found(text),
        );
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_read_by_header_and_wrong_ones_are_reported_with_row_and_column() {
        let sheet = Sheet::of_text("gene\tp\tn\nA\t0.5\t3\nB\t1.5\t-1\nC\t0.1\n");
        let table = Table::open(&sheet).unwrap();
        let mut findings = Findings::new(10);
        let (p, n) = (table.find("P").unwrap(), table.find("n").unwrap());
        let numbers = table.numbers(&[p, n], Writer::Program, &Context::default(), &mut findings);
        let mut read = Vec::new();
        table.each(numbers, &mut findings, |mut row| {
            read.push((row.text(0).to_owned(), row.probability(p), row.count(n)));
        });
        assert_eq!(read, [("A".into(), Some(0.5), Some(3)), ("B".into(), None, None)]);
        let codes: Vec<(IssueCode, Option<u64>)> =
            findings.errors.iter().map(|finding| (finding.code, finding.row)).collect();
        assert_eq!(
            codes,
            [
                (IssueCode::ValueOutOfRange, Some(3)),
                (IssueCode::NotACount, Some(3)),
                (IssueCode::WrongNumberOfFields, Some(4)),
            ]
        );
        assert!(table.need("fdr", &mut findings).is_none());
        assert!(findings.errors[3].message.contains("found: `gene`, `p`, `n`"));
    }
}
