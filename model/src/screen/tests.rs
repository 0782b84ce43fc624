//! Screens of a tiny world.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::*;
use crate::families::{self, Family, OpenOptions};
use crate::fixtures::{GENES, cells, gene_id, model};
use crate::uses::quiet;

fn state(value: &str) -> CellState {
    CellState { column: "state".into(), value: value.into() }
}

fn each(genes: impl IntoIterator<Item = usize>) -> Targets {
    Targets::Each { genes: genes.into_iter().map(gene_id).collect() }
}

fn spec() -> ScreenSpec {
    ScreenSpec {
        perturbations: vec![Perturbation::KnockOut, Perturbation::OverExpression],
        emb_layer: -1,
        donor_column: Some("donor".into()),
        seed: 3,
        ..ScreenSpec::towards(state("tumour"), state("normal"), each((0..GENES).chain([GENES + 7])))
    }
}

fn prepare(spec: ScreenSpec, max_len: usize) -> Result<Screener, ScreenError> {
    Screener::prepare(spec, (model(max_len), "m"), Arc::new(cells(16)), None, quiet())
}

/// All rows of a screen cut into blocks of so many cells and targets, run in some order.
fn rows(screener: &Screener, cells: usize, targets: usize, backwards: bool) -> Vec<RowValues> {
    let mut plan = screener.plan().clone();
    let (n, m) = (plan.cells.len(), plan.targets.len());
    plan.shards = (0..n)
        .step_by(cells)
        .flat_map(|c| (0..m).step_by(targets).map(move |t| (c, t)))
        .map(|(c, t)| Shard { cells: c..(c + cells).min(n), targets: t..(t + targets).min(m) })
        .collect();
    let dir = tempfile::tempdir().unwrap();
    let run = RunDir::open(dir.path(), screener.spec(), &plan, &provenance()).unwrap();
    let mut order: Vec<usize> = (0..plan.shards.len()).collect();
    if backwards {
        order.reverse();
    }
    for shard in order {
        let Shard { cells, targets } = plan.shards[shard].clone();
        let values = screener.run(cells, targets, quiet()).unwrap();
        run.save(&ShardValues { shard, ..values }).unwrap();
    }
    assert!(run.missing().is_empty());
    let mut found = Vec::new();
    run.each(&mut |row| {
        found.push(row);
        Ok(())
    })
    .unwrap();
    found
}

fn provenance() -> Provenance {
    Provenance {
        model_digest: "m".into(),
        model: "geneformer V1".into(),
        vocabulary_digest: "v".into(),
        cells_digest: "c".into(),
        version: "0".into(),
        device: "cpu".into(),
    }
}

fn row(rows: &[RowValues], gene: usize, perturbation: Perturbation) -> &RowValues {
    let id = RowId { target: gene, perturbation };
    rows.iter().find(|row| row.id == id).unwrap()
}

#[test]
fn values_are_the_same_bits_for_any_blocks_order_and_batch() {
    let whole = prepare(spec(), 40).unwrap();
    let expected = rows(&whole, 16, 40, false);
    assert_eq!(expected.len(), 2 * (GENES + 1));
    assert!(expected.iter().any(|row| row.cells.len() > 1));
    assert_eq!(rows(&whole, 3, 7, true), expected);
    let small = prepare(spec(), 40).unwrap().with_batch_tokens(1);
    assert_eq!(rows(&small, 1, 1, true), expected);
    let again: Vec<RowValues> = rows(&prepare(spec(), 40).unwrap(), 5, 31, false);
    assert_eq!(again, expected);
}

#[test]
fn a_knock_out_needs_the_gene_and_an_over_expression_does_not() {
    let screener = prepare(spec(), 40).unwrap();
    let found = rows(&screener, 16, 40, false);
    let matrix = cells(16);
    for gene in [0, 4, GENES - 1] {
        let start = screener.plan().cells.iter().map(|cell| cell.row);
        let has = |&row: &usize| matrix.row(row).0.contains(&(gene as u32));
        let with = start.clone().filter(has).count();
        assert_eq!(row(&found, gene, Perturbation::KnockOut).cells.len(), with);
        let over = row(&found, gene, Perturbation::OverExpression);
        let top = start
            .filter(|&row| screener.source().original(row).tokens.ids[0] == gene as u32 + 2)
            .count();
        assert_eq!(over.cells.len(), 8 - top, "already on top is no over-expression");
    }
    let unknown = row(&found, GENES, Perturbation::OverExpression);
    assert!(unknown.cells.is_empty());
    assert_eq!(screener.plan().unknown_genes, [gene_id(GENES + 7)]);
}

