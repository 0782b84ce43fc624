//! One block of a screen on disk.
//!
//! A line of JSON ([`Header`]), then per row its cells (u32) and values (f64), little-endian, then
//! the gene shifts. Written to a temporary name, synced and renamed: a file is whole or not there.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::values::ShiftMoments;
use super::{RowValues, ScreenError, ShardValues};

const FORMAT: &str = "nextwell shard 1";

#[derive(Serialize, Deserialize)]
struct Header {
    format: String,
    /// Digest of the run this block belongs to.
    run: String,
    shard: usize,
    forwards: usize,
    measures: usize,
    /// Row, number of cells, truncated cells.
    rows: Vec<(super::RowId, usize, usize)>,
    gene_shifts: usize,
    /// SHA-256 of what follows the line.
    sha256: String,
}

/// SHA-256 in lower-case hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Writes a block; returns the digest of its values.
pub(super) fn write(path: &Path, run: &str, values: &ShardValues) -> Result<String, ScreenError> {
    let body = body(values);
    let header = Header {
        format: FORMAT.into(),
        run: run.into(),
        shard: values.shard,
        forwards: values.forwards,
        measures: values.measures,
        rows: values.rows.iter().map(|row| (row.id, row.cells.len(), row.truncated)).collect(),
        gene_shifts: values.gene_shifts.len(),
        sha256: hex(&body),
    };
    let mut bytes = serde_json::to_vec(&header)
        .map_err(|error| ScreenError::bad_file(path, error.to_string()))?;
    bytes.push(b'\n');
    bytes.extend(&body);
    write_whole(path, &bytes)?;
    Ok(header.sha256)
}

/// Writes a file so that it is there whole or not at all, whatever happens.
pub(super) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), ScreenError> {
    let temporary = path.with_extension(format!("tmp{}", std::process::id()));
    let mut file = File::create(&temporary).map_err(ScreenError::io(&temporary))?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    written.map_err(ScreenError::io(&temporary))?;
    std::fs::rename(&temporary, path).map_err(ScreenError::io(path))
}

fn body(values: &ShardValues) -> Vec<u8> {
    let mut body = Vec::new();
    for row in &values.rows {
        body.extend(row.cells.iter().flat_map(|cell| cell.to_le_bytes()));
        body.extend(row.values.iter().flat_map(|value| value.to_le_bytes()));
    }
    for (row, affected, moments) in &values.gene_shifts {
        body.extend((*row as u64).to_le_bytes());
        body.extend(affected.to_le_bytes());
        body.extend(moments.n.to_le_bytes());
        body.extend(moments.sum.to_le_bytes());
        body.extend(moments.squares.to_le_bytes());
    }
    body
}

/// Reads a block and checks it.
///
/// # Errors
/// [`ScreenError::BadFile`] for anything but a whole block number `shard` of `run`.
pub(super) fn read(path: &Path, run: &str, shard: usize) -> Result<ShardValues, ScreenError> {
    let bad = |reason: &str| ScreenError::bad_file(path, reason);
    let mut reader = BufReader::new(File::open(path).map_err(ScreenError::io(path))?);
    let mut line = Vec::new();
    reader.read_until(b'\n', &mut line).map_err(ScreenError::io(path))?;
    let header: Header =
        serde_json::from_slice(&line).map_err(|_| bad("not a block of a screen"))?;
    if header.format != FORMAT || header.run != run || header.shard != shard {
        return Err(bad("a block of another screen or version; remove it, it is computed again"));
    }
    let mut body = Vec::new();
    reader.read_to_end(&mut body).map_err(ScreenError::io(path))?;
    if hex(&body) != header.sha256 {
        return Err(bad("damaged; remove it, it is computed again"));
    }
    let mut reader = Bytes(&body);
    let mut take = || -> Option<ShardValues> {
        let mut rows = Vec::with_capacity(header.rows.len().min(body.len()));
        for (id, cells, truncated) in &header.rows {
            let cells = reader.many(*cells, u32::from_le_bytes)?;
            let values = reader.many(cells.len() * header.measures, f64::from_le_bytes)?;
            rows.push(RowValues { id: *id, cells, values, truncated: *truncated });
        }
        let mut gene_shifts = Vec::new();
        for _ in 0..header.gene_shifts {
            let row = reader.one(u64::from_le_bytes)? as usize;
            let affected = reader.one(u32::from_le_bytes)?;
            let n = reader.one(u64::from_le_bytes)?;
            let sum = reader.one(i128::from_le_bytes)?;
            let squares = reader.one(i128::from_le_bytes)?;
            gene_shifts.push((row, affected, ShiftMoments { n, sum, squares }));
        }
        let (shard, forwards, measures) = (header.shard, header.forwards, header.measures);
        let whole = reader.0.is_empty();
        whole.then_some(ShardValues { shard, forwards, measures, rows, gene_shifts })
    };
    take().ok_or_else(|| bad("shorter or longer than it says"))
}

/// Little-endian numbers, one after the other.
struct Bytes<'a>(&'a [u8]);

impl Bytes<'_> {
    fn one<const N: usize, T>(&mut self, read: fn([u8; N]) -> T) -> Option<T> {
        let (first, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(read(*first))
    }

    fn many<const N: usize, T>(&mut self, n: usize, read: fn([u8; N]) -> T) -> Option<Vec<T>> {
        let (these, rest) = self.0.split_at_checked(n.checked_mul(N)?)?;
        self.0 = rest;
        Some(these.as_chunks::<N>().0.iter().map(|bytes| read(*bytes)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Perturbation, RowId};
    use super::*;

    fn values() -> ShardValues {
        let id = RowId { target: 3, perturbation: Perturbation::Inhibit(25) };
        ShardValues {
            shard: 7,
            forwards: 2,
            measures: 2,
            rows: vec![RowValues {
                id,
                cells: vec![0, 4],
                values: vec![0.1, -2.5, 1e-300, f64::MIN_POSITIVE],
                truncated: 1,
            }],
            gene_shifts: vec![(6, 9, ShiftMoments { n: 2, sum: 3, squares: 5 })],
        }
    }

    #[test]
    fn a_block_reads_back_to_the_last_bit() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("00007");
        let digest = write(&path, "run", &values()).unwrap();
        assert_eq!(read(&path, "run", 7).unwrap(), values());
        assert_eq!(write(&path, "run", &values()).unwrap(), digest);
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1, "no temporary file is left");
    }

    #[test]
    fn a_damaged_cut_or_foreign_block_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("00007");
        write(&path, "run", &values()).unwrap();
        assert!(read(&path, "another", 7).unwrap_err().to_string().contains("another screen"));
        assert!(read(&path, "run", 8).is_err());
        let bytes = std::fs::read(&path).unwrap();
        for length in [0, 10, bytes.len() - 1] {
            std::fs::write(&path, &bytes[..length]).unwrap();
            assert!(read(&path, "run", 7).is_err(), "cut to {length}");
        }
        let mut damaged = bytes.clone();
        *damaged.last_mut().unwrap() ^= 1;
        std::fs::write(&path, &damaged).unwrap();
        assert!(read(&path, "run", 7).unwrap_err().to_string().contains("damaged"));
    }
}
