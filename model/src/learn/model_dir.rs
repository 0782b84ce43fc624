//! Reading and writing model directories whole or not at all.

use std::path::Path;

use super::LearnError;
use super::head::HEAD_FILE;
use super::record::RECORD_FILE;
use super::tensors::{Tensors, Values};
use crate::checkpoint;

/// File of the weights.
pub const WEIGHTS: &str = "model.safetensors";

/// Tensors of a model directory, from `model.safetensors` or `pytorch_model.bin`.
///
/// # Errors
/// [`LearnError::Checkpoint`] naming the file.
pub fn read_weights(dir: &Path) -> Result<Tensors, LearnError> {
    let path = [WEIGHTS, "pytorch_model.bin"].map(|name| dir.join(name));
    let path = path.iter().find(|path| path.is_file()).unwrap_or(&path[0]);
    let weights = checkpoint::read_weights(path)?;
    let float = |(name, raw): (String, checkpoint::RawTensor)| {
        let shape = raw.shape;
        // What is not a float (position ids of old checkpoints) is no weight.
        raw.values.map(|data| (name, Values { shape, data }))
    };
    Ok(weights.into_iter().filter_map(float).collect())
}

/// Copies what describes a model (config, vocabulary), not weights, head or record.
///
/// # Errors
/// [`LearnError::File`].
pub fn copy_description(from: &Path, to: &Path) -> Result<(), LearnError> {
    for entry in std::fs::read_dir(from).map_err(|error| LearnError::file(from, error))? {
        let path = entry.map_err(|error| LearnError::file(from, error))?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        let described =
            name.ends_with(".json") || name.ends_with(".csv") || name.ends_with(".csv.gz");
        if path.is_file() && described && name != RECORD_FILE && name != HEAD_FILE {
            std::fs::copy(&path, to.join(name)).map_err(|error| LearnError::file(&path, error))?;
        }
    }
    Ok(())
}

/// Refuses a directory that exists: a model version is never overwritten.
///
/// # Errors
/// [`LearnError::BadSetting`].
pub fn refuse_existing(dir: &Path) -> Result<(), LearnError> {
    if dir.exists() {
        return Err(LearnError::BadSetting {
            setting: "model directory",
            found: format!("{} (exists)", dir.display()),
            expected: "a directory that is not there yet",
        });
    }
    Ok(())
}

/// Fills a new directory by way of a neighbour; nothing is left of it after an error.
///
/// # Errors
/// [`LearnError::BadSetting`] if `dir` exists; [`LearnError::File`]; whatever `fill` returns.
pub fn create(
    dir: &Path,
    fill: impl FnOnce(&Path) -> Result<(), LearnError>,
) -> Result<(), LearnError> {
    refuse_existing(dir)?;
    let mut name = dir.file_name().unwrap_or_default().to_owned();
    name.push(".partial");
    let partial = dir.with_file_name(name);
    let failed = |error| LearnError::file(&partial, error);
    if partial.exists() {
        // Left by a killed run: only directories of this name are ever made here.
        std::fs::remove_dir_all(&partial).map_err(failed)?;
    }
    std::fs::create_dir_all(&partial).map_err(failed)?;
    let done = fill(&partial).and_then(|()| std::fs::rename(&partial, dir).map_err(failed));
    if done.is_err() {
        // The error that matters is the first one.
        let _ = std::fs::remove_dir_all(&partial);
    }
    done
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_directory_leaves_nothing() {
        let home = tempfile::tempdir().unwrap();
        let dir = home.path().join("v2");
        assert!(create(&dir, |_| Err(LearnError::Cancelled)).is_err());
        assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 0);
        create(&dir, |_| Ok(())).unwrap();
        assert!(create(&dir, |_| Ok(())).is_err(), "an existing version is never overwritten");
    }
}
