//! Screens of a tiny world.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::*;
use crate::encoder::Encoder;
use crate::fixtures::{GENES, cells, encoder, gene_id, vocabulary};
use crate::stats::IntervalKind;

fn spec() -> ScreenSpec {
    let state = |value: &str| CellState { column: "state".into(), value: value.into() };
    ScreenSpec {
        start: state("tumour"),
        goal: state("normal"),
        genes: (0..GENES).chain([GENES + 7]).map(gene_id).collect(),
        perturbations: vec![Perturbation::KnockOut, Perturbation::OverExpression],
        emb_layer: -1,
        max_cells: None,
        donor_column: Some("donor".into()),
        keep_cell_shifts: true,
        seed: 3,
    }
}

fn prepare(spec: ScreenSpec, max_len: usize) -> Result<ScreenContext, ScreenError> {
    let encoder: Arc<dyn Encoder> = encoder(max_len).into();
    let never = AtomicBool::new(false);
    let watch = Watch { progress: &|_, _| (), cancel: &never };
    ScreenContext::prepare(spec, &cells(16), &vocabulary(), encoder, watch)
}

fn rows(context: &ScreenContext, order: impl Iterator<Item = usize>) -> Vec<ScreenRow> {
    let never = AtomicBool::new(false);
    let watch = Watch { progress: &|_, _| (), cancel: &never };
    let mut shards: Vec<ShardResult> =
        order.map(|shard| context.run_shard(shard, watch).unwrap()).collect();
    shards.sort_by_key(|shard| shard.shard);
    shards.into_iter().flat_map(|shard| shard.rows).collect()
}

#[test]
fn rows_are_the_same_bits_for_any_number_and_order_of_shards() {
    let whole = prepare(spec(), 40).unwrap();
    assert_eq!(whole.plan().shards.len(), 1);
    let expected = rows(&whole, 0..1);
    assert_eq!(expected.len(), 2 * (GENES + 1));
    let mut split = prepare(spec(), 40).unwrap();
    split.reshard(7);
    let shards = split.plan().shards.len();
    assert!(shards > 3);
    assert_eq!(rows(&split, (0..shards).rev()), expected);
}

#[test]
fn a_knock_out_needs_the_gene_and_an_over_expression_does_not() {
    let found = rows(&prepare(spec(), 40).unwrap(), 0..1);
    let of = |gene: usize, kind| {
        found.iter().find(|row| row.gene == gene_id(gene) && row.perturbation == kind).unwrap()
    };
    let matrix = cells(16);
    for gene in 0..GENES {
        let tumour = matrix.cells_where("state", "tumour").unwrap();
        let has = tumour.iter().filter(|&&c| matrix.row(c).0.contains(&(gene as u32))).count();
        let (out, over) =
            (of(gene, Perturbation::KnockOut), of(gene, Perturbation::OverExpression));
        assert_eq!((out.n_cells, out.cells, over.n_cells), (has, 8, 8));
        assert!((out.coverage - has as f64 / 8.0).abs() < 1e-12);
        assert_eq!(over.interval.unwrap().kind, IntervalKind::Donors);
    }
    let unknown = of(GENES + 7, Perturbation::OverExpression);
    assert_eq!((unknown.n_cells, unknown.mean_shift), (0, None));
    assert!(found.iter().any(|row| row.mean_shift.is_some_and(|shift| shift.abs() > 1e-4)));
}

#[test]
fn a_short_context_reports_what_it_cuts_away() {
    let found = rows(&prepare(spec(), 8).unwrap(), 0..1);
    let cut: usize = found
        .iter()
        .filter(|row| row.perturbation == Perturbation::KnockOut)
        .map(|row| row.n_truncated)
        .sum();
    assert!(cut > 0);
    // An absent gene pushes the last one out of a full cell; a present one only moves.
    let over = found.iter().filter(|row| row.perturbation == Perturbation::OverExpression);
    assert!(over.clone().any(|row| row.n_truncated > 0 && row.n_truncated <= row.n_cells));
}

#[test]
fn the_plan_counts_the_forwards_and_names_unknown_genes() {
    let context = prepare(spec(), 40).unwrap();
    let done: usize = rows(&context, 0..1).iter().map(|row| row.n_cells).sum();
    assert_eq!(context.plan().forwards, done + 8 + 8, "edits, originals and goal cells");
    assert_eq!(context.plan().unknown_genes, vec![gene_id(GENES + 7)]);
}

#[test]
fn the_choice_of_cells_depends_on_the_seed_only() {
    let chosen = |seed| {
        let spec = ScreenSpec { max_cells: Some(3), seed, ..spec() };
        prepare(spec, 40).unwrap().plan().cells.clone()
    };
    assert_eq!(chosen(1), chosen(1));
    assert_eq!(chosen(1).len(), 3);
    assert!((2..9).any(|seed| chosen(seed) != chosen(1)));
}

#[test]
fn a_cancelled_screen_stops() {
    let context = prepare(spec(), 40).unwrap();
    let cancel = AtomicBool::new(true);
    let watch = Watch { progress: &|_, _| (), cancel: &cancel };
    assert!(matches!(context.run_shard(0, watch), Err(ScreenError::Cancelled)));
    cancel.store(false, Ordering::Relaxed);
    assert!(context.run_shard(0, watch).is_ok());
    assert!(matches!(context.run_shard(9, watch), Err(ScreenError::NoSuchShard { .. })));
}

#[test]
fn specs_that_ask_for_nothing_or_twice_are_refused() {
    let refuse = |spec: ScreenSpec, word: &str| {
        let message = prepare(spec, 40).err().unwrap().to_string();
        assert!(message.contains(word), "{message}");
    };
    refuse(ScreenSpec { genes: vec![], ..spec() }, "gene");
    refuse(ScreenSpec { genes: vec![gene_id(1); 2], ..spec() }, "twice");
    refuse(ScreenSpec { perturbations: vec![], ..spec() }, "perturbation");
    refuse(ScreenSpec { emb_layer: -3, ..spec() }, "-3");
    refuse(ScreenSpec { donor_column: Some("who".into()), ..spec() }, "who");
    let nowhere = CellState { column: "state".into(), value: "liver".into() };
    refuse(ScreenSpec { goal: nowhere, ..spec() }, "liver");
}

#[test]
fn rows_can_be_tested_against_all_others() {
    let found = rows(&prepare(spec(), 40).unwrap(), 0..1);
    let tests = summarise(&found);
    let over = &tests[&(Perturbation::OverExpression, gene_id(3))];
    assert!(over.n == 8 && (0.0..=1.0).contains(&over.p) && over.fdr >= over.p);
    assert!(!tests.contains_key(&(Perturbation::OverExpression, gene_id(GENES + 7))));
}
