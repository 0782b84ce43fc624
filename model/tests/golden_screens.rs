//! In-silico perturbation compared with the reference perturber and its statistics.
//!
//! Walks `$NEXTWELL_GOLDEN_DIR` (default: `../shared/golden` beside the repository) and the copies
//! committed under `tests/data/golden`, and checks every `isp.json` found there with the weights
//! in the sibling directory of the same name without `_isp`.

#[path = "golden_screens/engine.rs"]
mod engine;
#[path = "golden_screens/run.rs"]
mod run;
#[path = "golden_screens/set.rs"]
mod set;
#[path = "golden_screens/statistics.rs"]
mod statistics;

use std::path::{Path, PathBuf};

/// Largest difference of a cosine from the reference, which computes them in `f32`.
const COSINE_TOLERANCE: f64 = 5e-6;
/// Largest difference of a statistic computed from the reference's own raw values.
const STATISTIC_TOLERANCE: f64 = 1e-9;

#[test]
fn golden_screens() {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let shared = std::env::var_os("NEXTWELL_GOLDEN_DIR")
        .map_or_else(|| repository.join("../shared/golden"), PathBuf::from);
    let mut files = Vec::new();
    for root in [repository.join("tests/data/golden"), shared] {
        let before = files.len();
        find(&root, &mut files);
        if files.len() == before {
            println!("golden_screens: no isp.json under {}", root.display());
        }
    }
    for file in &files {
        let report = set::check(file);
        println!("golden_screens: {}: {report}", file.display());
        assert!(report.runs_compared > 0, "{}: no run compared", file.display());
        assert!(
            report.largest_cosine <= COSINE_TOLERANCE,
            "{}: cosines differ by {:e}, allowed {COSINE_TOLERANCE:e}",
            file.display(),
            report.largest_cosine
        );
        assert!(
            report.largest_statistic <= STATISTIC_TOLERANCE,
            "{}: statistics differ by {:e}, allowed {STATISTIC_TOLERANCE:e}",
            file.display(),
            report.largest_statistic
        );
    }
    println!("golden_screens: {} sets checked", files.len());
    assert!(!files.is_empty(), "not even the committed set was found");
}

fn find(dir: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(dir) else { return };
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            find(&path, files);
        } else if path.file_name().is_some_and(|name| name == "isp.json") {
            files.push(path);
        }
    }
}