#[test]
fn shifts_go_to_the_goal_the_start_and_every_alternative() {
    let alternatives = vec![CellState { column: "donor".into(), value: "d1".into() }];
    let screener = prepare(ScreenSpec { alternatives, ..spec() }, 40).unwrap();
    assert_eq!(screener.plan().measures, ["normal", "tumour", "d1"]);
    let found = rows(&screener, 16, 40, false);
    let knocked = row(&found, 4, Perturbation::KnockOut);
    assert_eq!(knocked.values.len(), 3 * knocked.cells.len());
    let goal = knocked.measure(0, 3);
    let alone = rows(&prepare(spec(), 40).unwrap(), 16, 40, false);
    assert_eq!(goal, row(&alone, 4, Perturbation::KnockOut).measure(0, 2));
    assert!(goal.iter().all(|shift| shift.abs() > 0.0 && shift.abs() < 2.0));
}

#[test]
fn the_median_of_a_state_is_not_its_mean() {
    let mean = rows(&prepare(spec(), 40).unwrap(), 16, 40, false);
    let median = ScreenSpec { state_summary: StateSummary::Median, ..spec() };
    let median = rows(&prepare(median, 40).unwrap(), 16, 40, false);
    assert_ne!(mean, median);
}

#[test]
fn a_short_context_reports_what_it_cuts_away() {
    let found = rows(&prepare(spec(), 6).unwrap(), 16, 40, false);
    let knocked: usize = found
        .iter()
        .filter(|row| row.id.perturbation == Perturbation::KnockOut)
        .map(|row| row.truncated)
        .sum();
    assert!(knocked > 0, "genes beyond the context are counted");
    let over = row(&found, 3, Perturbation::OverExpression);
    assert!(over.truncated > 0, "a full cell loses its last gene");
}

#[test]
fn a_pair_is_perturbed_in_cells_that_have_both_and_names_its_singles() {
    let targets = Targets::Pairs { genes: [2, 4, 5].map(gene_id).to_vec() };
    let spec = ScreenSpec { targets, perturbations: vec![Perturbation::KnockOut], ..spec() };
    let screener = prepare(spec.clone(), 40).unwrap();
    let plan = screener.plan();
    let pairs: Vec<_> = plan.targets.iter().filter(|t| !t.singles.is_empty()).collect();
    assert_eq!((plan.targets.len(), pairs.len()), (6, 3));
    let found = rows(&screener, 16, 40, false);
    for (number, target) in plan.targets.iter().enumerate().filter(|(_, t)| !t.singles.is_empty()) {
        let joint = row(&found, number, Perturbation::KnockOut);
        let [a, b] = [0, 1].map(|i| row(&found, target.singles[i], Perturbation::KnockOut));
        let both: Vec<u32> =
            a.cells.iter().copied().filter(|cell| b.cells.contains(cell)).collect();
        assert_eq!(joint.cells, both);
    }
    let anchor = Targets::Anchor { anchor: gene_id(2), genes: None };
    let all = prepare(ScreenSpec { targets: anchor, ..spec }, 40).unwrap();
    assert_eq!(all.plan().targets.len(), 2 * GENES - 1);
}

#[test]
fn a_group_is_perturbed_where_a_cell_has_any_of_it() {
    let targets = Targets::Group { genes: [2, 4].map(gene_id).to_vec() };
    let perturbations = vec![Perturbation::KnockOut];
    let group = ScreenSpec { targets, perturbations: perturbations.clone(), ..spec() };
    let group = rows(&prepare(group, 40).unwrap(), 16, 40, false);
    let singles = ScreenSpec { targets: each([2, 4]), perturbations, ..spec() };
    let singles = rows(&prepare(singles, 40).unwrap(), 16, 40, false);
    let mut any: Vec<u32> = singles.iter().flat_map(|row| row.cells.clone()).collect();
    any.sort_unstable();
    any.dedup();
    assert_eq!(group[0].cells, any);
}

