//! Golden files of the assay room: what a set expects against what the reader and the maths say.
//!
//! `golden_assay` walks `assay/expected/*.json` under `$NEXTWELL_GOLDEN_DIR` (default
//! `../shared/golden` beside the repository); `committed_golden_assay` the small copy in this
//! repository. Gene names and cells need `model`, which this crate does not know: they are compared
//! by the command line's own test. One line a set: compared numbers and the largest difference, or `not built yet`.

#[path = "golden_assay/files.rs"]
mod files;
#[path = "golden_assay/imports.rs"]
mod imports;
#[path = "golden_assay/report.rs"]
mod report;
#[path = "golden_assay/statistics.rs"]
mod statistics;

use std::path::{Path, PathBuf};

use imports::Means;
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
            vec![
                (name.clone(), imports::compare(golden, &name, &expected, &Means::default())),
                (format!("{name} (tidy check)"), files::compare(golden, &name, &expected)),
            ]
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
        walk(&golden).is_some_and(|compared| compared >= 40),
        "the committed golden files are gone"
    );
}

/// Changes to the expected parse of a list of wells, each of which must be noticed.
#[test]
fn the_comparison_of_imports_can_fail() {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/golden");
    let name = "flowjo_table.csv";
    let path = golden.join("assay/expected").join(format!("{name}.json"));
    let expected: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let failures = |change: fn(&mut serde_json::Value)| {
        let mut changed = expected.clone();
        change(&mut changed);
        match imports::compare(&golden, name, &changed, &Means::default()) {
            Outcome::Compared(comparison) => comparison.failures.len(),
            Outcome::NotBuilt(what) => panic!("{what}"),
        }
    };
    assert_eq!(failures(|_| {}), 0);
    assert!(failures(|set| set["format"] = "bmg_mars".into()) > 0);
    assert!(failures(|set| set["wells"][3]["CD25_median"] = 8825.into()) > 0);
    assert!(failures(|set| set["wells"].as_array_mut().unwrap().truncate(9)) > 0);
    assert!(failures(|set| set["wells"][0]["new"] = 1.into()) > 0);
    assert!(failures(|set| set["warnings"][1]["rows"][1] = 14.into()) > 0);
    assert!(failures(|set| set["warnings"].as_array_mut().unwrap().truncate(1)) > 0);
    assert!(failures(|set| set["outcome"] = "rejected".into()) > 0);
    assert!(failures(|set| set["delimiter"] = ";".into()) > 0);
}
