//! A row a well: a column of wells (or of row and column numbers) and columns of numbers.

use std::collections::{BTreeMap, HashMap};

use super::super::context::Context;
use super::super::finding::{Finding, Findings, Unique};
use super::super::import::{Content, Parsed};
use super::super::matrix::{ImportedPlate, Read, barcode, check_barcode};
use super::super::sheet::{Sheet, bare, cell};
use super::super::table::{Row, Table};
use super::super::values::{Numbers, Place, Writer, value};
use super::tidy_columns::{Role, column, role, value_columns};
use super::{Verdict, maybe, no, yes};
use crate::assay::results::IssueCode;
use crate::assay::results::issue::clip;
use crate::assay::results::records::Record;
use crate::plate::{PlateError, PlateFormat, Well};

/// Rows above a header that are looked at.
const HEADER_WITHIN: usize = 40;

/// Where the position of a row is written.
#[derive(Debug, Clone, Copy)]
enum Position {
    Well(usize),
    RowAndColumn(usize, usize),
}

fn is_header(record: &Record<'_>) -> bool {
    let roles: Vec<Role> = record.cells.iter().filter_map(|cell| role(bare(cell))).collect();
    let both = roles.contains(&Role::Row) && roles.contains(&Role::Column);
    record.cells.len() >= 2 && (roles.contains(&Role::Well) || both)
}

fn open<'s>(sheet: &'s Sheet<'s>) -> Option<(Table<'s>, Position)> {
    let line = sheet.records().take(HEADER_WITHIN).find(is_header)?.line;
    let table = Table::open_where(sheet, |record| record.line == line)?;
    let position = match column(&table.header, Role::Well) {
        Some(at) => Position::Well(at),
        None => Position::RowAndColumn(
            column(&table.header, Role::Row)?,
            column(&table.header, Role::Column)?,
        ),
    };
    Some((table, position))
}

pub(super) fn recognise(sheet: &Sheet<'_>) -> Verdict {
    let Some((table, position)) = open(sheet) else { return no("no header names a well") };
    let rows: Vec<Record<'_>> = table.records().take(200).collect();
    let values = value_columns(&table.header, &rows);
    let where_ = match position {
        Position::Well(at) => format!("`{}` is the well", table.header[at]),
        Position::RowAndColumn(..) => "row and column are numbers".to_owned(),
    };
    if values.is_empty() {
        return maybe(format!("{where_}, but no column holds numbers"));
    }
    let names: Vec<&str> = values.iter().map(|at| table.header[*at].as_str()).collect();
    yes(format!("{where_}, and `{}` holds numbers", names.join("`, `")))
}

pub(super) fn parse(sheet: &Sheet<'_>, context: &Context<'_>, findings: &mut Findings) -> Parsed {
    let Some((table, position)) = open(sheet) else {
        findings.error(Finding::new(
            IssueCode::MissingColumn,
            "no header names a well; name the column `Well`",
        ));
        return Parsed::nothing();
    };
    let rows: Vec<Record<'_>> = table.records().take(200).collect();
    let values = value_columns(&table.header, &rows);
    if values.is_empty() {
        let headers: Vec<String> =
            table.header.iter().take(20).map(|header| format!("`{}`", clip(header))).collect();
        findings.error(Finding::new(
            IssueCode::MissingColumn,
            format!(
                "no column holds numbers (found: {}); expected the measured value: name its column `Value`",
                headers.join(", ")
            ),
        ));
        return Parsed::nothing();
    }
    let plate_at = column(&table.header, Role::Plate);
    let numbers = table.numbers(&values, Writer::Anyone, context, findings);
    let mut plates = Plates::survey(&table, position, plate_at, &values, context, findings);
    let mut unique = Unique::new();
    table.each(numbers, findings, |mut row| {
        plates.read(&mut row, position, plate_at, numbers, &mut unique);
    });
    Parsed::of(Content::Plates { plates: plates.plates }, numbers.mark)
}

/// Text of a position, as a well is written.
fn position_text(record: &Record<'_>, position: Position) -> String {
    match position {
        Position::Well(at) => bare(cell(record, at)).to_owned(),
        Position::RowAndColumn(row, column) => {
            let (row, column) = (bare(cell(record, row)), bare(cell(record, column)));
            // A row may be a letter beside a column number.
            match row.starts_with(|c: char| c.is_ascii_digit()) {
                true => format!("R{row}C{column}"),
                false => format!("{row}{column}"),
            }
        }
    }
}

struct Plates {
    plates: Vec<ImportedPlate>,
    index: HashMap<Option<String>, usize>,
    columns: Vec<usize>,
}

