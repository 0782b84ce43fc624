//! Files that the tidy reader reads: well lists, and files broken before any format is known.

use std::collections::BTreeSet;
use std::path::Path;

use nextwell_planner::assay::results::{
    CheckOptions, CheckReport, Expected, ExpectedPlate, ExpectedWell, check,
};
use nextwell_planner::plate::{Content, PlateFormat};
use serde_json::Value;

use crate::report::{Comparison, Outcome};

const READ: [&str; 2] = ["well_list", "unknown"];

pub fn compare(golden: &Path, name: &str, expected: &Value) -> Outcome {
    let format = expected["format"].as_str().unwrap_or_default();
    if !READ.contains(&format) {
        return Outcome::NotBuilt(format.to_owned());
    }
    let path = golden.join("assay").join(name);
    let Ok(bytes) = std::fs::read(&path) else {
        return Outcome::NotBuilt(format!("{} is not there", path.display()));
    };
    let plates = plates(expected, &bytes);
    let report = check(&bytes, &plates, &CheckOptions::default());
    let mut comparison = Comparison::default();
    let rejected = expected["outcome"] == "rejected";
    comparison.equal("rejected", !report.is_acceptable(), rejected);
    compare_errors(&mut comparison, &report, expected);
    compare_text(&mut comparison, &report, expected);
    compare_values(&mut comparison, &report, expected);
    let warnings = expected["warnings"].as_array().into_iter().flatten();
    for code in warnings.filter_map(|warning| warning["code"].as_str()) {
        match code {
            // Quality is compared with the statistics, it needs the layout.
            "plate_qc_failed" => comparison.left_out.push(code.to_owned()),
            _ => {
                let found = report.warnings.iter().any(|issue| issue.code.to_string() == code);
                comparison.equal(code, found, true);
            }
        }
    }
    Outcome::Compared(comparison)
}

/// The plates that the campaign knows: those of the expected parse, else every barcode of the
/// file but those that the set says are unknown, of the size that the set gives or 96.
fn plates(expected: &Value, bytes: &[u8]) -> Expected {
    let unknown: BTreeSet<&str> = errors(expected).filter_map(|e| e["barcode"].as_str()).collect();
    let mut known: Vec<(String, u32)> = Vec::new();
    for plate in expected["plates"].as_array().into_iter().flatten() {
        let barcode = plate["barcode"].as_str().unwrap_or("NW000101");
        known.push((barcode.into(), plate["format"].as_u64().unwrap_or(96) as u32));
    }
    if known.is_empty() {
        let size = expected["plate_format"].as_u64().unwrap_or(96) as u32;
        let text = String::from_utf8_lossy(bytes);
        let first = text.lines().skip(1).filter_map(|line| line.split(',').next());
        let barcodes: BTreeSet<&str> = first.filter(|cell| cell.starts_with("NW")).collect();
        known.extend(
            barcodes.into_iter().filter(|b| !unknown.contains(b)).map(|b| (b.into(), size)),
        );
    }
    if known.is_empty() {
        known.push(("NW000101".into(), 96));
    }
    let plate = |(barcode, wells): (String, u32)| {
        let format = PlateFormat::new(wells).unwrap();
        let held = |well| ExpectedWell { well, content: Content::Untreated, symbol: String::new() };
        ExpectedPlate {
            barcode,
            format,
            wells: format.iter().map(held).collect(),
            already_has_results: false,
        }
    };
    Expected { plates: known.into_iter().map(plate).collect() }
}

fn errors(expected: &Value) -> impl Iterator<Item = &Value> {
    expected["errors"].as_array().into_iter().flatten()
}

/// Same number of errors, in order, with the code and whatever place the set names.
fn compare_errors(comparison: &mut Comparison, report: &CheckReport, expected: &Value) {
    comparison.equal("number of errors", report.errors.len(), errors(expected).count());
    for (issue, wanted) in report.errors.iter().zip(errors(expected)) {
        comparison.equal(
            "code",
            issue.code.to_string().as_str(),
            wanted["code"].as_str().unwrap_or(""),
        );
        if let Some(row) = wanted["row"].as_u64() {
            comparison.equal("row", issue.row, Some(row));
        }
        for (key, found) in
            [("found", &issue.found), ("well", &issue.well), ("barcode", &issue.plate)]
        {
            if let Some(text) = wanted[key].as_str() {
                comparison.equal(key, found.as_deref(), Some(text));
            }
        }
        if let Some(rows) = wanted["rows"].as_array() {
            let rows: Vec<u64> = rows.iter().filter_map(Value::as_u64).collect();
            comparison.equal("rows", issue.rows.clone(), rows);
        }
    }
}

fn compare_text(comparison: &mut Comparison, report: &CheckReport, expected: &Value) {
    if let Some(encoding) = expected["encoding"].as_str() {
        comparison.equal("encoding", report.encoding.as_str(), encoding);
    }
    if let Some(delimiter) = expected["delimiter"].as_str() {
        comparison.equal("delimiter", report.delimiter, delimiter.chars().next());
    }
    if expected["decimal"].is_string() {
        let decimal = serde_json::to_value(report.decimal).unwrap();
        comparison.equal("decimal", &decimal, &expected["decimal"]);
    }
}

fn compare_values(comparison: &mut Comparison, report: &CheckReport, expected: &Value) {
    for plate in expected["plates"].as_array().into_iter().flatten() {
        let reads = plate["reads"].as_array().map(Vec::as_slice).unwrap_or_default();
        for read in reads {
            if let Some(label) = read["label"].as_str() {
                comparison.equal("label", report.value_column.as_deref(), Some(label));
            }
            let wells = read["wells"].as_object().into_iter().flatten();
            for (well, value) in wells {
                let found =
                    report.accepted.iter().find(|reading| reading.well.to_string() == *well);
                comparison.number(well, found.map(|reading| reading.value), value.as_f64(), 0.0);
            }
        }
    }
}
