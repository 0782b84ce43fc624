//! Results of any plate format, checked against the plates of a campaign.

use std::collections::{BTreeMap, BTreeSet};

use super::context::{Context, KnownPlate};
use super::finding::Finding;
use super::id::FormatId;
use super::import::{Content, Import};
use super::matrix::ImportedPlate;
use super::registry::read;
use crate::assay::results::{
    CheckOptions, CheckReport, Expected, ExpectedPlate, Issue, IssueCode, PlateAndWell, PreviewRow,
    Reading, check,
};
use crate::plate::Well;

/// Rows of the preview.
const PREVIEW_ROWS: usize = 20;

/// Reads the results of plates, whatever instrument wrote them, and checks them against the plates
/// that are expected.
///
/// A list of wells, and a file that no reader knows, go through [`check`], which reads the
/// campaign's own CSV. The export of a plate reader is read by its own reader: its first read is
/// taken, wells in which nothing was planned are left out, and where it names no plate it is taken
/// for the only one that still awaits results. Other recognised files (genes of a screen, counts,
/// cells) hold no wells of this campaign, and the error says what they are.
pub fn check_results(bytes: &[u8], expected: &Expected, options: &CheckOptions) -> CheckReport {
    let plates: Vec<KnownPlate> = expected
        .plates
        .iter()
        .map(|plate| KnownPlate {
            barcode: plate.barcode.clone(),
            format: plate.format,
            layout: None,
        })
        .collect();
    let context = Context {
        plates: Some(&plates),
        decimal: options.decimal,
        max_bytes: options.max_bytes,
        max_unpacked_bytes: (options.max_bytes as u64).saturating_mul(10),
        max_findings: options.max_issues,
        ..Context::default()
    };
    let import = read(bytes, &context);
    let is_workbook = bytes.starts_with(b"PK");
    match (import.format, &import.content) {
        // Its own words for what a list lacks are better than those of another format.
        (FormatId::WellList | FormatId::TidyLong | FormatId::Unknown, _) if !is_workbook => {
            check(bytes, expected, options)
        }
        (_, Content::Plates { .. } | Content::Nothing {}) => of_plates(import, expected),
        _ => of_another_kind(import),
    }
}

/// A recognised file without wells.
fn of_another_kind(import: Import) -> CheckReport {
    let what = format!("{} ({}; {})", import.format.title(), import.summary(), import.reason);
    let mut report = start(&import);
    report.errors.push(Issue::new(
        IssueCode::UnknownFormat,
        format!(
            "the file holds {what}; expected the values of this campaign's plates: export them from the plate reader, or as CSV with plate, well and value"
        ),
    ));
    report
}

fn start(import: &Import) -> CheckReport {
    CheckReport {
        encoding: import.encoding.clone().unwrap_or_else(|| "xlsx".into()),
        delimiter: import.delimiter,
        decimal: import.decimal,
        stopped_early: import.stopped_early,
        ..CheckReport::default()
    }
}

fn of_plates(import: Import, expected: &Expected) -> CheckReport {
    let mut report = start(&import);
    report.errors = import.errors.into_iter().map(Issue::from).collect();
    // The plate without a barcode gets a sentence of its own below.
    let warnings = import.warnings.into_iter().filter(|w| w.code != IssueCode::PlateWithoutBarcode);
    report.warnings = warnings.map(Issue::from).collect();
    let Content::Plates { plates } = import.content else { return report };
    let mut taken: BTreeSet<&str> = BTreeSet::new();
    for plate in &plates {
        let Some(planned) = planned(plate, expected, &mut report) else { continue };
        if !taken.insert(&planned.barcode) {
            report.errors.push(
                Issue::new(
                    IssueCode::DuplicateWell,
                    format!(
                        "plate {} is in the file twice; expected it once: remove one, or upload them one by one",
                        planned.barcode
                    ),
                )
                .on_plate(&planned.barcode),
            );
            continue;
        }
        take(plate, planned, &mut report);
    }
    let missed = expected.plates.iter().filter(|plate| !taken.contains(plate.barcode.as_str()));
    report.plates_not_in_file = missed.map(|plate| plate.barcode.clone()).collect();
    if !report.errors.is_empty() {
        report.accepted.clear();
    }
    report
}

