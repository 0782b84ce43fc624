//! Any rectangle with the numbers of columns across and the letters of rows down.

use super::super::context::Context;
use super::super::finding::Findings;
use super::super::import::Parsed;
use super::super::matrix::{Block, barcode};
use super::super::sheet::{Sheet, after_label, bare};
use super::super::values::Writer;
use super::blocks::FoundPlates;
use super::{Verdict, maybe, no, yes};
use crate::assay::results::records::Record;

/// Labels before a barcode.
const BARCODE: [&str; 5] = ["Barcode:", "Plate barcode:", "Plate ID:", "Plate-ID:", "Plate:"];
/// Columns of standard plates; narrower rectangles are often something else.
const USUAL: [usize; 5] = [6, 8, 12, 24, 48];

pub(super) fn recognise(sheet: &Sheet<'_>) -> Verdict {
    let head = sheet.head();
    let found = (0..head.len())
        .filter_map(|at| Block::labelled(&head, at))
        .max_by_key(|block| block.header.columns * block.lines.len());
    let Some(block) = found else { return no("there is no matrix of wells") };
    let (rows, columns) = (block.lines.len(), block.header.columns);
    let reason =
        format!("there is a matrix of {rows} lettered rows and {columns} numbered columns");
    let usual = USUAL.contains(&columns) && rows >= 2;
    if usual { yes(reason) } else { maybe(reason) }
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
        let found = (0..record.cells.len())
            .find_map(|index| BARCODE.iter().find_map(|label| after_label(record, index, label)));
        match found {
            Some(text) => plates.plate(barcode(text)),
            None => {
                let words = record.cells.iter().map(|cell| bare(cell));
                let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
                title = words.join(" ");
            }
        }
        at += 1;
    }
    plates.read(sheet, Writer::Anyone, context, findings)
}
