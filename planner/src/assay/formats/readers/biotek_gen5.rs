//! BioTek Gen5: below `Results`, a row for each read of each plate row, its label in the last cell.

use super::super::context::Context;
use super::super::finding::Findings;
use super::super::import::Parsed;
use super::super::matrix::{Block, Line, barcode, format_of_columns, header, row_letter};
use super::super::sheet::{Sheet, bare, cell};
use super::super::values::Writer;
use super::blocks::FoundPlates;
use super::{Verdict, maybe, no, yes};
use crate::assay::results::records::Record;

pub(super) fn recognise(sheet: &Sheet<'_>) -> Verdict {
    let head = sheet.head();
    let has = |label: &str| head.iter().any(|record| cell(record, 0).starts_with(label));
    match (has("Software Version"), has("Experiment File Path:")) {
        (true, true) => yes("there are `Software Version` and `Experiment File Path:`"),
        (false, true) => maybe("there is `Experiment File Path:`, but no `Software Version`"),
        _ => no("there is no `Experiment File Path:`"),
    }
}

pub(super) fn parse(sheet: &Sheet<'_>, context: &Context<'_>, findings: &mut Findings) -> Parsed {
    let records: Vec<Record<'_>> = sheet.records().collect();
    let mut plates = FoundPlates::default();
    let mut at = 0;
    while at < records.len() {
        let record = &records[at];
        let key = bare(cell(record, 0));
        if key == "Results" && records.get(at + 1).is_some_and(|next| header(next).is_some()) {
            let (blocks, end) = results(&records, at + 1);
            for (label, block) in blocks {
                plates.block(label, block);
            }
            at = end;
            continue;
        }
        if key == "Plate Number" {
            plates.plate(None);
        } else if key.trim_end_matches(':').eq_ignore_ascii_case("barcode") {
            plates.name(barcode(cell(record, 1)));
        }
        at += 1;
    }
    // Gen5 writes some numbers by the language of the system and some not.
    plates.read(sheet, Writer::Mixing, context, findings)
}

/// The reads of one plate: rows of one label, whose plate row is that of the last letter above.
fn results<'r, 'a>(records: &'r [Record<'a>], at: usize) -> (Vec<(String, Block<'r, 'a>)>, usize) {
    let mut blocks: Vec<(String, Block<'r, 'a>)> = Vec::new();
    let found = header(&records[at])
        .and_then(|header| format_of_columns(header.columns).map(|format| (header, format)));
    let Some((header, format)) = found else { return (blocks, at + 1) };
    let (mut row, mut end) = (None, at + 1);
    for record in &records[at + 1..] {
        let letter = bare(cell(record, header.first - 1));
        let label = bare(cell(record, header.first + header.columns)).to_owned();
        match row_letter(letter) {
            Some(new) => row = Some(new),
            None if letter.is_empty() && !label.is_empty() => {}
            None => break,
        }
        let Some(row) = row.filter(|row| *row < format.rows()) else { break };
        end += 1;
        let line = Line { row, record };
        match blocks.iter_mut().find(|(known, _)| *known == label) {
            Some((_, block)) => block.lines.push(line),
            None => blocks.push((label, Block { header, format, lines: vec![line], end })),
        }
    }
    (blocks, end)
}
