//! Round trips and refusals, on a tiny random model.

use super::*;
use crate::checkpoint::{Problems, RawTensor};
use crate::device::Cpu;
use crate::families::scbert::random;

fn saved(size: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    random(dir.path(), size, 3).unwrap();
    dir
}

fn open(dir: &Path) -> Result<Loaded<Cpu>, CheckpointError> {
    load(dir, &Default::default())
}

fn rewrite(dir: &Path, change: impl FnOnce(&mut Weights)) {
    let path = dir.join("model.safetensors");
    let mut weights = read_weights(&path).unwrap();
    change(&mut weights);
    save_weights(dir, &weights).unwrap();
}

fn problems(dir: &Path) -> Problems {
    match open(dir) {
        Err(CheckpointError::Keys { problems, .. }) => *problems,
        other => panic!("expected a key error, got {:?}", other.map(|l| l.config)),
    }
}

#[test]
fn a_saved_model_loads_again_with_the_same_weights() {
    for size in ["tiny", "tiny-annotation"] {
        let (dir, again) = (saved(size), tempfile::tempdir().unwrap());
        let loaded = open(dir.path()).unwrap();
        assert_eq!(loaded.annotation.is_some(), size == "tiny-annotation");
        assert_eq!(loaded.bins.is_some(), size == "tiny");
        save(again.path(), &loaded).unwrap();
        let read = |d: &Path| std::fs::read(d.join("model.safetensors")).unwrap();
        assert!(read(dir.path()) == read(again.path()), "{size}");
    }
}

#[test]
fn sizes_are_those_of_the_tensors_where_no_configuration_says_them() {
    let dir = saved("tiny");
    let config = open(dir.path()).unwrap().config;
    std::fs::remove_file(dir.path().join(CONFIG_FILE)).unwrap();
    assert_eq!(open(dir.path()).unwrap().config, config);
}

#[test]
fn names_may_be_nested_and_wrapped_as_in_the_published_file() {
    let dir = saved("tiny");
    rewrite(dir.path(), |weights| {
        let plain = std::mem::take(weights);
        weights.extend(plain.into_iter().map(|(k, v)| (format!("{NESTED}{WRAPPED}{k}"), v)));
        weights.insert(
            "optimizer_state_dict.state.0.step".into(),
            RawTensor::floats(vec![1], vec![2.0]),
        );
    });
    assert!(open(dir.path()).is_ok());
}

#[test]
fn every_wrong_key_is_listed_at_once() {
    let dir = saved("tiny-annotation");
    rewrite(dir.path(), |weights| {
        weights.remove("norm.bias");
        weights.insert("gate".into(), RawTensor::floats(vec![1], vec![0.0]));
        let table = weights.get_mut("token_emb.weight").unwrap();
        table.shape = vec![8, 14];
    });
    let found = problems(dir.path());
    assert_eq!((found.missing, found.extra), (vec!["norm.bias".into()], vec!["gate".into()]));
    assert_eq!(found.misshaped[0].key, "token_emb.weight");
    let dir = saved("tiny-annotation");
    rewrite(dir.path(), |weights| {
        weights.remove("to_out.fc2.weight");
    });
    assert!(problems(dir.path()).missing.contains(&"to_out.fc2.weight".into()));
}

#[test]
fn a_directory_must_hold_one_container() {
    let dir = tempfile::tempdir().unwrap();
    assert!(open(dir.path()).unwrap_err().to_string().contains("model.safetensors"));
    for name in ["a.pth", "b.pth"] {
        std::fs::write(dir.path().join(name), b"x").unwrap();
    }
    assert!(matches!(open(dir.path()), Err(CheckpointError::NoWeights { .. })));
}
