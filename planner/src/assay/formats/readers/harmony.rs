//! Harmony and Columbus: plate results with numbers for row and column.

use std::collections::BTreeMap;

use serde::Serialize;

use super::super::context::Context;
use super::super::finding::{Finding, Findings, Unique};
use super::super::import::{Content, Parsed};
use super::super::matrix::{barcode, check_barcode};
use super::super::sheet::{Sheet, bare, cell};
use super::super::table::{Row, Table};
use super::super::values::Writer;
use super::{Verdict, maybe, no, yes};
use crate::assay::results::IssueCode;
use crate::assay::results::records::Record;
use crate::plate::{PlateFormat, Well};

/// Wells of one plate.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ObjectTable {
    /// Barcode (`Plate Name`).
    pub barcode: Option<String>,
    /// In the order of the file.
    pub wells: Vec<ObjectWell>,
}

/// One well (and plane and timepoint).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ObjectWell {
    /// Position.
    pub well: Well,
    /// Objects found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub objects: Option<f64>,
    /// The first column of intensities.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub intensity: Option<f64>,
    /// All other measured columns, by header.
    #[serde(flatten)]
    pub features: BTreeMap<String, Option<f64>>,
}

/// Columns that describe a well.
const ANNOTATION: [&str; 9] = [
    "Row",
    "Column",
    "Plane",
    "Timepoint",
    "Compound",
    "Concentration",
    "Cell Type",
    "Cell Count",
    "Number of Analyzed Fields",
];

fn is_header(record: &Record<'_>) -> bool {
    let has = |name: &str| record.cells.iter().any(|cell| cell.eq_ignore_ascii_case(name));
    has("Row") && has("Column") && (has("Plane") || has("Timepoint"))
}

pub(super) fn recognise(sheet: &Sheet<'_>) -> Verdict {
    let head = sheet.head();
    let header = head.iter().find(|record| is_header(record));
    let section = head.iter().any(|record| cell(record, 0) == "[Data]");
    let objects = header
        .is_some_and(|header| header.cells.iter().any(|cell| cell.contains("Number of Objects")));
    match (header.is_some(), section, objects) {
        (true, true, _) => yes("there is a section [Data] with Row, Column and Plane or Timepoint"),
        (true, false, true) => {
            yes("the header has Row, Column and `Number of Objects`, as Columbus writes it")
        }
        (true, ..) => maybe(
            "the header has Row, Column and Plane or Timepoint, but neither [Data] nor `Number of Objects`",
        ),
        _ => no("no header has Row, Column and Plane or Timepoint"),
    }
}

pub(super) fn parse(sheet: &Sheet<'_>, context: &Context<'_>, findings: &mut Findings) -> Parsed {
    let Some(table) = Table::open_where(sheet, is_header) else { return Parsed::nothing() };
    let name = sheet.records().find(|record| bare(cell(record, 0)) == "Plate Name");
    let barcode = name.and_then(|record| barcode(cell(&record, 1)));
    check_barcode(barcode.as_deref(), 1, context, findings);
    let known = barcode.as_deref().and_then(|barcode| context.plate(barcode));
    let format = known.map(|plate| plate.format).or(context.plate_format);
    let (Some(row_at), Some(column_at)) =
        (table.need("Row", findings), table.need("Column", findings))
    else {
        return Parsed::nothing();
    };
    let planes = ["Plane", "Timepoint"].map(|name| table.find(name));
    let measures = measures(&table.header);
    let columns: Vec<usize> = measures.iter().map(|(column, _)| *column).collect();
    let numbers = table.numbers(&columns, Writer::Program, context, findings);
    let (mut wells, mut unique) = (Vec::new(), Unique::new());
    table.each(numbers, findings, |mut row| {
        let Some(well) = position(&mut row, row_at, column_at, format) else { return };
        let at = planes.map(|at| at.map_or(String::new(), |at| row.text(at).to_owned()));
        let line = row.line();
        unique.check((well, at), line, row.findings, |first| {
            Finding::new(
                IssueCode::DuplicateWell,
                format!("well {well} is in row {first} and again in row {line}; expected one row a well, plane and timepoint"),
            )
            .well(well)
        });
        let mut read = ObjectWell { well, objects: None, intensity: None, features: BTreeMap::new() };
        for (column, kind) in &measures {
            let value = row.number(*column);
            match kind {
                Measure::Objects => read.objects = value,
                Measure::Intensity => read.intensity = value,
                Measure::Other(name) => {
                    read.features.insert(name.clone(), value);
                }
            }
        }
        wells.push(read);
    });
    Parsed::of(Content::Objects(ObjectTable { barcode, wells }), numbers.mark)
}

enum Measure {
    Objects,
    Intensity,
    Other(String),
}

fn measures(header: &[String]) -> Vec<(usize, Measure)> {
    let (mut objects, mut intensity) = (false, false);
    let mut found = Vec::new();
    for (column, text) in header.iter().enumerate() {
        let annotation = ANNOTATION.iter().any(|name| text.eq_ignore_ascii_case(name));
        if text.is_empty()
            || annotation
            || text.starts_with("Height [")
            || text.starts_with("Time [")
        {
            continue;
        }
        let measure = if !objects && text.ends_with("Number of Objects") {
            objects = true;
            Measure::Objects
        } else if !intensity && text.contains("Intensity") {
            intensity = true;
            Measure::Intensity
        } else {
            Measure::Other(text.clone())
        };
        found.push((column, measure));
    }
    found
}

/// The well of 1-based numbers of row and column.
fn position(
    row: &mut Row<'_, '_>,
    row_at: usize,
    column_at: usize,
    format: Option<PlateFormat>,
) -> Option<Well> {
    let format = format.unwrap_or(PlateFormat::W1536);
    let text = format!("R{}C{}", row.text(row_at), row.text(column_at));
    match format.parse_well(&text) {
        Ok(well) => Some(well),
        Err(error) => {
            let line = row.line();
            row.findings.error(
                Finding::new(IssueCode::WellOutsidePlate, format!("row {line}: {error}"))
                    .row(line)
                    .found(&text),
            );
            None
        }
    }
}
