//! PyTorch's files: a zip archive with a pickle of the structure and one entry of numbers per
//! storage, read without executing anything.
//!
//! The pickle is read by [`crate::pickle`], which refuses every class but PyTorch's tensors. Each
//! tensor's place is then checked against the size of its entry, and each entry's against the size
//! of the file, before memory is taken for it; tensors are read one at a time.

mod archive;
mod legacy;
mod structure;

use std::collections::HashMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use safetensors::Dtype;
use serde_json::Value;

use super::container::{RawTensor, Weights, to_f32};
use super::error::CheckpointError;
use super::integers;
use crate::pickle::{self, Pickle, PickleError};
use archive::Archive;
use structure::{Described, tensors};

/// A PyTorch file whose keys are known and whose tensors are not read yet.
///
/// Keys of nested dictionaries are joined by dots.
pub struct PytorchFile {
    path: PathBuf,
    tensors: Vec<Described>,
    places: Places,
}

/// First byte in the file and number of bytes of each storage, by its name.
type Places = HashMap<String, (u64, u64)>;

/// How much more the tensors of a file may take than the file: shared storages and half precision
/// take more, and a small file must not take gigabytes.
const MOST_SHARED: u64 = 8;

impl PytorchFile {
    /// Reads the structure of a file.
    ///
    /// # Errors
    /// [`CheckpointError::Io`], [`CheckpointError::WrongMagic`], [`CheckpointError::Forbidden`],
    /// [`CheckpointError::TensorOutside`] or [`CheckpointError::Damaged`].
    pub fn open(path: &Path) -> Result<Self, CheckpointError> {
        let (pickle, places) = structure_of(path)?;
        let tensors = tensors(path, &pickle)?;
        check_places(path, &places, &tensors)?;
        Ok(Self { path: path.to_owned(), tensors, places })
    }

    /// Keys of all tensors, in the order of the file.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.tensors.iter().map(|tensor| tensor.key.as_str())
    }

    /// Reads the tensors that `name` gives a name, under that name; the others are not touched.
    ///
    /// # Errors
    /// [`CheckpointError::Io`] or [`CheckpointError::Damaged`].
    pub fn read(&self, name: impl Fn(&str) -> Option<String>) -> Result<Weights, CheckpointError> {
        let mut weights = Weights::new();
        let mut file = File::open(&self.path).map_err(CheckpointError::io(&self.path))?;
        for tensor in &self.tensors {
            if let Some(name) = name(&tensor.key) {
                let start = self.places.get(&tensor.storage).map_or(0, |(start, _)| *start);
                weights.insert(name, read_tensor(&self.path, &mut file, start, tensor)?);
            }
        }
        Ok(weights)
    }
}

/// What a PyTorch file holds beside its tensors, such as a configuration; tensors, classes and
/// numbers that JSON does not have are null.
///
/// # Errors
/// As [`PytorchFile::open`].
pub fn read_pytorch_settings(path: &Path) -> Result<Value, CheckpointError> {
    let (pickle, _) = structure_of(path)?;
    pickle.root().to_json().map_err(refused(path))
}

/// What the first bytes say.
enum Kind {
    Zip,
    Legacy,
}

fn kind(path: &Path) -> Result<Kind, CheckpointError> {
    let mut magic = Vec::new();
    let file = File::open(path).map_err(CheckpointError::io(path))?;
    file.take(legacy::MAGIC.len() as u64)
        .read_to_end(&mut magic)
        .map_err(CheckpointError::io(path))?;
    if magic.starts_with(b"PK\x03\x04") {
        return Ok(Kind::Zip);
    }
    if magic == legacy::MAGIC {
        return Ok(Kind::Legacy);
    }
    magic.truncate(8);
    Err(CheckpointError::WrongMagic {
        path: path.to_owned(),
        found: magic.escape_ascii().to_string(),
    })
}

/// The pickle of the structure, and where the storages are.
fn structure_of(path: &Path) -> Result<(Pickle, Places), CheckpointError> {
    match kind(path)? {
        Kind::Zip => of_archive(path, &Archive::open(path)?),
        Kind::Legacy => legacy::open(path),
    }
}

