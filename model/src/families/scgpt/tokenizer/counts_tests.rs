//! Encoding of counts and edits of it.

use proptest::prelude::*;

use super::*;
use crate::cells::Gene;

/// Genes of the test vocabulary; `<pad>` and `<cls>` follow.
const GENES: u32 = 40;

fn encoder(max_len: usize, seed: Option<u64>) -> CountEncoder {
    let symbols = (0..GENES).map(|i| (format!("gene {i}"), i));
    let specials = [("<pad>".to_owned(), GENES), ("<cls>".to_owned(), GENES + 1)];
    let tokens: BTreeMap<String, u32> = symbols.chain(specials).collect();
    let json = serde_json::to_vec(&tokens).unwrap();
    let vocabulary = Vocabulary::from_json(&json, "test").unwrap();
    let gene = |i: u32| Gene { ensembl: None, symbol: format!("gene {i}") };
    // The last column repeats gene 0.
    let genes: Vec<Gene> = (0..GENES).chain([0]).map(gene).collect();
    let columns = Columns::of(&vocabulary, &genes).unwrap();
    let vocabulary = Arc::new(vocabulary);
    CountEncoder { columns, vocabulary, cls_value: -2.0, n_bins: 51, max_len, seed }
}

fn encode(encoder: &CountEncoder, cell: usize, counts: &[(u32, f32)]) -> CellTokens {
    let (columns, values): (Vec<u32>, Vec<f32>) = counts.iter().copied().unzip();
    encoder.encode(cell, &columns, &values, 1.0)
}

fn edit(encoder: &CountEncoder, counts: &[(u32, f32)], edits: &[(u32, Edit)]) -> Edited {
    let (columns, values): (Vec<u32>, Vec<f32>) = counts.iter().copied().unzip();
    encoder.encode_edited(0, &columns, &values, 1.0, edits)
}

fn counts() -> impl Strategy<Value = Vec<(u32, f32)>> {
    prop::collection::btree_map(0..GENES, (0u32..30).prop_map(|c| c as f32), 0..40)
        .prop_map(|map| map.into_iter().collect())
}

proptest! {
    #[test]
    fn a_cell_has_cls_then_its_expressed_genes_within_the_length(
        counts in counts(), max_len in 2usize..50, seed in prop::option::of(0u64..9),
    ) {
        let cell = encode(&encoder(max_len, seed), 3, &counts);
        let expressed = counts.iter().filter(|(_, count)| *count > 0.0).count();
        prop_assert_eq!((cell.ids[0], cell.values[0]), (GENES + 1, -2.0));
        prop_assert_eq!(cell.ids.len(), (expressed + 1).min(max_len));
        prop_assert_eq!(cell.ids.len() - 1 + cell.truncated, expressed);
        prop_assert!(cell.ids[1..].is_sorted_by(|a, b| a < b));
        for (id, bin) in cell.ids.iter().zip(&cell.values).skip(1) {
            prop_assert!(counts.iter().any(|(gene, count)| gene == id && *count > 0.0));
            prop_assert!((1.0..=50.0).contains(bin));
        }
    }

    #[test]
    fn the_order_of_columns_does_not_matter(
        counts in counts(), seed in prop::option::of(0u64..9),
    ) {
        let encoder = encoder(12, seed);
        let reversed: Vec<_> = counts.iter().rev().copied().collect();
        prop_assert_eq!(encode(&encoder, 1, &counts), encode(&encoder, 1, &reversed));
    }

    #[test]
    fn a_knock_out_leaves_the_other_genes_bins_alone(
        counts in counts(), gene in 0..GENES, seed in prop::option::of(0u64..9),
    ) {
        let encoder = encoder(100, seed);
        let before = encode(&encoder, 0, &counts);
        let after = edit(&encoder, &counts, &[(gene, Edit::KnockOut)]);
        let others = |cell: &CellTokens| -> Vec<(u32, f32)> {
            let pairs = cell.ids.iter().copied().zip(cell.values.iter().copied());
            pairs.filter(|(id, _)| *id != gene).collect()
        };
        prop_assert!(!after.cell.ids.contains(&gene));
        prop_assert_eq!(others(&after.cell), others(&before));
        prop_assert_eq!(after.changed, before.ids.contains(&gene));
    }
}

