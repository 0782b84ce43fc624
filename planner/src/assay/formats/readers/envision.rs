//! PerkinElmer EnVision: a `Plate information` table for each plate, then `Results for …`.

use super::super::context::Context;
use super::super::finding::Findings;
use super::super::import::Parsed;
use super::super::matrix::{Block, barcode};
use super::super::sheet::{Sheet, bare, cell};
use super::super::values::Writer;
use super::blocks::FoundPlates;
use super::{Verdict, maybe, no, yes};
use crate::assay::results::records::Record;

pub(super) fn recognise(sheet: &Sheet<'_>) -> Verdict {
    let head = sheet.head();
    let starts = head.first().is_some_and(|first| is(first, "Plate information"));
    let table = head.get(1).is_some_and(|second| {
        is(second, "Plate") && second.cells.iter().any(|cell| cell.eq_ignore_ascii_case("Barcode"))
    });
    match (starts, table) {
        (true, true) => {
            yes("the first line is `Plate information`, with a table that has `Barcode`")
        }
        (true, false) => maybe("the first line is `Plate information`, without its table"),
        _ => no("the first line is not `Plate information`"),
    }
}

fn is(record: &Record<'_>, text: &str) -> bool {
    bare(cell(record, 0)).eq_ignore_ascii_case(text)
}

pub(super) fn parse(sheet: &Sheet<'_>, context: &Context<'_>, findings: &mut Findings) -> Parsed {
    let records: Vec<Record<'_>> = sheet.records().collect();
    let mut plates = FoundPlates::default();
    let (mut at, mut label) = (0, String::new());
    while at < records.len() {
        let record = &records[at];
        if let Some(block) = Block::labelled(&records, at) {
            at = block.end;
            plates.block(std::mem::take(&mut label), block);
            continue;
        }
        if is(record, "Basic assay information") {
            break;
        }
        if is(record, "Plate information") {
            let column = records.get(at + 1).and_then(|header| {
                header.cells.iter().position(|cell| cell.eq_ignore_ascii_case("Barcode"))
            });
            let found = column.zip(records.get(at + 2)).map(|(index, row)| cell(row, index));
            plates.plate(found.and_then(barcode));
        } else if let Some(rest) = cell(record, 0).strip_prefix("Results for ") {
            let name = rest.rfind(" - channel").map_or(rest, |end| &rest[..end]);
            label = bare(name).to_owned();
        }
        at += 1;
    }
    plates.read(sheet, Writer::Anyone, context, findings)
}
