//! Round trips, refusals and damaged files, on a tiny random model.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use safetensors::Dtype;
use safetensors::tensor::TensorView;

use super::*;
use crate::checkpoint::{Problems, RawTensor};
use crate::device::Cpu;
use crate::families::geneformer::GeneformerConfig;
use crate::nets::heads::{MlmHead, SequenceClassifier};
use crate::nets::seeded::seeded;

fn tiny() -> Loaded<Cpu> {
    let device = Default::default();
    let config = GeneformerConfig::with_sizes(9, 8, 2, 2, 12, 6);
    Loaded {
        net: seeded::<Cpu, _>(config.init(&device), 1, 0.2, 0.1),
        mlm: Some(seeded::<Cpu, _>(
            MlmHead::init(&config.layer_sizes(), config.vocab_size, &device),
            2,
            0.2,
            0.1,
        )),
        classifier: None,
        token_classifier: None,
        report: LoadReport::default(),
        config,
    }
}

fn saved() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    save(dir.path(), &tiny()).unwrap();
    dir
}

fn load(dir: &Path) -> Result<Loaded<Cpu>, CheckpointError> {
    super::load(dir, &Default::default())
}

fn keys_error(dir: &Path) -> Problems {
    match load(dir) {
        Err(CheckpointError::Keys { problems, .. }) => *problems,
        other => panic!("expected a key error, got {other:?}"),
    }
}

/// Reads the saved weights, lets `change` alter them, and writes them back.
fn rewrite(dir: &Path, change: impl FnOnce(&mut Weights)) {
    let path = dir.join("model.safetensors");
    let mut weights = read_weights(&path).unwrap();
    change(&mut weights);
    let bytes: BTreeMap<&String, (Vec<usize>, Vec<u8>)> = weights
        .iter()
        .map(|(k, t)| {
            let values = t.values.as_ref().unwrap();
            (k, (t.shape.clone(), values.iter().flat_map(|v| v.to_le_bytes()).collect()))
        })
        .collect();
    let views = bytes
        .iter()
        .map(|(k, (shape, data))| (*k, TensorView::new(Dtype::F32, shape.clone(), data).unwrap()));
    std::fs::write(path, safetensors::serialize(views, None).unwrap()).unwrap();
}

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/data/golden/geneformer").join(name)
}

#[test]
fn a_saved_model_loads_again_with_the_same_weights() {
    let (dir, again) = (saved(), tempfile::tempdir().unwrap());
    let loaded = load(dir.path()).unwrap();
    assert_eq!(loaded.config, tiny().config);
    save(again.path(), &loaded).unwrap();
    for file in ["model.safetensors", "config.json"] {
        let read = |d: &Path| std::fs::read(d.join(file)).unwrap();
        assert!(read(dir.path()) == read(again.path()), "{file} differs");
    }
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 2, "partial files left");
}

#[test]
fn published_weights_survive_loading_and_saving() {
    for set in ["tiny_v1", "tiny_v2", "tiny_cellclassifier"] {
        let dir = tempfile::tempdir().unwrap();
        save(dir.path(), &load(&golden(set)).unwrap()).unwrap();
        let ours = read_weights(&dir.path().join("model.safetensors")).unwrap();
        let theirs = read_weights(&golden(set).join("model.safetensors")).unwrap();
        assert!(ours == theirs, "{set}");
    }
}

#[test]
fn both_containers_give_the_same_model() {
    let source = golden("tiny_cellclassifier");
    let dir = tempfile::tempdir().unwrap();
    for file in ["config.json", "pytorch_model.bin"] {
        std::fs::copy(source.join(file), dir.path().join(file)).unwrap();
    }
    let loaded = load(dir.path()).unwrap();
    assert!(loaded.classifier.is_some() && loaded.mlm.is_none());
    save(dir.path(), &loaded).unwrap();
    let ours = read_weights(&dir.path().join("model.safetensors")).unwrap();
    assert!(ours == read_weights(&source.join("model.safetensors")).unwrap());
}

#[test]
fn every_wrong_key_is_listed_at_once() {
    let dir = saved();
    rewrite(dir.path(), |w| {
        w.remove("bert.encoder.layer.1.output.dense.bias");
        w.insert("bert.gate".into(), RawTensor::floats(vec![1], vec![0.0]));
        let words = w.get_mut("bert.embeddings.word_embeddings.weight").unwrap();
        words.shape = vec![8, 8];
        words.values.as_mut().unwrap().truncate(64);
        let bias = w.get_mut("bert.encoder.layer.0.attention.self.query.bias").unwrap();
        bias.values.as_mut().unwrap()[3] = f32::NAN;
    });
    let problems = keys_error(dir.path());
    assert_eq!(problems.missing, ["bert.encoder.layer.1.output.dense.bias"]);
    assert_eq!(problems.extra, ["bert.gate"]);
    assert_eq!(problems.not_finite, ["bert.encoder.layer.0.attention.self.query.bias"]);
    assert_eq!(problems.misshaped.len(), 1);
    assert_eq!(problems.misshaped[0].expected, [9, 8]);
    let message = load(dir.path()).unwrap_err().to_string();
    assert!(message.contains("bert.gate") && message.contains("[8, 8]"), "{message}");
}

