//! One row of a results file against the expected plates.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::columns::{Columns, Field};
use super::expected::{PlateIndex, Plates};
use super::issue::{Issue, IssueCode, clip};
use super::number::{self, Cell, DecimalMark};
use super::records::Record;
use super::{CheckOptions, CheckReport, PlateAndWell, PreviewRow, Reading};
use crate::plate::{PlateError, Well};

const PREVIEW_ROWS: usize = 20;
const ROWS_LISTED: usize = 20;

/// Where a well was first seen, and the error that lists its further rows.
struct Seen {
    row: u64,
    error: Option<usize>,
}

/// Checks rows one after the other and remembers what it has seen.
pub(super) struct RowChecker<'a> {
    plates: &'a Plates<'a>,
    columns: &'a Columns,
    well: usize,
    value: usize,
    decimal: Option<DecimalMark>,
    options: &'a CheckOptions,
    seen: BTreeMap<(&'a str, Well), Seen>,
    values: BTreeMap<(&'a str, Well), f64>,
    mentioned: BTreeSet<&'a str>,
    unknown: BTreeMap<String, usize>,
    several_readouts: bool,
}

impl<'a> RowChecker<'a> {
    /// `at` are the columns of well and value; `decimal` is `None` when values cannot be read.
    pub(super) fn new(
        plates: &'a Plates<'a>,
        columns: &'a Columns,
        at: [usize; 2],
        decimal: Option<DecimalMark>,
        options: &'a CheckOptions,
    ) -> Self {
        Self {
            plates,
            columns,
            well: at[0],
            value: at[1],
            decimal,
            options,
            seen: BTreeMap::new(),
            values: BTreeMap::new(),
            mentioned: BTreeSet::new(),
            unknown: BTreeMap::new(),
            several_readouts: false,
        }
    }

    pub(super) fn read(&mut self, record: &Record<'_>, report: &mut CheckReport) {
        report.rows += 1;
        self.preview(record, report);
        if !self.has_all_fields(record, report) || !self.is_same_readout(record, report) {
            return;
        }
        let Some(plate) = self.plate(record, report) else {
            return;
        };
        let Some(well) = self.well(record, plate, report) else {
            return;
        };
        if self.is_duplicate(record, plate, well, report) {
            return;
        }
        self.value(record, plate, well, report);
    }

    /// Writes values and missing wells into the report.
    pub(super) fn finish(self, report: &mut CheckReport) {
        report.values = self.values.len() as u64;
        for index in self.plates.iter() {
            let barcode = index.plate.barcode.as_str();
            if !self.mentioned.contains(barcode) {
                report.plates_not_in_file.push(barcode.to_owned());
                continue;
            }
            report.plates.push(barcode.to_owned());
            let missing = index.wells().filter(|well| !self.values.contains_key(&(barcode, *well)));
            report
                .missing_wells
                .extend(missing.map(|well| PlateAndWell { plate: barcode.to_owned(), well }));
        }
        let readings = self.values.into_iter().map(|((plate, well), value)| Reading {
            plate: plate.to_owned(),
            well,
            value,
        });
        report.accepted = readings.collect();
    }

    fn text<'r>(&self, record: &'r Record<'_>, field: Field) -> &'r str {
        let cell = self.columns.get(field).and_then(|index| record.cells.get(index));
        number::bare(cell.map_or("", Cow::as_ref))
    }

    fn preview(&self, record: &Record<'_>, report: &mut CheckReport) {
        if report.preview.len() >= PREVIEW_ROWS {
            return;
        }
        let text = self.text(record, Field::Value);
        let value = match self.decimal.map(|decimal| number::read(text, decimal)) {
            Some(Cell::Value(value)) => Some(value),
            _ => None,
        };
        report.preview.push(PreviewRow {
            row: record.line,
            plate: clip(self.text(record, Field::Plate)),
            well: clip(self.text(record, Field::Well)),
            symbol: clip(self.text(record, Field::Symbol)),
            text: clip(text),
            value,
        });
    }

    /// Cells beyond the header are allowed when they are empty (padding).
    fn has_all_fields(&self, record: &Record<'_>, report: &mut CheckReport) -> bool {
        let expected = self.columns.headers.len();
        let found = record.cells.len();
        let padding = record.cells.iter().skip(expected).all(|cell| cell.is_empty());
        if found >= expected && padding {
            return true;
        }
        report.errors.push(
            Issue::new(
                IssueCode::WrongNumberOfFields,
                format!(
                    "row {} has {found} cells; expected {expected} as in the header: quote cells that hold a delimiter, or export again",
                    record.line
                ),
            )
            .at(record.line),
        );
        false
    }

    fn is_same_readout(&mut self, record: &Record<'_>, report: &mut CheckReport) -> bool {
        let readout = self.text(record, Field::Readout);
        let first = match &report.readout {
            _ if readout.is_empty() => return true,
            None => {
                report.readout = Some(readout.to_owned());
                return true;
            }
            Some(first) if first == readout => return true,
            Some(first) => first,
        };
        if !self.several_readouts {
            self.several_readouts = true;
            let issue = Issue::new(
                IssueCode::SeveralReadouts,
                format!(
                    "row {} holds read-out `{}` after `{}`; expected one read-out in a file: upload each as its own file",
                    record.line,
                    clip(readout),
                    clip(first)
                ),
            );
            let issue = issue.at(record.line).found(readout);
            report.errors.push(issue.in_column(self.columns.name(Field::Readout)));
        }
        false
    }

    fn plate(
        &mut self,
        record: &Record<'_>,
        report: &mut CheckReport,
    ) -> Option<&'a PlateIndex<'a>> {
        let plates = self.plates;
        let barcode = self.text(record, Field::Plate);
        let found = match self.columns.get(Field::Plate) {
            None => plates.only(),
            Some(_) => plates.get(barcode),
        };
        let Some(index) = found else {
            self.report_unknown(record, barcode, report);
            return None;
        };
        let new = self.mentioned.insert(&index.plate.barcode);
        if new && index.plate.already_has_results {
            report.errors.push(
                Issue::new(
                    IssueCode::PlateAlreadyHasResults,
                    format!(
                        "plate {} already has results; expected results once: remove the plate from the file, or withdraw the earlier results first",
                        index.plate.barcode
                    ),
                )
                .at(record.line)
                .on_plate(&index.plate.barcode)
                .in_column(self.columns.name(Field::Plate)),
            );
        }
        Some(index)
    }

    /// One error a barcode, which lists the first rows.
    fn report_unknown(&mut self, record: &Record<'_>, barcode: &str, report: &mut CheckReport) {
        if let Some(error) = self.unknown.get(barcode) {
            list_row(report, *error, record.line);
            return;
        }
        let hint = match self.plates.similar(barcode) {
            Some(known) => format!("did you mean {known}?"),
            None => "correct the barcode or upload to the right round".into(),
        };
        let mut issue = Issue::new(
            IssueCode::UnknownPlate,
            format!(
                "plate `{}` in row {} is not expected (expected: {}): {hint}",
                clip(barcode),
                record.line,
                self.plates.names()
            ),
        )
        .at(record.line)
        .on_plate(barcode)
        .found(barcode)
        .in_column(self.columns.name(Field::Plate));
        issue.rows.push(record.line);
        self.unknown.insert(barcode.to_owned(), report.errors.len());
        report.errors.push(issue);
    }

    fn well(
        &self,
        record: &Record<'_>,
        plate: &PlateIndex<'_>,
        report: &mut CheckReport,
    ) -> Option<Well> {
        let text = number::bare(record.cells.get(self.well).map_or("", Cow::as_ref));
        let error = match plate.plate.format.parse_well(text) {
            Ok(well) => return Some(well),
            Err(error) => error,
        };
        let code = match error {
            PlateError::WellOutsidePlate { .. } => IssueCode::WellOutsidePlate,
            _ => IssueCode::NotAWell,
        };
        let message = format!("row {}, plate {}: {error}", record.line, plate.plate.barcode);
        let mut issue = Issue::new(code, message)
            .at(record.line)
            .on_plate(&plate.plate.barcode)
            .found(text)
            .in_column(self.columns.name(Field::Well));
        issue.well = Some(clip(text));
        report.errors.push(issue);
        None
    }

    fn is_duplicate(
        &mut self,
        record: &Record<'_>,
        plate: &'a PlateIndex<'a>,
        well: Well,
        report: &mut CheckReport,
    ) -> bool {
        let barcode = plate.plate.barcode.as_str();
        let Some(seen) = self.seen.get_mut(&(barcode, well)) else {
            let seen = Seen { row: record.line, error: None };
            self.seen.insert((barcode, well), seen);
            return false;
        };
        if let Some(error) = seen.error {
            list_row(report, error, record.line);
            return true;
        }
        seen.error = Some(report.errors.len());
        let mut issue = Issue::new(
            IssueCode::DuplicateWell,
            format!(
                "well {well} of plate {barcode} is in row {} and again in row {}; expected one value a well: remove one, also when the spelling differs",
                seen.row, record.line
            ),
        )
        .at(record.line)
        .on_plate(barcode)
        .in_well(well)
        .in_column(self.columns.name(Field::Well));
        issue.rows = vec![seen.row, record.line];
        report.errors.push(issue);
        true
    }

    fn value(
        &mut self,
        record: &Record<'_>,
        plate: &'a PlateIndex<'a>,
        well: Well,
        report: &mut CheckReport,
    ) {
        let text = record.cells.get(self.value).map_or("", Cow::as_ref);
        let cell = match self.decimal {
            Some(decimal) => number::read(text, decimal),
            None => return,
        };
        let barcode = plate.plate.barcode.as_str();
        let here = |code, message: String| {
            Issue::new(code, message).at(record.line).on_plate(barcode).in_well(well)
        };
        let Some(held) = plate.get(well) else {
            if cell != Cell::Missing {
                report.errors.push(here(IssueCode::WellNotInLayout, format!(
                    "row {} holds `{}` for well {well} of plate {barcode}, which is empty in the layout: check the well, or leave the row out",
                    record.line, clip(number::bare(text))
                )).found(text).in_column(self.columns.name(Field::Well)));
            }
            return;
        };
        let symbol = self.text(record, Field::Symbol);
        if plate.contradicts(held, symbol) {
            let planned = match held.symbol.as_str() {
                "" => format!("a {} control", held.content.as_str()),
                gene => gene.to_owned(),
            };
            report.errors.push(here(IssueCode::SymbolMismatch, format!(
                "row {} says {} for well {well} of plate {barcode}; the layout says {planned}: check that wells and plates were not swapped",
                record.line, clip(symbol)
            )).found(symbol).in_column(self.columns.name(Field::Symbol)));
        }
        let shown = clip(number::bare(text));
        let (code, message) = match cell {
            Cell::Value(value) => {
                self.values.insert((barcode, well), value);
                return;
            }
            Cell::Missing => {
                (IssueCode::MissingValue, format!("well {well} of plate {barcode} has no value"))
            }
            Cell::Saturated => (
                IssueCode::SaturatedValue,
                format!(
                    "well {well} of plate {barcode} holds `{shown}`, out of the range of the instrument: taken as missing"
                ),
            ),
            Cell::Undetermined => (
                IssueCode::UndeterminedCt,
                format!(
                    "well {well} of plate {barcode} is undetermined: taken as missing, not as a number"
                ),
            ),
            Cell::SpreadsheetError => (
                IssueCode::SpreadsheetError,
                format!(
                    "row {} holds the spreadsheet error `{shown}`; expected a number: correct the formula or leave the cell empty",
                    record.line
                ),
            ),
            Cell::NotANumber => (
                IssueCode::NotANumber,
                format!(
                    "row {} holds `{shown}`; expected a finite number, or an empty cell or `NA` for a missing value",
                    record.line
                ),
            ),
        };
        let issue = here(code, message)
            .found(number::bare(text))
            .in_column(self.columns.name(Field::Value));
        match cell {
            Cell::SpreadsheetError | Cell::NotANumber => report.errors.push(issue),
            _ if report.warnings.len() < self.options.max_issues => report.warnings.push(issue),
            _ => {}
        }
    }
}

fn list_row(report: &mut CheckReport, error: usize, row: u64) {
    if let Some(issue) = report.errors.get_mut(error)
        && issue.rows.len() < ROWS_LISTED
    {
        issue.rows.push(row);
    }
}
