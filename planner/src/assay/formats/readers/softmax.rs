//! SoftMax Pro: `##BLOCKS=`, and for each `Plate:` a matrix or a row of wells, up to `~End`.

use std::collections::BTreeMap;

use super::super::context::Context;
use super::super::finding::{Finding, Findings};
use super::super::import::{Content, Parsed};
use super::super::matrix::{Block, Header, ImportedPlate, Read, barcode, check_plate};
use super::super::sheet::{Sheet, bare, cell};
use super::super::values::{Numbers, Place, Writer, value};
use super::{Verdict, no, yes};
use crate::assay::results::IssueCode;
use crate::assay::results::records::Record;
use crate::plate::{PlateFormat, Well};

/// Fields of a `Plate:` line.
const NAME: usize = 1;
const LAYOUT: usize = 3;
const KINETICS: usize = 4;
const MODE: usize = 5;
const WAVELENGTHS: usize = 15;
const WELLS: usize = 18;

pub(super) fn recognise(sheet: &Sheet<'_>) -> Verdict {
    let head = sheet.head();
    match head.first().is_some_and(|first| cell(first, 0).starts_with("##BLOCKS=")) {
        true => yes("the first line starts with `##BLOCKS=`"),
        false => no("the first line does not start with `##BLOCKS=`"),
    }
}

/// One plate section before its numbers are read.
struct Section<'r, 'a> {
    barcode: Option<String>,
    format: PlateFormat,
    label: String,
    wavelengths: Vec<String>,
    table: Table<'r, 'a>,
}

enum Table<'r, 'a> {
    /// A header of wells and a row of values.
    Row { wells: Vec<(usize, Well)>, values: &'r Record<'a> },
    /// A matrix for each wavelength, side by side.
    Matrix(Vec<Block<'r, 'a>>),
}

pub(super) fn parse(sheet: &Sheet<'_>, context: &Context<'_>, findings: &mut Findings) -> Parsed {
    let records: Vec<Record<'_>> = sheet.records().collect();
    let starts = records.iter().enumerate().filter(|(_, record)| cell(record, 0) == "Plate:");
    let starts: Vec<usize> = starts.map(|(index, _)| index).collect();
    let ends = records.iter().filter(|record| cell(record, 0) == "~End").count();
    if ends < starts.len() || starts.is_empty() {
        findings.error(Finding::new(
            IssueCode::TruncatedFile,
            format!(
                "the file has {} plates and {ends} lines `~End`; expected one for each plate: the file is cut off, export it again",
                starts.len()
            ),
        ));
        return Parsed::nothing();
    }
    let found: Vec<Section<'_, '_>> =
        starts.iter().filter_map(|start| section(&records, *start, findings)).collect();
    let cells: Vec<(u64, &str)> = found.iter().flat_map(Section::cells).collect();
    // Numbers that SoftMax computed have a point where those it measured have a comma.
    let numbers = Numbers::decide(cells.into_iter(), sheet, Writer::Mixing, context, findings);
    let mut plates: Vec<ImportedPlate> = Vec::new();
    for (number, section) in (1..).zip(&found) {
        let barcode = section.barcode.as_deref();
        check_plate(barcode, section.format, number, context, findings);
        let reads = section.read(sheet, numbers, findings);
        plates.push(ImportedPlate {
            barcode: section.barcode.clone(),
            format: section.format,
            reads,
        });
    }
    Parsed::of(Content::Plates { plates }, numbers.mark)
}

fn section<'r, 'a>(
    records: &'r [Record<'a>],
    at: usize,
    findings: &mut Findings,
) -> Option<Section<'r, 'a>> {
    let plate = &records[at];
    let name = bare(cell(plate, NAME));
    let refuse = |what: String, findings: &mut Findings| {
        findings.error(
            Finding::new(
                IssueCode::UnknownFormat,
                format!("plate `{name}` (row {}): {what}", plate.line),
            )
            .row(plate.line),
        );
        None
    };
    if !cell(plate, KINETICS).eq_ignore_ascii_case("Endpoint") {
        let kind = cell(plate, KINETICS);
        return refuse(
            format!(
                "`{kind}` has several values for each well; expected an endpoint: export the reduced data as a list of wells"
            ),
            findings,
        );
    }
    let wells = cell(plate, WELLS).parse().ok().and_then(|wells| PlateFormat::new(wells).ok());
    let Some(format) = wells else {
        return refuse(
            format!("`{}` is no number of wells of a standard plate", cell(plate, WELLS)),
            findings,
        );
    };
    let wavelengths: Vec<String> = cell(plate, WAVELENGTHS)
        .split_whitespace()
        .filter(|text| *text != "0")
        .map(str::to_owned)
        .collect();
    let table = match cell(plate, LAYOUT) {
        "TimeFormat" => row_table(records, at, format),
        "PlateFormat" => matrix_table(records, at),
        other => {
            return refuse(
                format!("expected `TimeFormat` or `PlateFormat`, found `{other}`"),
                findings,
            );
        }
    };
    let Some(table) = table else {
        return refuse("the table of values is missing: export it again".into(), findings);
    };
    // `Plate1` is what SoftMax calls a plate that nobody named.
    let unnamed = name.strip_prefix("Plate").is_some_and(|rest| rest.trim().parse::<u32>().is_ok());
    Some(Section {
        barcode: barcode(name).filter(|_| !unnamed),
        format,
        label: bare(cell(plate, MODE)).to_owned(),
        wavelengths,
        table,
    })
}

