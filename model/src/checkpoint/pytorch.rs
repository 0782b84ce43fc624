//! PyTorch's files, read through burn-store: nothing in them is executed.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use burn::tensor::{DType, TensorData};
use burn_store::TensorSnapshot;
use burn_store::pytorch::PytorchReader;
use burn_store::pytorch::reader::PickleValue;
use serde_json::Value;

use super::container::{RawTensor, Weights, f32_from_le, f64_from_le};
use super::error::CheckpointError;
use super::integers;

/// A PyTorch file whose keys are known and whose tensors are not read yet.
///
/// Keys of nested dictionaries are joined by dots. A dictionary that the file refers to a second
/// time comes without keys the second time: read it by its first name.
pub struct PytorchFile {
    path: PathBuf,
    bytes: u64,
    tensors: HashMap<String, TensorSnapshot>,
}

impl PytorchFile {
    /// Reads the structure of a file.
    ///
    /// # Errors
    /// [`CheckpointError::Io`] or [`CheckpointError::Damaged`].
    pub fn open(path: &Path) -> Result<Self, CheckpointError> {
        let bytes = std::fs::metadata(path).map_err(CheckpointError::io(path))?.len();
        let reader = PytorchReader::new(path).map_err(|e| CheckpointError::damaged(path, e))?;
        Ok(Self { path: path.to_owned(), bytes, tensors: reader.into_tensors() })
    }

    /// Keys of all tensors, in no order.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.tensors.keys().map(String::as_str)
    }

    /// Reads the tensors that `name` gives a name, under that name; the others are not touched.
    ///
    /// # Errors
    /// [`CheckpointError::Damaged`].
    pub fn read(&self, name: impl Fn(&str) -> Option<String>) -> Result<Weights, CheckpointError> {
        let mut weights = Weights::new();
        for (key, snapshot) in &self.tensors {
            if let Some(name) = name(key) {
                weights.insert(name, self.tensor(key, snapshot)?);
            }
        }
        Ok(weights)
    }

    fn tensor(&self, key: &str, snapshot: &TensorSnapshot) -> Result<RawTensor, CheckpointError> {
        let shape: Vec<usize> = snapshot.shape.iter().copied().collect();
        let damaged = |what: &str| CheckpointError::damaged(&self.path, format!("`{key}` {what}"));
        // A damaged shape must not become a huge allocation: no tensor is larger than its file.
        let elements = shape
            .iter()
            .try_fold(1usize, |n, &d| n.checked_mul(d))
            .filter(|&n| n as u64 <= self.bytes)
            .ok_or_else(|| damaged("is larger than the file"))?;
        let is_float = snapshot.dtype.is_float();
        let data = snapshot.to_data().map_err(|e| damaged(&format!("{e:?}")))?;
        let whole = integers::from_pytorch(&data);
        let values = floats(data);
        if is_float && values.is_none() {
            return Err(damaged("holds an unreadable float type"));
        }
        let found = values.as_ref().map(Vec::len).or(whole.as_ref().map(Vec::len));
        if found.is_some_and(|found| found != elements) {
            return Err(damaged("is shorter than its shape"));
        }
        Ok(RawTensor { shape, values, integers: whole })
    }
}

fn floats(data: TensorData) -> Option<Vec<f32>> {
    match data.dtype {
        DType::F32 => Some(f32_from_le(&data.bytes)),
        DType::F64 => Some(f64_from_le(&data.bytes)),
        DType::F16 | DType::BF16 => data.convert::<f32>().to_vec().ok(),
        _ => None,
    }
}

/// What a PyTorch file holds beside its tensors, such as a configuration; tensors, classes and
/// numbers that JSON does not have are null.
///
/// # Errors
/// [`CheckpointError::Damaged`].
pub fn read_pytorch_settings(path: &Path) -> Result<Value, CheckpointError> {
    let settings = PytorchReader::read_pickle_data(path, None);
    settings.map(json).map_err(|e| CheckpointError::damaged(path, e))
}

fn json(value: PickleValue) -> Value {
    match value {
        PickleValue::None | PickleValue::Bytes(_) => Value::Null,
        PickleValue::Bool(value) => value.into(),
        PickleValue::Int(value) => value.into(),
        PickleValue::Float(value) => value.into(),
        PickleValue::String(value) => value.into(),
        PickleValue::List(values) => values.into_iter().map(json).collect(),
        PickleValue::Dict(entries) => {
            Value::Object(entries.into_iter().map(|(key, value)| (key, json(value))).collect())
        }
    }
}
