//! Revvity Kaleido: `Results for` with a non-breaking space, `Barcode:` and `PlateRepeat:`.

use super::super::context::Context;
use super::super::finding::Findings;
use super::super::import::Parsed;
use super::super::matrix::{Block, barcode};
use super::super::sheet::{Sheet, after_label, bare, cell};
use super::super::values::Writer;
use super::blocks::FoundPlates;
use super::{Verdict, maybe, no, yes};
use crate::assay::results::records::Record;

const RESULTS: &str = "Results for\u{a0}";

pub(super) fn recognise(sheet: &Sheet<'_>) -> Verdict {
    let head = sheet.head();
    let results = head.iter().any(|record| cell(record, 0).starts_with(RESULTS));
    let plate = head.iter().any(|record| {
        let has = |label: &str| record.cells.iter().any(|cell| cell.starts_with(label));
        has("Barcode:") && has("PlateRepeat:")
    });
    match (results, plate) {
        (true, true) => yes(
            "there are `Results for` with a non-breaking space and a line with `Barcode:` and `PlateRepeat:`",
        ),
        (true, false) | (false, true) => maybe("only one of the marks of Kaleido is there"),
        _ => no("there is no line with `Barcode:` and `PlateRepeat:`"),
    }
}

pub(super) fn parse(sheet: &Sheet<'_>, context: &Context<'_>, findings: &mut Findings) -> Parsed {
    let records: Vec<Record<'_>> = sheet.records().collect();
    let mut plates = FoundPlates::default();
    let (mut at, mut label) = (0, String::new());
    while at < records.len() {
        let record = &records[at];
        if let Some(block) = Block::labelled(&records, at) {
            at = block.end;
            plates.block(label.clone(), block);
            continue;
        }
        if bare(cell(record, 0)).starts_with("Measurement Basic Information") {
            break;
        }
        if let Some(name) = cell(record, 0).strip_prefix(RESULTS) {
            label = bare(name).to_owned();
        }
        for index in 0..record.cells.len() {
            if let Some(text) = after_label(record, index, "Barcode:") {
                plates.plate(barcode(text).filter(|text| !text.starts_with("PlateRepeat:")));
            }
        }
        at += 1;
    }
    plates.read(sheet, Writer::Anyone, context, findings)
}
