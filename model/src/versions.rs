//! Digest of a model directory: the identity of a model version.

use std::io::Read;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

/// Containers of weights, first choice first; the others beside it are not read and do not count.
const CONTAINERS: [&str; 4] =
    ["model.safetensors", "pytorch_model.bin", "best_model.pt", "models.ckpt"];
/// Endings of the files that make a model what it is: weights, configuration, vocabulary, labels.
const ENDINGS: [&str; 14] = [
    "safetensors",
    "bin",
    "pt",
    "pth",
    "ckpt",
    "json",
    "csv",
    "tsv",
    "txt",
    "pkl",
    "pickle",
    "npy",
    "npz",
    "gz",
];
/// Files with these endings that change no number of the model.
const RECORDS: [&str; 3] = ["nextwell.json", "training_args.bin", "optimizer.pt"];

/// Why a model directory has no digest.
#[derive(Debug, thiserror::Error)]
pub enum VersionError {
    /// There is nothing that could be weights.
    #[error(
        "no weights in model directory {}; expected model.safetensors, pytorch_model.bin, \
         best_model.pt, models.ckpt or a .pth file", dir.display()
    )]
    NoWeights {
        /// The directory.
        dir: PathBuf,
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

/// SHA-256 (lower-case hex) over name, size and contents of the files of a model of any family
/// ([`model_files`]).
///
/// Absent optional files count as absent, so adding a head changes the digest. Records beside
/// them (`nextwell.json`) are not part of it: two trainings that end in the same weights are the
/// same model.
///
/// # Errors
/// [`VersionError`] if there are no weights or a file cannot be read.
pub fn digest_model_dir(dir: &Path) -> Result<String, VersionError> {
    let mut digest = Sha256::new();
    for path in model_files(dir)? {
        digest_file(&mut digest, &name_of(&path), &path)
            .map_err(|source| VersionError::Unreadable { path, source })?;
    }
    Ok(digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

/// The files directly in `dir` that make a model what it is, sorted by name: its first container
/// of weights, configuration, vocabulary, labels and heads.
///
/// # Errors
/// As [`digest_model_dir`].
pub fn model_files(dir: &Path) -> Result<Vec<PathBuf>, VersionError> {
    let unreadable = |source| VersionError::Unreadable { path: dir.to_owned(), source };
    let mut found = Vec::new();
    for entry in dir.read_dir().map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.is_file() && is_model_file(&name_of(&path)) {
            found.push(path);
        }
    }
    let is_pth = |path: &Path| path.extension().is_some_and(|ending| ending == "pth");
    let first = CONTAINERS.iter().find(|name| dir.join(name).is_file());
    if first.is_none() && !found.iter().any(|path| is_pth(path)) {
        return Err(VersionError::NoWeights { dir: dir.to_owned() });
    }
    found.retain(|path| {
        let name = name_of(path);
        match first {
            Some(first) => name == *first || !(CONTAINERS.contains(&name.as_str()) || is_pth(path)),
            None => true,
        }
    });
    found.sort();
    Ok(found)
}

/// Whether a file of this name can be part of a model, by its ending.
pub fn is_model_file(name: &str) -> bool {
    let ending = Path::new(name).extension().unwrap_or_default().to_string_lossy();
    ENDINGS.contains(&&*ending) && !name.starts_with('.') && !RECORDS.contains(&name)
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
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
    fn other_layouts_have_digests_over_what_their_family_reads() {
        let dir = tempfile::tempdir().unwrap();
        let write = |name: &str| std::fs::write(dir.path().join(name), name).unwrap();
        let names = ["args.json", "vocab.json", "best_model.pt", "README.md", ".hidden.json"];
        names.into_iter().for_each(write);
        let names = || -> Vec<String> {
            model_files(dir.path()).unwrap().iter().map(|path| name_of(path)).collect()
        };
        assert_eq!(names(), ["args.json", "best_model.pt", "vocab.json"]);
        let first = digest_model_dir(dir.path()).unwrap();
        write("README.md");
        write("nextwell.json");
        assert_eq!(digest_model_dir(dir.path()).unwrap(), first);
        // The safe container is read instead of the pickle.
        write("model.safetensors");
        assert_eq!(names(), ["args.json", "model.safetensors", "vocab.json"]);
        assert_ne!(digest_model_dir(dir.path()).unwrap(), first);
    }

    #[test]
    fn digests_of_earlier_versions_stay() {
        let dir = tempfile::tempdir().unwrap();
        model(dir.path());
        let mut expected = Sha256::new();
        for (name, content) in [("config.json", "{}"), ("model.safetensors", "weights")] {
            expected.update(name);
            expected.update([0]);
            expected.update((content.len() as u64).to_le_bytes());
            expected.update(content);
        }
        let expected: String =
            expected.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(digest_model_dir(dir.path()).unwrap(), expected);
    }

    #[test]
    fn a_directory_without_weights_is_refused_by_name() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("config.json"), "{}").unwrap();
        let message = digest_model_dir(dir.path()).unwrap_err().to_string();
        assert!(message.contains("model.safetensors"), "{message}");
    }
}