fn row_table<'r, 'a>(
    records: &'r [Record<'a>],
    at: usize,
    format: PlateFormat,
) -> Option<Table<'r, 'a>> {
    let (header, values) = (records.get(at + 1)?, records.get(at + 2)?);
    let cells = header.cells.iter().enumerate();
    let wells: Vec<(usize, Well)> =
        cells.filter_map(|(index, text)| Some((index, format.parse_well(text).ok()?))).collect();
    (!wells.is_empty()).then_some(Table::Row { wells, values })
}

fn matrix_table<'r, 'a>(records: &'r [Record<'a>], at: usize) -> Option<Table<'r, 'a>> {
    let first = Block::unlabelled(records, at + 1)?;
    let (columns, top) = (first.header.columns, &records[at + 1]);
    let mut blocks = vec![first];
    loop {
        let last = blocks.last()?.header;
        let from = last.first + columns;
        let next = (from..top.cells.len()).find(|index| cell(top, *index) == "1");
        let Some(first) = next else { break };
        let mut block = Block::unlabelled(records, at + 1)?;
        block.header = Header { first, columns };
        blocks.push(block);
    }
    Some(Table::Matrix(blocks))
}

impl Section<'_, '_> {
    fn cells(&self) -> Vec<(u64, &str)> {
        match &self.table {
            Table::Row { wells, values } => {
                wells.iter().map(|(index, _)| (values.line, cell(values, *index))).collect()
            }
            Table::Matrix(blocks) => blocks.iter().flat_map(Block::cells).collect(),
        }
    }

    fn label(&self, index: usize) -> String {
        match self.wavelengths.get(index) {
            Some(wavelength) => format!("{} {wavelength}", self.label),
            None => self.label.clone(),
        }
    }

    fn read(&self, sheet: &Sheet<'_>, numbers: Numbers, findings: &mut Findings) -> Vec<Read> {
        let barcode = self.barcode.as_deref();
        match &self.table {
            Table::Matrix(blocks) => (0..)
                .zip(blocks)
                .map(|(index, block)| Read {
                    label: self.label(index),
                    wells: block.read(sheet, numbers, barcode, findings),
                    lines: block.line_of_row(),
                })
                .collect(),
            Table::Row { wells, values } => {
                let mut read = BTreeMap::new();
                for (index, well) in wells {
                    let place =
                        Place { row: values.line, column: None, well: Some(*well), barcode };
                    if *index < values.cells.len() {
                        read.insert(*well, value(numbers, cell(values, *index), place, findings));
                    }
                }
                self.check_complete(&read, values.line, findings);
                let rows = 0..self.format.rows();
                let lines = rows.map(|row| (row, values.line)).collect();
                vec![Read { label: self.label(0), wells: read, lines }]
            }
        }
    }

    fn check_complete(
        &self,
        read: &BTreeMap<Well, Option<f64>>,
        row: u64,
        findings: &mut Findings,
    ) {
        let missing: Vec<String> = self
            .format
            .iter()
            .filter(|well| !read.contains_key(well))
            .map(|well| well.to_string())
            .collect();
        if missing.is_empty() {
            return;
        }
        let shown: Vec<&str> = missing.iter().take(8).map(String::as_str).collect();
        findings.error(
            Finding::new(
                IssueCode::MatrixIncomplete,
                format!(
                    "{} of {} wells are missing ({}{}): the file is cut off or was edited, export it again",
                    missing.len(),
                    self.format.wells(),
                    shown.join(", "),
                    if missing.len() > shown.len() { ", …" } else { "" }
                ),
            )
            .row(row)
            .barcode(self.barcode.as_deref()),
        );
    }
}