#[test]
fn without_a_goal_the_effect_is_a_cosine_and_genes_move_beside_it() {
    let spec = ScreenSpec {
        goal: None,
        gene_shifts: true,
        targets: each([4]),
        perturbations: vec![Perturbation::KnockOut],
        ..spec()
    };
    let screener = prepare(spec, 40).unwrap();
    assert_eq!(screener.plan().measures, [COSINE]);
    let plan = ScreenPlan {
        shards: (0..8).map(|cell| Shard { cells: cell..cell + 1, targets: 0..1 }).collect(),
        ..screener.plan().clone()
    };
    let dir = tempfile::tempdir().unwrap();
    let run = RunDir::open(dir.path(), screener.spec(), &plan, &provenance()).unwrap();
    for shard in 0..8 {
        let values = screener.run(shard..shard + 1, 0..1, quiet()).unwrap();
        run.save(&ShardValues { shard, ..values }).unwrap();
    }
    let effects = run.get(&plan.rows().collect::<Vec<_>>()).unwrap().remove(0);
    assert!(effects.values.iter().all(|cosine| *cosine > 0.0 && *cosine < 1.0));
    let mut shifts = Vec::new();
    run.gene_shifts(&mut |shift| {
        shifts.push(shift);
        Ok(())
    })
    .unwrap();
    assert!(shifts.iter().all(|shift| shift.affected != 6 && shift.mean < 1.0));
    // The effect on a cell is the mean over its genes: so is the mean over all of both.
    let n: u64 = shifts.iter().map(|shift| shift.n).sum();
    let by_gene = shifts.iter().map(|shift| shift.mean * shift.n as f64).sum::<f64>() / n as f64;
    let lengths = effects.cells.iter().map(|&cell| {
        screener.source().original(plan.cells[cell as usize].row).tokens.ids.len() - 1
    });
    let weighted: f64 = effects.values.iter().zip(lengths.clone()).map(|(v, n)| v * n as f64).sum();
    assert!((by_gene - weighted / lengths.sum::<usize>() as f64).abs() < 1e-12);
}

#[test]
fn null_cells_get_the_same_perturbations() {
    let null = Some(CellState { column: "donor".into(), value: "d0".into() });
    let screener = prepare(ScreenSpec { null, max_cells: Some(3), ..spec() }, 40).unwrap();
    let cells = &screener.plan().cells;
    assert_eq!(cells.iter().filter(|cell| cell.null).count(), 3);
    assert_eq!(cells.iter().filter(|cell| !cell.null).count(), 3);
    let found = rows(&screener, 16, 40, false);
    let over = row(&found, 3, Perturbation::OverExpression);
    assert!(over.cells.iter().any(|&cell| cells[cell as usize].null));
}

#[test]
fn embeddings_are_kept_by_content_and_give_the_same_bits() {
    let dir = tempfile::tempdir().unwrap();
    let prepare = |model: Arc<dyn crate::families::CellModel>, cache: Option<&Path>| {
        Screener::prepare(spec(), (model, "m"), Arc::new(cells(16)), cache, quiet()).unwrap()
    };
    let fresh = rows(&prepare(model(40), None), 16, 40, false);
    assert_eq!(rows(&prepare(model(40), Some(dir.path())), 16, 40, false), fresh);
    let kept = std::fs::read_dir(dir.path()).unwrap().next().unwrap().unwrap();
    let bytes = kept.metadata().unwrap().len();
    assert_eq!(rows(&prepare(model(40), Some(dir.path())), 16, 40, false), fresh);
    assert_eq!(kept.metadata().unwrap().len(), bytes, "nothing is embedded twice");
}

