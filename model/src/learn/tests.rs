//! Pretraining, fine-tuning, prediction and evaluation in a tiny world.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use super::features::GeneReader;
use super::reference::ReferenceCells;
use super::top_layer::TopLayer;
use super::*;
use crate::checkpoint::LoadReport;
use crate::device::{Cpu, DeviceChoice};
use crate::encoder;
use crate::families::geneformer::{Loaded, save};
use crate::fixtures::{GENES, cells, gene_id, net, vocabulary};
use crate::nets::heads::MlmHead;
use crate::nets::seeded::seeded;
use crate::screen::CellState;
use crate::versions::digest_model_dir;

fn state() -> CellState {
    CellState { column: "state".into(), value: "tumour".into() }
}

fn never() -> AtomicBool {
    AtomicBool::new(false)
}

fn parent(home: &Path) -> PathBuf {
    let dir = home.join("v0");
    let (config, net) = net(24);
    let report = LoadReport::default();
    let mlm = Some(MlmHead::init(&config.layer_sizes(), config.vocab_size, &Default::default()));
    let mlm = seeded::<Cpu, _>(mlm, 6, 0.1, 0.0);
    let loaded = Loaded { config, net, mlm, classifier: None, token_classifier: None, report };
    save(&dir, &loaded).unwrap();
    dir
}

/// Effects that grow with the share of tumour cells that have the gene.
fn measurements() -> Vec<Measurement> {
    let cells = cells(20);
    let tumour = cells.cells_where("state", "tumour").unwrap();
    let value = |gene: usize| {
        let has = tumour.iter().filter(|&&cell| cells.row(cell).0.contains(&(gene as u32)));
        let size = has.count() as f64;
        if gene.is_multiple_of(3) { -size } else { size + 0.1 }
    };
    (0..GENES).map(|gene| Measurement { ensembl: gene_id(gene), value: value(gene) }).collect()
}

fn held_out() -> Vec<String> {
    (0..GENES).map(gene_id).filter(|id| split::is_held_out(id, 1)).collect()
}

fn tune(parent: &Path, out: &Path, measurements: &[Measurement]) -> Result<FineTuned, LearnError> {
    let (cells, held_out) = (cells(20), held_out());
    let settings = FineTuneSettings { reference_cells: 3, steps: 4, ..Default::default() };
    let request = FineTuneRequest {
        parent,
        out,
        cells: &cells,
        state: state(),
        measurements,
        held_out: &held_out,
        settings,
    };
    let encoder = encoder::open(parent, DeviceChoice::Cpu).unwrap();
    finetune(&request, encoder.as_ref(), &vocabulary(), &|_, _| (), &never())
}

fn predictions(dir: &Path) -> Vec<Prediction> {
    let encoder = encoder::open(dir, DeviceChoice::Cpu).unwrap();
    let vocabulary = vocabulary();
    let view = ModelView { dir, encoder: encoder.as_ref(), vocabulary: &vocabulary };
    let genes: Vec<String> = (0..GENES).map(gene_id).collect();
    let found = predict(&view, &cells(20), &genes, &|_, _| (), &never()).unwrap().unwrap();
    found.into_iter().map(Option::unwrap).collect()
}

#[test]
fn a_tuned_version_is_whole_repeatable_and_builds_on_its_parent() {
    let home = tempfile::tempdir().unwrap();
    let parent = parent(home.path());
    let first = tune(&parent, &home.path().join("v1"), &measurements()).unwrap();
    let again = tune(&parent, &home.path().join("v1b"), &measurements()).unwrap();
    assert_eq!(first.digest, again.digest, "the same inputs and seed give the same bits");
    assert_ne!(first.digest, digest_model_dir(&parent).unwrap());
    assert_eq!(first.record.parent, Some(digest_model_dir(&parent).unwrap()));
    let trained = &first.record.genes_trained;
    assert!(trained.iter().all(|gene| !held_out().contains(gene)));
    assert_eq!(trained.len() + held_out().len(), GENES);
    let some = &measurements()[..20];
    let second = tune(&first.dir, &home.path().join("v2"), some).unwrap();
    assert_eq!(second.record.parent, Some(first.digest));
    assert_eq!(TrainingRecord::load(&second.dir).unwrap(), Some(second.record));
}

