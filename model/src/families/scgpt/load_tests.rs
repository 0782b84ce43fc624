//! Spellings, optional heads and wrong keys, on the committed golden sets.

use std::path::PathBuf;

use super::*;
use crate::checkpoint::{Problems, RawTensor};
use crate::device::Cpu;

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/data/golden/scgpt").join(name)
}

/// A copy of a golden set's weights and arguments, changed.
fn changed(set: &str, change: impl FnOnce(&mut Weights)) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let mut weights = read_weights(&golden(set).join("model.safetensors")).unwrap();
    change(&mut weights);
    save_weights(dir.path(), &weights).unwrap();
    std::fs::copy(golden(set).join("args.json"), dir.path().join("args.json")).unwrap();
    dir
}

fn open(dir: &Path) -> Result<Loaded<Cpu>, CheckpointError> {
    load(dir, &Default::default())
}

fn problems(dir: &Path) -> Problems {
    match open(dir) {
        Err(CheckpointError::Keys { problems, .. }) => *problems,
        other => panic!("expected a key error, got {other:?}"),
    }
}

fn rename(weights: &mut Weights, from: &str, to: &str) {
    let all = std::mem::take(weights);
    *weights = all.into_iter().map(|(key, raw)| (key.replace(from, to), raw)).collect();
}

/// What the net computes from, whatever the container called it.
fn saved(model: &Loaded<Cpu>) -> Weights {
    let dir = tempfile::tempdir().unwrap();
    save(dir.path(), model).unwrap();
    read_weights(&dir.path().join("model.safetensors")).unwrap()
}

#[test]
fn published_weights_survive_loading_and_saving() {
    for set in ["tiny", "tiny_batchlabels_zeroprob", "tiny_perturbation"] {
        let loaded = open(&golden(set)).unwrap();
        let theirs = read_weights(&golden(set).join("model.safetensors")).unwrap();
        let known = |key: &&String| !loaded.report.ignored.contains(key);
        let kept: Weights = theirs
            .iter()
            .filter(|(key, _)| known(key))
            .map(|(key, raw)| (key.clone(), raw.clone()))
            .collect();
        assert!(saved(&loaded) == kept, "{set}");
        assert!(loaded.report.ignored.is_empty(), "{:?}", loaded.report.ignored);
        assert_eq!(loaded.report.read.len(), theirs.len());
    }
}

#[test]
fn every_spelling_and_container_gives_the_same_model() {
    let expected = saved(&open(&golden("tiny")).unwrap());
    let released = tempfile::tempdir().unwrap();
    for file in ["args.json", "best_model.pt"] {
        std::fs::copy(golden("tiny").join(file), released.path().join(file)).unwrap();
    }
    assert!(saved(&open(released.path()).unwrap()) == expected);
    let wrapper = changed("tiny", |weights| {
        rename(weights, "self_attn.in_proj_", "self_attn._impl.Wqkv.");
        rename(weights, "self_attn.out_proj", "self_attn._impl.out_proj");
    });
    assert!(saved(&open(wrapper.path()).unwrap()) == expected);
}

#[test]
fn a_key_in_two_spellings_must_be_the_same_tensor() {
    let name = "transformer_encoder.layers.1.self_attn.";
    let twice = |step: f32| {
        changed("tiny", |weights| {
            let mut raw = weights[&format!("{name}in_proj_weight")].clone();
            raw.values.as_mut().unwrap()[0] += step;
            weights.insert(format!("{name}_impl.Wqkv.weight"), raw);
        })
    };
    let ignored = open(twice(0.0).path()).unwrap().report.ignored;
    assert_eq!(ignored, [format!("{name}in_proj_weight")]);
    assert!(matches!(open(twice(1.0).path()), Err(CheckpointError::Untied { .. })));
}

#[test]
fn wrong_keys_of_the_body_are_listed_all_at_once() {
    let dir = changed("tiny", |weights| {
        weights.remove("value_encoder.linear2.bias");
        weights.remove("decoder.fc.4.weight");
        weights.insert("encoder.gate".into(), RawTensor::floats(vec![1], vec![0.0]));
        weights.insert("encoder.enc_norm.bias".into(), RawTensor::floats(vec![3], vec![0.0; 3]));
    });
    let problems = problems(dir.path());
    assert_eq!(problems.missing, ["value_encoder.linear2.bias", "decoder.fc.4.weight"]);
    assert_eq!(problems.extra, ["encoder.gate"]);
    assert_eq!(problems.misshaped[0].expected, [32]);
}

