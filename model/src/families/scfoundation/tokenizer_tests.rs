use proptest::prelude::*;

use super::*;

const SYMBOLS: [&str; 6] = ["A1BG", "GATA3", "IL2", "STAT1", "TP53", "VSIR"];

fn list() -> GeneList {
    GeneList::from_symbols("test", SYMBOLS.map(str::to_owned).to_vec()).unwrap()
}

fn genes(symbols: &[&str]) -> Vec<Gene> {
    symbols.iter().map(|s| Gene { ensembl: None, symbol: s.to_string() }).collect()
}

/// Columns in the order of the list.
fn encoder() -> ValueEncoder {
    ValueEncoder::new(&list(), &genes(&SYMBOLS)).unwrap()
}

const COLUMNS: [u32; 3] = [4, 1, 2];
const COUNTS: [f32; 3] = [60.0, 30.0, 10.0];

fn value(count: f64, total: f64) -> f32 {
    (count / total * 10_000.0).ln_1p() as f32
}

fn edit(encoder: &ValueEncoder, edits: &[(u32, Edit)]) -> Edited {
    encoder.encode_edited(0, &COLUMNS, &COUNTS, 100.0, edits)
}

#[test]
fn a_cell_is_its_expressed_genes_ascending_then_t_and_s() {
    let cell = encoder().encode(0, &COLUMNS, &COUNTS, 100.0);
    assert_eq!(cell.ids, [1, 2, 4, 6, 7]);
    let expected = [value(30.0, 100.0), value(10.0, 100.0), value(60.0, 100.0), 4.0, 2.0];
    assert_eq!(cell.values, expected);
    assert_eq!(cell.truncated, 0);
}

#[test]
fn the_total_is_that_of_the_genes_of_the_model_and_columns_of_one_gene_are_added() {
    // MALAT1 is not in the list; C10orf54 is what VSIR was called.
    let genes = genes(&["GATA3", "MALAT1", "VSIR", "C10orf54"]);
    let encoder = ValueEncoder::new(&list(), &genes).unwrap();
    assert_eq!(encoder.known_genes(), 2);
    assert_eq!(
        [0, 1, 2, 3, 9].map(|c| encoder.token_of_column(c)),
        [Some(1), None, Some(5), Some(5), None]
    );
    let cell = encoder.encode(0, &[0, 1, 2, 3], &[7.0, 900.0, 1.0, 2.0], 910.0);
    assert_eq!(cell.ids, [1, 5, 6, 7]);
    assert_eq!(cell.values, [value(7.0, 10.0), value(3.0, 10.0), 4.0, 1.0]);
}

#[test]
fn another_target_depth_changes_t_only() {
    let shallow = encoder().encode(0, &COLUMNS, &COUNTS, 100.0);
    for (text, t) in [("t5", 5.0), ("f1", 2.0), ("f100", 4.0), ("a1", 3.0)] {
        let encoder = encoder().with_target(text.parse().unwrap());
        let deep = encoder.encode(0, &COLUMNS, &COUNTS, 100.0);
        assert_eq!(deep.ids, shallow.ids);
        assert_eq!(deep.values[..3], shallow.values[..3]);
        assert_eq!((deep.values[3], deep.values[4]), (t, 2.0), "{text}");
    }
}

#[test]
fn a_shorter_length_keeps_the_highest_counts_and_the_depths() {
    let encoder = encoder().with_max_len(4).unwrap();
    let cell = encoder.encode(0, &[0, 1, 2, 3], &[5.0, 50.0, 40.0, 5.0], 100.0);
    assert_eq!((cell.ids, cell.truncated), (vec![1, 2, 6, 7], 2));
    assert_eq!(cell.values, [value(50.0, 100.0), value(40.0, 100.0), 4.0, 2.0]);
    assert!(encoder.with_max_len(2).is_err());
}

