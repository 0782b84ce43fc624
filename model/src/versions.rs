//! Digest of a model directory: the identity of a model version.

use std::io::Read;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

/// Files that make a model what it is, in the order they are digested (sorted by name).
///
/// `pytorch_model.bin` counts only where there is no `model.safetensors`, as when loading.
pub const DIGESTED_FILES: [&str; 5] =
    ["config.json", "head.safetensors", "model.safetensors", "pytorch_model.bin", "vocabulary.csv"];

/// Why a model directory has no digest.
#[derive(Debug, thiserror::Error)]
pub enum VersionError {
    /// A file that makes up a model is not there.
    #[error(
        "no {name} in model directory {}; expected a Hugging Face directory with config.json and \
         model.safetensors", dir.display()
    )]
    FileMissing {
        /// The directory.
        dir: PathBuf,
        /// The missing file.
        name: &'static str,
    },
    /// A file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

/// SHA-256 (lower-case hex) over name, size and contents of [`DIGESTED_FILES`].
///
/// Absent optional files count as absent, so adding a head changes the digest. Records beside
/// them (`nextwell.json`) are not part of it: two trainings that end in the same weights are the
/// same model.
///
/// # Errors
/// [`VersionError`] if a required file is missing or a file cannot be read.
pub fn digest_model_dir(dir: &Path) -> Result<String, VersionError> {
    let mut digest = Sha256::new();
    let has = |name: &str| dir.join(name).is_file();
    let required = if has("pytorch_model.bin") { "pytorch_model.bin" } else { "model.safetensors" };
    for name in ["config.json", required] {
        if !has(name) {
            return Err(VersionError::FileMissing { dir: dir.to_owned(), name });
        }
    }
    let shadowed = |name: &str| name == "pytorch_model.bin" && has("model.safetensors");
    for name in DIGESTED_FILES {
        let path = dir.join(name);
        if !has(name) || shadowed(name) {
            continue;
        }
        digest_file(&mut digest, name, &path)
            .map_err(|source| VersionError::Unreadable { path, source })?;
    }
    Ok(digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

fn digest_file(digest: &mut Sha256, name: &str, path: &Path) -> std::io::Result<()> {
    let mut file = std::fs::File::open(path)?;
    digest.update(name.as_bytes());
    digest.update([0]);
    digest.update(file.metadata()?.len().to_le_bytes());
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(()),
            read => digest.update(&buffer[..read]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model(dir: &Path) {
        std::fs::write(dir.join("config.json"), "{}").unwrap();
        std::fs::write(dir.join("model.safetensors"), "weights").unwrap();
    }

    #[test]
    fn the_digest_follows_weights_and_head_but_not_the_record() {
        let dir = tempfile::tempdir().unwrap();
        model(dir.path());
        let first = digest_model_dir(dir.path()).unwrap();
        std::fs::write(dir.path().join("nextwell.json"), "{\"note\": 1}").unwrap();
        assert_eq!(digest_model_dir(dir.path()).unwrap(), first);
        std::fs::write(dir.path().join("head.safetensors"), "head").unwrap();
        let second = digest_model_dir(dir.path()).unwrap();
        assert_ne!(second, first);
        std::fs::write(dir.path().join("model.safetensors"), "weightz").unwrap();
        assert_ne!(digest_model_dir(dir.path()).unwrap(), second);
        assert_eq!(second.len(), 64);
    }

    #[test]
    fn a_directory_without_weights_is_refused_by_name() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("config.json"), "{}").unwrap();
        let message = digest_model_dir(dir.path()).unwrap_err().to_string();
        assert!(message.contains("model.safetensors"), "{message}");
    }
}
