//! The golden files of the assay room with the bundled gene table and the reader of cells, which
//! `planner` does not know.

#[path = "../../../../planner/tests/golden_assay/imports.rs"]
mod imports;
#[path = "../../../../planner/tests/golden_assay/report.rs"]
mod report;

use std::path::{Path, PathBuf};

use imports::Means;
use nextwell_planner::assay::formats::CellFile;
use report::Outcome;

use super::{Cells, Hgnc};

fn open(path: &Path) -> Box<dyn CellFile> {
    Box::new(Cells::open(path).unwrap())
}

/// Compares every set below `golden/assay/expected` that is a file's parse.
fn walk(golden: &Path) -> usize {
    let Ok(entries) = std::fs::read_dir(golden.join("assay/expected")) else { return 0 };
    let means = Means { genes: Some(&Hgnc), cells: Some(&open) };
    let (mut compared, mut failed) = (0, Vec::new());
    for path in entries.map(|entry| entry.unwrap().path()) {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let expected: serde_json::Value = serde_json::from_str(&text).unwrap();
        if expected.get("format").is_none() {
            continue;
        }
        match imports::compare(golden, &name, &expected, &means) {
            Outcome::NotBuilt(what) => println!("{name}: left out, {what}"),
            Outcome::Compared(comparison) => {
                compared += 1;
                println!("{name}: {comparison}");
                assert!(comparison.left_out.is_empty(), "{name}: {comparison}");
                failed.extend(comparison.failures.iter().map(|line| format!("{name}: {line}")));
            }
        }
    }
    assert!(failed.is_empty(), "{} differences:\n{}", failed.len(), failed.join("\n"));
    compared
}

#[test]
fn golden_assay_with_genes_and_cells() {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let golden = std::env::var_os("NEXTWELL_GOLDEN_DIR")
        .map_or_else(|| repository.join("../shared/golden"), PathBuf::from);
    match walk(&golden) {
        0 => println!("skipped: no golden assay set found in {}", golden.display()),
        compared => println!("{compared} golden assay sets compared"),
    }
}

#[test]
fn committed_golden_assay_with_genes_and_cells() {
    let planner = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../planner");
    let compared = walk(&planner.join("tests/data/golden"));
    assert!(compared >= 35, "only {compared} sets: the committed golden files are gone");
}
