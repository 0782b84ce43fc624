//! Golden files of the assay room: what a set expects against what the reader and the maths say.
//!
//! `golden_assay` walks `assay/expected/*.json` under `$NEXTWELL_GOLDEN_DIR` (default
//! `../shared/golden` beside the repository); `committed_golden_assay` the small copy in this
//! repository. One line a set: compared numbers and the largest difference, or `not built yet`.

#[path = "golden_assay/files.rs"]
mod files;
#[path = "golden_assay/report.rs"]
mod report;
#[path = "golden_assay/statistics.rs"]
mod statistics;

use std::path::{Path, PathBuf};

use report::Outcome;

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Compares every set below `golden/assay/expected`; returns how many were compared, or `None`
/// without such a folder.
fn walk(golden: &Path) -> Option<usize> {
    let folder = golden.join("assay/expected");
    let entries = std::fs::read_dir(&folder).ok()?;
    let mut sets: Vec<PathBuf> = entries
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    sets.sort();
    let (mut compared, mut not_built, mut failed) = (0, Vec::new(), Vec::new());
    for path in sets {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&path).unwrap();
        let expected: serde_json::Value = serde_json::from_str(&text).unwrap();
        let outcomes = if expected.get("format").is_some() {
            vec![(name.clone(), files::compare(golden, &name, &expected))]
        } else {
            statistics::compare(golden, &expected)
        };
        for (set, outcome) in outcomes {
            match outcome {
                Outcome::NotBuilt(what) => not_built.push(format!("{set} ({what})")),
                Outcome::Compared(comparison) => {
                    compared += 1;
                    println!("{set}: {comparison}");
                    failed.extend(comparison.failures.iter().map(|line| format!("{set}: {line}")));
                }
            }
        }
    }
    println!("not built yet: {}", not_built.join(", "));
    assert!(failed.is_empty(), "{} differences:\n{}", failed.len(), failed.join("\n"));
    Some(compared)
}

#[test]
fn golden_assay() {
    let golden = std::env::var_os("NEXTWELL_GOLDEN_DIR")
        .map_or_else(|| repository().join("../shared/golden"), PathBuf::from);
    match walk(&golden) {
        None | Some(0) => println!("skipped: no golden assay set found in {}", golden.display()),
        Some(compared) => println!("{compared} golden assay sets compared"),
    }
}

#[test]
fn committed_golden_assay() {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/golden");
    assert!(
        walk(&golden).is_some_and(|compared| compared >= 5),
        "the committed golden files are gone"
    );
}
