use super::*;
use crate::pooled::control_kind;

const MLE: &str = include_str!("../../../../tests/data/pooled/mageck_mle.gene_summary.txt");
const TEST: &str = include_str!("../../../../tests/data/pooled/mageck_test.gene_summary.txt");
const BROKEN: &str = include_str!("../../../../tests/data/pooled/broken_mageck.gene_summary.txt");

fn choice() -> Choice {
    Choice { condition: None, fdr: FdrKind::Fdr, max_fdr: 0.05, both_sides: true }
}

fn is_control(name: &str) -> bool {
    control_kind(name).is_some()
}

fn hits(called: &Called) -> Vec<&str> {
    called.genes.iter().filter(|gene| gene.hit).map(|gene| gene.name.as_str()).collect()
}

#[test]
fn an_mle_table_has_conditions_effects_and_two_kinds_of_fdr() {
    let summary = read_summary(MLE.as_bytes());
    assert_eq!((&summary.errors, &summary.warnings), (&Vec::new(), &Vec::new()));
    assert_eq!(
        (summary.method, summary.conditions.as_slice()),
        (Method::Mle, &["stim".into()][..])
    );
    assert_eq!(summary.rows.len(), 24);
    let gata3 = &summary.rows[0];
    assert_eq!((gata3.name.as_str(), gata3.guides, gata3.row), ("GATA3", 4, 2));
    let effect = gata3.effects[0];
    assert_eq!(
        (effect.effect, effect.fdr, effect.wald_fdr),
        (-0.90946, Some(0.057862), Some(0.042202))
    );
    assert!((effect.se.unwrap() - 0.90946 / 2.4555).abs() < 1e-12);
    assert!(summary.unknown_columns.is_empty());
}

#[test]
fn the_two_fdrs_of_mle_call_different_hits_and_the_rule_names_which() {
    let summary = read_summary(MLE.as_bytes());
    let by_fdr = call(&summary, &choice(), is_control).unwrap();
    let by_wald =
        call(&summary, &Choice { fdr: FdrKind::WaldFdr, ..choice() }, is_control).unwrap();
    assert_eq!(hits(&by_fdr), ["IKZF2", "IRF4", "STAT3", "NFKB1", "RELA", "ETS1", "ELF1"]);
    assert_eq!(
        hits(&by_wald),
        ["GATA3", "IKZF2", "IRF4", "STAT3", "NFKB1", "RELA", "ETS1", "ELF1"]
    );
    assert_eq!(by_fdr.rule, "MAGeCK MLE: stim|fdr below 0.05");
    assert_eq!(by_wald.rule, "MAGeCK MLE: stim|wald-fdr below 0.05");
    let gains = call(&summary, &Choice { both_sides: false, ..choice() }, is_control).unwrap();
    assert_eq!(hits(&gains), ["IKZF2", "RELA", "ETS1", "ELF1"]);
}

#[test]
fn a_test_table_keeps_both_sides_and_sets_its_control_row_apart() {
    let summary = read_summary(TEST.as_bytes());
    assert_eq!((summary.method, summary.errors.len()), (Method::Test, 0));
    let called = call(&summary, &choice(), is_control).unwrap();
    assert_eq!((called.genes.len(), called.controls.len()), (23, 1));
    let control = &called.controls[0];
    // Called by its positive side: a false positive that a person should see.
    assert_eq!(
        (control.name.as_str(), control.hit, control.fdr),
        ("NonTargeting", true, Some(0.037351))
    );
    assert_eq!(hits(&called), ["GATA3", "TBX21", "BACH2", "TCF7", "LEF1", "ETS1", "FLI1", "ELF1"]);
    assert_eq!(called.genes[0].fdr, Some(0.000005));
    assert!(!called.scale.from_controls, "one control row is no scale");
    let median = called.genes.iter().filter(|gene| gene.robust_z.abs() < 1e-9).count();
    assert_eq!(median, 1, "an odd number of genes has its median among them");
}