fn of_archive(path: &Path, archive: &Archive) -> Result<(Pickle, Places), CheckpointError> {
    const NAME: &str = "data.pkl";
    let is_structure =
        |name: &&str| name.strip_suffix(NAME).is_some_and(|p| p.is_empty() || p.ends_with('/'));
    let mut found = archive.names().filter(is_structure);
    let (name, None) = (
        found.next().ok_or_else(|| CheckpointError::damaged(path, "it has no data.pkl"))?,
        found.next(),
    ) else {
        return Err(CheckpointError::damaged(path, "it has more than one data.pkl"));
    };
    let prefix = name.strip_suffix(NAME).unwrap_or_default().to_owned();
    if archive.holds(&format!("{prefix}byteorder")) {
        let order = archive.read(&format!("{prefix}byteorder"), 16)?;
        if order.trim_ascii() != b"little" {
            return Err(CheckpointError::damaged(path, "it is of a big-endian machine"));
        }
    }
    let bytes = archive.read(name, pickle::MAX_FILE)?;
    let pickle = pickle::read_with_persistent(&bytes).map_err(refused(path))?;
    let folder = format!("{prefix}data/");
    let mut places = Places::new();
    for name in archive.names() {
        if let Some(storage) = name.strip_prefix(&folder) {
            places.insert(storage.to_owned(), archive.place(name)?);
        }
    }
    Ok((pickle, places))
}

fn refused(path: &Path) -> impl Fn(PickleError) -> CheckpointError {
    move |source| match source {
        PickleError::Class { .. } | PickleError::Instruction { .. } => {
            CheckpointError::Forbidden { path: path.to_owned(), source }
        }
        other => CheckpointError::damaged(path, other),
    }
}

/// Every tensor lies in its storage, every storage in the file, and all together are not much
/// more than the file.
fn check_places(
    path: &Path,
    places: &Places,
    tensors: &[Described],
) -> Result<(), CheckpointError> {
    let mut together = 0u64;
    for tensor in tensors {
        let Some(&(_, found)) = places.get(&tensor.storage) else {
            let what = format!("the storage {:?} of `{}` is missing", tensor.storage, tensor.key);
            return Err(CheckpointError::damaged(path, what));
        };
        let needed = tensor.bytes_needed().unwrap_or(u64::MAX);
        if needed > found {
            let (path, key) = (path.to_owned(), tensor.key.clone());
            return Err(CheckpointError::TensorOutside { path, key, needed, found });
        }
        together = together.saturating_add(tensor.elements().saturating_mul(4));
    }
    let held = places.values().fold(0u64, |sum, (_, size)| sum.saturating_add(*size));
    let most = held.saturating_mul(MOST_SHARED).saturating_add(1 << 20);
    if together > most {
        let what = format!("its tensors share storages up to {together} bytes");
        return Err(CheckpointError::damaged(path, what));
    }
    Ok(())
}

/// Reads one tensor whose storage begins at byte `start` of the file.
fn read_tensor(
    path: &Path,
    file: &mut File,
    start: u64,
    tensor: &Described,
) -> Result<RawTensor, CheckpointError> {
    let size = tensor.element_size();
    let first = start + tensor.offset * size;
    let span = tensor.span() * size;
    file.seek(SeekFrom::Start(first)).map_err(CheckpointError::io(path))?;
    let mut bytes = Vec::with_capacity(usize::try_from(span).unwrap_or(0));
    file.take(span).read_to_end(&mut bytes).map_err(CheckpointError::io(path))?;
    if bytes.len() as u64 != span {
        return Err(CheckpointError::damaged(path, "it became shorter while it was read"));
    }
    if !tensor.is_contiguous() {
        bytes = tensor.gathered(&bytes);
    }
    from_bytes(path, &tensor.key, tensor.dtype, tensor.shape.clone(), &bytes)
}

/// A tensor from its little-endian bytes.
pub(super) fn from_bytes(
    path: &Path,
    key: &str,
    dtype: Dtype,
    shape: Vec<usize>,
    bytes: &[u8],
) -> Result<RawTensor, CheckpointError> {
    let values = to_f32(dtype, bytes);
    let whole = integers::from_bytes(dtype, bytes);
    if values.is_none() && whole.is_none() {
        let what = format!("`{key}` has elements of type {dtype:?}, which is not read");
        return Err(CheckpointError::damaged(path, what));
    }
    Ok(RawTensor { shape, values, integers: whole })
}

#[cfg(test)]
pub(crate) mod fixtures;
#[cfg(test)]
mod tests;
