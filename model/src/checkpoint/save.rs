//! Saving weights and configurations; a reader never sees half of a file.

use std::collections::HashMap;
use std::path::Path;

use safetensors::Dtype;
use safetensors::tensor::TensorView;
use serde::Serialize;

use super::container::{RawTensor, Weights};
use super::error::CheckpointError;

/// Writes `dir/model.safetensors` (beside its place, then renamed); makes `dir` where needed.
///
/// # Errors
/// [`CheckpointError::NotFinite`] naming the weights that are not numbers, or a failed write.
pub fn save_weights(dir: &Path, weights: &Weights) -> Result<(), CheckpointError> {
    refuse_not_finite(dir, weights)?;
    std::fs::create_dir_all(dir).map_err(CheckpointError::io(dir))?;
    write_weights(&dir.join("model.safetensors"), weights)
}

/// Writes `value` as JSON to `path`, beside its place and then renamed.
///
/// # Errors
/// A failed write.
pub fn save_json(path: &Path, value: &impl Serialize) -> Result<(), CheckpointError> {
    let text = serde_json::to_vec_pretty(value)
        .map_err(|e| CheckpointError::Write { path: path.into(), what: e.to_string() })?;
    write_whole(path, &text)
}

fn refuse_not_finite(dir: &Path, weights: &Weights) -> Result<(), CheckpointError> {
    let finite = |values: &Option<Vec<f32>>| values.iter().flatten().all(|v| v.is_finite());
    let keys: Vec<String> =
        weights.iter().filter(|(_, raw)| !finite(&raw.values)).map(|(k, _)| k.clone()).collect();
    if keys.is_empty() {
        return Ok(());
    }
    Err(CheckpointError::NotFinite { dir: dir.into(), keys })
}

fn write_weights(path: &Path, weights: &Weights) -> Result<(), CheckpointError> {
    let failed = |e: safetensors::SafeTensorError| CheckpointError::Write {
        path: path.into(),
        what: e.to_string(),
    };
    let bytes: Vec<(&String, &[usize], Dtype, Vec<u8>)> = weights
        .iter()
        .map(|(key, raw)| {
            let (dtype, bytes) = elements(raw);
            (key, raw.shape.as_slice(), dtype, bytes)
        })
        .collect();
    let views = bytes
        .iter()
        .map(|(key, shape, dtype, data)| Ok((*key, TensorView::new(*dtype, shape.to_vec(), data)?)))
        .collect::<Result<Vec<_>, _>>()
        .map_err(failed)?;
    // transformers refuses a file that does not say which framework's layout it holds.
    let metadata = HashMap::from([("format".to_owned(), "pt".to_owned())]);
    let file = safetensors::serialize(views, Some(metadata)).map_err(failed)?;
    write_whole(path, &file)
}

fn elements(raw: &RawTensor) -> (Dtype, Vec<u8>) {
    match &raw.integers {
        Some(integers) => (Dtype::I64, integers.iter().flat_map(|v| v.to_le_bytes()).collect()),
        None => (Dtype::F32, raw.values.iter().flatten().flat_map(|v| v.to_le_bytes()).collect()),
    }
}

fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), CheckpointError> {
    let partial = path.with_extension("partial");
    std::fs::write(&partial, bytes).map_err(CheckpointError::io(&partial))?;
    std::fs::rename(&partial, path).map_err(CheckpointError::io(path))
}
