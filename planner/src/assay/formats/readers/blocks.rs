//! Plates as blocks found in a file, before the numbers are read.

use super::super::context::Context;
use super::super::finding::{Finding, Findings};
use super::super::import::{Content, Parsed};
use super::super::matrix::{Block, ImportedPlate, Read, check_plate};
use super::super::sheet::Sheet;
use super::super::values::{Numbers, Writer};
use crate::assay::results::IssueCode;

/// A plate with its blocks.
#[derive(Default)]
pub(super) struct FoundPlate<'r, 'a> {
    pub(super) barcode: Option<String>,
    /// Label and block of each read.
    pub(super) blocks: Vec<(String, Block<'r, 'a>)>,
}

/// Plates in the order of the file.
#[derive(Default)]
pub(super) struct FoundPlates<'r, 'a> {
    plates: Vec<FoundPlate<'r, 'a>>,
}

impl<'r, 'a> FoundPlates<'r, 'a> {
    /// Goes on with the plate of this barcode, which may be new.
    pub(super) fn plate(&mut self, barcode: Option<String>) {
        let known = barcode.is_some() && self.plates.last().is_some_and(|p| p.barcode == barcode);
        if !known {
            self.plates.push(FoundPlate { barcode, blocks: Vec::new() });
        }
    }

    /// Gives the plate that is being read its barcode, when it has none yet.
    pub(super) fn name(&mut self, barcode: Option<String>) {
        match self.plates.last_mut() {
            Some(last) if last.blocks.is_empty() => last.barcode = barcode,
            _ => self.plate(barcode),
        }
    }

    /// Adds a read to the plate that is being read.
    pub(super) fn block(&mut self, label: String, block: Block<'r, 'a>) {
        if self.plates.is_empty() {
            self.plates.push(FoundPlate::default());
        }
        if let Some(last) = self.plates.last_mut() {
            last.blocks.push((label, block));
        }
    }

    /// Reads the numbers of all plates; the decimal mark is decided over all of them.
    pub(super) fn read(
        mut self,
        sheet: &Sheet<'_>,
        writer: Writer,
        context: &Context<'_>,
        findings: &mut Findings,
    ) -> Parsed {
        self.plates.retain(|plate| !plate.blocks.is_empty());
        if self.plates.is_empty() {
            findings.error(Finding::new(
                IssueCode::MatrixIncomplete,
                "the file has no matrix of wells (columns 1, 2, 3 … across and rows A, B, C … down): export the raw data of the whole plate",
            ));
            return Parsed::nothing();
        }
        let blocks = self.plates.iter().flat_map(|plate| &plate.blocks);
        let cells = blocks.flat_map(|(_, block)| block.cells());
        let numbers = Numbers::decide(cells, sheet, writer, context, findings);
        let plates = (1..).zip(&self.plates).map(|(number, plate)| {
            let format = plate.blocks[0].1.format;
            check_plate(plate.barcode.as_deref(), format, number, context, findings);
            let reads = plate.blocks.iter().map(|(label, block)| Read {
                label: label.clone(),
                wells: block.read(sheet, numbers, plate.barcode.as_deref(), findings),
                lines: block.line_of_row(),
            });
            ImportedPlate { barcode: plate.barcode.clone(), format, reads: reads.collect() }
        });
        let plates = plates.collect();
        Parsed::of(Content::Plates { plates }, numbers.mark)
    }
}
