use std::path::PathBuf;

use super::*;
use crate::checkpoint::Misshaped;
use crate::device::Cpu;

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/data/golden/genecompass/tiny")
}

/// The golden checkpoint in a new directory, its weights changed.
fn changed(change: impl FnOnce(&mut Weights)) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    std::fs::copy(golden().join("config.json"), dir.path().join("config.json")).unwrap();
    let mut weights = read_weights(&golden().join("model.safetensors")).unwrap();
    change(&mut weights);
    save_weights(dir.path(), &weights).unwrap();
    dir
}

fn open(dir: &Path) -> Result<Loaded<Cpu>, CheckpointError> {
    load(dir, &Default::default())
}

#[test]
fn both_containers_give_the_same_model_with_the_same_homologues() {
    let [first, second] = [WEIGHT_FILES[0], WEIGHT_FILES[1]].map(|name| {
        let mut weights = read_weights(&golden().join(name)).unwrap();
        check_ties(&golden(), &mut weights).unwrap();
        weights
    });
    assert!(first == second, "the containers differ");
    assert_eq!(first[HOMOLOGUES].integers.as_ref().unwrap()[2], 30);
    let model = open(&golden()).unwrap();
    assert_eq!(model.homologues.pairs(), 14);
    assert!(model.id_head.is_some() && model.value_head.is_some());
    assert!(model.classifier.is_none() && model.token_classifier.is_none());
}

#[test]
fn a_saved_model_loads_again_with_the_same_weights() {
    let model = open(&golden()).unwrap();
    let dir = tempfile::tempdir().unwrap();
    save(dir.path(), &model).unwrap();
    let mut before = read_weights(&golden().join("model.safetensors")).unwrap();
    before.retain(|key, _| !is_optional(key) && TIED.iter().all(|(copy, _)| copy != key));
    let after = read_weights(&dir.path().join("model.safetensors")).unwrap();
    assert!(after == before, "the weights differ");
    assert_eq!(open(dir.path()).unwrap().config, model.config);
}

#[test]
fn every_wrong_key_is_listed_at_once() {
    let dir = changed(|weights| {
        weights.remove("bert.cls_embedding.weight");
        weights.remove(PRIORS[1].0);
        weights.get_mut("bert.embeddings.concat_embeddings.cat_fc.bias").unwrap().shape =
            vec![2, 12];
        weights.insert("bert.gate".into(), RawTensor::floats(vec![1], vec![0.0]));
        weights.insert(HOMOLOGUES.into(), RawTensor::floats(vec![60], vec![0.0; 60]));
    });
    let Err(CheckpointError::Keys { problems, .. }) = open(dir.path()) else {
        panic!("not refused");
    };
    assert_eq!(problems.missing, [PRIORS[1].0, "bert.cls_embedding.weight"]);
    assert_eq!(problems.extra, ["bert.gate"]);
    assert_eq!(problems.not_integer, [HOMOLOGUES]);
    let key = "bert.embeddings.concat_embeddings.cat_fc.bias".to_owned();
    assert_eq!(problems.misshaped, [Misshaped { key, found: vec![2, 12], expected: vec![24] }]);
}

#[test]
fn knowledge_that_the_configuration_switches_off_is_not_expected() {
    let dir = tempfile::tempdir().unwrap();
    let mut config = read_config(&golden()).unwrap();
    config.use_promoter = false;
    save_json(&dir.path().join("config.json"), &config).unwrap();
    let mut weights = read_weights(&golden().join("model.safetensors")).unwrap();
    save_weights(dir.path(), &weights).unwrap();
    let error = open(dir.path()).unwrap_err().to_string();
    assert!(error.contains("not known: bert.embeddings.promoter"), "{error}");
    weights.retain(|key, _| !key.contains("promoter"));
    let mixed = weights.get_mut("bert.embeddings.concat_embeddings.cat_fc.weight").unwrap();
    *mixed = RawTensor::floats(vec![24, 97], vec![0.1; 24 * 97]);
    save_weights(dir.path(), &weights).unwrap();
    let model = open(dir.path()).unwrap();
    assert!(model.net.embeddings.promoter.is_none() && model.net.embeddings.co_exp.is_some());
}

#[test]
fn homologues_outside_the_vocabulary_are_refused() {
    let dir = changed(|weights| {
        weights.insert(HOMOLOGUES.into(), RawTensor::integers(vec![60], vec![60; 60]));
    });
    let error = open(dir.path()).unwrap_err().to_string();
    assert!(error.contains("entry 0 is 60, the vocabulary has 60"), "{error}");
}

#[test]
fn an_untied_head_is_refused_and_the_warm_up_is_read() {
    let dir = changed(|weights| {
        let copy = weights.get_mut(TIED[0].0).unwrap();
        copy.values.as_mut().unwrap()[0] += 1.0;
    });
    assert!(matches!(open(dir.path()), Err(CheckpointError::Untied { .. })));
    let dir = changed(|weights| {
        weights.insert(ALPHA.into(), RawTensor::floats(vec![], vec![0.25]));
    });
    assert_eq!(open(dir.path()).unwrap().net.embeddings.alpha, 0.25);
}

#[test]
fn classifiers_are_found_by_their_keys() {
    let head = |weights: &mut Weights| {
        weights.insert("classifier.weight".into(), RawTensor::floats(vec![2, 24], vec![0.1; 48]));
        weights.insert("classifier.bias".into(), RawTensor::floats(vec![2], vec![0.0; 2]));
    };
    assert!(open(changed(head).path()).unwrap().token_classifier.is_some());
    let dir = changed(|weights| {
        head(weights);
        let square = RawTensor::floats(vec![24, 24], vec![0.1; 576]);
        weights.insert("bert.pooler.dense.weight".into(), square);
        weights.insert("bert.pooler.dense.bias".into(), RawTensor::floats(vec![24], vec![0.0; 24]));
    });
    let model = open(dir.path()).unwrap();
    assert!(model.classifier.is_some() && model.token_classifier.is_none());
}
