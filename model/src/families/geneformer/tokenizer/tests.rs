//! Vocabularies and encodings.

use proptest::prelude::*;
use rand::{RngExt, SeedableRng};

use super::*;
use crate::cells::Gene;

/// Specials, then genes `ENSG..0` to `ENSG..n` with the medians.
fn vocabulary(version: VocabularyVersion, medians: &[f64]) -> Vocabulary {
    Vocabulary::from_entries(entries(version, medians)).unwrap()
}

fn entries(version: VocabularyVersion, medians: &[f64]) -> Vec<VocabularyEntry> {
    let specials: &[&str] = match version {
        VocabularyVersion::V1 => &["<pad>", "<mask>"],
        VocabularyVersion::V2 => &["<pad>", "<mask>", "<cls>", "<eos>"],
    };
    let special = |name: &&str| (name.to_string(), None, None);
    let genes =
        medians.iter().enumerate().map(|(n, m)| (ensembl(n), Some(*m), Some(format!("S{n}"))));
    specials
        .iter()
        .map(special)
        .chain(genes)
        .zip(0..)
        .map(|((ensembl_id, nonzero_median, symbol), token_id)| VocabularyEntry {
            ensembl_id,
            token_id,
            nonzero_median,
            symbol,
        })
        .collect()
}

fn ensembl(number: usize) -> String {
    format!("ENSG{number:011}")
}

fn genes(numbers: &[usize]) -> Vec<Gene> {
    let gene = |&n: &usize| Gene { ensembl: Some(ensembl(n)), symbol: format!("S{n}") };
    numbers.iter().map(gene).collect()
}

#[test]
fn the_bundled_vocabulary_is_whole() {
    let v1 = Vocabulary::geneformer_v1();
    assert_eq!(
        (v1.len(), v1.version(), v1.genes().count()),
        (25_426, VocabularyVersion::V1, 25_424)
    );
    assert_eq!(v1.token("ENSG00000000003"), Some(2));
    assert_eq!((v1.ensembl_id(2), v1.symbol(2)), (Some("ENSG00000000003"), Some("TSPAN6")));
    assert_eq!(v1.median(2), Some(2.001186019549122));
    assert_eq!((v1.token("<pad>"), v1.ensembl_id(0), v1.cls()), (None, None, None));
    assert!(v1.token_of_symbol("GATA3").is_some());
}

#[test]
fn a_vocabulary_of_another_size_than_the_checkpoint_is_refused_with_both_numbers() {
    let v1 = Vocabulary::geneformer_v1();
    assert!(v1.check_fits(25_426).is_ok());
    let message = v1.check_fits(20_275).unwrap_err().to_string();
    assert!(message.contains("25426 tokens") && message.contains("20275"), "{message}");
}

#[test]
fn vocabularies_that_break_a_rule_are_refused() {
    type Breakage = fn(&mut Vec<VocabularyEntry>);
    let breakages: [(Breakage, &str); 6] = [
        (|e| e[3].token_id = 9, "without gaps"),
        (|e| e[3].nonzero_median = Some(0.0), "median"),
        (|e| e[3].nonzero_median = None, "median"),
        (|e| e[3].ensembl_id = ensembl(0), "twice"),
        (|e| e[0].ensembl_id = "<pda>".into(), "<pad>"),
        (|e| e.clear(), "<pad>"),
    ];
    for (breakage, expected) in breakages {
        let mut broken = entries(VocabularyVersion::V1, &[1.0, 2.0]);
        breakage(&mut broken);
        let message = Vocabulary::from_entries(broken).unwrap_err().to_string();
        assert!(message.contains(expected), "{message}");
    }
    let mut no_eos = entries(VocabularyVersion::V2, &[1.0]);
    no_eos[3] = VocabularyEntry { nonzero_median: Some(1.0), ..no_eos[3].clone() };
    no_eos[3].ensembl_id = ensembl(7);
    assert!(matches!(
        Vocabulary::from_entries(no_eos),
        Err(TokenizerError::Special { name: "<eos>", expected: 3 })
    ));
}

#[test]
fn a_csv_file_is_read_and_a_damaged_one_never_panics() {
    let text = "ensembl_id,token_id,nonzero_median,symbol\n<pad>,0,,\n<mask>,1,,\n\
                <cls>,2,,\n<eos>,3,,\nENSG00000107485,4,1.5,GATA3\n";
    let whole = Vocabulary::from_csv(text.as_bytes()).unwrap();
    assert_eq!((whole.version(), whole.default_context()), (VocabularyVersion::V2, 4096));
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("v2.csv");
    std::fs::write(&path, text).unwrap();
    assert_eq!(Vocabulary::load_csv(&path).unwrap().token("ENSG00000107485"), Some(4));
    let missing = Vocabulary::load_csv(&dir.path().join("none.csv")).unwrap_err().to_string();
    assert!(missing.contains("none.csv"), "{missing}");

    let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(3);
    let mut refused = 0;
    for _ in 0..200 {
        let mut damaged = text.as_bytes().to_vec();
        let at = rng.random_range(0..damaged.len());
        damaged[at] ^= 1 << rng.random_range(0..8);
        refused += usize::from(Vocabulary::from_csv(&damaged).is_err());
    }
    assert!(refused > 50, "only {refused} of 200 damaged files were refused");
    for cut in 0..64 {
        let _ = Vocabulary::from_csv(&text.as_bytes()[..text.len() * cut / 64]);
    }
}

