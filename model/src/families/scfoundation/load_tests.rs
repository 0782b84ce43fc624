use std::path::PathBuf;

use safetensors::Dtype;
use safetensors::tensor::TensorView;

use super::*;
use crate::checkpoint::{Problems, RawTensor};
use crate::device::Cpu;
use crate::nets::seeded::seeded;

fn golden(set: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/data/golden/scfoundation").join(set)
}

fn open(dir: &Path) -> Result<Loaded<Cpu>, CheckpointError> {
    load(dir, &Default::default())
}

/// A directory with `models.ckpt` of a golden set, and `config` as its `config.json`.
fn published(config: Option<&str>) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    std::fs::copy(golden("tiny").join("models.ckpt"), dir.path().join("models.ckpt")).unwrap();
    if let Some(config) = config {
        std::fs::write(dir.path().join("config.json"), config).unwrap();
    }
    dir
}

/// A directory in our own layout.
fn saved() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let config = ScFoundationConfig::with_sizes(9, 5, [8, 2, 2], [6, 2, 2], 4);
    let net = seeded::<Cpu, _>(config.init(&Default::default()), 3, 0.2, 0.1);
    save(dir.path(), &config, &net).unwrap();
    dir
}

/// Lets `change` alter the saved weights, which may then hold what saving refuses.
fn rewrite(dir: &Path, change: impl FnOnce(&mut Weights)) {
    let path = dir.join("model.safetensors");
    let mut weights = read_weights(&path).unwrap();
    change(&mut weights);
    let bytes: Vec<(&String, &RawTensor, Vec<u8>)> = weights
        .iter()
        .map(|(key, raw)| {
            let values = raw.values.iter().flatten();
            (key, raw, values.flat_map(|v| v.to_le_bytes()).collect())
        })
        .collect();
    let views = bytes.iter().map(|(key, raw, data)| {
        (*key, TensorView::new(Dtype::F32, raw.shape.clone(), data).unwrap())
    });
    std::fs::write(path, safetensors::serialize(views, None).unwrap()).unwrap();
}

fn keys_error(dir: &Path) -> Problems {
    match open(dir) {
        Err(CheckpointError::Keys { problems, .. }) => *problems,
        other => panic!("{:?}", other.map(|loaded| loaded.report)),
    }
}

#[test]
fn published_weights_survive_loading_and_saving() {
    for set in ["tiny", "tiny_dimhead64"] {
        let loaded = open(&golden(set)).unwrap();
        assert_eq!(loaded.report.ignored, ["decoder.performer.calls_since_last_redraw"]);
        let dir = tempfile::tempdir().unwrap();
        save(dir.path(), &loaded.config, &loaded.net).unwrap();
        let ours = read_weights(&dir.path().join("model.safetensors")).unwrap();
        let mut theirs = read_weights(&golden(set).join("model.safetensors")).unwrap();
        theirs.retain(|_, raw| raw.values.is_some());
        assert!(ours == theirs, "{set}");
        assert_eq!(open(dir.path()).unwrap().config, loaded.config);
    }
}

#[test]
fn the_published_file_alone_brings_its_configuration_and_says_which_part_was_read() {
    let loaded = open(published(None).path()).unwrap();
    let expected = open(&golden("tiny")).unwrap().config;
    assert_eq!(loaded.config.part, Some(Part::Cell));
    assert_eq!(
        (loaded.config.encoder, loaded.config.decoder),
        (expected.encoder, expected.decoder)
    );
    assert_eq!(loaded.config.bin_num, expected.bin_num);
}