/// The planned plate that a plate of the file is.
fn planned<'e>(
    plate: &ImportedPlate,
    expected: &'e Expected,
    report: &mut CheckReport,
) -> Option<&'e ExpectedPlate> {
    if let Some(barcode) = &plate.barcode {
        let found = expected.plates.iter().find(|planned| planned.barcode == *barcode)?;
        if found.already_has_results {
            report.errors.push(
                Issue::new(
                    IssueCode::PlateAlreadyHasResults,
                    format!(
                        "plate {barcode} already has results; expected results once: remove the plate from the file, or withdraw the earlier results first"
                    ),
                )
                .on_plate(barcode),
            );
            return None;
        }
        return Some(found);
    }
    let awaited: Vec<&ExpectedPlate> =
        expected.plates.iter().filter(|planned| !planned.already_has_results).collect();
    let [only] = awaited[..] else {
        let names: Vec<&str> =
            awaited.iter().take(8).map(|planned| planned.barcode.as_str()).collect();
        report.errors.push(Issue::new(
            IssueCode::UnknownPlate,
            format!(
                "the file names no plate, and {} plates await results ({}); expected the barcode: enter it in the instrument's software and export again",
                awaited.len(),
                names.join(", ")
            ),
        ));
        return None;
    };
    report.warnings.push(
        Issue::new(
            IssueCode::PlateWithoutBarcode,
            format!(
                "the file names no plate; its values are taken for {}, the only plate that is expected",
                only.barcode
            ),
        )
        .on_plate(&only.barcode),
    );
    if only.format == plate.format {
        return Some(only);
    }
    report.errors.push(
        Issue::new(
            IssueCode::MatrixIncomplete,
            format!(
                "plate {} has {} wells and the matrix of the file {}: export the whole plate",
                only.barcode,
                only.format.wells(),
                plate.format.wells()
            ),
        )
        .on_plate(&only.barcode),
    );
    None
}

/// Takes the first read of a plate.
fn take(plate: &ImportedPlate, planned: &ExpectedPlate, report: &mut CheckReport) {
    let Some(read) = plate.reads.first() else { return };
    report.value_column.get_or_insert_with(|| read.label.clone());
    report.readout.get_or_insert_with(|| read.label.clone());
    report.plates.push(planned.barcode.clone());
    report.unknown_columns.extend(plate.reads[1..].iter().map(|read| read.label.clone()));
    let held: BTreeMap<Well, &str> =
        planned.wells.iter().map(|held| (held.well, held.symbol.as_str())).collect();
    for (well, value) in &read.wells {
        let Some(symbol) = held.get(well) else { continue };
        report.rows += 1;
        if report.preview.len() < PREVIEW_ROWS {
            report.preview.push(PreviewRow {
                row: read.lines.get(&well.row).copied().unwrap_or_default(),
                plate: planned.barcode.clone(),
                well: well.to_string(),
                symbol: (*symbol).to_owned(),
                text: value.map_or(String::new(), |value| value.to_string()),
                value: *value,
            });
        }
        if let Some(value) = value {
            report.values += 1;
            let reading = Reading { plate: planned.barcode.clone(), well: *well, value: *value };
            report.accepted.push(reading);
        }
    }
    let measured = |well: &Well| read.wells.get(well).is_some_and(Option::is_some);
    let missing = held.keys().filter(|well| !measured(well));
    report
        .missing_wells
        .extend(missing.map(|well| PlateAndWell { plate: planned.barcode.clone(), well: *well }));
}

impl From<Finding> for Issue {
    fn from(finding: Finding) -> Self {
        let mut issue = Self::new(finding.code, finding.message);
        issue.row = finding.row;
        issue.rows = finding.rows;
        issue.column = finding.column;
        issue.found = finding.found;
        issue.well = finding.well;
        issue.plate = finding.barcode;
        issue
    }
}

#[cfg(test)]
#[path = "campaign_tests.rs"]
mod tests;