#[test]
fn genes_are_ranked_by_count_over_their_median() {
    let vocabulary = vocabulary(VocabularyVersion::V1, &[1.0, 10.0, 2.0]);
    let encoder = RankValueEncoder::new(&vocabulary, &genes(&[0, 1, 2, 9]), 2048).unwrap();
    // Values 3, 0.4, 2.5 in units of 1/total: genes 0, 2, 1; gene 9 is not in the vocabulary.
    let tokens = encoder.encode(&[0, 1, 2, 3], &[3.0, 4.0, 5.0, 100.0], 112.0);
    assert_eq!(tokens, Tokens { ids: vec![2, 4, 3], length: 3, truncated: 0 });
    assert_eq!((encoder.known_genes(), encoder.token_of_column(3)), (3, None));
}

#[test]
fn version_two_sequences_begin_with_cls_and_end_with_eos_within_the_context() {
    let vocabulary = vocabulary(VocabularyVersion::V2, &[1.0, 1.0, 1.0]);
    let encoder = RankValueEncoder::new(&vocabulary, &genes(&[0, 1, 2]), 4).unwrap();
    let tokens = encoder.encode(&[0, 1, 2], &[1.0, 3.0, 2.0], 6.0);
    assert_eq!(tokens, Tokens { ids: vec![2, 5, 6, 3], length: 4, truncated: 1 });
    assert_eq!(encoder.encode(&[], &[], 0.0).ids, vec![2, 3]);
}

#[test]
fn exact_ties_are_ordered_by_token_id() {
    let vocabulary = vocabulary(VocabularyVersion::V1, &[1.0, 2.0, 1.0]);
    let encoder = RankValueEncoder::new(&vocabulary, &genes(&[2, 1, 0]), 10).unwrap();
    assert_eq!(encoder.encode(&[0, 1, 2], &[1.0, 2.0, 1.0], 4.0).ids, vec![2, 3, 4]);
}

#[test]
fn columns_of_one_gene_are_added_and_symbols_serve_where_there_is_no_ensembl_id() {
    let vocabulary = vocabulary(VocabularyVersion::V1, &[1.0, 1.0]);
    let by_symbol = |symbol: &str| Gene { ensembl: None, symbol: symbol.to_owned() };
    let mut columns = genes(&[0, 1]);
    columns.extend([by_symbol("S1"), by_symbol("unheard of")]);
    let encoder = RankValueEncoder::new(&vocabulary, &columns, 10).unwrap();
    // Gene 0: 3; gene 1: 2 + 2.
    let tokens = encoder.encode(&[0, 1, 2, 3], &[3.0, 2.0, 2.0, 9.0], 16.0);
    assert_eq!(tokens.ids, vec![3, 2]);
}

#[test]
fn an_unknown_gene_set_and_a_context_without_room_are_refused() {
    let vocabulary = vocabulary(VocabularyVersion::V2, &[1.0]);
    let unknown = RankValueEncoder::new(&vocabulary, &genes(&[5]), 10).unwrap_err();
    assert!(matches!(unknown, TokenizerError::NoGeneKnown { n_genes: 1, .. }));
    let short = RankValueEncoder::new(&vocabulary, &genes(&[0]), 2).unwrap_err();
    assert!(matches!(short, TokenizerError::ContextTooShort { max_len: 2, needed: 3 }));
}

/// A cell of up to 30 genes of 40, each with a count (zero included), and a context.
fn cells() -> impl Strategy<Value = (Vec<(u32, u8)>, usize)> {
    let counts = proptest::collection::btree_map(0_u32..40, 0_u8..6, 0..30);
    (counts.prop_map(|map| map.into_iter().collect()), 3_usize..20)
}

fn encoded(version: VocabularyVersion, order: &[usize], cell: &[(u32, u8)], max: usize) -> Tokens {
    let medians: Vec<f64> = (0..40).map(|n| 0.5 + f64::from(n % 7)).collect();
    let vocabulary = vocabulary(version, &medians);
    let encoder = RankValueEncoder::new(&vocabulary, &genes(order), max).unwrap();
    let place = |gene: u32| order.iter().position(|&n| n == gene as usize).unwrap() as u32;
    let columns: Vec<u32> = cell.iter().map(|(gene, _)| place(*gene)).collect();
    let counts: Vec<f32> = cell.iter().map(|(_, count)| f32::from(*count)).collect();
    encoder.encode(&columns, &counts, 100.0)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn sequences_fit_the_context_and_hold_each_expressed_gene_once((cell, max) in cells(), v2: bool) {
        let version = if v2 { VocabularyVersion::V2 } else { VocabularyVersion::V1 };
        let order: Vec<usize> = (0..40).collect();
        let tokens = encoded(version, &order, &cell, max);
        let first_gene = if v2 { 4 } else { 2 };
        let expressed: Vec<u32> =
            cell.iter().filter(|(_, count)| *count > 0).map(|(gene, _)| gene + first_gene).collect();
        let mut found: Vec<u32> = tokens.ids.iter().copied().filter(|id| *id >= first_gene).collect();
        prop_assert!(tokens.length <= max && tokens.length == tokens.ids.len());
        prop_assert_eq!(found.len() + tokens.truncated, expressed.len());
        prop_assert!(found.iter().all(|id| expressed.contains(id)));
        found.sort_unstable();
        found.dedup();
        prop_assert_eq!(found.len() + tokens.truncated, expressed.len());
    }

    #[test]
    fn the_order_of_columns_does_not_matter(
        (cell, max) in cells(),
        order in Just((0..40).collect::<Vec<usize>>()).prop_shuffle(),
    ) {
        let sorted: Vec<usize> = (0..40).collect();
        let reversed: Vec<(u32, u8)> = cell.iter().rev().copied().collect();
        let expected = encoded(VocabularyVersion::V1, &sorted, &cell, max);
        prop_assert_eq!(encoded(VocabularyVersion::V1, &order, &reversed, max), expected);
    }
}
