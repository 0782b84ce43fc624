//! BMG Labtech MARS: `User: …,Path: …,Test run no.: …`, then blocks titled `Raw Data (485/520)`.

use super::super::context::Context;
use super::super::finding::Findings;
use super::super::import::Parsed;
use super::super::matrix::{Block, barcode};
use super::super::sheet::{Sheet, after_label, bare, cell};
use super::super::values::Writer;
use super::blocks::FoundPlates;
use super::{Verdict, no, yes};
use crate::assay::results::records::Record;

pub(super) fn recognise(sheet: &Sheet<'_>) -> Verdict {
    let head = sheet.head();
    let Some(first) = head.first() else { return no("the file is empty") };
    let user = ["User:", "Benutzer:"].iter().find(|label| cell(first, 0).starts_with(**label));
    let has_run = first
        .cells
        .iter()
        .any(|cell| cell.starts_with("Test run no.:") || cell.starts_with("Testlauf Nr.:"));
    match user {
        Some(label) if has_run => {
            yes(format!("the first line starts with `{label}` and names the test run"))
        }
        _ => no("the first line does not start with `User:` and name a test run"),
    }
}

pub(super) fn parse(sheet: &Sheet<'_>, context: &Context<'_>, findings: &mut Findings) -> Parsed {
    let records: Vec<Record<'_>> = sheet.records().collect();
    let mut plates = FoundPlates::default();
    let (mut at, mut title) = (0, String::new());
    while at < records.len() {
        if let Some(block) = Block::labelled(&records, at) {
            at = block.end;
            plates.block(std::mem::take(&mut title), block);
            continue;
        }
        let record = &records[at];
        let id = (0..record.cells.len()).find_map(|index| after_label(record, index, "ID1:"));
        match id {
            // An empty ID1 is followed by ID2, which is no barcode.
            Some(text) if text.starts_with("ID2:") => plates.plate(None),
            Some(text) => plates.plate(barcode(text)),
            None => title = bare(cell(record, 0)).to_owned(),
        }
        at += 1;
    }
    plates.read(sheet, Writer::Anyone, context, findings)
}
