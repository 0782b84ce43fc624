//! Named `f32` tensors of a safetensors file, as plain vectors.

use std::collections::BTreeMap;
use std::path::Path;

use safetensors::tensor::{Dtype, TensorView};
use safetensors::{SafeTensors, serialize};

use super::LearnError;

/// Shape and values of one tensor, row-major.
#[derive(Debug, Clone, PartialEq)]
pub struct Values {
    /// Sizes of the axes.
    pub shape: Vec<usize>,
    /// Values, row-major.
    pub data: Vec<f32>,
}

/// All tensors of a file by name.
pub type Tensors = BTreeMap<String, Values>;

/// Reads a safetensors file whose tensors are all `f32`.
///
/// # Errors
/// [`LearnError::File`] naming the file and, for another number type, the tensor.
pub fn read(path: &Path) -> Result<Tensors, LearnError> {
    let bytes = std::fs::read(path).map_err(|error| LearnError::file(path, error))?;
    let file = SafeTensors::deserialize(&bytes).map_err(|error| LearnError::file(path, error))?;
    let mut found = Tensors::new();
    for (name, view) in file.tensors() {
        if view.dtype() != Dtype::F32 {
            let reason = format!("tensor {name} is {:?}; fine-tuning needs F32", view.dtype());
            return Err(LearnError::file(path, reason));
        }
        let (chunks, _) = view.data().as_chunks::<4>();
        let data = chunks.iter().map(|chunk| f32::from_le_bytes(*chunk)).collect();
        found.insert(name, Values { shape: view.shape().to_vec(), data });
    }
    Ok(found)
}

/// The note stored under `key` in a safetensors file's header.
///
/// # Errors
/// [`LearnError::File`] if the file cannot be read or has no such note.
pub fn read_note(path: &Path, key: &str) -> Result<String, LearnError> {
    let bytes = std::fs::read(path).map_err(|error| LearnError::file(path, error))?;
    let (_, header) =
        SafeTensors::read_metadata(&bytes).map_err(|error| LearnError::file(path, error))?;
    let note = header.metadata().as_ref().and_then(|notes| notes.get(key).cloned());
    note.ok_or_else(|| LearnError::file(path, format!("no note {key:?} in the header")))
}

/// Writes a safetensors file by way of a neighbour, so that no reader sees half of it.
///
/// # Errors
/// [`LearnError::File`].
pub fn write(path: &Path, tensors: &Tensors, note: Option<(&str, &str)>) -> Result<(), LearnError> {
    let failed = |error: &dyn std::fmt::Display| LearnError::file(path, error);
    let bytes: Vec<(&String, &Values, Vec<u8>)> = tensors
        .iter()
        .map(|(name, v)| (name, v, v.data.iter().flat_map(|x| x.to_le_bytes()).collect()))
        .collect();
    let views = bytes
        .iter()
        .map(|(name, values, bytes)| {
            let view = TensorView::new(Dtype::F32, values.shape.clone(), bytes);
            view.map(|view| (name.as_str(), view))
        })
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| failed(&error))?;
    // One note only: the header is written in the order of a hash map, which changes from call to
    // call, and a version is named by the digest of its bytes. Hugging Face's loaders refuse a file
    // of weights without "format"; nobody else reads a file with a note of ours.
    let (key, value) = note.unwrap_or(("format", "pt"));
    let notes = [(key.to_owned(), value.to_owned())].into();
    let whole = serialize(views, Some(notes)).map_err(|error| failed(&error))?;
    let partial = path.with_extension("partial");
    std::fs::write(&partial, whole).map_err(|error| failed(&error))?;
    std::fs::rename(&partial, path).map_err(|error| failed(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tensors_read_back_bit_for_bit() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.safetensors");
        let values = Values { shape: vec![2, 1], data: vec![0.1, -3.5e-9] };
        let tensors = Tensors::from([("a".to_owned(), values)]);
        write(&path, &tensors, Some(("k", "v"))).unwrap();
        assert_eq!(read(&path).unwrap(), tensors);
        assert_eq!(read_note(&path, "k").unwrap(), "v");
    }

    #[test]
    fn the_same_tensors_and_note_give_the_same_bytes_every_time() {
        let dir = tempfile::tempdir().unwrap();
        let values = Values { shape: vec![1], data: vec![1.0] };
        let tensors = Tensors::from([("a".to_owned(), values.clone()), ("b".to_owned(), values)]);
        let bytes = |number: usize| {
            let path = dir.path().join(format!("{number}.safetensors"));
            write(&path, &tensors, Some(("k", "v"))).unwrap();
            std::fs::read(path).unwrap()
        };
        let first = bytes(0);
        // A hash map of two notes would pass this by chance once in a million runs.
        assert!((1..20).all(|number| bytes(number) == first));
    }

    #[test]
    fn a_damaged_file_is_refused_by_name() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.safetensors");
        std::fs::write(&path, b"not tensors").unwrap();
        assert!(read(&path).unwrap_err().to_string().contains("x.safetensors"));
    }
}