#[test]
fn eight_control_rows_define_the_scale() {
    let mut text = MLE.to_owned();
    for i in 0..8 {
        let beta = f64::from(i) * 0.1 - 0.35;
        text += &format!("NTC_{i}\t4\t{beta}\t{beta}\t0.5\t0.9\t0.5\t0.9\n");
    }
    let called = call(&read_summary(text.as_bytes()), &choice(), is_control).unwrap();
    assert_eq!((called.scale.from_controls, called.scale.rows), (true, 8));
    assert!(called.scale.median.abs() < 1e-12);
    let mad = 0.2 * crate::assay::stats::MAD_CONSTANT;
    assert!((called.scale.mad - mad).abs() < 1e-12);
    let gata3 = &called.genes[0];
    assert!((gata3.robust_z - -0.90946 / mad).abs() < 1e-9);
    assert!((gata3.se.unwrap() - 0.90946 / 2.4555 / mad).abs() < 1e-9);
}

#[test]
fn every_error_of_a_broken_table_is_listed_with_its_row_and_column() {
    let summary = read_summary(BROKEN.as_bytes());
    let found: Vec<(&str, Option<u64>, Option<&str>)> =
        summary.errors.iter().map(|e| (e.code, e.row, e.column.as_deref())).collect();
    assert_eq!(
        found,
        [("value_out_of_range", Some(2), Some("neg|p-value")), ("duplicate_gene", Some(3), None)]
    );
    let said = |text: &str| {
        let errors = read_summary(text.as_bytes()).errors;
        errors.first().map(|e| (e.code, e.row)).unwrap()
    };
    let mle = "Gene\tsgRNA\ta|beta\ta|fdr\n";
    assert_eq!(said(&format!("{mle}MYB\t4\tbright\t0.1\n")), ("not_a_number", Some(2)));
    assert_eq!(said(&format!("{mle}MYB\t4\t0.2\n")), ("wrong_number_of_fields", Some(2)));
    assert_eq!(said(&format!("{mle}MYB\tfour\t0.2\t0.1\n")), ("not_a_count", Some(2)));
    assert_eq!(said(mle), ("empty_file", None));
    let guides = "sgrna\tGene\tcontrol_count\tLFC\ns1\tMYB\t4\t0.1\n";
    assert!(is_mageck(guides.as_bytes()));
    assert_eq!(said(guides), ("guide_table", Some(1)));
}

#[test]
fn several_conditions_must_be_chosen_from_and_an_unknown_one_is_named() {
    let text = "Gene\tsgRNA\trest|beta\trest|fdr\tstim|beta\tstim|fdr\n\
                MYB\t4\t0.1\t0.9\t1.5\t0.01\nKLF2\t4\tNA\t0.9\t0.1\t0.8\nTBX21\t4\t0.2\t0.9\t0.2\t0.8\n";
    let summary = read_summary(text.as_bytes());
    assert_eq!(summary.warnings[0].code, "missing_value");
    let none = call(&summary, &choice(), is_control).unwrap_err();
    insta::assert_snapshot!(none, @"the table has no condition (none chosen); it has rest, stim: choose one of them");
    let stim = Choice { condition: Some("stim".into()), ..choice() };
    assert_eq!(hits(&call(&summary, &stim, is_control).unwrap()), ["MYB"]);
    let rest = Choice { condition: Some("rest".into()), ..choice() };
    assert_eq!(hits(&call(&summary, &rest, is_control).unwrap()), Vec::<&str>::new());
}

#[test]
fn tables_that_mageck_did_not_write_are_left_to_other_readers() {
    assert!(is_mageck(MLE.as_bytes()) && is_mageck(TEST.as_bytes()));
    for other in ["plate_barcode,well,value\nNW1,A01,3\n", "gene,score\nMYB,1\n", "", "Gene\tBF\n"]
    {
        assert!(!is_mageck(other.as_bytes()), "{other}");
    }
}

#[test]
fn effects_that_are_all_the_same_have_no_scale() {
    let text = "Gene\tsgRNA\ta|beta\ta|fdr\nMYB\t4\t0\t0.1\nKLF2\t4\t0\t0.1\n";
    let error = call(&read_summary(text.as_bytes()), &choice(), is_control).unwrap_err();
    assert!(error.to_string().contains("no spread"), "{error}");
}
