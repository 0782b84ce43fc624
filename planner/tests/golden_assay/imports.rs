//! What `formats::read` makes of every file, compared with every field of its expected parse.

use std::path::Path;

use nextwell_planner::assay::formats::{CellFile, Context, GeneNames, KnownPlate, read};
use nextwell_planner::plate::{PlateFormat, parse_map};
use serde_json::Value;

use super::report::{Comparison, Outcome};

/// Computed numbers; all others were parsed and must be the same.
const TOLERANCE: f64 = 1e-9;
/// Plates of the campaign in which the files were made, with their sizes.
const CAMPAIGN: [(&str, u32); 16] = [
    ("NW000101", 384),
    ("NW000102", 96),
    ("NW000110", 96),
    ("NW000201", 96),
    ("NW000202", 96),
    ("NW000301", 96),
    ("NW000401", 96),
    ("NW000402", 96),
    ("NW000501", 96),
    ("NW000502", 96),
    ("NW000601", 24),
    ("NW000701", 96),
    ("NW000801", 96),
    ("NW000901", 96),
    ("NW000902", 384),
    ("0001234", 96),
];
/// Layouts by the file of which they judge the quality.
const LAYOUTS: [(&str, &str); 2] =
    [("qc_fail_96.csv", "layout_qc_fail_96.csv"), ("bmg_mars_384.csv", "layout_384.csv")];

/// Opens the cells of an h5ad.
pub type OpenCells<'a> = &'a dyn Fn(&Path) -> Box<dyn CellFile>;

/// What the compared crate can open beside text and workbooks.
#[derive(Default)]
pub struct Means<'a> {
    pub genes: Option<&'a dyn GeneNames>,
    pub cells: Option<OpenCells<'a>>,
}

pub fn compare(golden: &Path, name: &str, expected: &Value, means: &Means<'_>) -> Outcome {
    let path = golden.join("assay").join(name);
    let Ok(bytes) = std::fs::read(&path) else {
        return Outcome::NotBuilt(format!("{} is not there", path.display()));
    };
    let is_cells = expected["format"].as_str().is_some_and(|format| format.starts_with("h5ad"));
    if is_cells && means.cells.is_none() {
        return Outcome::NotBuilt("cells are compared where HDF5 is opened".into());
    }
    let cells = means.cells.filter(|_| is_cells).map(|open| open(&path));
    let plates = campaign(golden, name);
    let size = expected["plate_format"].as_u64().unwrap_or(96) as u32;
    let context = Context {
        plates: Some(&plates),
        plate_format: PlateFormat::new(size).ok(),
        genes: means.genes,
        cells: cells.as_deref(),
        ..Context::default()
    };
    let found = serde_json::to_value(read(&bytes, &context)).unwrap();
    let mut comparison = Comparison::default();
    for (key, expected_value) in expected.as_object().into_iter().flatten() {
        match key.as_str() {
            // About the set, or about the context that was passed.
            "file" | "notes" | "plate_format" => {}
            "errors" => issues(&mut comparison, "errors", &found, expected_value, means),
            "warnings" => issues(&mut comparison, "warnings", &found, expected_value, means),
            "gene_resolution" if means.genes.is_none() => comparison.left_out.push(key.clone()),
            // Without a gene table the warnings about genes are not there.
            "outcome" if means.genes.is_none() && expected_value != "rejected" => {
                comparison.equal("accepted", found[key] != "rejected", true);
            }
            _ => compare_value(&mut comparison, key, key, &found[key], expected_value),
        }
    }
    let none = Value::Array(Vec::new());
    if expected["outcome"] != "rejected" {
        comparison.equal("errors of an accepted file", &found["errors"], &none);
        if expected.get("warnings").is_none() {
            comparison.equal("warnings", &found["warnings"], &none);
        }
        if expected.get("gene_resolution").is_none() {
            let rows = found["gene_resolution"].as_array().into_iter().flatten();
            let doubts = rows.filter(|row| row["status"] != "control").count();
            comparison.equal("genes with a doubt", doubts, 0);
        }
    }
    for issue in ["errors", "warnings"].iter().flat_map(|list| found[*list].as_array().unwrap()) {
        let message = issue["message"].as_str().unwrap_or_default();
        comparison.equal("a message that says something", message.len() > 30, true);
    }
    Outcome::Compared(comparison)
}

