//! Any bytes as a results file: recognised, read, and checked against plates.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nextwell_planner::assay::formats::{Context, KnownPlate, Outcome, check_results, read};
use nextwell_planner::assay::results::{CheckOptions, Expected};
use nextwell_planner::plate::PlateFormat;

fuzz_target!(|bytes: &[u8]| {
    let plates =
        [KnownPlate { barcode: "NW000101".into(), format: PlateFormat::W24, layout: None }];
    let context = Context {
        plates: Some(&plates),
        max_unpacked_bytes: 10_000_000,
        max_cells: 100_000,
        ..Context::default()
    };
    let import = read(bytes, &context);
    assert_eq!(import.outcome == Outcome::Rejected, !import.errors.is_empty());
    let report = check_results(bytes, &Expected { plates: Vec::new() }, &CheckOptions::default());
    assert!(report.errors.is_empty() || report.accepted.is_empty());
});
