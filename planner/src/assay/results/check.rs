//! The whole check: bytes in, report out.

use super::columns::{Columns, Field};
use super::decode::decode;
use super::expected::{Expected, Plates};
use super::issue::{Issue, IssueCode, clip};
use super::number::{self, Cell, DecimalEvidence, DecimalMark};
use super::records::{Record, Records, detect_delimiter};
use super::row::RowChecker;
use super::{CheckOptions, CheckReport};

/// Unknown columns listed in a report.
const UNKNOWN_COLUMNS: usize = 100;

/// Reads a tidy results file and checks it against the plates of the round.
///
/// Columns in any order and case: a plate barcode (may be absent when one plate is expected), a
/// well, a value; optionally read-out, symbol, donor, replicate, comment ([`Field::headers`]).
/// When no header names the value and exactly one column is unknown and mostly numbers, that
/// column holds the values. One file holds one read-out. Never panics; all errors are collected,
/// with the row as a text editor counts it, up to [`CheckOptions::max_issues`].
pub fn check(bytes: &[u8], expected: &Expected, options: &CheckOptions) -> CheckReport {
    let mut report = CheckReport::default();
    if let Err(issue) = read(bytes, expected, options, &mut report) {
        report.errors.push(*issue);
    }
    if !report.errors.is_empty() {
        report.accepted.clear();
    }
    report
}

/// Fills the report; `Err` is an error after which nothing more can be read.
fn read(
    bytes: &[u8],
    expected: &Expected,
    options: &CheckOptions,
    report: &mut CheckReport,
) -> Result<(), Box<Issue>> {
    refuse_size(bytes.len(), options.max_bytes)?;
    let decoded = decode(bytes)?;
    report.encoding = decoded.encoding.into();
    if decoded.encoding == "windows-1252" {
        report.warnings.push(Issue::new(
            IssueCode::EncodingWindows1252,
            "the file is not UTF-8 and was read as Windows-1252: check special characters in the preview",
        ));
    }
    let body = Body::of(&decoded.text);
    report.delimiter = Some(char::from(body.delimiter));
    let mut records = body.records();
    let header = records.next().ok_or_else(|| Box::new(empty("the file holds no text")))?;
    let (mut columns, duplicates) = Columns::of_header(&header.cells, header.line);
    report.errors.extend(duplicates.into_iter().take(options.max_issues));
    find_values(&mut columns, &body);
    report.unknown_columns = columns
        .unknown
        .iter()
        .take(UNKNOWN_COLUMNS)
        .map(|index| clip(&columns.headers[*index]))
        .collect();
    let plates = Plates::of(expected);
    require_columns(&columns, &plates, header.line, report);
    let (Some(well), Some(value)) = (columns.get(Field::Well), columns.get(Field::Value)) else {
        return Ok(());
    };
    if !report.errors.is_empty() {
        return Ok(());
    }
    report.value_column = Some(columns.headers[value].clone());
    let decimal = decimal_mark(&body, value, options, report);
    let mut rows = RowChecker::new(&plates, &columns, [well, value], decimal, options);
    for record in records {
        rows.read(&record, report);
        if report.errors.len() >= options.max_issues {
            report.stopped_early = true;
            break;
        }
    }
    rows.finish(report);
    if report.rows == 0 {
        return Err(empty("the file holds a header but no rows").into());
    }
    Ok(())
}

fn refuse_size(found: usize, limit: usize) -> Result<(), Box<Issue>> {
    if found == 0 {
        return Err(empty("the file holds no bytes").into());
    }
    if found > limit {
        return Err(Issue::new(
            IssueCode::FileTooLarge,
            format!(
                "the file has {found} bytes; expected at most {limit}: upload the results of one round, a row a well"
            ),
        ).into());
    }
    Ok(())
}

fn empty(what: &str) -> Issue {
    Issue::new(
        IssueCode::EmptyFile,
        format!("{what}; expected a header and a row for each well: export the results again"),
    )
}

