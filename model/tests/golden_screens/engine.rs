//! The same runs through the whole engine: cells as a matrix, plan, blocks, rows.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use nextwell_model::cells::{CellMatrix, Gene, ObsColumn};
use nextwell_model::families::geneformer::tokenizer::{Vocabulary, VocabularyEntry};
use nextwell_model::families::{self, CellModel, OpenOptions};
use nextwell_model::screen::{CellState, Perturbation, ScreenSpec, Screener, Targets, Watch};
use serde_json::Value;

use crate::set::{Report, Set};

/// Repeats every run that the engine's targets can express; returns how many.
pub fn compare_all(set: &Set, weights: &Path, json: &Value, report: &mut Report) -> usize {
    let folder = tempfile::tempdir().unwrap();
    let model = model(set, weights, folder.path());
    let runs = json["runs"].as_array().unwrap().iter();
    runs.filter(|run| compare(set, &model, run, report)).count()
}

/// Name of a token in the vocabulary of this test.
fn name(token: u32) -> String {
    format!("ENSG{token:011}")
}

/// The set's weights with a vocabulary in which every gene has a median of 1.
fn model(set: &Set, weights: &Path, folder: &Path) -> Arc<dyn CellModel> {
    for file in ["config.json", "model.safetensors"] {
        std::fs::copy(weights.join(file), folder.join(file)).unwrap();
    }
    let specials: &[&str] = match set.layout.specials {
        true => &["<pad>", "<mask>", "<cls>", "<eos>"],
        false => &["<pad>", "<mask>"],
    };
    let entry = |token_id: u32| {
        let special = specials.get(token_id as usize);
        VocabularyEntry {
            ensembl_id: special.map_or_else(|| name(token_id), |special| special.to_string()),
            token_id,
            nonzero_median: special.is_none().then_some(1.0),
            symbol: None,
        }
    };
    let entries = (0..set.encoder.config().vocab_size as u32).map(entry).collect();
    let path: PathBuf = folder.join("vocabulary.csv");
    Vocabulary::from_entries(entries).unwrap().write_csv(&path).unwrap();
    families::open(folder, OpenOptions::default()).unwrap().into()
}

/// Counts that rank each cell's genes as its tokens do.
fn matrix(set: &Set) -> CellMatrix {
    let tokens: Vec<u32> = (0..set.encoder.config().vocab_size as u32).collect();
    let mut matrix = CellMatrix {
        genes: tokens
            .iter()
            .map(|&token| Gene { ensembl: Some(name(token)), symbol: name(token) })
            .collect(),
        indptr: vec![0],
        ..CellMatrix::default()
    };
    for (number, (cell, _)) in set.cells.iter().enumerate() {
        let genes = set.layout.genes(cell);
        let mut counts: Vec<(u32, f32)> = genes
            .iter()
            .zip(0..)
            .map(|(&gene, rank)| (gene, (genes.len() - rank) as f32))
            .collect();
        counts.sort_unstable_by_key(|(gene, _)| *gene);
        matrix.total_counts.push(counts.iter().map(|(_, count)| f64::from(*count)).sum());
        matrix.indices.extend(counts.iter().map(|(gene, _)| gene));
        matrix.counts.extend(counts.iter().map(|(_, count)| count));
        matrix.indptr.push(matrix.indices.len() as u64);
        matrix.cells.push(format!("cell{number}"));
    }
    let column = |names: Vec<Option<String>>| ObsColumn::from_labels(&names);
    let states = set.cells.iter().map(|(_, state)| Some(state.clone())).collect();
    let all = set.cells.iter().map(|_| Some("all".to_owned())).collect();
    matrix.obs =
        BTreeMap::from([("state".to_owned(), column(states)), ("all".to_owned(), column(all))]);
    matrix
}

/// The spec of a run; `None` for pairs, whose reference keeps the joint effect only.
fn spec(set: &Set, args: &Value) -> Option<ScreenSpec> {
    if args.get("anchor_gene").is_some_and(|anchor| !anchor.is_null()) {
        return None;
    }
    let state = |value: &str| CellState { column: "state".into(), value: value.into() };
    let (start, goal, alternatives) = match args.get("cell_states_to_model") {
        Some(states) if states.is_object() => {
            let text = |name: &str| state(states[name].as_str().unwrap());
            let others = states["alt_states"].as_array().into_iter().flatten();
            let others = others.map(|other| state(other.as_str().unwrap())).collect();
            (text("start_state"), Some(text("goal_state")), others)
        }
        _ => (CellState { column: "all".into(), value: "all".into() }, None, Vec::new()),
    };
    let targets = match &args["genes_to_perturb"] {
        Value::String(_) => Targets::All,
        genes => {
            let genes = genes.as_array().unwrap().iter();
            Targets::Group {
                genes: genes.map(|id| name(set.tokens[id.as_str().unwrap()])).collect(),
            }
        }
    };
    let kind = match args["perturb_type"].as_str().unwrap() {
        "delete" => Perturbation::KnockOut,
        _ => Perturbation::OverExpression,
    };
    Some(ScreenSpec {
        alternatives,
        goal: goal.clone(),
        perturbations: vec![kind],
        emb_layer: args["emb_layer"].as_i64().unwrap() as i32,
        ..ScreenSpec::towards(start.clone(), goal.unwrap_or(start), targets)
    })
}

fn compare(set: &Set, model: &Arc<dyn CellModel>, run: &Value, report: &mut Report) -> bool {
    let Some(spec) = spec(set, &run["args"]) else { return false };
    let never = AtomicBool::new(false);
    let watch = Watch { progress: &|_, _| {}, cancel: &never };
    let all = spec.targets == Targets::All;
    let cells = Arc::new(matrix(set));
    let screener =
        Screener::prepare(spec, (Arc::clone(model), "golden"), cells, None, watch).unwrap();
    let plan = screener.plan();
    let found = screener.run(0..plan.cells.len(), 0..plan.targets.len(), watch).unwrap();
    let mut rows = 0;
    for row in &found.rows {
        let target = &plan.targets[row.id.target];
        for (measure, state) in plan.measures.iter().enumerate() {
            let values = row.measure(measure, plan.measures.len()).into_iter().zip(&row.cells);
            // "All" of the reference are the genes that a cell has.
            let has = |cell: u32| {
                let tokens = &set.cells[plan.cells[cell as usize].row].0;
                target.tokens.iter().any(|token| tokens.contains(token))
            };
            let mut ours: Vec<f64> =
                values.filter(|(_, cell)| !all || has(**cell)).map(|(value, _)| value).collect();
            let key: Vec<String> = target.tokens.iter().map(u32::to_string).collect();
            let key = format!("[[{}], \"cell_emb\"]", key.join(", "));
            let part = if plan.states.is_empty() { "cell" } else { state };
            let wanted = run["raw"][part][&key].as_array().into_iter().flatten();
            let mut wanted: Vec<f64> = wanted.map(|value| value.as_f64().unwrap()).collect();
            assert_eq!(ours.len(), wanted.len(), "{key} of {part} in run {}", run["tag"]);
            ours.sort_by(f64::total_cmp);
            wanted.sort_by(f64::total_cmp);
            ours.iter().zip(&wanted).for_each(|(found, expected)| report.cosine(*found, *expected));
            rows += ours.len();
        }
    }
    assert!(rows > 0, "nothing was compared in run {}", run["tag"]);
    true
}
