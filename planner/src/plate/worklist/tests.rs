use proptest::prelude::*;

use super::*;
use crate::plate::{PlateFormat, Well};

fn transfer(source: &str, well: &str, volume_nl: f64) -> Transfer {
    Transfer {
        source_plate: source.into(),
        source_format: PlateFormat::W384,
        source_well: well.parse().unwrap(),
        destination_plate: "NW000102".into(),
        destination_format: PlateFormat::W96,
        destination_well: Well { row: 1, col: 6 },
        volume_nl,
        symbol: "KLF4".into(),
    }
}

#[test]
fn positions_of_a_tecan_list_count_down_the_columns_of_each_plates_own_size() {
    let text = tecan_gwl(&[transfer("SRC01", "B02", 2500.0)]).unwrap();
    assert_eq!(text, "A;SRC01;;;18;;2.5;;;\r\nD;NW000102;;;50;;2.5;;;\r\nW;\r\n");
}

#[test]
fn an_echo_list_refuses_a_volume_that_is_no_whole_number_of_droplets() {
    let list = [transfer("S", "A1", 2501.0)];
    let message = echo_csv(&list, ECHO_STEP_NL).unwrap_err().to_string();
    assert!(message.contains("B07") && message.contains("multiple of 2.5 nl"), "{message}");
    assert!(echo_csv(&[transfer("S", "A1", 27.5)], 25.0).is_err());
    assert!(
        echo_csv(&[transfer("S", "A1", 27.5)], ECHO_STEP_NL).unwrap().contains(",27.5,KLF4\r\n")
    );
}

#[test]
fn a_label_that_a_tecan_list_cannot_hold_is_refused() {
    for label in ["", "a;b", &"x".repeat(33)] {
        let found = tecan_gwl(&[transfer(label, "A1", 1000.0)]);
        assert!(matches!(found, Err(WorklistError::Label { .. })), "{label}");
    }
}

#[test]
fn a_method_gets_the_columns_it_reads_by_name() {
    let list = [transfer("S,1", "A1", 1250.0)];
    assert_eq!(
        columns_csv(&list, &HAMILTON_COLUMNS).unwrap(),
        "SourcePlate,SourceWell,DestinationPlate,DestinationWell,Volume\r\n\"S,1\",A1,NW000102,B7,1.25\r\n"
    );
    let own = ["from", "at", "to", "into", "ul"];
    assert!(columns_csv(&list, &own).unwrap().starts_with("from,at,to,into,ul\r\n"));
    for bad in [&["a", "b"][..], &["a", "a", "b", "c", "d"], &["a", " ", "b", "c", "d"]] {
        assert!(matches!(columns_csv(&list, bad), Err(WorklistError::Columns { .. })));
    }
}

#[test]
fn racks_and_deck_positions_are_numbered_without_gaps() {
    let list =
        [transfer("S2", "C3", 500.0), transfer("S1", "A1", 500.0), transfer("S2", "D4", 500.0)];
    assert_eq!(
        epmotion_csv(&list).unwrap(),
        "Rack,Source,Rack,Destination,Volume,Tool\r\n1,C3,1,B7,0.5,1\r\n2,A1,1,B7,0.5,1\r\n1,D4,1,B7,0.5,1\r\n"
    );
    assert_eq!(
        mosquito_csv(&list).unwrap(),
        "Worklist\r\n1,3,3,3,7,2,500\r\n2,1,1,3,7,2,500\r\n1,4,4,3,7,2,500\r\n"
    );
}

#[test]
fn nothing_to_do_and_impossible_volumes_are_refused_in_every_format() {
    type Format = fn(&[Transfer]) -> Result<String, WorklistError>;
    let formats: [Format; 6] = [
        generic_csv,
        |list| echo_csv(list, ECHO_STEP_NL),
        tecan_gwl,
        |list| columns_csv(list, &BIOMEK_COLUMNS),
        epmotion_csv,
        mosquito_csv,
    ];
    for write in formats {
        assert_eq!(write(&[]), Err(WorklistError::NoTransfers));
        for volume in [0.0, -5.0, f64::NAN, f64::INFINITY] {
            let found = write(&[transfer("S", "A1", volume)]);
            assert!(matches!(found, Err(WorklistError::Volume { .. })), "{volume}");
        }
    }
}

proptest! {
    #[test]
    fn microlitres_read_back_as_the_same_nanolitres(droplets in 1u32..400_000) {
        let nl = f64::from(droplets) * 2.5;
        let read: f64 = microlitres(nl).parse().unwrap();
        prop_assert!((read * 1000.0 - nl).abs() < 1e-6);
        prop_assert!(microlitres(nl).len() <= 8);
    }

    #[test]
    fn an_unpadded_well_reads_back_as_the_same_well(row in 0u8..32, col in 0u8..48) {
        let well = Well { row, col };
        prop_assert_eq!(PlateFormat::W1536.parse_well(&unpadded(well)).unwrap(), well);
    }
}
