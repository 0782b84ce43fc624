//! Embeddings kept by the content they were computed from.

use std::collections::HashMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::ScreenError;
use crate::families::{CellTokens, Species};

/// First bytes of the file; another version is refused.
const MAGIC: &[u8; 16] = b"nextwell embed 1";
const KEY: usize = 32;

/// Digest of a cell as the model reads it.
type Key = [u8; KEY];

/// Embeddings of cells by one model and of one kind, in a file that only grows.
///
/// Memory holds an index of some 50 bytes per cell, never the embeddings. A record that a crash
/// cut short is dropped when the file is opened again; a file that another process holds is left
/// alone, and a temporary one used instead.
pub(super) struct EmbeddingCache {
    file: File,
    path: PathBuf,
    width: usize,
    /// Place of each record's values.
    places: HashMap<Key, u64>,
    end: u64,
    /// Keeps a temporary file's directory entry away when done.
    temporary: bool,
}

impl EmbeddingCache {
    /// Opens or makes the cache of `kind` of the model `digest` in `dir`; a temporary one where
    /// `dir` is absent.
    pub fn open(
        dir: Option<&Path>,
        digest: &str,
        kind: &str,
        width: usize,
    ) -> Result<Self, ScreenError> {
        let kept = match dir {
            Some(dir) => Self::kept(dir, digest, kind, width)?,
            None => None,
        };
        match kept {
            Some(cache) => Ok(cache),
            None => Self::temporary(width),
        }
    }

