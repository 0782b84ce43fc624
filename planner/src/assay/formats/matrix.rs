//! Rectangles with column numbers across and row letters down.

use std::collections::BTreeMap;

use serde::Serialize;

use super::context::Context;
use super::finding::{Finding, Findings};
use super::sheet::{Sheet, bare, cell};
use super::values::{Numbers, Place, value};
use crate::assay::results::IssueCode;
use crate::assay::results::records::Record;
use crate::plate::{PlateFormat, Well};

/// A plate of a file.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ImportedPlate {
    /// Barcode; `None` when the file does not say, and a person picks the plate.
    pub barcode: Option<String>,
    /// Size.
    pub format: PlateFormat,
    /// What was read, in the order of the file.
    pub reads: Vec<Read>,
}

/// One read of a plate.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Read {
    /// Name of the read, as the file has it.
    pub label: String,
    /// Value of each well of the file; `None` where the cell is there and missing.
    pub wells: BTreeMap<Well, Option<f64>>,
    /// Line of the file of each row of the plate, where a row of the plate is one line.
    #[serde(skip)]
    pub lines: BTreeMap<u8, u64>,
}

/// Column numbers in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    /// Index of column 1.
    pub(super) first: usize,
    /// Number of columns.
    pub(super) columns: usize,
}

/// The numbers 1, 2, 3 … in a row, at least three, after a cell that is no number.
pub(super) fn header(record: &Record<'_>) -> Option<Header> {
    let number = |index: usize| -> Option<usize> {
        let text = bare(cell(record, index));
        if text.len() > 2 { None } else { text.parse().ok() }
    };
    let first = (1..record.cells.len()).find(|index| number(*index) == Some(1))?;
    if number(first - 1).is_some() {
        return None;
    }
    let columns = (first..record.cells.len())
        .zip(1..)
        .take_while(|(index, expected)| number(*index) == Some(*expected))
        .count();
    (columns >= 3).then_some(Header { first, columns })
}

/// The smallest standard plate with so many columns.
pub(super) fn format_of_columns(columns: usize) -> Option<PlateFormat> {
    use PlateFormat::{W6, W12, W24, W48, W96, W384, W1536};
    [W6, W12, W24, W48, W96, W384, W1536]
        .into_iter()
        .find(|format| usize::from(format.columns()) >= columns)
}

/// Row number from 0 of a cell that holds only a row letter.
pub(super) fn row_letter(text: &str) -> Option<u8> {
    let text = bare(text);
    let plain = (1..=2).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphabetic());
    if !plain {
        return None;
    }
    let well: Well = format!("{text}1").parse().ok()?;
    Some(well.row)
}

/// One line of a block: the row of the plate and where its cells are.
pub(super) struct Line<'r, 'a> {
    pub(super) row: u8,
    pub(super) record: &'r Record<'a>,
}

/// A rectangle before its cells are read.
pub(super) struct Block<'r, 'a> {
    pub(super) header: Header,
    pub(super) format: PlateFormat,
    pub(super) lines: Vec<Line<'r, 'a>>,
    /// Index of the first record after the block.
    pub(super) end: usize,
}

