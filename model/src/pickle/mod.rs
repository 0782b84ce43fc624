//! A reader of Python pickles that runs nothing.
//!
//! A pickle is a program for a small stack machine, and some of its instructions import and call
//! Python objects: whoever wrote the file decides what runs. This reader follows only the
//! instructions that build plain data. Of the ones that name a class it knows a short list
//! ([`classes`]) whose meaning it implements itself (NumPy scalars and arrays, ordered
//! dictionaries; for checkpoints PyTorch's tensors, which stay descriptions). Everything else is a
//! [`PickleError`] that names the instruction or the class, and **nothing is ever executed**.
//!
//! Protocols 0 to 5 are read, as far as plain data needs them: `None`, bool, int (64 bits; longer
//! ones as bytes), float, str, bytes, list, tuple, dict. No sets, no objects, no out-of-band
//! buffers.
//!
//! # Bounds
//! Values lie in one table and refer to each other by number, so a value that the file mentions a
//! thousand times exists once, no depth of nesting costs stack, and a list that holds itself is
//! harmless. Values, references and bytes of arrays are counted; [`MAX_VALUES`] and [`MAX_BYTES`]
//! stop a small file that asks for much. No length is believed before it was compared with the
//! bytes that are left.

mod calls;
mod classes;
mod cursor;
mod error;
mod json;
mod literal;
mod machine;
mod numpy;
mod value;

use std::fs::File;
use std::io::Read;
use std::path::Path;

pub use classes::Allowed;
pub use error::PickleError;
pub use machine::{MAX_BYTES, MAX_VALUES};
pub use numpy::{Array, Elements};
pub use value::{Pickle, Value};

/// Largest file read from disk: 256 MiB; the largest known dictionary has 2 MB.
pub const MAX_FILE: u64 = 256 << 20;

/// Reads plain data: what Python's `pickle.dump` writes for dictionaries, lists and NumPy values.
///
/// # Errors
/// Any [`PickleError`]; bytes after the end of the pickle are ignored, as Python does.
pub fn read(bytes: &[u8]) -> Result<Pickle, PickleError> {
    Ok(machine::run(bytes, Allowed::Data)?.0)
}

/// Reads the `data.pkl` of a PyTorch file: as [`read`], with tensors, storages and parameters as
/// opaque values ([`Value::call`], [`Value::persistent`]), so that what lies beside them (a
/// configuration, epochs, losses) can be read and the sizes of the tensors checked.
///
/// # Errors
/// Any [`PickleError`]: a class that is neither plain data nor one of PyTorch's tensor types is
/// refused by its name.
pub fn read_with_persistent(bytes: &[u8]) -> Result<Pickle, PickleError> {
    Ok(machine::run(bytes, Allowed::Tensors)?.0)
}

/// As [`read_with_persistent`], and the bytes that follow the end of the pickle, where the next one
/// of an old PyTorch file begins.
///
/// # Errors
/// As [`read_with_persistent`].
pub fn read_first(bytes: &[u8]) -> Result<(Pickle, &[u8]), PickleError> {
    let (pickle, end) = machine::run(bytes, Allowed::Tensors)?;
    Ok((pickle, bytes.get(end..).unwrap_or(&[])))
}

/// Reads a file of plain data.
///
/// # Errors
/// As [`read`]; [`PickleError::Io`]; [`PickleError::TooLarge`] above [`MAX_FILE`].
pub fn read_file(path: &Path) -> Result<Pickle, PickleError> {
    let io = |source| PickleError::Io { path: path.to_owned(), source };
    let file = File::open(path).map_err(io)?;
    let mut bytes = Vec::new();
    file.take(MAX_FILE + 1).read_to_end(&mut bytes).map_err(io)?;
    if bytes.len() as u64 > MAX_FILE {
        return Err(PickleError::TooLarge { what: "the file, in bytes", most: MAX_FILE });
    }
    read(&bytes)
}

#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod tests;