impl Plates {
    /// Finds the plates and their sizes before a value is read: the size comes from the campaign,
    /// else from the wells of the file.
    fn survey(
        table: &Table<'_>,
        position: Position,
        plate_at: Option<usize>,
        values: &[usize],
        context: &Context<'_>,
        findings: &mut Findings,
    ) -> Self {
        let mut order: Vec<(Option<String>, (u8, u8))> = Vec::new();
        let mut index: HashMap<Option<String>, usize> = HashMap::new();
        for record in table.records() {
            let name = plate_at.and_then(|at| barcode(cell(&record, at)));
            let at = *index.entry(name).or_insert_with_key(|name| {
                order.push((name.clone(), (0, 0)));
                order.len() - 1
            });
            if let Ok(well) = position_text(&record, position).parse::<Well>() {
                let (_, (row, col)) = &mut order[at];
                *row = well.row.max(*row);
                *col = well.col.max(*col);
            }
        }
        let mut plates = Vec::with_capacity(order.len());
        for (number, (barcode, (row, col))) in (1..).zip(order) {
            check_barcode(barcode.as_deref(), number, context, findings);
            let known = barcode.as_deref().and_then(|barcode| context.plate(barcode));
            let format = match known.map(|plate| plate.format).or(context.plate_format) {
                Some(format) => format,
                None => assumed(Well { row, col }, barcode.as_deref(), findings),
            };
            let reads = values.iter().map(|at| Read {
                label: table.header[*at].clone(),
                wells: BTreeMap::new(),
                lines: BTreeMap::new(),
            });
            plates.push(ImportedPlate { barcode, format, reads: reads.collect() });
        }
        Self { plates, index, columns: values.to_vec() }
    }

    fn read(
        &mut self,
        row: &mut Row<'_, '_>,
        position: Position,
        plate_at: Option<usize>,
        numbers: Numbers,
        unique: &mut Unique<(usize, Well)>,
    ) {
        let name = plate_at.and_then(|at| barcode(cell(row.record, at)));
        let Some(&index) = self.index.get(&name) else { return };
        let plate = &mut self.plates[index];
        let text = position_text(row.record, position);
        let line = row.line();
        let well = match plate.format.parse_well(&text) {
            Ok(well) => well,
            Err(error) => {
                row.findings.error(not_a_well(&error, &text, line, name.as_deref()));
                return;
            }
        };
        let new = unique.check((index, well), line, row.findings, |first| {
            Finding::new(
                IssueCode::DuplicateWell,
                format!(
                    "well {well} is in row {first} and again in row {line}; expected one row a well: remove one, also when the spelling differs"
                ),
            )
            .well(well)
            .barcode(name.as_deref())
        });
        if !new {
            return;
        }
        for (read, column) in plate.reads.iter_mut().zip(&self.columns) {
            let place = Place {
                row: line,
                column: Some(&read.label),
                well: Some(well),
                barcode: name.as_deref(),
            };
            let found = value(numbers, cell(row.record, *column), place, row.findings);
            read.wells.insert(well, found);
        }
    }
}

fn not_a_well(error: &PlateError, text: &str, line: u64, barcode: Option<&str>) -> Finding {
    let outside = matches!(error, PlateError::WellOutsidePlate { .. });
    let number = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let (code, message) = match (outside, number) {
        (true, _) => (IssueCode::WellOutsidePlate, format!("row {line}: {error}")),
        (_, true) => (
            IssueCode::NotAWell,
            format!(
                "row {line}: `{text}` is a running number, which may count down the columns or along the rows; expected wells such as A01: write their names"
            ),
        ),
        _ => (IssueCode::NotAWell, format!("row {line}: {error}")),
    };
    let mut finding = Finding::new(code, message).row(line).found(text).barcode(barcode);
    finding.well = Some(clip(text));
    finding
}

/// The smallest standard plate that has the well.
fn assumed(last: Well, barcode: Option<&str>, findings: &mut Findings) -> PlateFormat {
    use PlateFormat::{W6, W12, W24, W48, W96, W384, W1536};
    let all = [W6, W12, W24, W48, W96, W384, W1536];
    let format = all.into_iter().find(|format| format.contains(last)).unwrap_or(W1536);
    findings.warn(
        Finding::new(
            IssueCode::PlateSizeAssumed,
            format!(
                "the size of the plate is not known; {} wells is the smallest plate with well {last}: pick the plate",
                format.wells()
            ),
        )
        .barcode(barcode),
    );
    format
}
