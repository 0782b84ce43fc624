use proptest::prelude::*;

use super::*;

fn format(text: &str) -> FormatId {
    read(text.as_bytes(), &Context::default()).format
}

#[test]
fn the_reader_of_a_program_wins_over_a_general_one() {
    let bmg = "User: U,Path: p,Test run no.: 1\nTest name: t\n\nID1: P1\nRaw Data (450)\n,1,2,3,4,5,6\nA,1,2,3,4,5,6\nB,1,2,3,4,5,6\n";
    assert_eq!(format(bmg), FormatId::BmgMars);
    assert_eq!(format(bmg.split_once("Raw").unwrap().1), FormatId::PlateMatrix);
}

#[test]
fn a_file_that_no_reader_knows_is_rejected_and_a_person_may_choose() {
    let text = "alpha,beta\nx,y\n";
    let import = read(text.as_bytes(), &Context::default());
    assert_eq!((import.format, import.outcome), (FormatId::Unknown, Outcome::Rejected));
    assert_eq!(import.errors[0].code, IssueCode::UnknownFormat);
    assert_eq!(import.preview[1], ["x", "y"]);
    let chosen = Context { format: Some(FormatId::WellList), ..Context::default() };
    let import = read(text.as_bytes(), &chosen);
    assert_eq!(import.format, FormatId::WellList);
    assert_eq!(import.errors[0].code, IssueCode::MissingColumn);
}

#[test]
fn a_table_with_several_columns_of_numbers_is_asked_about() {
    let text = "Gene,D1,D2\nGATA3,1.5,2.5\nBATF,3.5,4.5\n";
    let import = read(text.as_bytes(), &Context::default());
    assert_eq!(import.errors[0].code, IssueCode::UnknownFormat);
    assert_eq!(import.candidates[0].format, FormatId::TidyLong);
    let chosen = Context { format: Some(FormatId::TidyLong), ..Context::default() };
    let Content::Tidy(table) = read(text.as_bytes(), &chosen).content else {
        panic!("expected measurements")
    };
    assert_eq!(table.n_measurements, 4);
    assert_eq!(table.measurements[1].readout.as_deref(), Some("D2"));
}

#[test]
fn the_digest_is_that_of_the_bytes() {
    let import = read(b"abc", &Context::default());
    assert_eq!(import.digest, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_eq!(import.bytes, 3);
    assert_eq!(digest_of(&b"abc"[..]).unwrap(), import.digest);
}

#[test]
fn a_hundred_thousand_guides_are_read() {
    use std::fmt::Write;
    let mut text = String::from("sgRNA\tGene\tctrl\tsort\n");
    for guide in 0..100_000 {
        writeln!(text, "g{guide}\tGENE{}\t{}\t7", guide / 10, guide % 900).unwrap();
    }
    let import = read(text.as_bytes(), &Context::default());
    assert_eq!((import.format, import.outcome), (FormatId::GuideCounts, Outcome::Ok));
    let Content::Counts(table) = import.content else { panic!("expected counts") };
    assert_eq!(table.guides.len(), 100_000);
    assert_eq!(table.guides[99_999].counts, [Some(99_999 % 900), Some(7)]);
}

#[test]
fn errors_stop_at_the_limit() {
    let rows: String = (0..3_000).map(|row| format!("A{row},x\n")).collect();
    let import = read(format!("Well,Value\n{rows}").as_bytes(), &Context::default());
    assert_eq!((import.errors.len(), import.stopped_early), (1_000, true));
}

proptest! {
    #[test]
    fn no_bytes_make_a_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        read(&bytes, &Context::default());
    }

    #[test]
    fn no_table_makes_a_reader_panic(
        start in prop::sample::select(vec![
            "##BLOCKS= 1\nPlate:\tP\t1.3\tTimeFormat\tEndpoint\tL\tRaw\tF\t1\t\t\t\t\t\t1\t0\t1\t12\t96\n",
            "User: a,Path: b,Test run no.: 1\n", "Plate information\nPlate,Repeat,Barcode\n",
            "Software Version\t1\nExperiment File Path:\tx\nResults\n\t1\t2\t3\n",
            "* a = b\n[Results]\nWell Position\tSample Name\tTarget Name\tCT\n", ",x | Count\n",
            "ImageNumber,Metadata_Well,Count_Cells,Mean_C_I\n", "[Data]\nRow\tColumn\tPlane\tN\n",
            "sgRNA\tGene\ta\n", "Gene\tsgRNA\tx|beta\n", "Well,Value\n", "Gene,Value\n",
            ",1,2,3,4,5,6\nA,1\n", "RNA\tGENE\tBF\n",
        ]),
        rest in "[A-H0-9,;.\t\n\"~<>|/ -]{0,120}",
    ) {
        let text = format!("{start}{rest}");
        let first = read(text.as_bytes(), &Context::default());
        prop_assert_eq!(first.outcome == Outcome::Rejected, !first.errors.is_empty());
        prop_assert_eq!(first, read(text.as_bytes(), &Context::default()));
    }
}
