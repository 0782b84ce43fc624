use super::*;
use crate::assay::results::ExpectedWell;
use crate::plate::{Content as Held, PlateFormat};

fn plate(barcode: &str, done: bool) -> ExpectedPlate {
    let held = |name: &str, symbol: &str| ExpectedWell {
        well: name.parse().unwrap(),
        content: if symbol.is_empty() { Held::NonTargeting } else { Held::Candidate },
        symbol: symbol.into(),
    };
    ExpectedPlate {
        barcode: barcode.into(),
        format: PlateFormat::W6,
        wells: vec![held("A1", "GATA3"), held("A2", ""), held("B3", "BATF")],
        already_has_results: done,
    }
}

fn run(text: &str, plates: Vec<ExpectedPlate>) -> CheckReport {
    check_results(text.as_bytes(), &Expected { plates }, &CheckOptions::default())
}

fn bmg(barcode: &str) -> String {
    format!(
        "User: U,Path: p,Test run no.: 1\nID1: {barcode},ID2: D1\n\nRaw Data (450)\n,1,2,3\nA,1,2,3\nB,4,5,\n"
    )
}

#[test]
fn the_export_of_a_reader_is_taken_for_its_planned_wells() {
    let report = run(&bmg("P1"), vec![plate("P1", false), plate("P2", false)]);
    assert_eq!(report.errors, []);
    let accepted: Vec<(String, f64)> =
        report.accepted.iter().map(|reading| (reading.well.to_string(), reading.value)).collect();
    assert_eq!(accepted, [("A01".into(), 1.0), ("A02".into(), 2.0)]);
    assert_eq!(report.missing_wells[0].well.to_string(), "B03");
    assert_eq!(report.plates_not_in_file, ["P2"]);
    assert_eq!((report.preview[0].row, report.preview[0].symbol.as_str()), (6, "GATA3"));
    assert_eq!(report.readout.as_deref(), Some("Raw Data (450)"));
}

#[test]
fn a_matrix_without_barcode_is_the_only_plate_that_awaits_results() {
    let one = run(&bmg(""), vec![plate("P1", true), plate("P2", false)]);
    assert_eq!((one.errors.len(), one.accepted.len()), (0, 2));
    assert_eq!(one.warnings[0].code, IssueCode::PlateWithoutBarcode);
    let two = run(&bmg(""), vec![plate("P1", false), plate("P2", false)]);
    assert_eq!(two.errors[0].code, IssueCode::UnknownPlate);
    assert!(two.accepted.is_empty());
}

#[test]
fn a_plate_of_another_campaign_or_with_results_is_refused() {
    let other = run(&bmg("X9"), vec![plate("P1", false)]);
    assert_eq!(other.errors[0].code, IssueCode::UnknownPlate);
    let again = run(&bmg("P1"), vec![plate("P1", true)]);
    assert_eq!(again.errors[0].code, IssueCode::PlateAlreadyHasResults);
    assert!(other.accepted.is_empty() && again.accepted.is_empty());
}

#[test]
fn the_campaigns_own_list_is_checked_as_before() {
    let text = "plate,well,value\nP1,A1,1.5\nP1,A2,2.5\nP1,B3,3.5\n";
    let plates = vec![plate("P1", false)];
    let before =
        check(text.as_bytes(), &Expected { plates: plates.clone() }, &CheckOptions::default());
    assert_eq!(run(text, plates), before);
    assert_eq!(before.accepted.len(), 3);
}

#[test]
fn a_table_of_genes_is_named_for_what_it_is() {
    let text = "GENE\tBF\nGATA3\t3.5\n";
    let report = run(text, vec![plate("P1", false)]);
    assert_eq!(report.errors[0].code, IssueCode::UnknownFormat);
    let message = &report.errors[0].message;
    assert!(message.contains("BAGEL Bayes factors (1 gene"), "{message}");
}