#[test]
fn depths_are_read_even_of_a_cell_with_one_count_or_none() {
    let one = encoder().encode(0, &[3], &[1.0], 1.0);
    assert_eq!((one.ids, one.values), (vec![3, 6, 7], vec![value(1.0, 1.0), 4.0, 0.0]));
    let none = encoder().with_target("f2".parse().unwrap()).encode(0, &[], &[], 0.0);
    assert_eq!((none.ids, none.values), (vec![6, 7], vec![0.0, 0.0]));
}

#[test]
fn a_knock_out_leaves_the_input_and_the_depths_stay() {
    let before = encoder().encode(0, &COLUMNS, &COUNTS, 100.0);
    let after = edit(&encoder(), &[(4, Edit::KnockOut)]);
    assert!(after.changed);
    assert_eq!(after.cell.ids, [1, 2, 6, 7]);
    assert_eq!(after.cell.values[..2], before.values[..2]);
    assert_eq!(after.cell.values[2..], before.values[3..]);
}

#[test]
fn graded_edits_multiply_counts_and_over_expression_gives_the_highest() {
    let after = edit(&encoder(), &[(1, Edit::KnockDown(0.5)), (2, Edit::Activate(3.0))]);
    assert_eq!(after.cell.values[..2], [value(15.0, 100.0), value(30.0, 100.0)]);
    let after = edit(&encoder(), &[(3, Edit::OverExpress), (1, Edit::OverExpress)]);
    assert_eq!(after.cell.ids, [1, 2, 3, 4, 6, 7]);
    let highest = value(60.0, 100.0);
    assert_eq!(after.cell.values[..4], [highest, value(10.0, 100.0), highest, highest]);
}

#[test]
fn renormalising_takes_total_and_source_depth_from_the_edited_counts() {
    let after = edit(&encoder().renormalising(), &[(4, Edit::KnockOut)]);
    let s = 40.0_f64.log10() as f32;
    assert_eq!(after.cell.values, [value(30.0, 40.0), value(10.0, 40.0), 4.0, s]);
}

#[test]
fn an_edit_that_changes_nothing_says_so() {
    for edits in [
        &[(0, Edit::KnockOut)][..],
        &[(0, Edit::KnockDown(0.5))],
        &[(0, Edit::Activate(2.0))],
        &[(4, Edit::OverExpress)],
        &[(6, Edit::KnockOut), (7, Edit::OverExpress), (400, Edit::OverExpress)],
        &[],
    ] {
        let after = edit(&encoder(), edits);
        assert!(!after.changed, "{edits:?}");
        assert_eq!(after.cell, encoder().encode(0, &COLUMNS, &COUNTS, 100.0));
    }
}

#[test]
fn a_matrix_without_a_gene_of_the_model_is_refused() {
    let message = ValueEncoder::new(&list(), &genes(&["Gata3"])).unwrap_err().to_string();
    assert!(message.contains("Gata3") && message.contains("scfoundation"), "{message}");
}

proptest! {
    #[test]
    fn the_order_of_columns_does_not_matter(counts in prop::collection::vec(0u8..50, 6), turn in 0usize..6) {
        let mut cell: Vec<(u32, f32)> =
            counts.iter().enumerate().map(|(i, c)| (i as u32, f32::from(*c))).collect();
        let encode = |cell: &[(u32, f32)]| {
            let (columns, counts): (Vec<u32>, Vec<f32>) = cell.iter().copied().unzip();
            encoder().encode(0, &columns, &counts, 0.0)
        };
        let one = encode(&cell);
        cell.rotate_left(turn);
        prop_assert_eq!(&one, &encode(&cell));
        prop_assert!(one.ids.is_sorted());
        prop_assert_eq!(one.ids.len(), counts.iter().filter(|count| **count > 0).count() + 2);
    }

    #[test]
    fn a_stronger_activation_never_lowers_a_value(low in 1.0f32..5.0, more in 0.0f32..5.0) {
        let value = |factor| edit(&encoder(), &[(1, Edit::Activate(factor))]).cell.values[0];
        prop_assert!(value(low + more) >= value(low));
    }
}