#[test]
fn the_highest_counts_stay_without_a_seed_and_ties_go_to_the_lower_token() {
    let cell = encode(&encoder(4, None), 0, &[(1, 2.0), (4, 9.0), (7, 2.0), (9, 5.0), (11, 1.0)]);
    assert_eq!((cell.ids, cell.truncated), (vec![GENES + 1, 1, 4, 9], 2));
}

#[test]
fn a_seed_chooses_genes_at_random_by_cell_and_again_alike() {
    let counts: Vec<(u32, f32)> = (0..GENES).map(|i| (i, 1.0)).collect();
    let (encoder, other) = (encoder(11, Some(5)), encoder(11, Some(6)));
    let first = encode(&encoder, 0, &counts);
    assert_eq!(first, encode(&encoder, 0, &counts));
    assert_ne!(first.ids, encode(&encoder, 1, &counts).ids);
    assert_ne!(first.ids, encode(&other, 0, &counts).ids);
    // All counts tie, so every bin is a draw.
    let mut bins = first.values[1..].to_vec();
    bins.dedup();
    assert!(bins.len() > 5, "{bins:?}");
}

#[test]
fn ties_are_in_the_middle_without_a_seed() {
    let cell = encode(&encoder(9, None), 0, &[(3, 4.0), (2, 4.0)]);
    assert_eq!(cell.values, [-2.0, 25.0, 25.0]);
}

#[test]
fn counts_of_two_columns_of_a_gene_are_added() {
    let encoder = encoder(9, None);
    let split = encode(&encoder, 0, &[(0, 1.0), (1, 2.0), (GENES, 3.0)]);
    assert_eq!(split, encode(&encoder, 0, &[(0, 4.0), (1, 2.0)]));
    assert_eq!(encoder.known_genes(), GENES as usize);
}

#[test]
fn an_over_expressed_gene_has_the_top_bin_and_is_never_truncated() {
    let counts: Vec<(u32, f32)> = (0..30).map(|i| (i, (i + 2) as f32)).collect();
    for seed in [None, Some(3)] {
        let after = edit(&encoder(10, seed), &counts, &[(35, Edit::OverExpress)]);
        let place = after.cell.ids.iter().position(|&id| id == 35).unwrap();
        assert_eq!(after.cell.values[place], 50.0);
        assert_eq!((after.cell.ids.len(), after.changed), (10, true));
    }
    let again = edit(&encoder(100, None), &counts, &[(29, Edit::OverExpress)]);
    assert!(!again.changed, "the strongest gene is already in the top bin");
}

#[test]
fn a_factor_moves_the_gene_among_the_others_and_bins_again() {
    let counts: Vec<(u32, f32)> = (0..20).map(|i| (i, (10 * i + 10) as f32)).collect();
    let encoder = encoder(100, None);
    let bin = |cell: &CellTokens, gene: usize| cell.values[gene + 1];
    let before = encode(&encoder, 0, &counts);
    let down = edit(&encoder, &counts, &[(19, Edit::KnockDown(0.01))]);
    assert_eq!((bin(&down.cell, 19), bin(&down.cell, 18)), (1.0, 50.0));
    let up = edit(&encoder, &counts, &[(0, Edit::Activate(100.0))]);
    assert_eq!(bin(&up.cell, 0), 50.0);
    assert!(bin(&up.cell, 1) < bin(&before, 1));
    assert!(!edit(&encoder, &counts, &[(39, Edit::Activate(2.0))]).changed);
}

#[test]
fn a_factor_of_zero_is_a_knock_out() {
    let counts = [(1, 5.0), (2, 7.0), (3, 1.0)];
    let encoder = encoder(100, None);
    let zero = edit(&encoder, &counts, &[(2, Edit::KnockDown(0.0))]);
    assert_eq!(zero, edit(&encoder, &counts, &[(2, Edit::KnockOut)]));
    assert_eq!(zero.cell.ids, [GENES + 1, 1, 3]);
}

#[test]
fn a_cell_without_expression_is_cls_alone() {
    let cell = encode(&encoder(100, None), 0, &[(1, 0.0)]);
    assert_eq!((cell.ids, cell.truncated), (vec![GENES + 1], 0));
}
