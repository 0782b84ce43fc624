//! Parity with the reference implementations, on the golden sets that are present.
//!
//! Every directory below the committed `tests/data/golden`, and below `$NEXTWELL_GOLDEN_DIR` where
//! it exists (default: `shared/golden` beside the repository), is visited. Shapes and widths come
//! from each set's own files. Every tensor of a set is compared, or the test fails.

mod golden;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use golden::{Outcome, Report};

fn roots() -> Vec<PathBuf> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let elsewhere = std::env::var_os("NEXTWELL_GOLDEN_DIR")
        .map_or_else(|| here.join("../../shared/golden"), PathBuf::from);
    vec![here.join("../tests/data/golden"), elsewhere]
}

/// Directories that hold files, root first, in the order of their names.
fn directories(root: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(root) else {
        return Vec::new();
    };
    let mut children: Vec<PathBuf> =
        entries.flatten().map(|e| e.path()).filter(|p| p.is_dir()).collect();
    children.sort();
    let mut all = vec![root.to_path_buf()];
    all.extend(children.iter().flat_map(|c| directories(c)));
    all
}

fn name(root: &Path, set: &Path) -> String {
    set.strip_prefix(root).unwrap_or(set).display().to_string()
}

#[test]
fn golden_models() {
    let (mut compared, mut failures) = (BTreeSet::new(), Vec::new());
    for root in roots() {
        if !root.is_dir() {
            println!("skipped: no golden sets at {}", root.display());
            continue;
        }
        let sets = directories(&root);
        if sets.iter().all(|set| matches!(golden::check(set), Outcome::NotASet)) {
            println!("no golden set found below {}", root.display());
        }
        for set in sets {
            let set_name = name(&root, &set);
            match golden::check(&set) {
                Outcome::NotASet => {}
                Outcome::Checked(Ok(Report { family, compared: what, largest })) => {
                    println!("{family}  {set_name}  {what}  largest difference {largest:.1e}");
                    compared.insert(set_name);
                }
                Outcome::Checked(Err(what)) => failures.push(format!("{set_name}: {what}")),
            }
        }
    }
    println!("{} golden sets compared (a set in both places counts once)", compared.len());
    assert!(failures.is_empty(), "golden sets that differ:\n{}", failures.join("\n"));
    assert!(!compared.is_empty(), "no golden set found, not even the committed ones");
}
