//! The zip archive around a PyTorch file: entries that are stored, not compressed.
//!
//! Layout as in PKWARE's APPNOTE.TXT 6.3.9, sections 4.3.7, 4.3.12 and 4.3.14 to 4.3.16.

use std::collections::HashMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::super::error::CheckpointError;

/// Bytes of the list of entries; 300,000 tensors have about this much.
const MAX_DIRECTORY: u64 = 64 << 20;
/// End-of-directory record and the longest comment after it.
const END: u64 = 22 + 65_535;

/// Where an entry's local header is, and the size of its contents.
#[derive(Debug, Clone, Copy)]
struct Entry {
    header: u64,
    size: u64,
    stored: bool,
}

/// The list of entries of an archive.
pub(super) struct Archive {
    path: PathBuf,
    entries: HashMap<String, Entry>,
    /// First bytes of contents, by entry, where they were looked up.
    starts: HashMap<String, u64>,
}

impl Archive {
    /// Reads the list; each entry's contents must lie within the file.
    pub fn open(path: &Path) -> Result<Self, CheckpointError> {
        let mut file = Bytes::open(path)?;
        let (start, size) = directory_place(&mut file)?;
        if size > MAX_DIRECTORY {
            return Err(file.damaged(format!("its list of entries has {size} bytes")));
        }
        let directory = file.at(start, size)?;
        let entries =
            entries(&directory).ok_or_else(|| file.damaged("its list of entries is damaged"))?;
        let mut starts = HashMap::with_capacity(entries.len());
        for (name, entry) in &entries {
            starts.insert(name.clone(), contents_start(&mut file, name, *entry)?);
        }
        Ok(Self { path: path.to_owned(), entries, starts })
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.keys().map(String::as_str)
    }

    pub fn holds(&self, name: &str) -> bool {
        self.entries.contains_key(name)
    }

    /// First byte in the file and number of bytes of an entry's contents.
    pub fn place(&self, name: &str) -> Result<(u64, u64), CheckpointError> {
        let damaged =
            |what: &str| CheckpointError::damaged(&self.path, format!("its entry {name:?} {what}"));
        let (Some(entry), Some(&start)) = (self.entries.get(name), self.starts.get(name)) else {
            return Err(damaged("is missing"));
        };
        if !entry.stored {
            return Err(damaged("is compressed, which PyTorch never does"));
        }
        Ok((start, entry.size))
    }

    /// Contents of an entry of at most `most` bytes.
    pub fn read(&self, name: &str, most: u64) -> Result<Vec<u8>, CheckpointError> {
        let (start, size) = self.place(name)?;
        if size > most {
            let what = format!("its entry {name:?} has {size} bytes, at most {most} are read");
            return Err(CheckpointError::damaged(&self.path, what));
        }
        Bytes::open(&self.path)?.at(start, size)
    }
}

/// A file read by place.
struct Bytes<'a> {
    path: &'a Path,
    file: File,
    length: u64,
}

impl<'a> Bytes<'a> {
    fn open(path: &'a Path) -> Result<Self, CheckpointError> {
        let file = File::open(path).map_err(CheckpointError::io(path))?;
        let length = file.metadata().map_err(CheckpointError::io(path))?.len();
        Ok(Self { path, file, length })
    }

    fn damaged(&self, what: impl Into<String>) -> CheckpointError {
        CheckpointError::damaged(self.path, what.into())
    }

    /// `size` bytes from `start`, if the file has them.
    fn at(&mut self, start: u64, size: u64) -> Result<Vec<u8>, CheckpointError> {
        if start.checked_add(size).is_none_or(|end| end > self.length) {
            return Err(self.damaged("it ends too early: it is truncated"));
        }
        self.file.seek(SeekFrom::Start(start)).map_err(CheckpointError::io(self.path))?;
        let mut bytes = vec![0; usize::try_from(size).unwrap_or(0)];
        self.file.read_exact(&mut bytes).map_err(CheckpointError::io(self.path))?;
        Ok(bytes)
    }
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?).into())
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?).into())
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?))
}

