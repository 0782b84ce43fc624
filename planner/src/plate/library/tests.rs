use proptest::prelude::*;

use super::*;
use crate::plate::Well;

const HEADER: &str = "plate_barcode,well,guide_id,symbol,ensembl_id,sequence,volume_ul,concentration_um,lot,expiry\n";

fn issues(text: &str) -> Vec<(&'static str, u64)> {
    let issues = read_library(text, None).unwrap_err();
    issues.iter().map(|issue| (issue.code, issue.row)).collect()
}

#[test]
fn a_library_is_read_with_the_size_of_its_plates() {
    let text = format!(
        "{HEADER}SRC01,A1,GATA3_g1,GATA3,ENSG00000107485.18,acgtacgtacgtacgtacgt,40,10,L1,2027-03-31\n\
         SRC02,P24,NTC_1,,,,25.5,,,\n"
    );
    let file = read_library(&text, None).unwrap();
    let plates: Vec<(&str, u16, f64)> = file
        .plates
        .iter()
        .map(|plate| (plate.barcode.as_str(), plate.format.wells(), plate.dead_volume_ul))
        .collect();
    assert_eq!(plates, [("SRC01", 96, 20.0), ("SRC02", 384, 15.0)]);
    let first = &file.wells[0];
    assert_eq!(
        (first.ensembl_id.as_str(), first.sequence.as_str()),
        ("ENSG00000107485", "ACGTACGTACGTACGTACGT")
    );
    assert_eq!((first.volume_ul, first.concentration_um), (40.0, Some(10.0)));
    assert_eq!(first.expiry.as_deref(), Some("2027-03-31"));
    assert_eq!(file.wells[1].concentration_um, None);
    assert!(read_library(&text, Some(3.0)).unwrap().plates.iter().all(|p| p.dead_volume_ul == 3.0));
}

#[test]
fn semicolons_any_column_order_and_a_stated_plate_size_are_understood() {
    let text =
        "\u{feff}well;plate_format;volume_ul;symbol;guide_id;plate_barcode\nA1;384;30;GATA3;g1;S\n";
    let file = read_library(text, None).unwrap();
    assert_eq!(file.plates[0].format.wells(), 384);
    assert_eq!(file.wells[0].guide_id, "g1");
}

#[test]
fn every_error_is_told_with_its_row() {
    let text = format!(
        "{HEADER}S,A1,g1,GATA3,,ACGT,40,,,\n\
         S,A99,g2,GATA3,,,40,,,\n\
         S,A2,g3,GATA3,,,\"1,5\",,,\n\
         S,A3,,GATA3,,,-1,,,31.12.2026\n\
         S,A4,g4\n\
         S,B1,g5,X,,,40,,,\n\
         S,B01,g6,X,,,40,,,\n\
         S,B2,g7,X,,ACGTACGTACGTACGTACGT,40,,,\n\
         S,B3,g7,X,,TTTTACGTACGTACGTACGT,40,,,\n"
    );
    assert_eq!(
        issues(&text),
        [
            ("bad_sequence", 2),
            ("well_outside_plate", 3),
            ("not_a_number", 4),
            ("missing_value", 5),
            ("value_out_of_range", 5),
            ("bad_date", 5),
            ("wrong_number_of_fields", 6),
            ("duplicate_well", 8),
            ("duplicate_guide", 10),
        ]
    );
}

#[test]
fn missing_columns_and_empty_files_are_refused() {
    let missing = read_library("plate,well,guide_id,symbol,volume_ul\n", None).unwrap_err();
    assert_eq!(missing[0].code, "missing_column");
    assert!(missing[0].message.contains("found: plate, well"), "{}", missing[0].message);
    assert_eq!(issues(""), [("empty_file", 1)]);
    assert_eq!(issues(HEADER), [("empty_file", 1)]);
}

#[test]
fn a_day_that_does_not_exist_is_no_date() {
    for (day, good) in
        [("2028-02-29", true), ("2027-02-29", false), ("2027-04-31", false), ("2027-4-1", false)]
    {
        let text = format!("{HEADER}S,A1,g,X,,,40,,,{day}\n");
        assert_eq!(read_library(&text, None).is_ok(), good, "{day}");
    }
}

