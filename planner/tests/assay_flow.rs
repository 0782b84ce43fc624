//! A plate from its layout over the results file to hit calls, through the public front door.

use nextwell_planner::assay::hits::{Direction, GeneEstimate, HitRule, call_hits, estimate_genes};
use nextwell_planner::assay::normalise::{MeasuredPlate, Method, normalise};
use nextwell_planner::assay::qc::{QcLimits, QcVerdict, plate_qc};
use nextwell_planner::assay::results::{CheckOptions, Expected, ExpectedPlate, check};
use nextwell_planner::plate::{
    CandidateWell, Content, LayoutRequest, Plate, PlateFormat, layout, map_csv, parse_map,
};
use proptest::prelude::*;

fn plate() -> Plate {
    let candidates = (0..12).flat_map(|gene| {
        (1..=2).map(move |replicate| CandidateWell {
            symbol: format!("GENE{gene:02}"),
            ensembl_id: format!("ENSG{gene:011}"),
            replicate,
        })
    });
    layout(&LayoutRequest {
        format: PlateFormat::W96,
        barcode: "NW000001".into(),
        candidates: candidates.collect(),
        non_targeting: (0..8).map(|i| format!("NTC_{i}")).collect(),
        positive: (0..4).map(|i| format!("POS_{i}")).collect(),
        untreated: 0,
        donor: String::new(),
        seed: 3,
    })
    .unwrap()
}

/// A results row a well: controls near 100, positives near 20, `GENE03` far down, others null.
fn rows(plate: &Plate) -> Vec<String> {
    let rows = plate.wells.iter().enumerate().map(|(index, held)| {
        let noise = (index * 7 % 11) as f64 - 5.0;
        let level = match held.content {
            Content::Positive => 20.0,
            Content::Candidate if held.symbol == "GENE03" => 30.0,
            _ => 100.0,
        };
        format!("{},{},{},{:.1}\n", plate.barcode, held.well, held.symbol, level + noise)
    });
    rows.collect()
}

fn genes(plate: &Plate, rows: &[String]) -> Vec<GeneEstimate> {
    let file = "plate,well,symbol,value\n".to_owned() + &rows.concat();
    let expected = Expected { plates: vec![ExpectedPlate::of(plate)] };
    let report = check(file.as_bytes(), &expected, &CheckOptions::default());
    assert_eq!(report.errors, []);
    assert_eq!(report.missing_wells, []);
    let measured = MeasuredPlate::from_readings(plate, &report.accepted);
    let qc = plate_qc(&measured, &QcLimits::default()).unwrap();
    assert_eq!(qc.verdict, QcVerdict::Passed, "{:?}", qc.notes);
    estimate_genes(&normalise(&measured, Method::RobustZ).unwrap())
}

#[test]
fn the_planted_gene_and_only_it_is_called_a_hit() {
    let plate = plate();
    let estimates = genes(&plate, &rows(&plate));
    assert_eq!(estimates.len(), 12);
    assert!(estimates.iter().all(|gene| gene.n_wells == 2));
    let calls = call_hits(&estimates, &HitRule::default()).unwrap();
    let hits: Vec<_> = calls.iter().filter(|call| call.direction.is_some()).collect();
    assert_eq!(hits.len(), 1);
    assert_eq!(hits[0].estimate.symbol, "GENE03");
    assert_eq!(hits[0].direction, Some(Direction::Down));
}

#[test]
fn a_plate_survives_its_map_file() {
    let before = plate();
    let after = parse_map(&map_csv(&before), before.format).unwrap();
    assert_eq!(after.wells, before.wells);
    assert_eq!(after.barcode, before.barcode);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn the_order_of_rows_does_not_change_the_gene_estimates(
        order in Just((0..36usize).collect::<Vec<_>>()).prop_shuffle(),
    ) {
        let plate = plate();
        let rows = rows(&plate);
        let shuffled: Vec<String> = order.iter().map(|index| rows[*index].clone()).collect();
        prop_assert_eq!(genes(&plate, &rows), genes(&plate, &shuffled));
    }
}
