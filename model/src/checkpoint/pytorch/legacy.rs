//! Files that PyTorch wrote before version 1.6: five pickles (a number, the version, the machine,
//! the structure, the names of the storages), then each storage after its number of elements.

use std::collections::HashMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use super::super::error::CheckpointError;
use super::structure::{dtype, element_size};
use super::{Places, refused};
use crate::pickle::{self, Pickle};

/// First bytes: protocol 2, and PyTorch's number 0x1950a86a20f9469cfc6c.
pub(super) const MAGIC: [u8; 15] =
    [0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, b'.'];
/// Bytes of the five pickles together.
const MAX_PICKLES: u64 = 64 << 20;

/// The structure, and where the storages are.
pub(super) fn open(path: &Path) -> Result<(Pickle, Places), CheckpointError> {
    let file = File::open(path).map_err(CheckpointError::io(path))?;
    let length = file.metadata().map_err(CheckpointError::io(path))?.len();
    let mut bytes = Vec::new();
    file.take(MAX_PICKLES).read_to_end(&mut bytes).map_err(CheckpointError::io(path))?;
    let mut rest = bytes.as_slice();
    let mut next = || -> Result<Pickle, CheckpointError> {
        let (pickle, after) = pickle::read_first(rest).map_err(refused(path))?;
        rest = after;
        Ok(pickle)
    };
    for _ in 0..3 {
        next()?;
    }
    let (structure, names) = (next()?, next()?);
    let start = (bytes.len() - rest.len()) as u64;
    let places = places(path, &structure, &names, (start, length))?;
    Ok((structure, places))
}

/// The storages one after the other, from byte `start` of a file of `length` bytes.
fn places(
    path: &Path,
    structure: &Pickle,
    names: &Pickle,
    (start, length): (u64, u64),
) -> Result<Places, CheckpointError> {
    let damaged = |what: String| CheckpointError::damaged(path, what);
    let sizes = element_sizes(structure);
    let names = names.root().items();
    let names = names.ok_or_else(|| damaged("its storages have no list of names".into()))?;
    let mut file = File::open(path).map_err(CheckpointError::io(path))?;
    let (mut places, mut at) = (Places::new(), start);
    for name in names {
        let name = name.as_str().unwrap_or_default();
        let size = sizes.get(name);
        let size =
            size.ok_or_else(|| damaged(format!("its storage {name:?} has no known type")))?;
        let mut elements = [0; 8];
        file.seek(SeekFrom::Start(at)).map_err(CheckpointError::io(path))?;
        file.read_exact(&mut elements)
            .map_err(|_| damaged(format!("it ends before storage {name:?}: it is truncated")))?;
        let bytes = u64::from_le_bytes(elements).checked_mul(*size);
        let end = bytes.and_then(|bytes| at.checked_add(8)?.checked_add(bytes));
        let (Some(bytes), Some(end)) = (bytes, end.filter(|&end| end <= length)) else {
            return Err(damaged(format!(
                "its storage {name:?} ends after the file: it is truncated"
            )));
        };
        places.insert(name.to_owned(), (at + 8, bytes));
        at = end;
    }
    Ok(places)
}

/// Bytes of an element by storage, from what the structure says of each.
fn element_sizes(structure: &Pickle) -> HashMap<String, u64> {
    let size = |value: pickle::Value<'_>| {
        let id: Vec<pickle::Value<'_>> = value.persistent()?.items()?.take(3).collect();
        let dtype = dtype(id.get(1)?.class_name()?)?;
        Some((id.get(2)?.as_str()?.to_owned(), element_size(dtype)))
    };
    structure.values().filter_map(size).collect()
}
