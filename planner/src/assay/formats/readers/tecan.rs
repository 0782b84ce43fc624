//! Tecan i-control and SparkControl: `Label: …`, then a matrix with the corner `<>`.

use super::super::context::Context;
use super::super::finding::Findings;
use super::super::import::Parsed;
use super::super::matrix::{Block, barcode};
use super::super::sheet::{Sheet, after_label, bare, cell};
use super::super::values::Writer;
use super::blocks::FoundPlates;
use super::{Verdict, maybe, no, yes};
use crate::assay::results::records::Record;

pub(super) fn recognise(sheet: &Sheet<'_>) -> Verdict {
    let head = sheet.head();
    let application = head.iter().find_map(|record| {
        let text = cell(record, 0);
        let ours = text.starts_with("Application: Tecan") || text.contains("SPARKCONTROL");
        ours.then(|| text.to_owned())
    });
    let corner = head.iter().any(|record| cell(record, 0) == "<>");
    match (application, corner) {
        (Some(text), true) => yes(format!("`{text}` is there, and a matrix with the corner `<>`")),
        (Some(text), false) => {
            maybe(format!("`{text}` is there, but no matrix with the corner `<>`"))
        }
        (None, true) => {
            maybe("there is a matrix with the corner `<>`, but no name of the application")
        }
        _ => no("the application is not Tecan i-control"),
    }
}

pub(super) fn parse(sheet: &Sheet<'_>, context: &Context<'_>, findings: &mut Findings) -> Parsed {
    let records: Vec<Record<'_>> = sheet.records().collect();
    let mut plates = FoundPlates::default();
    let (mut at, mut label, mut reads) = (0, String::new(), 0);
    while at < records.len() {
        let record = &records[at];
        let corner = bare(cell(record, 0)) == "<>";
        if let Some(block) = Block::labelled(&records, at).filter(|_| corner) {
            at = block.end;
            reads += 1;
            if label.is_empty() {
                label = format!("Label{reads}");
            }
            plates.block(std::mem::take(&mut label), block);
            continue;
        }
        if let Some(text) = after_label(record, 0, "Label:") {
            label = text.to_owned();
        } else if cell(record, 0).starts_with("Plate-ID") {
            let rest = record.cells.iter().skip(1).map(|cell| bare(cell));
            let found = rest.into_iter().find(|cell| !cell.is_empty());
            plates.name(found.and_then(barcode));
        }
        at += 1;
    }
    plates.read(sheet, Writer::Anyone, context, findings)
}