#[test]
fn heads_that_do_not_fit_or_are_not_ours_are_reported_and_left_out() {
    let dir = changed("tiny", |weights| {
        let vector = RawTensor::floats(vec![2, 32], vec![0.5; 64]);
        weights.insert("flag_encoder.weight".into(), vector.clone());
        weights.insert("grad_reverse_discriminator.out_layer.weight".into(), vector.clone());
        weights.insert("mvc_decoder.W.weight".into(), vector);
    });
    let loaded = open(dir.path()).unwrap();
    assert!(loaded.mvc.is_none() && loaded.classifier.is_some());
    assert_eq!(
        loaded.report.ignored,
        [
            "mvc_decoder.W.weight",
            "mvc_decoder.gene2query.bias",
            "mvc_decoder.gene2query.weight",
            "flag_encoder.weight",
            "grad_reverse_discriminator.out_layer.weight",
        ]
    );
}

#[test]
fn a_fitting_head_with_numbers_that_are_not_finite_is_an_error() {
    // Saving refuses such weights, so the file is changed byte by byte.
    let dir = changed("tiny", |_| {});
    let path = dir.path().join("model.safetensors");
    let weights = read_weights(&path).unwrap();
    let victim = weights["mvc_decoder.W.weight"].values.as_ref().unwrap()[..4].to_vec();
    let pattern: Vec<u8> = victim.iter().flat_map(|value| value.to_le_bytes()).collect();
    let mut bytes = std::fs::read(&path).unwrap();
    let place = bytes.windows(16).position(|window| window == pattern).unwrap();
    bytes[place..place + 4].copy_from_slice(&f32::NAN.to_le_bytes());
    std::fs::write(&path, bytes).unwrap();
    assert_eq!(problems(dir.path()).not_finite, ["mvc_decoder.W.weight"]);
}

#[test]
fn batch_norms_of_the_input_are_used_one_per_batch_or_one_for_all() {
    let vector = |value: f32| RawTensor::floats(vec![32], vec![value; 32]);
    let with = |norms: &[(&str, f32)]| {
        changed("tiny", |weights| {
            for &(name, value) in norms {
                weights.insert(format!("{name}.running_mean"), vector(value));
                weights.insert(format!("{name}.running_var"), vector(4.0 - 6.1e-5));
                let count = RawTensor::integers(vec![], vec![7]);
                weights.insert(format!("{name}.num_batches_tracked"), count);
            }
            weights.insert("bn.weight".into(), vector(1.0));
            weights.insert("bn.bias".into(), vector(10.0));
            weights.retain(|key, _| !key.starts_with("bn.") || norms[0].0 == "bn");
        })
    };
    let first = |dir: &Path, domain: usize| -> f32 {
        let net = open(dir).unwrap().net;
        let on = Default::default();
        let ids = burn::tensor::Tensor::from_data([[5i64]], &on);
        let values = burn::tensor::Tensor::from_data([[7.0f32]], &on);
        let input = crate::families::scgpt::Input { ids, values, flags: None, domain };
        net.embed(input).into_data().iter::<f32>().next().unwrap()
    };
    let plain = first(&golden("tiny"), 0);
    let per_batch = with(&[("dsbn.bns.0", 1.0), ("dsbn.bns.1", 3.0)]);
    assert!((first(per_batch.path(), 0) - (plain - 1.0) / 2.0).abs() < 1e-5);
    assert!((first(per_batch.path(), 1) - (plain - 3.0) / 2.0).abs() < 1e-5);
    let for_all = with(&[("bn", 3.0)]);
    assert!((first(for_all.path(), 1) - ((plain - 3.0) / 2.0 + 10.0)).abs() < 1e-4);
}

#[test]
fn a_table_of_another_size_than_the_arguments_say_is_refused() {
    let dir = changed("tiny", |_| {});
    let args = std::fs::read_to_string(dir.path().join("args.json")).unwrap();
    let args = args.replace("\"ntoken\": 60", "\"ntoken\": 61");
    std::fs::write(dir.path().join("args.json"), args).unwrap();
    let problems = problems(dir.path());
    assert_eq!(problems.misshaped[0].key, "encoder.embedding.weight");
    assert_eq!(problems.misshaped[0].expected, [61, 32]);
}

#[test]
fn declared_sizes_that_no_memory_could_hold_are_refused_without_asking_for_it() {
    let dir = changed("tiny", |_| {});
    let golden = std::fs::read_to_string(golden("tiny").join("args.json")).unwrap();
    for (field, size) in [("\"embsize\": 32", 65_536), ("\"n_cls\": 5", 16_777_216)] {
        let (name, _) = field.split_once(' ').unwrap();
        let args = golden.replace(field, &format!("{name} {size}"));
        std::fs::write(dir.path().join("args.json"), args).unwrap();
        match open(dir.path()) {
            Err(CheckpointError::Keys { .. }) => {}
            // A classifier of another size is optional.
            Ok(loaded) => assert!(loaded.report.ignored[0].starts_with("cls_decoder.")),
            Err(other) => panic!("{field}: {other}"),
        }
    }
}