/// First byte and size of the list of entries.
fn directory_place(file: &mut Bytes<'_>) -> Result<(u64, u64), CheckpointError> {
    let tail_start = file.length.saturating_sub(END);
    let tail = file.at(tail_start, file.length - tail_start)?;
    let end = tail.windows(4).rposition(|window| window == b"PK\x05\x06");
    let place = end.and_then(|end| Some((end, u32_at(&tail, end + 16)?, u32_at(&tail, end + 12)?)));
    let (end, start, size) =
        place.ok_or_else(|| file.damaged("its list of entries is missing: it is truncated"))?;
    const ELSEWHERE: u64 = u32::MAX as u64;
    if start != ELSEWHERE && size != ELSEWHERE {
        return Ok((start, size));
    }
    // Large archives have a second record with 64-bit numbers; its place is just before the first.
    let record = end
        .checked_sub(20)
        .filter(|&at| tail[at..].starts_with(b"PK\x06\x07"))
        .and_then(|at| u64_at(&tail, at + 8));
    let record = record.ok_or_else(|| file.damaged("its 64-bit record is missing"))?;
    let record = file.at(record, 56)?;
    let place = Some(&record[..]).filter(|r| r.starts_with(b"PK\x06\x06"));
    let place = place.and_then(|r| Some((u64_at(r, 48)?, u64_at(r, 40)?)));
    place.ok_or_else(|| file.damaged("its 64-bit record is damaged"))
}

/// All entries of the list; of two with one name there must not be different contents, so a
/// second one is a fault.
fn entries(mut directory: &[u8]) -> Option<HashMap<String, Entry>> {
    let mut entries = HashMap::new();
    while directory.starts_with(b"PK\x01\x02") {
        let lengths = (u16_at(directory, 28)?, u16_at(directory, 30)?, u16_at(directory, 32)?);
        let name_end = 46 + lengths.0 as usize;
        let extra_end = name_end + lengths.1 as usize;
        let name = std::str::from_utf8(directory.get(46..name_end)?).ok()?.to_owned();
        let extra = directory.get(name_end..extra_end)?;
        let sizes = [u32_at(directory, 24)?, u32_at(directory, 20)?, u32_at(directory, 42)?];
        let [size, packed, header] = wide(sizes, extra)?;
        let stored = u16_at(directory, 10)? == 0 && packed == size;
        if entries.insert(name, Entry { header, size, stored }).is_some() {
            return None;
        }
        directory = directory.get(extra_end + lengths.2 as usize..)?;
    }
    directory.is_empty().then_some(entries)
}

/// Size, packed size and place of an entry; those that do not fit 32 bits are in the extra field
/// with id 1, in this order.
fn wide(mut numbers: [u64; 3], mut extra: &[u8]) -> Option<[u64; 3]> {
    const ELSEWHERE: u64 = u32::MAX as u64;
    if !numbers.contains(&ELSEWHERE) {
        return Some(numbers);
    }
    loop {
        let (id, length) = (u16_at(extra, 0)?, u16_at(extra, 2)? as usize);
        let field = extra.get(4..4 + length)?;
        if id == 1 {
            let mut at = 0;
            for number in numbers.iter_mut().filter(|number| **number == ELSEWHERE) {
                *number = u64_at(field, at)?;
                at += 8;
            }
            return Some(numbers);
        }
        extra = extra.get(4 + length..)?;
    }
}

/// First byte of an entry's contents, which must end within the file.
fn contents_start(file: &mut Bytes<'_>, name: &str, entry: Entry) -> Result<u64, CheckpointError> {
    let header = file.at(entry.header, 30)?;
    let lengths = u16_at(&header, 26).zip(u16_at(&header, 28));
    let Some((name_length, extra)) = lengths.filter(|_| header.starts_with(b"PK\x03\x04")) else {
        return Err(file.damaged(format!("its entry {name:?} has no header")));
    };
    let start = entry.header + 30 + name_length + extra;
    if entry.stored && start.checked_add(entry.size).is_none_or(|end| end > file.length) {
        return Err(
            file.damaged(format!("its entry {name:?} ends after the file: it is truncated"))
        );
    }
    Ok(start)
}
