//! PyTorch files, whole and damaged.

use std::path::PathBuf;

use super::fixtures::{dict, file, tensor, zip};
use super::*;
use crate::checkpoint::read_weights;

fn floats(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

fn written(bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("pytorch_model.bin");
    std::fs::write(&path, bytes).unwrap();
    (dir, path)
}

fn read(bytes: &[u8]) -> Result<Weights, CheckpointError> {
    let (_dir, path) = written(bytes);
    read_weights(&path)
}

fn refusal(bytes: &[u8]) -> String {
    match read(bytes) {
        Ok(weights) => panic!("read {} tensors", weights.len()),
        Err(error) => error.to_string(),
    }
}

const F32: (&str, &str) = ("FloatStorage", "0");

#[test]
fn views_of_storages_are_read_in_row_major_order() {
    let six = floats(&[0.0, 1.0, 2.0, 3.0, 4.0, 5.0]);
    let pickle = dict(&[
        ("whole", tensor(F32, 0, &[2, 3], &[3, 1])),
        ("turned", tensor(F32, 0, &[3, 2], &[1, 3])),
        ("part", tensor(F32, 4, &[2], &[1])),
        ("number", tensor(F32, 2, &[], &[])),
        ("none", tensor(F32, 0, &[0, 7], &[7, 1])),
        ("deep", dict(&[("er", tensor(("LongStorage", "1"), 0, &[1], &[1]))])),
        ("epoch", b"K\x07".to_vec()),
    ]);
    let bytes = file(&pickle, &[("0", &six), ("1", &(-3i64).to_le_bytes())]);
    let weights = read(&bytes).unwrap();
    let values = |key: &str| weights[key].values.clone().unwrap();
    assert_eq!(values("whole"), [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]);
    assert_eq!(values("turned"), [0.0, 3.0, 1.0, 4.0, 2.0, 5.0]);
    assert_eq!(values("part"), [4.0, 5.0]);
    assert_eq!((values("number"), weights["number"].shape.len()), (vec![2.0], 0));
    assert!(values("none").is_empty());
    assert_eq!(weights["deep.er"], RawTensor::integers(vec![1], vec![-3]));
    assert_eq!(weights.len(), 6);
    let (_dir, path) = written(&bytes);
    assert_eq!(read_pytorch_settings(&path).unwrap()["epoch"], 7);
    let some = PytorchFile::open(&path).unwrap();
    assert_eq!(some.keys().count(), 6);
    let named = some.read(|key| key.strip_prefix("deep.").map(str::to_owned)).unwrap();
    assert_eq!(named.keys().collect::<Vec<_>>(), ["er"]);
}

#[test]
fn a_class_that_is_no_tensor_is_refused_by_its_name() {
    let evil = dict(&[("x", b"cposix\nsystem\n\x8c\x04true\x85R".to_vec())]);
    let error = read(&file(&evil, &[])).unwrap_err();
    assert!(matches!(error, CheckpointError::Forbidden { .. }));
    let text = error.to_string();
    assert!(text.contains("posix.system") && text.contains("safetensors"), "{text}");
    let object = refusal(&file(b"cargparse\nNamespace\n)\x81", &[]));
    assert!(object.contains("argparse.Namespace"), "{object}");
}

#[test]
fn a_tensor_that_its_storage_does_not_have_is_refused_without_memory_for_it() {
    let two = floats(&[1.0, 2.0]);
    for (offset, shape, strides) in [
        (0, &[3][..], &[1][..]),
        (1, &[2], &[1]),
        (0, &[2], &[2]),
        (0, &[2_147_483_647, 2_147_483_647, 2_147_483_647], &[0, 0, 0]),
        (0, &[1_000_000], &[0]),
        (0, &[2, 2], &[2_147_483_647, 2_147_483_647]),
    ] {
        let pickle = dict(&[("big", tensor(F32, offset, shape, strides))]);
        let error = read(&file(&pickle, &[("0", &two)])).unwrap_err();
        assert!(matches!(error, CheckpointError::TensorOutside { .. }), "{shape:?}: {error}");
        assert!(error.to_string().contains("`big`"), "{error}");
    }
    let negative = dict(&[("x", tensor(F32, -1, &[1], &[1]))]);
    assert!(refusal(&file(&negative, &[("0", &two)])).contains("offset"));
    let missing = dict(&[("x", tensor(("FloatStorage", "9"), 0, &[1], &[1]))]);
    assert!(refusal(&file(&missing, &[("0", &two)])).contains("is missing"));
    let odd = dict(&[("x", tensor(("QInt8Storage", "0"), 0, &[1], &[1]))]);
    assert!(refusal(&file(&odd, &[("0", &two)])).contains("QInt8Storage"));
}

#[test]
fn many_tensors_of_one_storage_do_not_multiply_its_memory() {
    let storage = floats(&[0.5; 50_000]);
    let keys: Vec<String> = (0..200).map(|i| format!("t{i}")).collect();
    let entries: Vec<(&str, Vec<u8>)> =
        keys.iter().map(|key| (key.as_str(), tensor(F32, 0, &[50_000], &[1]))).collect();
    let error = refusal(&file(&dict(&entries), &[("0", &storage)]));
    assert!(error.contains("share storages"), "{error}");
}

#[test]
fn an_archive_that_is_damaged_says_how() {
    let good = file(&dict(&[("x", tensor(F32, 0, &[1], &[1]))]), &[("0", &floats(&[1.0]))]);
    assert!(read(&good).is_ok());
    for i in 0..64 {
        assert!(read(&good[..good.len() * i / 64]).is_err(), "cut at {i}/64");
    }
    assert!(refusal(&good[..good.len() / 2]).contains("truncated"));
    let mut wrong = good.clone();
    wrong[0] = b'Q';
    let error = read(&wrong).unwrap_err();
    assert!(matches!(error, CheckpointError::WrongMagic { .. }), "{error}");
    assert!(refusal(b"").contains("begins with"));
    assert!(refusal(&zip(&[("a", b"b")])).contains("no data.pkl"));
    assert!(refusal(&zip(&[("data.pkl", b"N."), ("b/data.pkl", b"N.")])).contains("more than one"));
    assert!(refusal(&zip(&[("data.pkl", b"N.")])).contains("None, not a dictionary"));
    assert!(refusal(&zip(&[("data.pkl", b"}."), ("byteorder", b"big")])).contains("big-endian"));
    assert!(refusal(&zip(&[("data.pkl", b"}.")])).contains("holds no tensor"));
    assert!(refusal(&zip(&[("data.pkl", b"}."), ("data.pkl", b"}.")])).contains("list of entries"));
    let mut packed = zip(&[("data.pkl", b"}.")]);
    let method = packed.windows(4).position(|w| w == b"PK\x01\x02").unwrap() + 10;
    packed[method] = 8;
    assert!(refusal(&packed).contains("compressed"));
}

#[test]
fn dictionaries_without_end_are_refused() {
    // A dictionary that holds itself, and one that holds the one below eight times, fifteen levels deep.
    let error = refusal(&file(b"}q\x00\x8c\x01ah\x00s", &[]));
    assert!(error.contains("too deep"), "{error}");
    let mut bomb = b"}q\x00".to_vec();
    for level in 0..15u8 {
        bomb.extend([b'}', b'q', level + 1, b'(']);
        for key in b"abcdefgh" {
            bomb.extend([0x8c, 1, *key, b'h', level]);
        }
        bomb.push(b'u');
    }
    assert!(refusal(&file(&bomb, &[])).contains("too many"));
}

#[test]
fn old_files_pass_our_reader_before_anything_else_sees_them() {
    let with = |structure: &[u8]| {
        [&legacy::MAGIC[..], b"\x80\x02M\xe9\x03.", b"\x80\x02}.", structure, b"\x80\x02]."]
            .concat()
    };
    let evil = with(b"\x80\x02cposix\nsystem\n\x8c\x04true\x85R.");
    assert!(matches!(read(&evil), Err(CheckpointError::Forbidden { .. })));
    let structure = |shape: &[i32]| {
        let tensors = dict(&[("x", tensor(F32, 0, shape, &[1]))]);
        [b"\x80\x02", &tensors[..], b"."].concat()
    };
    let names = b"\x80\x02]\x8c\x010a.";
    let storage = [&2u64.to_le_bytes()[..], &floats(&[1.5, -2.0])].concat();
    let file = |shape: &[i32], storage: &[u8]| {
        let head = [&legacy::MAGIC[..], b"\x80\x02M\xe9\x03.", b"\x80\x02}."].concat();
        [&head, &structure(shape)[..], names, storage].concat()
    };
    let good = file(&[2], &storage);
    assert_eq!(read(&good).unwrap()["x"], RawTensor::floats(vec![2], vec![1.5, -2.0]));
    let big = read(&file(&[1_000_000], &storage));
    assert!(matches!(big, Err(CheckpointError::TensorOutside { .. })));
    let endless = [&(u64::MAX / 2).to_le_bytes()[..], &[0; 8]].concat();
    assert!(refusal(&file(&[2], &endless)).contains("truncated"));
    for i in 0..64 {
        assert!(read(&good[..good.len() * i / 64]).is_err(), "cut at {i}/64");
    }
    assert!(read(&legacy::MAGIC).is_err());
}
