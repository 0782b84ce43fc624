use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::cells::{CellMatrix, Gene};
use crate::families::genecompass::Homologues;
use crate::families::{CellEncoder, CellTokens, Edit, EncodeOptions, FamilyError, Species};

/// Human GATA3, LCK and CD4 are 2, 3 and 4; of the mouse's, Gata3 is 5 and homologous to 2, and 6
/// is a gene without homologue.
const GENES: [&str; 5] = [
    "ENSG00000107485",
    "ENSG00000182866",
    "ENSG00000010610",
    "ENSMUSG00000015619",
    "ENSMUSG99999999999",
];

fn vocabulary() -> Vocabulary {
    let genes = ["<pad>", "<mask>"].into_iter().chain(GENES);
    let entries = genes.zip(0..).map(|(gene, token)| (gene.to_owned(), token)).collect();
    Vocabulary::new("test", entries, HashMap::new()).unwrap()
}

fn homologues() -> Arc<Homologues> {
    Arc::new(Homologues::from_index(&[0, 1, 5, 3, 4, 5, 6]).unwrap())
}

fn symbol(symbol: &str) -> Gene {
    Gene { ensembl: None, symbol: symbol.to_owned() }
}

fn id(id: &str) -> Gene {
    Gene { ensembl: Some(id.to_owned()), symbol: id.to_owned() }
}

fn encoder(genes: &[Gene], options: &EncodeOptions) -> ValueRankEncoder {
    let medians = [(GENES[0], 2.0), (GENES[3], 4.0)].map(|(gene, m)| (gene.to_owned(), m));
    let medians = Medians::new("test", medians).unwrap();
    ValueRankEncoder::new(&vocabulary(), &homologues(), &medians, genes, options, 3).unwrap()
}

fn human() -> ValueRankEncoder {
    encoder(&[symbol("GATA3"), id(GENES[1]), id(GENES[2])], &EncodeOptions::default())
}

fn mouse(genes: &[Gene]) -> ValueRankEncoder {
    encoder(genes, &EncodeOptions { species: Species::Mouse, ..EncodeOptions::default() })
}

fn edited(encoder: &ValueRankEncoder, counts: &[f32], edits: &[(u32, Edit)]) -> (CellTokens, bool) {
    let columns: Vec<u32> = (0..counts.len() as u32).collect();
    let edited = encoder.encode_edited(0, &columns, counts, 0.0, edits);
    (edited.cell, edited.changed)
}

#[test]
fn genes_are_ranked_by_log2_of_one_plus_count_over_median_and_depth_is_kept() {
    let cell = human().encode(0, &[0, 1, 2], &[6.0, 1.0, 7.0], 100.0);
    assert_eq!(cell.ids, [4, 2, 3]);
    assert_eq!(cell.values, [3.0, 2.0, 1.0]);
    assert_eq!(cell.species, Species::Human);
    let same = human().encode(0, &[0, 1, 2], &[6.0, 1.0, 7.0], 1e6);
    assert_eq!(same, cell);
}

#[test]
fn ties_are_in_the_order_of_tokens_and_what_has_no_room_is_counted() {
    let short = EncodeOptions { max_len: Some(2), ..EncodeOptions::default() };
    let encoder = encoder(&[id(GENES[2]), id(GENES[1]), id(GENES[0])], &short);
    let cell = encoder.encode(0, &[0, 1, 2], &[3.0, 3.0, 6.0], 1.0);
    assert_eq!((cell.ids, cell.truncated), (vec![2, 3], 1));
}

#[test]
fn columns_of_one_gene_are_added_before_the_logarithm() {
    let genes = [id(GENES[1]), symbol("LCK"), id(GENES[1])];
    let encoder = encoder(&genes, &EncodeOptions::default());
    assert_eq!(encoder.known_genes(), 1);
    let cell = encoder.encode(0, &[2, 0, 1], &[4.0, 1.0, 2.0], 1.0);
    assert_eq!((cell.ids, cell.values), (vec![3], vec![3.0]));
}

#[test]
fn mouse_genes_with_a_homologue_are_written_with_the_human_token() {
    let genes = [symbol("Gata3"), id(GENES[4]), symbol("Lck"), symbol("CD4"), id(GENES[3])];
    let encoder = mouse(&genes);
    let tokens: Vec<Option<u32>> = (0..5).map(|c| encoder.token_of_column(c)).collect();
    // Lck has no token of its own here, and is written as its one-to-one orthologue; `CD4` is no
    // mouse symbol.
    assert_eq!(tokens, [Some(2), Some(6), Some(3), None, Some(2)]);
    // The median is the mouse's: log2(1 + 12 / 4).
    let cell = encoder.encode(0, &[0], &[12.0], 1.0);
    assert_eq!((cell.ids, cell.values, cell.species), (vec![2], vec![2.0], Species::Mouse));
}