#[test]
fn a_tuned_version_fits_its_training_genes_better_than_their_mean() {
    let home = tempfile::tempdir().unwrap();
    let parent = parent(home.path());
    let tuned = tune(&parent, &home.path().join("v1"), &measurements()).unwrap();
    let found = predictions(&tuned.dir);
    let (mut model, mut mean) = (0.0, 0.0);
    for (gene, measurement) in measurements().iter().enumerate() {
        if tuned.record.genes_trained.contains(&measurement.ensembl) {
            let wanted = target(measurement.value);
            model += (found[gene].mean - wanted).powi(2);
            mean += (tuned.training_mean - wanted).powi(2);
        }
    }
    assert!(model < 0.95 * mean, "{model} against {mean}");
    assert!(found.iter().all(|p| p.sd.is_finite() && p.sd >= 0.0));
    assert!(found.iter().any(|p| p.sd > 0.0));
}

#[test]
fn versions_are_compared_on_genes_neither_has_seen() {
    let home = tempfile::tempdir().unwrap();
    let parent = parent(home.path());
    let tuned = tune(&parent, &home.path().join("v1"), &measurements()).unwrap();
    let (old, new) = (
        encoder::open(&parent, DeviceChoice::Cpu).unwrap(),
        encoder::open(&tuned.dir, DeviceChoice::Cpu).unwrap(),
    );
    let (vocabulary, cells) = (vocabulary(), cells(20));
    let comparison = Comparison {
        candidate: ModelView { dir: &tuned.dir, encoder: new.as_ref(), vocabulary: &vocabulary },
        current: ModelView { dir: &parent, encoder: old.as_ref(), vocabulary: &vocabulary },
        cells: &cells,
        measurements: &measurements(),
        held_out: &held_out(),
        seed: 1,
    };
    let found = evaluate_versions(&comparison, &never()).unwrap();
    assert_eq!(found.genes, held_out().len());
    assert_eq!(found.current, found.mean, "an untrained version predicts the training mean");
    let decision = decide(&found, &PromotionRule::default());
    assert_eq!(decision.promote, decision.reason.starts_with("promoted"));
}

#[test]
fn reading_one_position_equals_the_whole_layer() {
    let home = tempfile::tempdir().unwrap();
    let parent = parent(home.path());
    let encoder = encoder::open(&parent, DeviceChoice::Cpu).unwrap();
    let config = encoder.config();
    let reference = Reference { state: state(), cells: 3, seed: 1 };
    let chosen = ReferenceCells::choose(&reference, &cells(20), &vocabulary(), config).unwrap();
    let tokens: Vec<u32> = (2..12).collect();
    let never = never();
    let reader = GeneReader { encoder: encoder.as_ref(), reference: &chosen, cancel: &never };
    let inputs = reader.inputs(&tokens, &|_| ()).unwrap();
    let weights = model_dir::read_weights(&parent).unwrap();
    let top = TopLayer::of(&weights, 1, config.num_attention_heads, config.layer_norm_eps).unwrap();
    let found = inputs.contexts(&top).unwrap();
    for (token, found) in tokens.iter().zip(&found) {
        let sequences = chosen.sequences(*token);
        let views: Vec<&[u32]> = sequences.iter().map(Vec::as_slice).collect();
        let whole = encoder.hidden_at(&views, 2).unwrap();
        for (at, value) in found.iter().enumerate() {
            let mean = whole.iter().map(|h| f64::from(h[at])).sum::<f64>() / whole.len() as f64;
            assert!((value - mean).abs() < 1e-5, "token {token}: {value} against {mean}");
        }
    }
}

