//! Containers of weights: safetensors and PyTorch's zipped state dict.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use safetensors::Dtype;
use serde::de::DeserializeOwned;

use super::error::CheckpointError;
use super::pytorch::PytorchFile;
use super::safetensors_file::read_safetensors;

/// A tensor as stored, converted to `f32` (from half, bfloat or double where needed).
#[derive(Debug, Clone, PartialEq)]
pub struct RawTensor {
    /// Shape as stored.
    pub shape: Vec<usize>,
    /// Row-major values; `None` for integer and boolean tensors, which hold no weights.
    pub values: Option<Vec<f32>>,
    /// Row-major values of an integer or boolean tensor, such as a table of indices.
    pub integers: Option<Vec<i64>>,
}

impl RawTensor {
    /// A tensor of weights.
    pub fn floats(shape: Vec<usize>, values: Vec<f32>) -> Self {
        Self { shape, values: Some(values), integers: None }
    }

    /// A tensor of integers.
    pub fn integers(shape: Vec<usize>, integers: Vec<i64>) -> Self {
        Self { shape, values: None, integers: Some(integers) }
    }
}

/// Tensors by key, in the order of their names.
pub type Weights = BTreeMap<String, RawTensor>;

/// The first of `names` that is a file in `dir`.
///
/// # Errors
/// [`CheckpointError::NoWeights`] listing what was looked for.
pub fn find_file(dir: &Path, names: &'static [&'static str]) -> Result<PathBuf, CheckpointError> {
    let absent = || CheckpointError::NoWeights { dir: dir.into(), expected: names };
    names.iter().map(|name| dir.join(name)).find(|path| path.is_file()).ok_or_else(absent)
}

/// Reads a JSON file of at most 64 MiB, such as a configuration.
///
/// # Errors
/// [`CheckpointError::Io`] or [`CheckpointError::Json`].
pub fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T, CheckpointError> {
    const MOST: u64 = 64 << 20;
    let mut text = Vec::new();
    let file = File::open(path).map_err(CheckpointError::io(path))?;
    file.take(MOST).read_to_end(&mut text).map_err(CheckpointError::io(path))?;
    serde_json::from_slice(&text)
        .map_err(|source| CheckpointError::Json { path: path.to_owned(), source })
}

/// Reads a container; the ending `.safetensors` says which kind, anything else is PyTorch's.
///
/// # Errors
/// [`CheckpointError::Io`] or [`CheckpointError::Damaged`].
pub fn read_weights(path: &Path) -> Result<Weights, CheckpointError> {
    let weights = match path.extension() {
        Some(ending) if ending == "safetensors" => read_safetensors(path)?,
        _ => PytorchFile::open(path)?.read(|key| Some(key.to_owned()))?,
    };
    if weights.is_empty() {
        return Err(CheckpointError::damaged(path, "it holds no tensor"));
    }
    Ok(weights)
}

/// Values of a tensor of floats; `None` for other element types.
pub(super) fn to_f32(dtype: Dtype, bytes: &[u8]) -> Option<Vec<f32>> {
    let halves = |f: fn(u16) -> f32| {
        bytes.chunks_exact(2).map(|b| f(u16::from_le_bytes([b[0], b[1]]))).collect()
    };
    match dtype {
        Dtype::F32 => Some(f32_from_le(bytes)),
        Dtype::F64 => Some(f64_from_le(bytes)),
        Dtype::BF16 => Some(halves(|bits| f32::from_bits(u32::from(bits) << 16))),
        Dtype::F16 => Some(halves(half_to_f32)),
        _ => None,
    }
}

fn f32_from_le(bytes: &[u8]) -> Vec<f32> {
    bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect()
}

fn f64_from_le(bytes: &[u8]) -> Vec<f32> {
    let eight = |b: &[u8]| [b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7]];
    bytes.chunks_exact(8).map(|b| f64::from_le_bytes(eight(b)) as f32).collect()
}

/// IEEE 754 binary16 to binary32; exact.
fn half_to_f32(bits: u16) -> f32 {
    let sign = if bits & 0x8000 == 0 { 1.0 } else { -1.0 };
    let exponent = i32::from(bits >> 10 & 0x1f);
    let fraction = f32::from(bits & 0x3ff);
    let size = match exponent {
        0 => fraction * 2f32.powi(-24),
        31 if fraction == 0.0 => f32::INFINITY,
        31 => f32::NAN,
        _ => (1.0 + fraction / 1024.0) * 2f32.powi(exponent - 15),
    };
    sign * size
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_precision_converts_exactly() {
        let pairs = [
            (0x0000, 0.0),
            (0x3c00, 1.0),
            (0xc000, -2.0),
            (0x3555, 0.333_251_95),
            (0x0001, 5.960_464_5e-8),
            (0x7bff, 65504.0),
            (0x7c00, f32::INFINITY),
        ];
        for (bits, value) in pairs {
            assert_eq!(half_to_f32(bits), value, "{bits:#x}");
        }
        assert!(half_to_f32(0x7e00).is_nan());
    }
}