/// The rows of a text, after Excel's `sep=;` hint if there is one.
struct Body<'a> {
    text: &'a str,
    first_line: u64,
    delimiter: u8,
}

impl<'a> Body<'a> {
    fn of(text: &'a str) -> Self {
        let text = text.trim_start_matches('\u{feff}');
        let end = text.find(['\r', '\n']).unwrap_or(text.len());
        let hint = text[..end].trim().strip_prefix("sep=").map(str::as_bytes);
        if let Some([delimiter @ (b',' | b';' | b'\t')]) = hint {
            let rest = &text[end..];
            let rest = rest.strip_prefix('\r').unwrap_or(rest);
            return Self {
                text: rest.strip_prefix('\n').unwrap_or(rest),
                first_line: 2,
                delimiter: *delimiter,
            };
        }
        Self { text, first_line: 1, delimiter: detect_delimiter(text) }
    }

    fn records(&self) -> Records<'a> {
        Records::new(self.text, self.delimiter, self.first_line)
    }
}

/// Takes the only unknown column as values when no header says so and half of it are numbers.
fn find_values(columns: &mut Columns, body: &Body<'_>) {
    let [index] = columns.unknown[..] else { return };
    if columns.get(Field::Value).is_some() {
        return;
    }
    let (mut numbers, mut words) = (0usize, 0usize);
    for record in body.records().skip(1) {
        match record.cells.get(index).map(|text| number::read(text, DecimalMark::Point)) {
            Some(Cell::Value(_)) => numbers += 1,
            // `1,5` is a number as well, only not with a point.
            Some(Cell::NotANumber) => {
                match number::read(&record.cells[index], DecimalMark::Comma) {
                    Cell::Value(_) => numbers += 1,
                    _ => words += 1,
                }
            }
            _ => {}
        }
    }
    if numbers > 0 && numbers >= words {
        columns.take_unknown_as_value();
    }
}

fn require_columns(columns: &Columns, plates: &Plates<'_>, line: u64, report: &mut CheckReport) {
    for field in [Field::Well, Field::Value] {
        if columns.get(field).is_none() {
            report.errors.push(columns.missing(field, line));
        }
    }
    if columns.get(Field::Plate).is_some() {
        return;
    }
    match plates.only() {
        None => report.errors.push(columns.missing(Field::Plate, line)),
        Some(only) => report.warnings.push(
            Issue::new(
                IssueCode::PlateWithoutBarcode,
                format!(
                    "the file names no plate; its values are taken for {}, the only plate that is expected",
                    only.plate.barcode
                ),
            )
            .on_plate(&only.plate.barcode),
        ),
    }
}

/// The decimal mark of the file; `None` (values are not read) when it cannot be told.
fn decimal_mark(
    body: &Body<'_>,
    value: usize,
    options: &CheckOptions,
    report: &mut CheckReport,
) -> Option<DecimalMark> {
    let decided = match options.decimal {
        Some(chosen) => Ok(chosen),
        None => {
            let mut evidence = DecimalEvidence::new(body.delimiter);
            for Record { line, cells } in body.records().skip(1) {
                if let Some(text) = cells.get(value) {
                    evidence.observe(line, text);
                }
            }
            evidence.decide()
        }
    };
    let column = report.value_column.clone().unwrap_or_default();
    match decided {
        Ok(mark) => {
            if mark == DecimalMark::Comma {
                report.warnings.push(
                    Issue::new(
                        IssueCode::DecimalComma,
                        "the values are read with a decimal comma: check them in the preview",
                    )
                    .in_column(&column),
                );
            }
            report.decimal = Some(mark);
            Some(mark)
        }
        Err(issue) => {
            report.errors.push(issue.in_column(&column));
            None
        }
    }
}

#[cfg(test)]
#[path = "check_tests.rs"]
mod tests;
