//! Worklists byte for byte: the committed golden set, and any set of the same layout under
//! `$NEXTWELL_GOLDEN_DIR` (default `../shared/golden` beside the repository).
//!
//! `data/golden/assay/worklist_input.json` and `expected/worklist_*` were written for this project
//! with the other golden assay files; no robot's software made them.

use std::path::{Path, PathBuf};

use nextwell_planner::plate::PlateFormat;
use nextwell_planner::plate::worklist::{ECHO_STEP_NL, Transfer, echo_csv, generic_csv, tecan_gwl};
use serde_json::Value;

/// The transfers of a golden input.
fn transfers(input: &Value) -> Vec<Transfer> {
    let format = |value: &Value| PlateFormat::new(value.as_u64().unwrap() as u32).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let destination_format = format(&input["plate_format"]);
    let transfer = |row: &Value| {
        let source_format = format(&row["source_format"]);
        Transfer {
            source_plate: text(&row["source_plate"]),
            source_format,
            source_well: source_format.parse_well(&text(&row["source_well"])).unwrap(),
            destination_plate: text(&input["plate_barcode"]),
            destination_format,
            destination_well: destination_format
                .parse_well(&text(&row["destination_well"]))
                .unwrap(),
            volume_nl: row["volume_nl"].as_f64().unwrap(),
            symbol: text(&row["symbol"]),
        }
    };
    input["transfers"].as_array().unwrap().iter().map(transfer).collect()
}

/// Compares the three files of a set; `false` when there is no such set.
fn compare(golden: &Path) -> bool {
    let folder = golden.join("assay");
    let Ok(input) = std::fs::read_to_string(folder.join("worklist_input.json")) else {
        return false;
    };
    let transfers = transfers(&serde_json::from_str(&input).unwrap());
    let written = [
        ("worklist_generic.csv", generic_csv(&transfers).unwrap()),
        ("worklist_echo.csv", echo_csv(&transfers, ECHO_STEP_NL).unwrap()),
        ("worklist_tecan.gwl", tecan_gwl(&transfers).unwrap()),
    ];
    for (name, found) in written {
        let expected = std::fs::read(folder.join("expected").join(name)).unwrap();
        assert_eq!(found, String::from_utf8(expected).unwrap(), "{name}");
    }
    true
}

#[test]
fn committed_golden_worklists() {
    let committed = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/golden");
    assert!(compare(&committed), "the committed golden files are gone");
}

#[test]
fn golden_worklists() {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/golden");
    let golden = std::env::var_os("NEXTWELL_GOLDEN_DIR").map_or(beside, PathBuf::from);
    if !compare(&golden) {
        println!("skipped: no golden worklists found in {}", golden.display());
    }
}