#[test]
fn a_part_is_chosen_by_config_json_and_one_that_is_not_there_is_an_error() {
    let loaded = open(published(Some(r#"{"part": "cell"}"#)).path()).unwrap();
    assert_eq!(loaded.config.part, Some(Part::Cell));
    // The set's `gene` is the same object as its `cell`: the file holds it once, under two names.
    let gene = open(published(Some(r#"{"part": "gene"}"#)).path()).unwrap();
    assert_eq!(gene.config.part, Some(Part::Gene));
    assert_eq!(gene.report.read, loaded.report.read);
    let dir = published(Some(r#"{"part": "rde"}"#));
    let message = open(dir.path()).unwrap_err().to_string();
    assert!(message.contains("rde") && message.contains("only cell, gene"), "{message}");
    let unknown = open(published(Some(r#"{"part": "bulk"}"#)).path()).unwrap_err().to_string();
    assert!(unknown.contains("config.json") && unknown.contains("bulk"), "{unknown}");
}

#[test]
fn sizes_without_a_configuration_come_from_the_shapes_of_the_published_width_only() {
    let mut weights = read_weights(&golden("tiny").join("model.safetensors")).unwrap();
    let message = from_shapes(&weights).unwrap_err().to_string();
    assert!(message.contains("encoder.heads") && message.contains("width of 32"), "{message}");
    weights.get_mut("token_emb.emb.weight").unwrap().shape[1] = 768;
    let config = from_shapes(&weights).unwrap();
    let expected = ScFoundationConfig::with_sizes(36, 10, [768, 2, 12], [24, 2, 2], 16);
    assert_eq!(config, expected);
    assert!(from_shapes(&Weights::new()).is_err());
}

#[test]
fn every_wrong_key_is_listed_at_once() {
    let dir = saved();
    rewrite(dir.path(), |w| {
        w.remove("decoder.performer.net.layers.1.1.fn.fn.w2.bias");
        w.insert("gate".into(), RawTensor::floats(vec![1], vec![0.0]));
        let bins = w.get_mut("token_emb.emb.weight").unwrap();
        bins.shape = vec![4, 10];
        let norm = w.get_mut("decoder.norm.bias").unwrap();
        norm.values.as_mut().unwrap()[3] = f32::NAN;
    });
    let problems = keys_error(dir.path());
    assert_eq!(problems.missing, ["decoder.performer.net.layers.1.1.fn.fn.w2.bias"]);
    assert_eq!(problems.extra, ["gate"]);
    assert_eq!(problems.not_finite, ["decoder.norm.bias"]);
    assert_eq!(problems.misshaped[0].expected, [5, 8]);
}

#[test]
fn weights_of_other_sizes_than_configured_are_refused() {
    let dir = saved();
    let config = ScFoundationConfig::with_sizes(10, 5, [8, 2, 2], [6, 2, 2], 4);
    save_json(&dir.path().join("config.json"), &config).unwrap();
    let problems = keys_error(dir.path());
    assert_eq!(problems.misshaped.len(), 1);
    assert_eq!(
        (&*problems.misshaped[0].key, &*problems.misshaped[0].found),
        ("pos_emb.weight", &[12, 8][..])
    );
}

#[test]
fn directories_that_are_not_checkpoints_say_what_is_absent() {
    let dir = tempfile::tempdir().unwrap();
    let message = |dir: &Path| open(dir).unwrap_err().to_string();
    assert!(message(dir.path()).contains("models.ckpt"));
    std::fs::write(dir.path().join("config.json"), "{\"encoder\": ").unwrap();
    assert!(matches!(open(dir.path()), Err(CheckpointError::Json { .. })));
    let dir = saved();
    std::fs::remove_file(dir.path().join("config.json")).unwrap();
    assert!(message(dir.path()).contains("config.json"));
    let other = golden("tiny").join("../../geneformer/tiny_cellclassifier/pytorch_model.bin");
    let dir = tempfile::tempdir().unwrap();
    std::fs::copy(other, dir.path().join("models.ckpt")).unwrap();
    assert!(message(dir.path()).contains("cell.state_dict."), "{}", message(dir.path()));
}

#[test]
fn a_damaged_published_file_is_an_error_never_a_panic() {
    let whole = std::fs::read(golden("tiny").join("models.ckpt")).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let target = dir.path().join("models.ckpt");
    for i in 0..32 {
        std::fs::write(&target, &whole[..whole.len() * i / 32]).unwrap();
        assert!(open(dir.path()).is_err(), "cut at {i}/32 was accepted");
    }
    for i in 0..100 {
        let mut bytes = whole.clone();
        let place = (i * 7_919) % bytes.len().min(if i % 2 == 0 { usize::MAX } else { 12_000 });
        bytes[place] ^= (i % 255 + 1) as u8;
        std::fs::write(&target, bytes).unwrap();
        let _either_is_fine = open(dir.path());
    }
}
