//! Safetensors files, tensor by tensor.
//!
//! Layout: eight bytes with the length of the header, the header as JSON (`{name: {dtype, shape,
//! data_offsets}}`), then the tensors without a gap.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use safetensors::Dtype;
use serde::Deserialize;

use super::container::Weights;
use super::error::CheckpointError;
use super::pytorch::from_bytes;

/// Longest header; that of ten thousand tensors has 1 MB.
pub(super) const MAX_HEADER: u64 = 8 << 20;

/// A tensor as the header describes it.
#[derive(Debug, Deserialize)]
struct Place {
    dtype: Dtype,
    shape: Vec<usize>,
    data_offsets: (u64, u64),
}

/// Reads all tensors; memory is that of the weights and of one tensor's bytes.
///
/// # Errors
/// [`CheckpointError::Io`], [`CheckpointError::HeaderTooLarge`],
/// [`CheckpointError::TensorOutside`] or [`CheckpointError::Damaged`].
pub(super) fn read_safetensors(path: &Path) -> Result<Weights, CheckpointError> {
    let file = File::open(path).map_err(CheckpointError::io(path))?;
    let length = file.metadata().map_err(CheckpointError::io(path))?.len();
    let mut file = BufReader::new(file);
    let header = read_header(path, &mut file, length)?;
    let tensors = in_order(path, &header, length)?;
    let mut weights = Weights::new();
    for (name, place) in tensors {
        let size = place.data_offsets.1 - place.data_offsets.0;
        let mut bytes = vec![0; usize::try_from(size).unwrap_or(0)];
        file.read_exact(&mut bytes).map_err(CheckpointError::io(path))?;
        weights.insert(name.clone(), from_bytes(path, &name, place.dtype, place.shape, &bytes)?);
    }
    Ok(weights)
}

/// The header's bytes, if the file has as many as it says.
fn read_header(path: &Path, file: &mut impl Read, length: u64) -> Result<Vec<u8>, CheckpointError> {
    let mut size = [0; 8];
    if length < 8 {
        return Err(CheckpointError::damaged(
            path,
            format!("it has {length} bytes: it is truncated"),
        ));
    }
    file.read_exact(&mut size).map_err(CheckpointError::io(path))?;
    let found = u64::from_le_bytes(size);
    if found > MAX_HEADER {
        return Err(CheckpointError::HeaderTooLarge { path: path.into(), found, most: MAX_HEADER });
    }
    if found > length - 8 {
        let what =
            format!("its header has {found} bytes, {} are left: it is truncated", length - 8);
        return Err(CheckpointError::damaged(path, what));
    }
    let mut header = vec![0; found as usize];
    file.read_exact(&mut header).map_err(CheckpointError::io(path))?;
    Ok(header)
}

/// The tensors in the order of their places, which must follow each other from the header to the
/// end of the file: overlapping ones would need more memory than the file has bytes.
fn in_order(
    path: &Path,
    header: &[u8],
    length: u64,
) -> Result<Vec<(String, Place)>, CheckpointError> {
    let bad = |what: String| CheckpointError::damaged(path, what);
    let mut entries: BTreeMap<String, serde_json::Value> =
        serde_json::from_slice(header).map_err(|e| bad(format!("its header is no JSON: {e}")))?;
    entries.remove("__metadata__");
    let mut tensors = Vec::with_capacity(entries.len());
    for (name, entry) in entries {
        let place: Place = serde_json::from_value(entry)
            .map_err(|e| bad(format!("its header describes `{name}` wrongly: {e}")))?;
        tensors.push((name, place));
    }
    tensors.sort_by_key(|(_, place)| place.data_offsets);
    let data = length - 8 - header.len() as u64;
    let mut end = 0;
    for (name, place) in &tensors {
        let (from, to) = place.data_offsets;
        let needed = bytes_of(place).unwrap_or(u64::MAX);
        if to > data || needed > data {
            let (path, key) = (path.to_owned(), name.clone());
            return Err(CheckpointError::TensorOutside { path, key, needed, found: data });
        }
        if from != end || to.checked_sub(from) != Some(needed) {
            let what =
                format!("`{name}` is said to be at bytes {from} to {to}, of {needed}, after {end}");
            return Err(bad(what));
        }
        end = to;
    }
    if end != data {
        return Err(bad(format!("its tensors have {end} bytes, the file has {data} for them")));
    }
    Ok(tensors)
}

fn bytes_of(place: &Place) -> Option<u64> {
    let elements = place.shape.iter().try_fold(1u64, |n, &side| n.checked_mul(side as u64))?;
    Some(elements.checked_mul(place.dtype.bitsize() as u64)?.div_ceil(8))
}

#[cfg(test)]
#[path = "safetensors_tests.rs"]
mod tests;