impl<'r, 'a> Block<'r, 'a> {
    /// The block whose header is `records[at]`, rows labelled with ascending letters.
    pub(super) fn labelled(records: &'r [Record<'a>], at: usize) -> Option<Self> {
        let header = header(records.get(at)?)?;
        let format = format_of_columns(header.columns)?;
        let mut lines: Vec<Line<'r, 'a>> = Vec::new();
        for record in &records[at + 1..] {
            let Some(row) = row_letter(cell(record, header.first - 1)) else { break };
            if row >= format.rows() || lines.last().is_some_and(|last| last.row >= row) {
                break;
            }
            lines.push(Line { row, record });
        }
        let end = at + 1 + lines.len();
        (!lines.is_empty()).then_some(Self { header, format, lines, end })
    }

    /// The block whose header is `records[at]`, rows in order without letters.
    pub(super) fn unlabelled(records: &'r [Record<'a>], at: usize) -> Option<Self> {
        let header = header(records.get(at)?)?;
        let format = format_of_columns(header.columns)?;
        let rows = records[at + 1..].iter().zip(0..format.rows());
        let has_cells = |record: &Record<'_>| {
            (header.first..header.first + header.columns).any(|i| !cell(record, i).is_empty())
        };
        let lines: Vec<Line<'r, 'a>> = rows
            .take_while(|(record, _)| has_cells(record) && !cell(record, 0).starts_with('~'))
            .map(|(record, row)| Line { row, record })
            .collect();
        let end = at + 1 + lines.len();
        (!lines.is_empty()).then_some(Self { header, format, lines, end })
    }

    /// Line of the file of each row of the plate.
    pub(super) fn line_of_row(&self) -> BTreeMap<u8, u64> {
        self.lines.iter().map(|line| (line.row, line.record.line)).collect()
    }

    /// The value cells, for the decimal mark.
    pub(super) fn cells(&self) -> impl Iterator<Item = (u64, &str)> {
        let range = self.header.first..self.header.first + self.header.columns;
        self.lines.iter().flat_map(move |line| {
            range.clone().map(move |index| (line.record.line, cell(line.record, index)))
        })
    }

    /// Reads the cells; what the plate has and the block lacks is an error.
    pub(super) fn read(
        &self,
        sheet: &Sheet<'_>,
        numbers: Numbers,
        barcode: Option<&str>,
        findings: &mut Findings,
    ) -> BTreeMap<Well, Option<f64>> {
        let mut wells = BTreeMap::new();
        for line in &self.lines {
            self.check_length(line, sheet, barcode, findings);
            for column in 0..self.header.columns {
                let Some(text) = self.text(line, column, sheet) else { continue };
                let well = Well { row: line.row, col: column as u8 };
                let place =
                    Place { row: line.record.line, column: None, well: Some(well), barcode };
                wells.insert(well, value(numbers, text, place, findings));
            }
        }
        self.check_rectangle(barcode, findings);
        wells
    }

    /// Text of a cell; beyond the end of a row only a workbook has (empty) cells.
    fn text<'t>(
        &self,
        line: &'t Line<'_, '_>,
        column: usize,
        sheet: &Sheet<'_>,
    ) -> Option<&'t str> {
        let index = self.header.first + column;
        let there = index < line.record.cells.len() || sheet.grid().is_some();
        there.then(|| cell(line.record, index))
    }

    fn check_length(
        &self,
        line: &Line<'_, '_>,
        sheet: &Sheet<'_>,
        barcode: Option<&str>,
        findings: &mut Findings,
    ) {
        let found = line.record.cells.len().saturating_sub(self.header.first);
        if sheet.grid().is_some() || found >= self.header.columns {
            return;
        }
        let mut finding = Finding::new(
            IssueCode::MatrixIncomplete,
            format!(
                "row {} of the file (row {} of the plate) has {found} values; expected {}: the file is cut off or was edited, export it again",
                line.record.line,
                letter(line.row),
                self.header.columns
            ),
        )
        .row(line.record.line)
        .barcode(barcode);
        finding.missing_columns = (found as u32 + 1..=self.header.columns as u32).collect();
        findings.error(finding);
    }

    fn check_rectangle(&self, barcode: Option<&str>, findings: &mut Findings) {
        let has = |row: u8| self.lines.iter().any(|line| line.row == row);
        let rows: Vec<String> =
            (0..self.format.rows()).filter(|row| !has(*row)).map(letter).collect();
        let columns: Vec<u32> =
            (self.header.columns as u32 + 1..=u32::from(self.format.columns())).collect();
        if rows.is_empty() && columns.is_empty() {
            return;
        }
        let numbers: Vec<String> = columns.iter().map(u32::to_string).collect();
        let mut missing = Vec::new();
        if !rows.is_empty() {
            missing.push(format!("rows {}", rows.join(", ")));
        }
        if !numbers.is_empty() {
            missing.push(format!("columns {}", numbers.join(", ")));
        }
        let mut finding = Finding::new(
            IssueCode::MatrixIncomplete,
            format!(
                "the matrix has {} rows of {} columns; a plate with {} wells also has {}: the file is cut off or was edited, export it again",
                self.lines.len(),
                self.header.columns,
                self.format.wells(),
                missing.join(" and ")
            ),
        )
        .barcode(barcode);
        finding.missing_rows = rows;
        finding.missing_columns = columns;
        findings.error(finding);
    }
}