#[test]
fn copies_of_tied_weights_and_unused_heads_are_reported_and_ignored() {
    let dir = saved();
    rewrite(dir.path(), |w| {
        let words = w["bert.embeddings.word_embeddings.weight"].clone();
        w.insert("cls.predictions.decoder.weight".into(), words);
        let position_ids = RawTensor::floats(vec![1, 1], vec![0.0]);
        w.insert("bert.embeddings.position_ids".into(), position_ids);
    });
    let ignored = load(dir.path()).unwrap().report.ignored;
    assert_eq!(ignored, ["cls.predictions.decoder.weight", "bert.embeddings.position_ids"]);
}

#[test]
fn an_untied_vocabulary_head_is_refused() {
    let dir = saved();
    rewrite(dir.path(), |w| {
        let mut words = w["bert.embeddings.word_embeddings.weight"].clone();
        words.values.as_mut().unwrap()[0] += 1.0;
        w.insert("cls.predictions.decoder.weight".into(), words);
    });
    assert!(matches!(load(dir.path()), Err(CheckpointError::Untied { .. })));
}

#[test]
fn a_declared_head_that_is_absent_is_an_error_and_an_undeclared_one_is_not() {
    let dir = saved();
    rewrite(dir.path(), |w| w.retain(|k, _| !k.starts_with("cls.")));
    assert_eq!(keys_error(dir.path()).missing.len(), 5);
    let mut config = tiny().config;
    config.architectures = vec!["BertModel".into()];
    let json = serde_json::to_vec(&config).unwrap();
    std::fs::write(dir.path().join("config.json"), json).unwrap();
    assert!(load(dir.path()).unwrap().mlm.is_none());
}

#[test]
fn a_fresh_classifier_on_a_loaded_body_saves_and_loads() {
    let dir = tempfile::tempdir().unwrap();
    let mut model = tiny();
    model.mlm = None;
    model.config.architectures = vec!["BertForSequenceClassification".into()];
    model.config.id2label = (0..3).map(|i| (i.to_string(), format!("class {i}"))).collect();
    let head = SequenceClassifier::init(&model.config.layer_sizes(), 3, &Default::default());
    model.classifier = Some(seeded::<Cpu, _>(head, 5, 0.1, 0.1));
    save(dir.path(), &model).unwrap();
    assert!(load(dir.path()).unwrap().classifier.is_some());
}

#[test]
fn diverged_weights_are_not_saved() {
    let dir = tempfile::tempdir().unwrap();
    let mut model = tiny();
    model.net = seeded::<Cpu, _>(model.net, 1, f32::INFINITY, 0.0);
    let target = dir.path().join("model");
    let error = save(&target, &model).unwrap_err().to_string();
    assert!(error.contains("word_embeddings"), "{error}");
    assert!(!target.exists());
}

#[test]
fn directories_that_are_not_checkpoints_say_what_is_absent() {
    let dir = tempfile::tempdir().unwrap();
    assert!(load(dir.path()).unwrap_err().to_string().contains("config.json"));
    std::fs::write(dir.path().join("config.json"), "{\"hidden_size\": ").unwrap();
    assert!(matches!(load(dir.path()), Err(CheckpointError::Json { .. })));
    let json = serde_json::to_vec(&tiny().config).unwrap();
    std::fs::write(dir.path().join("config.json"), json).unwrap();
    assert!(load(dir.path()).unwrap_err().to_string().contains("model.safetensors"));
}

/// Loads damaged copies of `file`; none may panic, and truncated ones must fail.
fn damage(source: &Path, file: &str) {
    let dir = tempfile::tempdir().unwrap();
    std::fs::copy(source.join("config.json"), dir.path().join("config.json")).unwrap();
    let whole = std::fs::read(source.join(file)).unwrap();
    let target = dir.path().join(file);
    for i in 0..64 {
        std::fs::write(&target, &whole[..whole.len() * i / 64]).unwrap();
        assert!(load(dir.path()).is_err(), "{file} cut at {i}/64 was accepted");
    }
    let mut rng = ChaCha8Rng::seed_from_u64(11);
    for i in 0..200 {
        let mut bytes = whole.clone();
        // Half of the flips near the start, where headers are.
        let range = if i % 2 == 0 { bytes.len() } else { bytes.len().min(2_000) };
        let place = rng.random_range(0..range);
        bytes[place] ^= rng.random_range(1..=255u8);
        std::fs::write(&target, bytes).unwrap();
        let _either_is_fine = load(dir.path());
    }
}

#[test]
fn a_damaged_safetensors_file_is_an_error_never_a_panic() {
    damage(saved().path(), "model.safetensors");
}

#[test]
fn a_damaged_state_dict_is_an_error_never_a_panic() {
    damage(&golden("tiny_cellclassifier"), "pytorch_model.bin");
}
