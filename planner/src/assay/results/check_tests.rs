use proptest::prelude::*;

use super::super::expected::{ExpectedPlate, ExpectedWell};
use super::*;
use crate::plate::{Content, PlateFormat};

/// Two 24-well plates: A01..A04 hold GENE1..GENE4, B01..B03 non-targeting, the rest is empty.
fn expected() -> Expected {
    let plate = |barcode: &str, done: bool| {
        let held = |name: &str, content, symbol: &str| ExpectedWell {
            well: name.parse().unwrap(),
            content,
            symbol: symbol.into(),
        };
        ExpectedPlate {
            barcode: barcode.into(),
            format: PlateFormat::W24,
            wells: vec![
                held("A1", Content::Candidate, "GENE1"),
                held("A2", Content::Candidate, "GENE2"),
                held("A3", Content::Candidate, "GENE3"),
                held("A4", Content::Candidate, "GENE4"),
                held("B1", Content::NonTargeting, ""),
                held("B2", Content::NonTargeting, ""),
                held("B3", Content::NonTargeting, ""),
            ],
            already_has_results: done,
        }
    };
    Expected { plates: vec![plate("P1", false), plate("0P2", false), plate("DONE", true)] }
}

fn run(text: &str) -> CheckReport {
    check(text.as_bytes(), &expected(), &CheckOptions::default())
}

fn codes(issues: &[Issue]) -> Vec<(String, Option<u64>)> {
    issues.iter().map(|issue| (issue.code.to_string(), issue.row)).collect()
}

fn errors(text: &str) -> Vec<(String, Option<u64>)> {
    codes(&run(text).errors)
}

#[test]
fn a_tidy_file_in_any_column_order_and_spelling_is_accepted() {
    let report = run("VALUE,Plate ID,Extra,Well,Other\n1.5,P1,x,a1,\n2.5,P1,y,B:01,\n");
    assert_eq!(report.errors, []);
    let accepted: Vec<(String, f64)> =
        report.accepted.iter().map(|r| (r.well.to_string(), r.value)).collect();
    assert_eq!(accepted, [("A01".into(), 1.5), ("B01".into(), 2.5)]);
    assert_eq!(report.unknown_columns, ["Extra", "Other"]);
    assert_eq!(report.plates_not_in_file, ["0P2", "DONE"]);
    let missing: Vec<String> = report.missing_wells.iter().map(|m| m.well.to_string()).collect();
    assert_eq!(missing, ["A02", "A03", "A04", "B02", "B03"]);
}

#[test]
fn a_semicolon_file_with_decimal_commas_is_read_with_a_warning() {
    let report = run("sep=;\r\nplate;well;value\r\nP1;A1;1,5\r\nP1;A2;2,25\r\n");
    assert_eq!(report.errors, []);
    assert_eq!(codes(&report.warnings), [("decimal_comma".into(), None)]);
    assert_eq!(report.accepted[1].value, 2.25);
    assert_eq!(report.preview[0].row, 3);
}

#[test]
fn the_only_unknown_numeric_column_holds_the_values() {
    let report = run("plate,well,MFI\nP1,A1,10\nP1,A2,NA\n");
    assert_eq!(report.value_column.as_deref(), Some("MFI"));
    assert_eq!(report.values, 1);
    assert_eq!(report.unknown_columns, Vec::<String>::new());
}

#[test]
fn a_missing_column_says_what_was_found_and_expected() {
    let report = run("plate,position,batch\nP1,A1,red\n");
    assert_eq!(codes(&report.errors), [("missing_column".into(), Some(1))]);
    let message = &report.errors[0].message;
    assert!(
        message.contains("`value` not found (found: `plate`, `position`, `batch`)"),
        "{message}"
    );
    assert!(message.contains("rename the column"), "{message}");
}

#[test]
fn every_error_of_a_file_is_reported_with_its_row() {
    let text = "plate,well,symbol,value\n\
        P1,A1,GENE1,high\n\
        P1,A2,GENE1,2\n\
        P1,Z9,,3\n\
        P1,what,,3\n\
        P1,D6,,4\n\
        P1,A3,GENE3\n\
        P9,A1,,5\n\
        P9,A2,,5\n\
        P1,A01,GENE1,6\n\
        P1,B1,,#DIV/0!\n\
        P1,B2,GENE2,1\n\
        DONE,A1,,inf\n";
    let expected = [
        ("not_a_number", 2),
        ("symbol_mismatch", 3),
        ("well_outside_plate", 4),
        ("not_a_well", 5),
        ("well_not_in_layout", 6),
        ("wrong_number_of_fields", 7),
        ("unknown_plate", 8),
        ("duplicate_well", 10),
        ("spreadsheet_error", 11),
        ("symbol_mismatch", 12),
        ("plate_already_has_results", 13),
        ("not_a_number", 13),
    ];
    let report = run(text);
    let expected = expected.map(|(code, row)| (code.to_owned(), Some(row)));
    assert_eq!(codes(&report.errors), expected);
    assert_eq!(report.errors[6].rows, [8, 9]);
    assert_eq!(report.errors[7].rows, [2, 10]);
    assert!(report.accepted.is_empty());
    assert!(report.errors.iter().all(|issue| issue.column.is_some() || issue.row == Some(7)));
}

