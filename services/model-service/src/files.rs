//! Files named by digest under the data directory; a file is either whole or not there.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use tempfile::{NamedTempFile, TempDir};

use crate::digest::Digest;
use crate::failure::Failure;

/// Scratch left by a killed service is removed at start when it is older than this.
const SCRATCH_KEPT: Duration = Duration::from_secs(24 * 3600);

/// The data directory; its layout is in the crate's documentation.
#[derive(Debug, Clone)]
pub struct Files {
    root: PathBuf,
}

impl Files {
    /// Makes the folders that are missing and removes old scratch.
    ///
    /// # Errors
    /// What the file system says.
    pub fn open(root: &Path) -> io::Result<Self> {
        for folder in ["datasets", "sources", "models", "work", "screens", "embeddings", "tmp"] {
            fs::create_dir_all(root.join(folder))?;
        }
        let files = Self { root: root.canonicalize()? };
        files.remove_old_scratch()?;
        Ok(files)
    }

    /// Canonical matrix of a data set.
    pub fn dataset(&self, digest: &Digest) -> PathBuf {
        self.root.join("datasets").join(format!("{digest}.safetensors"))
    }

    /// What was answered when the data set was first stored.
    pub fn dataset_report(&self, digest: &Digest) -> PathBuf {
        self.root.join("datasets").join(format!("{digest}.json"))
    }

    /// What was answered to an upload of these bytes.
    pub fn source(&self, digest: &Digest) -> PathBuf {
        self.root.join("sources").join(format!("{digest}.json"))
    }

    /// Directory of a model version.
    pub fn model(&self, digest: &Digest) -> PathBuf {
        self.root.join("models").join(digest.as_str())
    }

    /// What the service tells about a model version.
    pub fn model_info(&self, digest: &Digest) -> PathBuf {
        self.root.join("models").join(format!("{digest}.json"))
    }

    /// Answer of long work.
    pub fn answer(&self, request: &Digest) -> PathBuf {
        self.root.join("work").join(format!("{request}.json"))
    }

    /// Directory of a screen's values.
    pub fn screen(&self, request: &Digest) -> PathBuf {
        self.root.join("screens").join(request.as_str())
    }

    /// Cache of embeddings by content.
    pub fn embeddings(&self) -> PathBuf {
        self.root.join("embeddings")
    }

    /// A folder of one's own on the same file system, removed when dropped.
    ///
    /// # Errors
    /// A 507 or 500 problem.
    pub fn scratch(&self) -> Result<TempDir, Failure> {
        tempfile::Builder::new()
            .prefix("work-")
            .tempdir_in(self.root.join("tmp"))
            .map_err(|error| Failure::io("a scratch folder", &error))
    }

    /// Bytes of a file, or nothing when there is no such file.
    ///
    /// # Errors
    /// A 500 problem.
    pub fn read(&self, path: &Path) -> Result<Option<Vec<u8>>, Failure> {
        match fs::read(path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Failure::io("a stored file", &error)),
        }
    }

    /// Writes bytes so that `path` is never seen half written.
    ///
    /// # Errors
    /// A 507 or 500 problem; `path` is then as it was.
    pub fn put_bytes(&self, bytes: &[u8], path: &Path) -> Result<(), Failure> {
        let write = || -> io::Result<()> {
            let mut file = NamedTempFile::new_in(self.root.join("tmp"))?;
            file.write_all(bytes)?;
            file.as_file().sync_all()?;
            file.persist(path)?;
            sync_parent(path)
        };
        write().map_err(|error| Failure::io("an answer", &error))
    }

    /// Moves a finished file of a scratch folder to its name.
    ///
    /// # Errors
    /// A 507 or 500 problem; `path` is then as it was.
    pub fn put_file(&self, from: &Path, path: &Path) -> Result<(), Failure> {
        let write = || -> io::Result<()> {
            File::open(from)?.sync_all()?;
            fs::rename(from, path)?;
            sync_parent(path)
        };
        write().map_err(|error| Failure::io("a data set", &error))
    }

    /// Moves a finished folder (files only) to its name; one that is already there stays.
    ///
    /// # Errors
    /// A 507 or 500 problem; nothing is half moved.
    pub fn put_folder(&self, from: &Path, path: &Path) -> Result<(), Failure> {
        if path.is_dir() {
            return Ok(());
        }
        let write = || -> io::Result<()> {
            for entry in fs::read_dir(from)? {
                File::open(entry?.path())?.sync_all()?;
            }
            File::open(from)?.sync_all()?;
            match fs::rename(from, path) {
                // Somebody else put the same folder there meanwhile: same digest, same bytes.
                Err(_) if path.is_dir() => Ok(()),
                other => other,
            }?;
            sync_parent(path)
        };
        write().map_err(|error| Failure::io("a model", &error))
    }

    /// Removes a file; false when there is none.
    ///
    /// # Errors
    /// A 500 problem.
    pub fn remove_file(&self, path: &Path) -> Result<bool, Failure> {
        match fs::remove_file(path) {
            Ok(()) => sync_parent(path).map(|()| true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
        .map_err(|error| Failure::io("a stored file", &error))
    }

    /// Removes a folder, which is gone from its name at once; false when there is none.
    ///
    /// # Errors
    /// A 500 problem.
    pub fn remove_folder(&self, path: &Path) -> Result<bool, Failure> {
        let scratch = self.scratch()?;
        match fs::rename(path, scratch.path().join("removed")) {
            Ok(()) => sync_parent(path)
                .and_then(|()| scratch.close())
                .map(|()| true)
                .map_err(|error| Failure::io("a stored folder", &error)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(Failure::io("a stored folder", &error)),
        }
    }

    /// Fails when nothing can be written.
    ///
    /// # Errors
    /// What the file system says.
    pub fn probe(&self) -> io::Result<()> {
        NamedTempFile::new_in(self.root.join("tmp"))?.write_all(b"probe")
    }

    fn remove_old_scratch(&self) -> io::Result<()> {
        for entry in fs::read_dir(self.root.join("tmp"))? {
            let entry = entry?;
            let age = SystemTime::now().duration_since(entry.metadata()?.modified()?);
            if age.unwrap_or_default() < SCRATCH_KEPT {
                continue;
            }
            let path = entry.path();
            if path.is_dir() { fs::remove_dir_all(&path)? } else { fs::remove_file(&path)? }
        }
        Ok(())
    }
}

fn sync_parent(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(parent) => File::open(parent)?.sync_all(),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stored_file_is_read_back_whole_and_leaves_no_scratch() {
        let root = tempfile::tempdir().unwrap();
        let files = Files::open(root.path()).unwrap();
        let path = files.answer(&Digest::of(b"request"));
        assert_eq!(files.read(&path).unwrap(), None);
        files.put_bytes(b"answer", &path).unwrap();
        files.put_bytes(b"answer", &path).unwrap();
        assert_eq!(files.read(&path).unwrap().unwrap(), b"answer");
        assert_eq!(fs::read_dir(root.path().join("tmp")).unwrap().count(), 0);
    }

    #[test]
    fn a_folder_that_is_already_there_is_left_as_it_is() {
        let root = tempfile::tempdir().unwrap();
        let files = Files::open(root.path()).unwrap();
        let to = files.model(&Digest::of(b"model"));
        for content in ["first", "second"] {
            let scratch = files.scratch().unwrap();
            fs::write(scratch.path().join("config.json"), content).unwrap();
            files.put_folder(scratch.path(), &to).unwrap();
        }
        assert_eq!(fs::read_to_string(to.join("config.json")).unwrap(), "first");
    }
}
