//! CellProfiler's per-image table: sites of a well become its cell-weighted means.

use std::collections::BTreeMap;

use serde::Serialize;

use super::super::context::Context;
use super::super::finding::{Finding, Findings};
use super::super::import::{Content, Parsed};
use super::super::matrix::barcode;
use super::super::sheet::Sheet;
use super::super::table::Table;
use super::super::values::Writer;
use super::{Verdict, maybe, no, yes};
use crate::assay::results::IssueCode;
use crate::plate::Well;

/// Wells of a plate, and of further ones.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ImageTable {
    /// The first plate of the file.
    #[serde(flatten)]
    pub first: ImagePlate,
    /// The others.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub other_plates: Vec<ImagePlate>,
}

/// Wells of one plate.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct ImagePlate {
    /// Barcode.
    pub barcode: Option<String>,
    /// By position.
    pub wells: BTreeMap<Well, ImageWell>,
}

/// One well.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ImageWell {
    /// Images with cells.
    pub sites: u64,
    /// Cells on them.
    pub cells: u64,
    /// Means over cells, such as `GFP_cell_weighted_mean`.
    #[serde(flatten)]
    pub means: BTreeMap<String, Option<f64>>,
}

pub(super) fn recognise(sheet: &Sheet<'_>) -> Verdict {
    let Some(table) = Table::open(sheet) else { return no("the file is empty") };
    let image = table.find("ImageNumber").is_some();
    let well = table.find("Metadata_Well").is_some();
    let count = table.header.iter().any(|header| header.starts_with("Count_"));
    match (image, well, count) {
        (true, true, true) => yes("the header has ImageNumber, Metadata_Well and a Count_ column"),
        (true, ..) if well || count => {
            maybe("the header has ImageNumber, but not both Metadata_Well and a Count_ column")
        }
        _ => no("the header has no ImageNumber with Metadata_Well"),
    }
}

/// Sums of one well while its sites are read.
#[derive(Default)]
struct Sums {
    sites: u64,
    cells: u64,
    /// Cells and cells × mean, for each column.
    of: Vec<(f64, f64)>,
}

pub(super) fn parse(sheet: &Sheet<'_>, context: &Context<'_>, findings: &mut Findings) -> Parsed {
    let Some(table) = Table::open(sheet) else { return Parsed::nothing() };
    let well_at = table.need("Metadata_Well", findings);
    let count = table
        .find("Count_Cells")
        .or_else(|| table.header.iter().position(|header| header.starts_with("Count_")));
    let count = count.or_else(|| table.need("Count_Cells", findings));
    let (Some(well_at), Some(count)) = (well_at, count) else { return Parsed::nothing() };
    let plate_at = table.find_any(&["Metadata_Plate", "Metadata_Barcode"]);
    let measures = measures(&table.header);
    let mut numeric: Vec<usize> = measures.iter().map(|(column, _)| *column).collect();
    numeric.push(count);
    let numbers = table.numbers(&numeric, Writer::Program, context, findings);
    let mut order: Vec<Option<String>> = Vec::new();
    let mut sums: BTreeMap<(Option<String>, Well), Sums> = BTreeMap::new();
    table.each(numbers, findings, |mut row| {
        let text = row.text(well_at);
        let Ok(well) = text.parse::<Well>() else {
            let line = row.line();
            row.findings.error(
                Finding::new(
                    IssueCode::NotAWell,
                    format!("row {line}: `{text}` is no well; expected a name such as B02"),
                )
                .row(line)
                .found(text),
            );
            return;
        };
        let plate = plate_at.and_then(|at| barcode(row.text(at)));
        if !order.contains(&plate) {
            order.push(plate.clone());
        }
        let Some(cells) = row.count(count) else { return };
        let of_well = sums
            .entry((plate, well))
            .or_insert_with(|| Sums { of: vec![(0.0, 0.0); measures.len()], ..Sums::default() });
        if cells == 0 {
            let line = row.line();
            row.findings.warn(
                Finding::new(
                    IssueCode::SiteWithoutCells,
                    format!(
                        "row {line}: the image of well {well} has no cells: left out of the mean"
                    ),
                )
                .row(line)
                .well(well),
            );
            return;
        }
        of_well.sites += 1;
        of_well.cells += cells;
        for ((column, _), sum) in measures.iter().zip(&mut of_well.of) {
            if let Some(value) = row.number(*column) {
                sum.0 += cells as f64;
                sum.1 += cells as f64 * value;
            }
        }
    });
    let mut plates: Vec<ImagePlate> =
        order.into_iter().map(|barcode| ImagePlate { barcode, wells: BTreeMap::new() }).collect();
    for ((barcode, well), sum) in sums {
        let means = measures.iter().zip(&sum.of).map(|((_, name), (cells, total))| {
            (name.clone(), (*cells > 0.0).then(|| total / cells))
        });
        let read = ImageWell { sites: sum.sites, cells: sum.cells, means: means.collect() };
        if let Some(plate) = plates.iter_mut().find(|plate| plate.barcode == barcode) {
            plate.wells.insert(well, read);
        }
    }
    report_plates(&plates, context, findings);
    let mut plates = plates.into_iter();
    let first = plates.next().unwrap_or_default();
    let table = ImageTable { first, other_plates: plates.collect() };
    Parsed::of(Content::Images(table), numbers.mark)
}

/// Barcodes against the campaign; the size of a plate does not show in a table of wells.
fn report_plates(plates: &[ImagePlate], context: &Context<'_>, findings: &mut Findings) {
    for (number, plate) in (1..).zip(plates) {
        super::super::matrix::check_barcode(plate.barcode.as_deref(), number, context, findings);
    }
}

/// Columns that are means over cells, with the name of the result. A mean of medians is none.
fn measures(header: &[String]) -> Vec<(usize, String)> {
    let mut found: Vec<(usize, String)> = Vec::new();
    for (column, text) in header.iter().enumerate() {
        let Some(rest) = text.strip_prefix("Mean_") else { continue };
        let feature = rest.split_once('_').map_or(rest, |(_, feature)| feature);
        let channel = feature.strip_prefix("Intensity_MeanIntensity_").unwrap_or(feature);
        let name = format!("{channel}_cell_weighted_mean");
        let taken = found.iter().any(|(_, known)| *known == name);
        found.push((column, if taken { format!("{rest}_cell_weighted_mean") } else { name }));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_site_without_cells_is_left_out_and_named() {
        let text = "ImageNumber,Metadata_Plate,Metadata_Well,Count_Cells,Mean_Cells_Intensity_MeanIntensity_GFP\n\
            1,P1,B02,10,1.0\n2,P1,B02,0,nan\n3,P2,B2,30,2.0\n";
        let import = super::super::super::read(text.as_bytes(), &Context::default());
        assert_eq!(import.errors, []);
        assert_eq!(import.warnings[0].code, IssueCode::SiteWithoutCells);
        assert_eq!(import.warnings[0].row, Some(3));
        let Content::Images(table) = import.content else { panic!("expected images") };
        let well = &table.first.wells[&"B2".parse().unwrap()];
        assert_eq!((well.sites, well.cells), (1, 10));
        assert_eq!(well.means["GFP_cell_weighted_mean"], Some(1.0));
        assert_eq!(table.other_plates[0].barcode.as_deref(), Some("P2"));
    }
}
