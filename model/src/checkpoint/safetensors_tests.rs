//! Safetensors files, whole and damaged.

use std::path::PathBuf;

use super::super::{RawTensor, read_weights};
use super::*;

fn written(bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("model.safetensors");
    std::fs::write(&path, bytes).unwrap();
    (dir, path)
}

fn read(header: &str, data: &[u8]) -> Result<Weights, CheckpointError> {
    let size = (header.len() as u64).to_le_bytes();
    let (_dir, path) = written(&[&size[..], header.as_bytes(), data].concat());
    read_weights(&path)
}

fn one(dtype: &str, shape: &str, offsets: &str) -> String {
    format!(r#"{{"x":{{"dtype":"{dtype}","shape":{shape},"data_offsets":{offsets}}}}}"#)
}

#[test]
fn tensors_are_read_whatever_their_order_in_the_header() {
    let header = r#"{"__metadata__":{"format":"pt"},
        "b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]},
        "a":{"dtype":"I64","shape":[],"data_offsets":[0,8]},
        "c":{"dtype":"BF16","shape":[0,4],"data_offsets":[12,12]}}"#;
    let data = [&(-5i64).to_le_bytes()[..], &1.5f32.to_le_bytes()].concat();
    let weights = read(header, &data).unwrap();
    assert_eq!(weights["a"], RawTensor::integers(vec![], vec![-5]));
    assert_eq!(weights["b"], RawTensor::floats(vec![1], vec![1.5]));
    assert_eq!(weights["c"], RawTensor::floats(vec![0, 4], vec![]));
}

#[test]
fn a_header_of_a_gigabyte_is_refused_before_memory_is_taken() {
    let (_dir, path) = written(&[&(1u64 << 30).to_le_bytes()[..], b"{}"].concat());
    let error = read_weights(&path).unwrap_err();
    assert!(matches!(error, CheckpointError::HeaderTooLarge { found: 1_073_741_824, .. }));
    assert!(error.to_string().contains("download"), "{error}");
    let (_dir, path) = written(&[&u64::MAX.to_le_bytes()[..], b"{}"].concat());
    assert!(matches!(read_weights(&path), Err(CheckpointError::HeaderTooLarge { .. })));
    let (_dir, path) = written(&[&1_000u64.to_le_bytes()[..], b"{}"].concat());
    assert!(read_weights(&path).unwrap_err().to_string().contains("truncated"));
    let (_dir, path) = written(b"1234567");
    assert!(read_weights(&path).unwrap_err().to_string().contains("truncated"));
}

#[test]
fn a_tensor_that_the_file_does_not_have_is_refused_by_its_name() {
    for (shape, offsets) in [
        ("[1000]", "[0,4000]"),
        ("[1]", "[4,8]"),
        ("[4611686018427387904]", "[0,4]"),
        ("[4294967296,4294967296,4294967296]", "[0,4]"),
        ("[1]", "[0,18446744073709551615]"),
    ] {
        let error = read(&one("F32", shape, offsets), &[0; 4]).unwrap_err();
        let named = error.to_string().contains("`x`");
        assert!(
            matches!(error, CheckpointError::TensorOutside { .. }) && named,
            "{shape}: {error}"
        );
    }
}

#[test]
fn places_that_overlap_or_leave_gaps_are_refused() {
    for (shape, offsets, data) in
        [("[1]", "[4,0]", 4), ("[2]", "[0,4]", 8), ("[1]", "[0,4]", 8), ("[0]", "[0,0]", 4)]
    {
        let error = read(&one("F32", shape, offsets), &vec![0; data]).unwrap_err();
        assert!(matches!(error, CheckpointError::Damaged { .. }), "{offsets}: {error}");
    }
    let twice = r#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},
                    "b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#;
    assert!(read(twice, &[0; 4]).is_err());
}

#[test]
fn a_header_that_is_none_is_refused() {
    for header in
        ["", "{", "[]", r#"{"x":1}"#, r#"{"x":{"dtype":"Q7","shape":[],"data_offsets":[0,0]}}"#]
    {
        assert!(matches!(read(header, &[]), Err(CheckpointError::Damaged { .. })), "{header}");
    }
    let error = read(&one("F8_E5M2", "[1]", "[0,1]"), &[0]).unwrap_err().to_string();
    assert!(error.contains("F8_E5M2"), "{error}");
}