fn campaign(golden: &Path, name: &str) -> Vec<KnownPlate> {
    let known = |(barcode, wells): (&str, u32)| KnownPlate {
        barcode: barcode.into(),
        format: PlateFormat::new(wells).unwrap(),
        layout: None,
    };
    let mut plates: Vec<KnownPlate> = CAMPAIGN.into_iter().map(known).collect();
    for (_, map) in LAYOUTS.iter().filter(|(file, _)| *file == name) {
        let text = std::fs::read_to_string(golden.join("assay").join(map)).unwrap();
        for plate in &mut plates {
            if let Ok(layout) = parse_map(&text, plate.format)
                && layout.barcode == plate.barcode
            {
                plate.layout = Some(layout);
            }
        }
    }
    plates
}

/// Every expected issue has its own found one with all its fields, and no other is found.
fn issues(
    comparison: &mut Comparison,
    list: &str,
    found: &Value,
    expected: &Value,
    means: &Means<'_>,
) {
    let about_genes = |issue: &Value| {
        let code = issue["code"].as_str().unwrap_or_default();
        code.starts_with("gene_") || code == "date_damaged_symbol"
    };
    let skip = |issue: &&Value| means.genes.is_none() && about_genes(issue);
    let all = |value: &Value| {
        let issues = value.as_array().into_iter().flatten();
        issues.filter(|issue| !skip(issue)).cloned().collect::<Vec<_>>()
    };
    let (mut left, wanted) = (all(&found[list]), all(expected));
    comparison.equal(&format!("number of {list}"), left.len(), wanted.len());
    for issue in &wanted {
        let same = |candidate: &Value| {
            let mut trial = Comparison::default();
            compare_value(&mut trial, list, list, candidate, issue);
            trial.failures.is_empty()
        };
        let at = left.iter().position(same);
        comparison.equal(&format!("{list} has {issue}"), at.is_some(), true);
        if let Some(at) = at {
            left.remove(at);
        }
    }
    for extra in left {
        comparison.failures.push(format!("{list}: not expected: {extra}"));
    }
}

/// Objects whose keys are data: none may be missing and none too many.
const KEYED_BY_DATA: [&str; 4] =
    ["wells", "cells_per_perturbation", "ddct_vs_mean_of_ntc", "columns"];

fn compare_value(
    comparison: &mut Comparison,
    path: &str,
    key: &str,
    found: &Value,
    expected: &Value,
) {
    match (found, expected) {
        (Value::Object(found), Value::Object(expected)) => {
            if KEYED_BY_DATA.contains(&key) {
                comparison.equal(&format!("keys of {path}"), found.len(), expected.len());
            }
            for (name, expected) in expected {
                let found = found.get(name).unwrap_or(&Value::Null);
                compare_value(comparison, &format!("{path}.{name}"), name, found, expected);
            }
        }
        (Value::Array(found), Value::Array(expected)) => {
            comparison.equal(&format!("length of {path}"), found.len(), expected.len());
            for (index, (found, expected)) in found.iter().zip(expected).enumerate() {
                compare_value(comparison, &format!("{path}[{index}]"), "", found, expected);
            }
        }
        (Value::Number(found), Value::Number(expected)) => {
            let computed =
                ["mean", "ddct", "z_prime", "ssmd"].iter().any(|part| path.contains(part));
            let tolerance = if computed { TOLERANCE } else { 0.0 };
            comparison.number(path, found.as_f64(), expected.as_f64(), tolerance);
        }
        _ => comparison.equal(path, found, expected),
    }
}