#[test]
fn a_barcode_that_lost_its_zero_gets_a_proposal() {
    let report = run("plate,well,value\np2,A1,1\n");
    assert!(report.errors[0].message.contains("did you mean 0P2?"), "{}", report.errors[0].message);
}

#[test]
fn missing_and_saturated_cells_are_warnings_and_their_wells_are_missing() {
    let report = run("plate,well,value\nP1,A1,\nP1,A2,OVER\nP1,A3,3\nP1,D6,\n");
    assert_eq!(report.errors, []);
    let warnings = [("missing_value".into(), Some(2)), ("saturated_value".into(), Some(3))];
    assert_eq!(codes(&report.warnings), warnings);
    assert_eq!((report.rows, report.values, report.missing_wells.len()), (4, 1, 6));
}

#[test]
fn a_file_without_plate_column_is_taken_only_when_one_plate_is_expected() {
    let text = "well,value\nA1,1\n";
    assert_eq!(errors(text), [("missing_column".into(), Some(1))]);
    let mut one = expected();
    one.plates.truncate(1);
    let report = check(text.as_bytes(), &one, &CheckOptions::default());
    assert_eq!(report.accepted[0].plate, "P1");
    assert_eq!(codes(&report.warnings), [("plate_without_barcode".into(), None)]);
}

#[test]
fn two_readouts_in_a_file_are_refused_once() {
    let text = "plate,well,readout,value\nP1,A1,CD25,1\nP1,A1,IL2,2\nP1,A2,IL2,2\n";
    assert_eq!(errors(text), [("several_readouts".into(), Some(3))]);
}

#[test]
fn a_person_can_choose_the_decimal_mark_that_the_file_leaves_open() {
    let text = "plate;well;value\nP1;A1;1,234\n";
    assert_eq!(errors(text), [("ambiguous_number".into(), Some(2))]);
    let chosen = |decimal| CheckOptions { decimal: Some(decimal), ..CheckOptions::default() };
    let value = |decimal| check(text.as_bytes(), &expected(), &chosen(decimal)).accepted[0].value;
    assert_eq!(value(DecimalMark::Comma), 1.234);
    assert_eq!(value(DecimalMark::Point), 1234.0);
}

#[test]
fn empty_files_and_files_over_the_limit_are_refused() {
    for text in ["", "\n\n", "\u{feff}", "plate,well,value\n"] {
        assert_eq!(run(text).errors[0].code, IssueCode::EmptyFile, "{text:?}");
    }
    let small = CheckOptions { max_bytes: 10, ..CheckOptions::default() };
    let report = check(b"plate,well,value\n", &expected(), &small);
    assert_eq!(report.errors[0].code, IssueCode::FileTooLarge);
    assert!(report.errors[0].message.contains("17 bytes"), "{}", report.errors[0].message);
}

#[test]
fn reading_stops_at_the_limit_of_errors() {
    let rows: String = (0..5_000).map(|i| format!("P1,what{i},1\n")).collect();
    let report = run(&format!("plate,well,value\n{rows}"));
    assert_eq!((report.errors.len(), report.stopped_early), (1_000, true));
}

proptest! {
    #[test]
    fn the_order_of_rows_changes_nothing_but_row_numbers(
        rows in Just((0..14usize).collect::<Vec<_>>()).prop_shuffle(),
        values in prop::collection::vec(-1e3f64..1e3, 14),
    ) {
        let line = |row: &usize| {
            let plate = ["P1", "0P2"][row / 7];
            let well = ["A1", "A2", "A3", "A4", "B1", "B2", "B3"][row % 7];
            format!("{plate},{well},{:.2}\n", values[*row])
        };
        let file = |order: &[usize]| {
            "plate,well,value\n".to_owned() + &order.iter().map(line).collect::<String>()
        };
        let sorted: Vec<usize> = (0..14).collect();
        let (a, b) = (run(&file(&sorted)), run(&file(&rows)));
        prop_assert_eq!(a.errors.len(), 0);
        prop_assert_eq!(a.accepted.len(), 14);
        prop_assert_eq!(a.accepted, b.accepted);
        prop_assert_eq!((a.missing_wells, a.plates, a.values), (b.missing_wells, b.plates, b.values));
    }

    #[test]
    fn no_bytes_make_the_check_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        check(&bytes, &expected(), &CheckOptions::default());
    }

    #[test]
    fn accepted_readings_are_finite_and_only_in_planned_wells(
        body in "((P1|0P2|XX),[A-D][1-7],(1|2\\.5|NaN|inf|1e400|-3|,|\"1,5\"|>9)\n){0,8}",
    ) {
        let expected = expected();
        let text = format!("plate,well,value\n{body}");
        let report = check(text.as_bytes(), &expected, &CheckOptions::default());
        for reading in &report.accepted {
            prop_assert!(reading.value.is_finite());
            let plate = expected.plates.iter().find(|plate| plate.barcode == reading.plate);
            prop_assert!(plate.unwrap().wells.iter().any(|held| held.well == reading.well));
        }
        prop_assert!(report.errors.is_empty() || report.accepted.is_empty());
    }
}
