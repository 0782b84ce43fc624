use proptest::prelude::*;

use super::*;
use crate::pooled::ControlKind;

fn read(text: &str) -> LibraryFile {
    read_library(text.as_bytes(), |name| name == "CTRL")
}

fn said(text: &str) -> String {
    let line = |f: &Finding| {
        let row = f.row.map_or("-".into(), |row| row.to_string());
        format!("{row} {} {}: {}", f.code, f.column.clone().unwrap_or_default(), f.message)
    };
    read(text).errors.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_library_of_two_genes_and_controls_is_read_with_everything_it_says() {
    let file = read(
        "guide_id,symbol,ensembl_id,protospacer,pam,strand,position,score\n\
         G1,GATA3,ENSG00000107485.18,acgtacgtacgtacgtacgt,ngg,+,8073,0.7\n\
         G2,HBA1;HBA2,ENSG00000206172;ENSG00000188536,ACGTACGTACGTACGTACGA,NGG,-,,\n\
         C1,non-targeting,,ACGTACGTACGTACGTACGC,-,NA,-,-\n\
         C2,safe-targeting_2,,ACGTACGTACGTACGTACCC,,,,\n\
         G3,CTRL,ENSG00000141086,ACGTACGTACGTACGTACAA,,,,NA\n",
    );
    assert_eq!(file.errors, Vec::new());
    let [first, both, control, safe, gene] = &file.guides[..] else { panic!("{file:?}") };
    assert_eq!(first.ensembl_ids, ["ENSG00000107485"]);
    assert_eq!((first.protospacer.as_str(), first.score), ("ACGTACGTACGTACGTACGT", Some(0.7)));
    assert_eq!((first.pam.as_deref(), first.position), (Some("NGG"), Some(8073)));
    assert_eq!(both.symbols, ["HBA1", "HBA2"]);
    assert_eq!((both.strand.as_deref(), both.target()), (Some("-"), "HBA1;HBA2".into()));
    assert_eq!(control.control, Some(ControlKind::NonTargeting));
    assert_eq!(safe.control, Some(ControlKind::SafeTargeting));
    assert_eq!((gene.control, gene.symbols.as_slice()), (None, &["CTRL".to_owned()][..]));
    assert_eq!(file.rows, [2, 3, 4, 5, 6]);
}

#[test]
fn headers_of_design_tools_are_understood_and_others_are_named() {
    let file = read(
        "sgRNA ID\tTarget Gene Symbol\tsgRNA Sequence\tOn-Target Score\tExon\n\
         a\tMYB\tACGTACGTACGTACGTACGT\t0.5\t2\n",
    );
    assert_eq!((file.errors.len(), file.guides.len()), (0, 1));
    assert_eq!(file.unknown_columns, ["Exon"]);
}

#[test]
fn every_error_is_listed_with_its_row_and_what_to_do() {
    insta::assert_snapshot!(said(
        "guide_id,symbol,protospacer,strand,score\n\
         G1,GATA3,ACGTACGTACGTACGTACGT,+,1\n\
         G1,GATA3,ACGTACGTACGTACGTACGA,+,1\n\
         ,MYB,ACGTACGTACGTACGTACGT,+,1\n\
         G4,,ACGTACGTACGTACGTACGT,+,1\n\
         G5,MYB,ACGUACGTACGTACGTACGT,+,1\n\
         G6,MYB,ACGTACGTACGTACGT,sideways,0,5\n\
         G7,MYB,ACGTACGTACGTACGT,sideways,high\n\
         G8,A;B;C,ACGTACGTACGTACGTACGT,+,1\n\
         =G9,MYB,ACGTACGTACGTACGTACGT,+,1\n",
    ), @r"
    3 duplicate_guide : guide G1 is in row 2 already; every guide needs a name of its own
    4 missing_guide guide_id: no guide name; give every guide one
    5 missing_gene symbol: guide G4 names no gene; write a symbol or an Ensembl id
    6 bad_sequence protospacer: guide G5 has `U` at position 4; expected the letters A, C, G and T only, without PAM and adapters
    7 wrong_number_of_fields : 6 cells, the header has 5; write every row with all columns
    8 bad_sequence protospacer: guide G7 has 16 letters; a protospacer has 17 to 25
    8 bad_strand strand: guide G7: strand sideways is unknown; write + or -
    8 not_a_number score: guide G7: score high is no number with a decimal point; leave it empty or mend it
    9 too_many_genes symbol: guide G8 names 3 genes; one or two are allowed: leave it out
    10 bad_guide_name guide_id: guide name =G9 cannot be used; write up to 100 characters that do not begin with =, + or @
    ");
}

#[test]
fn a_file_that_is_no_library_says_what_is_missing() {
    insta::assert_snapshot!(said("well,value\nA01,3\n"), @r"
    1 missing_column : no column guide_id (found: well, value); name it guide_id or one of: guideid, guide, sgrna, sgrnaid, grnaid, grna
    1 missing_column : no column symbol or ensembl_id (found: well, value); name it symbol or ensembl_id or one of: symbol, gene, genesymbol, targetgene, targetgenesymbol
    1 missing_column : no column protospacer (found: well, value); name it protospacer or one of: protospacer, protospacer20nt, sequence, guidesequence, sgrnasequence, sgrnatargetsequence, grnasequence, spacer
    ");
    assert!(said("").starts_with("- empty_file"));
    assert!(said("guide_id,symbol,protospacer\n").starts_with("- empty_file"));
    assert!(read_library(b"PK\x03\x04", |_| false).errors[0].code == "not_text");
}

#[test]
fn a_library_without_end_of_errors_stops_at_a_thousand() {
    let rows: String = (0..3000).map(|i| format!("G{i},MYB,short\n")).collect();
    let file = read(&format!("guide_id,symbol,protospacer\n{rows}"));
    assert_eq!(file.errors.len(), 1001);
    assert_eq!(file.errors.last().unwrap().code, "stopped_early");
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(text in "[a-zACGT,;|+\n\"=\u{e9} 0-9-]{0,200}") {
        let file = read(&format!("guide_id,symbol,protospacer,score\n{text}"));
        prop_assert_eq!(file.guides.len(), file.rows.len());
    }
}