#[test]
fn genes_of_the_other_species_are_not_read() {
    let none = |genes: &[Gene], species| {
        let options = EncodeOptions { species, ..EncodeOptions::default() };
        let medians = Medians::default();
        ValueRankEncoder::new(&vocabulary(), &homologues(), &medians, genes, &options, 3)
    };
    let refused = none(&[id(GENES[3]), symbol("Gata3")], Species::Human);
    assert!(matches!(refused, Err(FamilyError::NoGeneKnown { n_genes: 2, .. })));
    assert!(none(&[id(GENES[1])], Species::Mouse).is_err(), "a human gene without homologue");
    assert!(none(&[id(GENES[0])], Species::Mouse).is_ok(), "translated before by the user");
}

#[test]
fn a_context_that_the_model_does_not_have_is_refused() {
    for max_len in [0, 4] {
        let options = EncodeOptions { max_len: Some(max_len), ..EncodeOptions::default() };
        let medians = Medians::default();
        let genes = [id(GENES[0])];
        let made =
            ValueRankEncoder::new(&vocabulary(), &homologues(), &medians, &genes, &options, 3);
        assert!(made.unwrap_err().to_string().contains("1 to 3 genes"));
    }
}

#[test]
fn a_knock_out_removes_token_and_value_and_fills_no_place() {
    let (cell, changed) = edited(&human(), &[6.0, 1.0, 7.0], &[(2, Edit::KnockOut)]);
    assert_eq!((cell.ids, cell.values, changed), (vec![4, 3], vec![3.0, 1.0], true));
    let (_, changed) = edited(&human(), &[0.0, 1.0, 7.0], &[(2, Edit::KnockOut)]);
    assert!(!changed, "it was not expressed");
    let none = edited(&human(), &[6.0, 1.0, 7.0], &[(2, Edit::KnockDown(0.0))]);
    assert_eq!(none.0.ids, [4, 3]);
}

#[test]
fn graded_edits_multiply_counts_and_sort_again() {
    let (cell, changed) = edited(&human(), &[6.0, 1.0, 12.0], &[(4, Edit::KnockDown(0.25))]);
    assert_eq!((cell.ids, changed), (vec![2, 4, 3], true));
    assert_eq!(cell.values, [2.0, 2.0, 1.0]);
    let (cell, _) = edited(&human(), &[6.0, 1.0, 7.0], &[(3, Edit::Activate(15.0))]);
    assert_eq!((cell.ids[0], cell.values[0]), (3, 4.0));
}

#[test]
fn over_expression_gives_the_highest_value_and_the_first_place_expressed_or_not() {
    let (cell, changed) = edited(&human(), &[6.0, 0.0, 7.0], &[(3, Edit::OverExpress)]);
    assert_eq!((cell.ids, cell.values), (vec![3, 4, 2], vec![3.0, 3.0, 2.0]));
    assert!(changed);
    let (cell, _) = edited(&human(), &[6.0, 1.0, 7.0], &[(6, Edit::OverExpress)]);
    assert_eq!((cell.ids, cell.truncated), (vec![6, 4, 2], 1), "the last has no room");
    let (cell, _) = edited(&human(), &[0.0; 3], &[(3, Edit::OverExpress)]);
    assert_eq!((cell.ids, cell.values), (vec![3], vec![1.0]));
}

#[test]
fn over_expression_as_published_multiplies_the_value_of_expressed_genes() {
    let options = EncodeOptions { published_edits: true, ..EncodeOptions::default() };
    let encoder = encoder(&[id(GENES[0]), id(GENES[1]), id(GENES[2])], &options);
    let (cell, changed) = edited(&encoder, &[6.0, 1.0, 7.0], &[(3, Edit::OverExpress)]);
    assert_eq!((cell.ids, cell.values), (vec![3, 4, 2], vec![10_000.0, 3.0, 2.0]));
    assert!(changed);
    assert!(!edited(&encoder, &[6.0, 0.0, 7.0], &[(3, Edit::OverExpress)]).1);
}

#[test]
fn an_edit_of_a_mouse_gene_meets_its_human_token_and_unknown_tokens_are_ignored() {
    let encoder = mouse(&[symbol("Gata3"), id(GENES[4])]);
    let (cell, changed) = edited(&encoder, &[3.0, 1.0], &[(5, Edit::KnockOut)]);
    assert_eq!((cell.ids, changed), (vec![6], true));
    let specials = [(0, Edit::OverExpress), (1, Edit::OverExpress), (99, Edit::OverExpress)];
    assert!(!edited(&encoder, &[3.0, 1.0], &specials).1);
}