    /// `None` while another process holds the file.
    fn kept(
        dir: &Path,
        digest: &str,
        kind: &str,
        width: usize,
    ) -> Result<Option<Self>, ScreenError> {
        std::fs::create_dir_all(dir).map_err(ScreenError::io(dir))?;
        let name = Sha256::digest(format!("{digest}\n{kind}\n{width}"));
        let name: String = name[..16].iter().map(|byte| format!("{byte:02x}")).collect();
        let path = dir.join(format!("{name}.embeddings"));
        let mut options = OpenOptions::new();
        let options = options.read(true).write(true).create(true).truncate(false);
        let file = options.open(&path).map_err(ScreenError::io(&path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(ScreenError::io(&path)(error)),
        }
        let mut cache =
            Self { file, path, width, places: HashMap::new(), end: 0, temporary: false };
        cache.index()?;
        Ok(Some(cache))
    }

    fn temporary(width: usize) -> Result<Self, ScreenError> {
        let id = format!("{}-{:p}", std::process::id(), &width);
        let stamp = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        let stamp = stamp.map_or(0, |time| time.as_nanos());
        let path = std::env::temp_dir().join(format!("nextwell-{id}-{stamp}.embeddings"));
        let mut options = OpenOptions::new();
        let options = options.read(true).write(true).create_new(true);
        let file = options.open(&path).map_err(ScreenError::io(&path))?;
        let mut cache = Self { file, path, width, places: HashMap::new(), end: 0, temporary: true };
        cache.index()?;
        Ok(cache)
    }

    /// Reads the keys of whole records and cuts the rest off.
    fn index(&mut self) -> Result<(), ScreenError> {
        let io = |path: &Path| ScreenError::io(path);
        let length = self.file.metadata().map_err(io(&self.path))?.len();
        if length < MAGIC.len() as u64 {
            self.file.set_len(0).map_err(io(&self.path))?;
            self.file.seek(SeekFrom::Start(0)).map_err(io(&self.path))?;
            self.file.write_all(MAGIC).map_err(io(&self.path))?;
            self.end = MAGIC.len() as u64;
            return Ok(());
        }
        let mut magic = [0; MAGIC.len()];
        self.file.seek(SeekFrom::Start(0)).map_err(io(&self.path))?;
        self.file.read_exact(&mut magic).map_err(io(&self.path))?;
        if &magic != MAGIC {
            let reason = "not a cache of embeddings; move it away, it is made again";
            return Err(ScreenError::bad_file(&self.path, reason));
        }
        let record = self.record();
        let whole = (length - MAGIC.len() as u64) / record as u64;
        let mut reader = std::io::BufReader::with_capacity(1 << 20, &self.file);
        let mut buffer = vec![0; record];
        for number in 0..whole {
            reader.read_exact(&mut buffer).map_err(io(&self.path))?;
            let mut key = [0; KEY];
            key.copy_from_slice(&buffer[..KEY]);
            let start = MAGIC.len() as u64 + number * record as u64;
            // A record of zeros is what a crash leaves where the length was written first.
            if checksum(&buffer[KEY..record - 4]) == buffer[record - 4..] {
                self.places.insert(key, start + KEY as u64);
            }
        }
        self.end = MAGIC.len() as u64 + whole * record as u64;
        self.file.set_len(self.end).map_err(io(&self.path))
    }

    /// Bytes of a record: key, values, checksum.
    fn record(&self) -> usize {
        KEY + self.width * 4 + 4
    }

    /// Whether the cell's embedding is there.
    pub fn holds(&self, cell: &CellTokens) -> bool {
        self.places.contains_key(&key(cell))
    }

    /// The cell's embedding, if it is there.
    pub fn get(&mut self, cell: &CellTokens) -> Result<Option<Vec<f32>>, ScreenError> {
        let Some(&place) = self.places.get(&key(cell)) else { return Ok(None) };
        let mut bytes = vec![0; self.width * 4];
        let read = self.file.seek(SeekFrom::Start(place));
        read.and_then(|_| self.file.read_exact(&mut bytes)).map_err(ScreenError::io(&self.path))?;
        let values = bytes.as_chunks::<4>().0.iter().map(|&value| f32::from_le_bytes(value));
        Ok(Some(values.collect()))
    }

    /// Keeps an embedding.
    pub fn put(&mut self, cell: &CellTokens, embedding: &[f32]) -> Result<(), ScreenError> {
        let key = key(cell);
        if embedding.len() != self.width || self.places.contains_key(&key) {
            return Ok(());
        }
        let mut record = Vec::with_capacity(self.record());
        record.extend(key);
        record.extend(embedding.iter().flat_map(|value| value.to_le_bytes()));
        let sum = checksum(&record[KEY..]);
        record.extend(sum);
        let written = self.file.seek(SeekFrom::Start(self.end));
        written.and_then(|_| self.file.write_all(&record)).map_err(ScreenError::io(&self.path))?;
        self.places.insert(key, self.end + KEY as u64);
        self.end += record.len() as u64;
        Ok(())
    }
}

impl Drop for EmbeddingCache {
    fn drop(&mut self) {
        if self.temporary {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

fn checksum(bytes: &[u8]) -> [u8; 4] {
    let digest = Sha256::digest(bytes);
    [digest[0], digest[1], digest[2], digest[3]]
}

fn key(cell: &CellTokens) -> Key {
    let mut hash = Sha256::new();
    hash.update([match cell.species {
        Species::Human => 0,
        Species::Mouse => 1,
    }]);
    hash.update((cell.ids.len() as u64).to_le_bytes());
    cell.ids.iter().for_each(|id| hash.update(id.to_le_bytes()));
    cell.values.iter().for_each(|value| hash.update(value.to_le_bytes()));
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(id: u32) -> CellTokens {
        CellTokens { ids: vec![id, 2], ..CellTokens::default() }
    }

    fn open(dir: &Path) -> EmbeddingCache {
        EmbeddingCache::open(Some(dir), "model", "mean", 3).unwrap()
    }

    #[test]
    fn embeddings_are_found_again_by_content_after_a_restart() {
        let dir = tempfile::tempdir().unwrap();
        open(dir.path()).put(&cell(1), &[1.0, 2.0, 3.0]).unwrap();
        let mut cache = open(dir.path());
        assert_eq!(cache.get(&cell(1)).unwrap(), Some(vec![1.0, 2.0, 3.0]));
        assert_eq!(cache.get(&cell(4)).unwrap(), None);
        drop(cache);
        let mut other = EmbeddingCache::open(Some(dir.path()), "model", "cls", 3).unwrap();
        assert_eq!(other.get(&cell(1)).unwrap(), None, "another kind is another cache");
    }

    #[test]
    fn a_record_cut_short_or_damaged_is_dropped_and_written_anew() {
        let dir = tempfile::tempdir().unwrap();
        let mut cache = open(dir.path());
        cache.put(&cell(1), &[1.0, 2.0, 3.0]).unwrap();
        cache.put(&cell(2), &[4.0, 5.0, 6.0]).unwrap();
        let (path, end) = (cache.path.clone(), cache.end);
        drop(cache);
        let mut bytes = std::fs::read(&path).unwrap();
        bytes.truncate(end as usize - 5);
        bytes[MAGIC.len() + KEY] ^= 1;
        std::fs::write(&path, bytes).unwrap();
        let mut cache = open(dir.path());
        assert!(!cache.holds(&cell(1)) && !cache.holds(&cell(2)));
        cache.put(&cell(2), &[4.0, 5.0, 6.0]).unwrap();
        assert_eq!(cache.get(&cell(2)).unwrap(), Some(vec![4.0, 5.0, 6.0]));
    }

    #[test]
    fn a_file_in_use_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let first = open(dir.path());
        let mut second = open(dir.path());
        assert!(second.temporary);
        second.put(&cell(1), &[1.0, 2.0, 3.0]).unwrap();
        assert!(second.holds(&cell(1)) && !first.holds(&cell(1)));
        let path = second.path.clone();
        drop(second);
        assert!(!path.exists());
    }

    #[test]
    fn a_file_of_something_else_is_refused_and_kept() {
        let dir = tempfile::tempdir().unwrap();
        let path = open(dir.path()).path.clone();
        std::fs::write(&path, [7; 64]).unwrap();
        let Err(error) = EmbeddingCache::open(Some(dir.path()), "model", "mean", 3) else {
            panic!("opened");
        };
        assert!(error.to_string().contains("move it away"), "{error}");
        assert_eq!(std::fs::read(&path).unwrap(), [7; 64]);
    }
}