/// `A` of row 0.
pub(super) fn letter(row: u8) -> String {
    let well = Well { row, col: 0 }.to_string();
    well.trim_end_matches(|c: char| c.is_ascii_digit()).to_owned()
}

/// Checks the barcode of the `number`th plate (from 1) of a file against the campaign; whether it
/// is a plate of the campaign.
pub(super) fn check_barcode(
    barcode: Option<&str>,
    number: usize,
    context: &Context<'_>,
    findings: &mut Findings,
) -> bool {
    let Some(barcode) = barcode else {
        let mut finding = Finding::new(
            IssueCode::PlateWithoutBarcode,
            format!("plate {number} of the file has no barcode: pick the plate that it is"),
        );
        finding.plate = Some(number);
        findings.warn(finding);
        return false;
    };
    let Some(plates) = context.plates else { return false };
    if context.plate(barcode).is_some() {
        return true;
    }
    let names: Vec<&str> = plates.iter().take(8).map(|plate| plate.barcode.as_str()).collect();
    let more = if plates.len() > names.len() { ", …" } else { "" };
    findings.error(
        Finding::new(
            IssueCode::UnknownPlate,
            format!(
                "plate `{barcode}` is not expected (expected: {}{more}): correct the barcode, or upload to the right campaign",
                names.join(", ")
            ),
        )
        .found(barcode)
        .barcode(Some(barcode)),
    );
    false
}

/// As [`check_barcode`], and the size of the plate.
pub(super) fn check_plate(
    barcode: Option<&str>,
    format: PlateFormat,
    number: usize,
    context: &Context<'_>,
    findings: &mut Findings,
) {
    if !check_barcode(barcode, number, context, findings) {
        return;
    }
    let Some(known) = barcode.and_then(|barcode| context.plate(barcode)) else { return };
    if known.format != format {
        findings.error(
            Finding::new(
                IssueCode::MatrixIncomplete,
                format!(
                    "plate {} has {} wells in the campaign and {} in the file: pick the right plate, or export the whole plate",
                    known.barcode,
                    known.format.wells(),
                    format.wells()
                ),
            )
            .barcode(barcode),
        );
    }
}

/// Text as a barcode; `None` when it is empty.
pub(super) fn barcode(text: &str) -> Option<String> {
    let text = bare(text);
    (!text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_numbers_from_one_after_a_cell_that_is_none() {
        let of = |text: &str| {
            let sheet = Sheet::of_text(text);
            let head = sheet.head();
            header(&head[0])
        };
        assert_eq!(of(",1,2,3,4,5,6\n"), Some(Header { first: 1, columns: 6 }));
        assert_eq!(of("<>\t1\t2\t3\n"), Some(Header { first: 1, columns: 3 }));
        assert_eq!(of(",01,02,03,04,\n"), Some(Header { first: 1, columns: 4 }));
        assert_eq!(of("2,1,2,3\n"), None);
        assert_eq!(of(",1,2,4\n"), None);
    }

    #[test]
    fn rows_and_columns_that_a_plate_has_and_the_matrix_lacks_are_named() {
        let text = ",1,2,3,4,5\nA,1,2,3,4,5\nC,1,2,3,4\nD,1,2,3,4,5\n";
        let sheet = Sheet::of_text(text);
        let records: Vec<Record<'_>> = sheet.records().collect();
        let block = Block::labelled(&records, 0).unwrap();
        let mut findings = Findings::new(10);
        let numbers = Numbers::decide(
            block.cells(),
            &sheet,
            super::super::values::Writer::Anyone,
            &Context::default(),
            &mut findings,
        );
        let wells = block.read(&sheet, numbers, Some("P"), &mut findings);
        assert_eq!(wells.len(), 14);
        assert_eq!(findings.errors.len(), 2);
        assert_eq!(findings.errors[0].missing_columns, [5]);
        assert_eq!(
            (&findings.errors[1].missing_rows[..], &findings.errors[1].missing_columns[..]),
            (&["B".to_owned()][..], &[6][..])
        );
    }

    #[test]
    fn letters_go_on_after_z() {
        assert_eq!((row_letter("AF"), letter(31)), (Some(31), "AF".into()));
        assert_eq!((row_letter("A1"), row_letter("abc"), row_letter("")), (None, None, None));
    }
}