#[test]
fn the_gradient_of_the_top_layer_equals_finite_differences() {
    let home = tempfile::tempdir().unwrap();
    let parent = parent(home.path());
    let encoder = encoder::open(&parent, DeviceChoice::Cpu).unwrap();
    let config = encoder.config();
    let reference = Reference { state: state(), cells: 2, seed: 1 };
    let chosen = ReferenceCells::choose(&reference, &cells(20), &vocabulary(), config).unwrap();
    let never = never();
    let reader = GeneReader { encoder: encoder.as_ref(), reference: &chosen, cancel: &never };
    let inputs = reader.inputs(&[3, 9], &|_| ()).unwrap();
    let weights = model_dir::read_weights(&parent).unwrap();
    let top = TopLayer::of(&weights, 1, config.num_attention_heads, config.layer_norm_eps).unwrap();
    let (_, gradient) = inputs.gradient(&top, |_, contexts| contexts.powi_scalar(3).sum());
    let loss = |layer: &TopLayer| -> f64 {
        inputs.contexts(layer).unwrap().iter().flatten().map(|v| v.powi(3)).sum()
    };
    for (tensor, index) in [(0, 5), (2, 40), (4, 17), (5, 3), (10, 30), (12, 9)] {
        let step = 2e-2;
        let moved = |by: f32| {
            let mut layer = top.clone();
            layer.values[tensor].data[index] += by;
            loss(&layer)
        };
        let slope = (moved(step) - moved(-step)) / f64::from(2.0 * step);
        let found = f64::from(gradient[tensor][index]);
        let allowed = 0.05 * slope.abs() + 0.05;
        assert!((found - slope).abs() < allowed, "{tensor}/{index}: {found} against {slope}");
    }
}

#[test]
fn bad_measurements_are_refused_and_leave_nothing() {
    let home = tempfile::tempdir().unwrap();
    let parent = parent(home.path());
    let out = home.path().join("v1");
    let mut nan = measurements();
    nan[4].value = f64::NAN;
    let message = tune(&parent, &out, &nan).unwrap_err().to_string();
    assert!(message.contains(&gene_id(4)), "{message}");
    let few = tune(&parent, &out, &measurements()[..4]).unwrap_err();
    assert!(matches!(few, LearnError::TooFewGenes { .. }), "{few}");
    let mut twice = measurements();
    twice.extend(measurements());
    assert!(tune(&parent, &out, &twice).unwrap_err().to_string().contains("twice"));
    assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 1, "only the parent is left");
}

fn small() -> PretrainConfig {
    PretrainConfig {
        layers: 1,
        hidden: 16,
        heads: 2,
        ffn: 16,
        max_len: 24,
        epochs: 12,
        batch: 4,
        learning_rate: 1e-2,
        donor_column: Some("donor".into()),
        seed: 2,
    }
}

#[test]
fn pretraining_repeats_bit_for_bit_on_any_number_of_threads() {
    let home = tempfile::tempdir().unwrap();
    let run = |name: &str, threads: usize| {
        let dir = home.path().join(name);
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let curve = pool.install(|| {
            let (cells, vocabulary) = (cells(24), vocabulary());
            pretrain_to(&dir, &cells, &vocabulary, &small(), &|_, _| (), &never()).unwrap()
        });
        (digest_model_dir(&dir).unwrap(), curve)
    };
    let (one, curve) = run("one", 1);
    let (two, again) = run("two", 2);
    assert_eq!(one, two);
    assert_eq!(curve, again);
    assert_eq!((curve.train_cells, curve.held_out_cells), (16, 8), "a whole donor is kept out");
    let (first, last) = (curve.points[1].train.unwrap(), curve.points[12].train.unwrap());
    assert!(last < first, "{first} -> {last}");
}

#[test]
fn a_pretrained_directory_opens_with_its_vocabulary() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("v0");
    let (cells, vocabulary) = (cells(24), vocabulary());
    let config = PretrainConfig { epochs: 1, ..small() };
    pretrain_to(&dir, &cells, &vocabulary, &config, &|_, _| (), &never()).unwrap();
    let encoder = encoder::open(&dir, DeviceChoice::Cpu).unwrap();
    let back = crate::families::geneformer::tokenizer::Vocabulary::load_csv(
        &dir.join(vocabulary_file::VOCABULARY_FILE),
    )
    .unwrap();
    back.check_fits(encoder.config().vocab_size).unwrap();
    assert_eq!(back.token(&gene_id(7)), vocabulary.token(&gene_id(7)));
    let again = pretrain_to(&dir, &cells, &vocabulary, &config, &|_, _| (), &never());
    assert!(again.unwrap_err().to_string().contains("exists"));
}

#[test]
fn a_cancelled_training_stops_and_leaves_nothing() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("v0");
    let stop = AtomicBool::new(true);
    let found = pretrain_to(&dir, &cells(24), &vocabulary(), &small(), &|_, _| (), &stop);
    assert!(matches!(found, Err(LearnError::Cancelled)));
    assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 0);
}