fn stock(well: &str, guide: &str, symbol: &str, available_nl: f64) -> Stock {
    Stock {
        plate: "S".into(),
        well: well.parse().unwrap(),
        guide_id: guide.into(),
        symbol: symbol.into(),
        ensembl_id: String::new(),
        available_nl,
        expiry: None,
        available_from: None,
    }
}

fn gene(symbol: &str) -> Target {
    Target::Gene { symbol: symbol.into(), ensembl_id: String::new() }
}

#[test]
fn a_gene_is_unavailable_for_the_reason_that_holds() {
    let mut library = vec![
        stock("A1", "a", "OLD", 9000.0),
        stock("A2", "b", "SOON", 9000.0),
        stock("A3", "c", "LITTLE", 4000.0),
    ];
    library[0].expiry = Some("2026-01-31".into());
    library[1].available_from = Some("2026-12-01".into());
    let words =
        |symbol, wells| match availability(&library, &gene(symbol), wells, 2500.0, "2026-11-25") {
            Ok(()) => "there".to_owned(),
            Err(shortage) => shortage.to_string(),
        };
    assert_eq!(words("OLD", 1), "reagent expired on 2026-01-31");
    assert_eq!(words("SOON", 1), "reagent arrives on 2026-12-01");
    assert_eq!(words("LITTLE", 1), "there");
    assert_eq!(words("LITTLE", 2), "too little reagent: 4.0 µl left, 5.0 µl needed");
    assert_eq!(words("NONE", 1), "no reagent in the library");
}

#[test]
fn replicates_take_a_genes_guides_in_turn_and_the_next_guide_steps_in_when_one_is_used_up() {
    let library = [
        stock("A1", "g1", "X", 5000.0),
        stock("A2", "g2", "X", 2500.0),
        stock("A3", "NTC_1", "", 2500.0),
    ];
    let wanted = |target: Target, replicate| Wanted { target, replicate };
    let list = [
        wanted(gene("X"), 1),
        wanted(gene("X"), 2),
        wanted(gene("X"), 2),
        wanted(gene("X"), 1),
        wanted(Target::Control("NTC_1".into()), 1),
        wanted(Target::Control("NTC_2".into()), 1),
    ];
    let found = allocate(&library, &list, 2500.0, "2026-11-25").sources;
    assert_eq!(found, [Some(0), Some(1), Some(0), None, Some(2), None]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]
    #[test]
    fn no_well_gives_more_than_it_has_and_nothing_is_refused_that_could_be_served(
        volumes in prop::collection::vec(0.0f64..20_000.0, 1..8),
        wells in 1usize..20,
        volume in 500.0f64..5000.0,
    ) {
        let library: Vec<Stock> = volumes.iter().enumerate()
            .map(|(i, nl)| Stock { well: Well { row: 0, col: i as u8 }, ..stock("A1", &format!("g{}", i % 3), "X", *nl) })
            .collect();
        let wanted: Vec<Wanted> = (0..wells)
            .map(|i| Wanted { target: gene("X"), replicate: (i % 3 + 1) as u16 })
            .collect();
        let found = allocate(&library, &wanted, volume, "2026-11-25").sources;
        for (index, held) in library.iter().enumerate() {
            let taken = found.iter().filter(|source| **source == Some(index)).count();
            prop_assert!(taken as f64 * volume <= held.available_nl + 1e-6 * volume);
        }
        let served = found.iter().all(Option::is_some);
        prop_assert_eq!(served, availability(&library, &gene("X"), wells, volume, "2026-11-25").is_ok());
    }

    #[test]
    fn no_text_makes_the_library_reader_panic(text in "[a-z_,;\n\"0-9A-Z.-]{0,200}") {
        let _ = read_library(&text, None);
        let _ = read_library(&format!("{HEADER}{text}"), None);
    }
}
