//! A sheet with a gene column and a column of numbers for each donor, plate or read-out; the header
//! may have several rows with merged cells.

use std::collections::BTreeMap;

use serde::Serialize;

use super::super::context::Context;
use super::super::doubts::{Doubts, GeneCell};
use super::super::finding::{Finding, Findings};
use super::super::import::{Content, Parsed};
use super::super::sheet::{Sheet, bare, cell};
use super::super::values::{Numbers, Place, Writer, value};
use super::super::workbook::{CellKind, Grid};
use super::tidy_columns::{Role, role};
use super::{Verdict, maybe, no, yes};
use crate::assay::results::IssueCode;
use crate::assay::results::records::Record;

/// Header rows looked for.
const MAX_HEADER_ROWS: usize = 5;

/// Measurements, a column each.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WideTable {
    /// Rows of the header.
    pub header_rows: usize,
    /// Headers; the texts of several rows are joined with ` / `.
    pub columns: Vec<String>,
    /// In the order of the file.
    pub rows: Vec<WideRow>,
}

/// One gene.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WideRow {
    /// Row of the file.
    pub row: u64,
    /// Gene as written; a date as `2026-03-01`.
    pub gene: String,
    /// Texts of the other columns that hold no numbers, by header.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// Numbers by header.
    pub values: BTreeMap<String, Option<f64>>,
}

/// Where the header ends and what the columns are.
struct Shape {
    header_rows: usize,
    last_header_line: u64,
    columns: Vec<String>,
    gene: usize,
    values: Vec<usize>,
}

fn shape(grid: &Grid, records: &[Record<'_>]) -> Option<Shape> {
    let is_data = |record: &Record<'_>| {
        (0..record.cells.len()).any(|at| grid.kind(record.line, at) == CellKind::Number)
    };
    let header_rows = records.iter().take(MAX_HEADER_ROWS + 1).position(is_data)?;
    if header_rows == 0 || header_rows > MAX_HEADER_ROWS {
        return None;
    }
    let (header, data) = records.split_at(header_rows);
    let width = records.iter().map(|record| record.cells.len()).max()?;
    let columns: Vec<String> = (0..width)
        .map(|at| {
            let mut parts: Vec<&str> = Vec::new();
            for record in header {
                let text = bare(grid.merged_text(record.line, at));
                if !text.is_empty() && parts.last() != Some(&text) {
                    parts.push(text);
                }
            }
            parts.join(" / ")
        })
        .collect();
    let last = |column: &String| column.rsplit(" / ").next().and_then(role);
    let gene = columns.iter().position(|column| last(column) == Some(Role::Gene))?;
    let is_value = |at: &usize| {
        let kinds = data.iter().map(|record| grid.kind(record.line, *at));
        let numbers = kinds.filter(|kind| *kind == CellKind::Number).count();
        let known = last(&columns[*at]).is_none_or(|role| role == Role::Value);
        known && *at != gene && numbers > 0
    };
    let values: Vec<usize> = (0..width).filter(is_value).collect();
    let last_header_line = header.last()?.line;
    Some(Shape { header_rows, last_header_line, columns, gene, values })
}

pub(super) fn recognise(sheet: &Sheet<'_>) -> Verdict {
    let Some(grid) = sheet.grid() else { return no("it is no workbook") };
    let head = sheet.head();
    let Some(shape) = shape(grid, &head) else {
        return no("there is no header with a gene column above numbers");
    };
    if head.iter().any(|record| record.cells.iter().any(|cell| role(cell) == Some(Role::Well))) {
        return no("it has a column of wells");
    }
    let reason = format!(
        "`{}` is the gene, and {} columns hold numbers below {} header rows",
        shape.columns[shape.gene],
        shape.values.len(),
        shape.header_rows
    );
    match (shape.values.len(), shape.header_rows) {
        (0, _) => no("no column holds numbers"),
        (1, 1) => maybe(reason),
        _ => yes(reason),
    }
}

pub(super) fn parse(sheet: &Sheet<'_>, context: &Context<'_>, findings: &mut Findings) -> Parsed {
    let records: Vec<Record<'_>> = sheet.records().collect();
    let found = sheet.grid().and_then(|grid| shape(grid, &records));
    let Some(shape) = found.filter(|shape| !shape.values.is_empty()) else {
        findings.error(Finding::new(
            IssueCode::MissingColumn,
            "there is no header with a gene column above columns of numbers; name the gene column `Gene`",
        ));
        return Parsed::nothing();
    };
    let data = || records.iter().filter(|record| record.line > shape.last_header_line);
    let cells = data()
        .flat_map(|record| shape.values.iter().map(move |at| (record.line, cell(record, *at))));
    let numbers = Numbers::decide(cells, sheet, Writer::Anyone, context, findings);
    let mut doubts = Doubts::of_genes(context, &shape.columns[shape.gene]);
    let mut rows = Vec::new();
    for record in data() {
        if findings.full() {
            findings.stopped_early = true;
            break;
        }
        let gene = bare(cell(record, shape.gene));
        let gene_cell = match sheet.kind(record.line, shape.gene) {
            CellKind::Date => GeneCell::Date(gene),
            _ => GeneCell::Text(gene),
        };
        doubts.check(record.line, gene_cell, findings);
        rows.push(row(record, gene, &shape, numbers, findings));
    }
    warn_of_numeric_names(sheet, &records, &shape, findings);
    let table = WideTable { header_rows: shape.header_rows, columns: shape.columns, rows };
    Parsed {
        content: Content::Wide(table),
        decimal: numbers.mark,
        gene_resolution: doubts.finish(findings),
    }
}

fn row(
    record: &Record<'_>,
    gene: &str,
    shape: &Shape,
    numbers: Numbers,
    findings: &mut Findings,
) -> WideRow {
    let mut read = WideRow {
        row: record.line,
        gene: gene.to_owned(),
        labels: BTreeMap::new(),
        values: BTreeMap::new(),
    };
    for (at, header) in shape.columns.iter().enumerate().filter(|(at, _)| *at != shape.gene) {
        let text = cell(record, at);
        if shape.values.contains(&at) {
            let place = Place { row: record.line, column: Some(header), well: None, barcode: None };
            read.values.insert(header.clone(), value(numbers, text, place, findings));
        } else if !text.is_empty() {
            read.labels.insert(header.clone(), bare(text).to_owned());
        }
    }
    read
}

/// A plate or guide stored as a number may have lost its leading zeros.
fn warn_of_numeric_names(
    sheet: &Sheet<'_>,
    records: &[Record<'_>],
    shape: &Shape,
    findings: &mut Findings,
) {
    for (at, header) in shape.columns.iter().enumerate() {
        let named = header.rsplit(" / ").next().and_then(role);
        if !matches!(named, Some(Role::Plate | Role::Guide)) {
            continue;
        }
        let number = records.iter().find(|record| {
            record.line > shape.last_header_line && sheet.kind(record.line, at) == CellKind::Number
        });
        if let Some(record) = number {
            let text = cell(record, at);
            findings.warn(
                Finding::new(
                    IssueCode::NumericIdentifier,
                    format!(
                        "row {}: column `{header}` holds the number {text}; an identifier is text and may have lost leading zeros: check it",
                        record.line
                    ),
                )
                .row(record.line)
                .column(header)
                .found(text),
            );
        }
    }
}