#[test]
fn a_run_goes_on_with_the_blocks_that_are_missing_or_damaged() {
    let screener = prepare(spec(), 40).unwrap();
    let plan = ScreenPlan {
        shards: (0..8).map(|cell| Shard { cells: cell..cell + 1, targets: 0..31 }).collect(),
        ..screener.plan().clone()
    };
    let dir = tempfile::tempdir().unwrap();
    let open = || RunDir::open(dir.path(), screener.spec(), &plan, &provenance());
    let run = open().unwrap();
    for shard in [0, 1, 5] {
        let values = screener.run(shard..shard + 1, 0..31, quiet()).unwrap();
        run.save(&ShardValues { shard, ..values }).unwrap();
    }
    let file = dir.path().join("shards/00001");
    let mut bytes = std::fs::read(&file).unwrap();
    bytes.truncate(bytes.len() - 3);
    std::fs::write(&file, bytes).unwrap();
    assert_eq!(open().unwrap().missing(), [1, 2, 3, 4, 6, 7]);
    let error = open().unwrap().each(&mut |_| Ok(())).unwrap_err().to_string();
    assert!(error.contains("5 of 8 shards"), "{error}");
    let other = Provenance { cells_digest: "other".into(), ..provenance() };
    let Err(error) = RunDir::open(dir.path(), screener.spec(), &plan, &other) else {
        panic!("opened the directory of another run");
    };
    assert!(error.to_string().contains("another directory"), "{error}");
}

#[test]
fn a_cancelled_screen_stops() {
    let screener = prepare(spec(), 40).unwrap();
    let cancel = AtomicBool::new(false);
    cancel.store(true, Ordering::Relaxed);
    let watch = Watch { progress: &|_, _| (), cancel: &cancel };
    assert!(matches!(screener.run_shard(0, watch), Err(ScreenError::Cancelled)));
    let Err(error) = Screener::prepare(spec(), (model(40), "m"), Arc::new(cells(16)), None, watch)
    else {
        panic!("prepared");
    };
    assert!(matches!(error, ScreenError::Cancelled));
    assert!(matches!(screener.run_shard(99, quiet()), Err(ScreenError::NoSuchShard { .. })));
}

#[test]
fn the_choice_of_cells_depends_on_the_seed_only() {
    let rows_of = |seed| {
        let spec = ScreenSpec { max_cells: Some(4), seed, ..spec() };
        let cells = prepare(spec, 40).unwrap().plan().cells.clone();
        cells.into_iter().map(|cell| cell.row).collect::<Vec<_>>()
    };
    assert_eq!(rows_of(1), rows_of(1));
    assert!((0..6).any(|seed| rows_of(seed) != rows_of(1)));
    assert!(rows_of(1).is_sorted());
}

#[test]
fn the_plan_counts_no_fewer_forwards_than_are_run() {
    let screener = prepare(spec(), 40).unwrap();
    let run = screener.run(0..8, 0..GENES + 1, quiet()).unwrap().forwards;
    let planned = screener.plan().forwards - 16 - 8;
    assert!(run <= planned && planned <= run + 16, "{run} of {planned}");
    let all = ScreenSpec { targets: Targets::All, ..spec() };
    assert_eq!(prepare(all, 40).unwrap().plan().targets.len(), GENES);
}

#[test]
fn speed_memory_noise_and_a_map_are_measured() {
    let screener = prepare(spec(), 40).unwrap();
    let (plan, model) = (screener.plan(), screener.model());
    let speed = measure_speed(model, screener.source(), plan, quiet()).unwrap();
    let found = estimate(plan, model, speed);
    assert!(found.seconds_low <= found.seconds && found.seconds <= found.seconds_high);
    assert!(found.seconds > 0.0 && found.memory_bytes > 1 << 20);
    assert_eq!(screener.noise_floor(model, quiet()).unwrap(), Some(0.0), "the same model");
    let id = RowId { target: 4, perturbation: Perturbation::OverExpression };
    let map = screener.map(&[id], quiet()).unwrap();
    let count = |group| map.iter().filter(|point| point.group == group).count();
    assert_eq!((count(MapGroup::Start), count(MapGroup::Goal)), (8, 8));
    assert!(count(MapGroup::Perturbed(id)) > 0);
}

