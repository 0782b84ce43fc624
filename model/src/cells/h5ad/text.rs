//! Strings and numbers of a dataset or an attribute, whatever type HDF5 keeps them in.

use hdf5_metno::types::{FixedAscii, FixedUnicode, TypeDescriptor, VarLenAscii, VarLenUnicode};
use hdf5_metno::{Container, H5Type};

use super::node::{damaged, form};
use crate::cells::CellsError;

/// Kind of the elements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Number,
    Boolean,
    Other,
}

/// Kind of the elements of a dataset.
pub(super) fn kind(container: &Container, what: &str) -> Result<Kind, CellsError> {
    use TypeDescriptor as T;
    Ok(match descriptor(container, what)? {
        T::VarLenUnicode | T::VarLenAscii | T::FixedAscii(_) | T::FixedUnicode(_) => Kind::Text,
        T::Integer(_) | T::Unsigned(_) | T::Float(_) => Kind::Number,
        // h5py keeps booleans as an enumeration of FALSE and TRUE.
        T::Boolean | T::Enum(_) => Kind::Boolean,
        _ => Kind::Other,
    })
}

fn descriptor(container: &Container, what: &str) -> Result<TypeDescriptor, CellsError> {
    container.dtype().and_then(|dtype| dtype.to_descriptor()).map_err(damaged(what))
}

/// All strings; bytes that are not UTF-8 are replaced.
pub(super) fn texts(container: &Container, what: &str) -> Result<Vec<String>, CellsError> {
    use TypeDescriptor as T;
    match descriptor(container, what)? {
        T::VarLenUnicode => read::<VarLenUnicode>(container, what, VarLenUnicode::as_bytes),
        T::VarLenAscii => read::<VarLenAscii>(container, what, VarLenAscii::as_bytes),
        T::FixedAscii(0..=64) => read::<FixedAscii<64>>(container, what, FixedAscii::as_bytes),
        T::FixedAscii(65..=1024) => read::<FixedAscii<1024>>(container, what, FixedAscii::as_bytes),
        T::FixedUnicode(0..=64) => {
            read::<FixedUnicode<64>>(container, what, FixedUnicode::as_bytes)
        }
        T::FixedUnicode(65..=1024) => {
            read::<FixedUnicode<1024>>(container, what, FixedUnicode::as_bytes)
        }
        other => Err(form(what, "strings", other.to_string())),
    }
}

fn read<T: H5Type>(
    container: &Container,
    what: &str,
    bytes: fn(&T) -> &[u8],
) -> Result<Vec<String>, CellsError> {
    let values = container.read_raw::<T>().map_err(damaged(what))?;
    Ok(values.iter().map(|value| String::from_utf8_lossy(bytes(value)).into_owned()).collect())
}

/// All numbers as `f64`.
pub(super) fn numbers(container: &Container, what: &str) -> Result<Vec<f64>, CellsError> {
    container.read_raw::<f64>().map_err(damaged(what))
}

/// All booleans; anything but 0 is true.
///
/// Read as numbers: a hostile file may hold other bytes than 0 and 1 where it says boolean.
pub(super) fn booleans(container: &Container, what: &str) -> Result<Vec<bool>, CellsError> {
    let values = container.read_raw::<i64>().map_err(damaged(what))?;
    Ok(values.into_iter().map(|value| value != 0).collect())
}