#[test]
fn medians_of_own_cells_are_over_cells_that_express_the_gene_at_equal_depth() {
    let matrix = CellMatrix {
        genes: vec![id(GENES[0]), symbol("LCK"), symbol("no such gene")],
        cells: vec!["a".into(), "b".into(), "c".into()],
        indptr: vec![0, 2, 4, 5],
        indices: vec![0, 1, 0, 2, 0],
        counts: vec![1.0, 3.0, 2.0, 2.0, 5.0],
        total_counts: vec![10_000.0, 10_000.0, 50_000.0],
        obs: Default::default(),
    };
    let medians = medians_of(&matrix, Species::Human);
    assert_eq!(medians.len(), 2);
    assert_eq!((medians.of(GENES[0]), medians.of(GENES[1])), (1.0, 3.0));
    assert_eq!(medians.of("ENSG00000000000"), 1.0);
    let dir = tempfile::tempdir().unwrap();
    medians.save(dir.path()).unwrap();
    let read = Medians::open(dir.path()).unwrap();
    assert_eq!((read.of(GENES[1]), read.source().as_str()), (3.0, MEDIANS_FILE));
}

#[test]
fn files_of_the_directory_are_read_and_bad_ones_refused() {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(dir.path().join(name), text).unwrap();
    let open = |tokens| Vocabulary::open(dir.path(), tokens);
    assert!(open(3).unwrap_err().to_string().contains("human_mouse_tokens"));
    write("human_mouse_tokens.csv", "gene,token\n<pad>,0\n<mask>,1\nENSG00000107485,2\n");
    assert_eq!(open(3).unwrap().genes()[0].symbol, "GATA3");
    write("Gene_id_name_dict1.csv", "name,id\nmy name,ENSG00000107485\n");
    assert_eq!(open(3).unwrap().genes()[0].symbol, "my name");
    assert!(open(4).unwrap_err().to_string().contains("3 tokens, config.json says 4"));
    write("human_mouse_tokens.pickle", "(dV<pad>\nI0\nsV<mask>\nI1\nsVENSG00000010610\nI2\ns.");
    assert_eq!(open(3).unwrap().genes()[0].symbol, "CD4");
    for bad in ["(lI1\na.", "(dVENSG00000010610\n(lI2\nas.", "cos\nsystem\n(S'true'\ntR."] {
        write("human_mouse_tokens.pickle", bad);
        assert!(matches!(open(3), Err(FamilyError::Vocabulary { .. })), "{bad}");
    }
    std::fs::remove_file(dir.path().join("human_mouse_tokens.pickle")).unwrap();
    for bad in [
        r#"{"<pad>": 0, "<mask>": 1, "ENSG00000107485": 3}"#,
        r#"{"<pad>": 1, "<mask>": 0, "ENSG00000107485": 2}"#,
        r#"{"<pad>": 0, "<mask>": 1, "ENSG00000107485": 2.5}"#,
        r#"{"<pad>": 0, "<mask>": 1, "ENSG00000107485": null}"#,
    ] {
        write("human_mouse_tokens.json", bad);
        assert!(matches!(open(3), Err(FamilyError::Vocabulary { .. })), "{bad}");
    }
    write("gene_medians.json", r#"{"ENSG00000107485": 0}"#);
    let error = Medians::open(dir.path()).unwrap_err().to_string();
    assert!(error.contains("has the median 0"), "{error}");
    let none = Medians::open(Path::new("nowhere")).unwrap();
    assert_eq!(none.source(), "none, counts are divided by 1");
}

proptest! {
    #[test]
    fn cells_are_sorted_fit_the_context_and_ignore_the_order_of_columns(
        counts in prop::collection::vec(0u32..6, 3),
        turn in 0usize..3,
    ) {
        let encoder = human();
        let counts: Vec<f32> = counts.into_iter().map(|c| c as f32).collect();
        let mut columns = [0u32, 1, 2];
        let cell = encoder.encode(0, &columns, &counts, 1.0);
        prop_assert!(cell.values.is_sorted_by(|a, b| a >= b));
        prop_assert!(cell.ids.len() <= 3);
        prop_assert_eq!(cell.ids.len(), counts.iter().filter(|c| **c > 0.0).count());
        columns.rotate_left(turn);
        let mut turned = counts.clone();
        turned.rotate_left(turn);
        prop_assert_eq!(encoder.encode(0, &columns, &turned, 1.0), cell);
    }
}