#[test]
fn every_family_can_be_screened() {
    let dir = tempfile::tempdir().unwrap();
    for &family in Family::ALL {
        let dir = dir.path().join(family.name());
        family.random(&dir, "tiny", 1).unwrap();
        let model: Arc<dyn crate::families::CellModel> =
            families::open(&dir, OpenOptions::default()).unwrap().into();
        let mut matrix = cells(6);
        let known = model.genes().iter().filter(|gene| gene.ensembl.is_some());
        for (column, gene) in matrix.genes.iter_mut().zip(known) {
            column.ensembl.clone_from(&gene.ensembl);
            column.symbol.clone_from(&gene.symbol);
        }
        let genes = (0..8).map(|gene| matrix.genes[gene].ensembl.clone().unwrap()).collect();
        let spec = ScreenSpec {
            perturbations: ["knock_out", "over_expression", "inhibit_50", "activate_50"]
                .map(|kind| kind.parse().unwrap())
                .to_vec(),
            emb_layer: 0,
            ..ScreenSpec::towards(state("tumour"), state("normal"), Targets::Each { genes })
        };
        let screener =
            Screener::prepare(spec, (model, "m"), Arc::new(matrix), None, quiet()).unwrap();
        let found = rows(&screener, 2, 2, true);
        let measured = |kind: Perturbation| {
            let all = found.iter().filter(|row| row.id.perturbation == kind);
            all.map(|row| row.cells.len()).sum::<usize>()
        };
        for &kind in &screener.plan().perturbations {
            // With thirty genes a cell, every count is in scBERT's top bin, down to the percentile.
            let coarse = family == Family::ScBert && matches!(kind, Perturbation::Inhibit(_));
            assert!(measured(kind) > 0 || coarse, "{family}: no cell with {kind}");
        }
        assert!(found.iter().flat_map(|row| &row.values).all(|value| value.is_finite()));
        assert_eq!(found, rows(&screener, 3, 1, false), "{family}");
    }
}

#[test]
fn first_order_estimates_come_with_what_they_are_worth() {
    let dir = tempfile::tempdir().unwrap();
    Family::Geneformer.random(dir.path(), "tiny", 1).unwrap();
    let model: Arc<dyn crate::families::CellModel> =
        families::open(dir.path(), OpenOptions::default()).unwrap().into();
    let mut matrix = cells(12);
    for (column, gene) in matrix.genes.iter_mut().zip(model.genes()) {
        column.ensembl.clone_from(&gene.ensembl);
    }
    let spec = ScreenSpec::towards(state("tumour"), state("normal"), Targets::All);
    let prepare = |spec: ScreenSpec| {
        let cells = Arc::new(matrix.clone());
        Screener::prepare(spec, (Arc::clone(&model), "m"), cells, None, quiet()).unwrap()
    };
    let net = families::open_first_order(dir.path()).unwrap();
    let screener = prepare(spec.clone());
    let settings = FirstOrderSettings::default();
    let found = first_order_screen(&screener, net.as_ref(), &settings, quiet()).unwrap();
    let (check, estimates) = found.ranking();
    // In cells of fifteen genes each deletion is a large change.
    assert!(check.spearman.unwrap() > 0.5, "{check}");
    assert!(check.to_string().contains(&format!("of the exact top {} kept", check.top)));
    assert!(check.cells == 4 && check.targets > 20 && check.targets <= estimates.len());
    assert!(estimates.is_sorted_by(|a, b| a.mean >= b.mean));
    let refused = |spec: ScreenSpec| {
        first_order_screen(&prepare(spec), net.as_ref(), &settings, quiet())
            .unwrap_err()
            .to_string()
    };
    let over = vec![Perturbation::OverExpression];
    assert!(refused(ScreenSpec { perturbations: over, ..spec.clone() }).contains("knock-outs"));
    assert!(refused(ScreenSpec { goal: None, ..spec.clone() }).contains("a goal state"));
    Family::ScGpt.random(&dir.path().join("scgpt"), "tiny", 1).unwrap();
    let Err(error) = families::open_first_order(&dir.path().join("scgpt")) else {
        panic!("opened");
    };
    assert!(error.to_string().contains("gradient"), "{error}");
}
