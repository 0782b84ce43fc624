//! Runs the program and keeps what it printed.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};

use nextwell_model::cells::{CellMatrix, H5adWriter, ReadLimits, read_h5ad};
use nextwell_model::families::{CellModel, EncodeOptions, Family, OpenOptions, open};
use nextwell_model::uses::CellReader;
use serde_json::Value;
use tempfile::TempDir;

/// Cells of the file that tests run on.
pub const CELLS: usize = 12;

/// What a run printed and how it ended.
pub struct Run {
    pub code: i32,
    pub out: String,
    pub err: String,
}

/// HDF5 locks a file while it is written, and a program started meanwhile by another test would
/// inherit the lock: files are written and programs started one at a time.
fn alone() -> MutexGuard<'static, ()> {
    static ONE: Mutex<()> = Mutex::new(());
    ONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Writes an AnnData file.
pub fn write(path: &Path, cells: &CellMatrix) {
    let _alone = alone();
    H5adWriter::create(path, cells).unwrap().finish().unwrap();
}

/// Runs `nextwell` in `dir`.
pub fn nextwell(dir: &Path, args: &[&str]) -> Run {
    let child = {
        let _alone = alone();
        Command::new(env!("CARGO_BIN_EXE_nextwell"))
            .current_dir(dir)
            .args(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts")
    };
    let output = child.wait_with_output().expect("the program ends");
    Run {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

impl Run {
    /// The summary of a run that went well.
    pub fn json(&self) -> Value {
        assert_eq!(self.code, 0, "{}\n{}", self.out, self.err);
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}", self.out))
    }

    /// The message of a run that was refused.
    pub fn refusal(&self) -> &str {
        assert_eq!(self.code, 1, "{}\n{}", self.out, self.err);
        &self.err
    }
}

/// A folder with `cells.h5ad` (some of the demo's T cells) and a tiny checkpoint in `model/`.
pub fn folder(family: Family) -> TempDir {
    folder_of(family, family.random_sizes()[0])
}

fn folder_of(family: Family, size: &str) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    some_cells(&dir.path().join("cells.h5ad"));
    let name = family.name();
    let args = ["models", "random", "--family", name, "--size", size, "--seed", "3", "model"];
    let made = nextwell(dir.path(), &args);
    assert_eq!(made.code, 0, "{}", made.err);
    dir
}

/// The tiny checkpoints, of every kind that each family has, that can do something.
pub fn families(can: impl Fn(&dyn CellModel) -> bool) -> Vec<(Family, TempDir)> {
    let sizes = |family: &Family| {
        let family = *family;
        let tiny = family.random_sizes().iter().filter(|size| size.starts_with("tiny"));
        tiny.map(move |size| (family, folder_of(family, size)))
    };
    let folders = Family::ALL.iter().flat_map(sizes);
    folders
        .filter(|(_, dir)| {
            let model = open(&dir.path().join("model"), OpenOptions::default()).unwrap();
            can(model.as_ref())
        })
        .collect()
}

/// Symbols of the genes of the model in `dir` that most of its cells express.
pub fn best_known_genes(dir: &Path, most: usize) -> Vec<String> {
    let model = open(&dir.join("model"), OpenOptions::default()).unwrap();
    let cells = read(&dir.join("cells.h5ad"));
    let reader = CellReader::new(model.as_ref(), &cells, &EncodeOptions::default()).unwrap();
    let mut expressed = vec![0_usize; cells.n_genes()];
    cells.indices.iter().for_each(|&column| expressed[column as usize] += 1);
    let mut known = reader.known_columns();
    known.sort_by_key(|(column, _)| (std::cmp::Reverse(expressed[*column]), *column));
    known.iter().take(most).map(|(column, _)| cells.genes[*column].symbol.clone()).collect()
}

/// Reads an AnnData file.
pub fn read(path: &Path) -> CellMatrix {
    read_h5ad(path, &ReadLimits::default()).unwrap().0
}

fn some_cells(path: &Path) {
    let all = read(&PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("data/wu2020_tcells_200.h5ad"));
    let end = all.indptr[CELLS] as usize;
    let mut few = CellMatrix {
        genes: all.genes,
        cells: all.cells[..CELLS].to_vec(),
        indptr: all.indptr[..=CELLS].to_vec(),
        indices: all.indices[..end].to_vec(),
        counts: all.counts[..end].to_vec(),
        total_counts: all.total_counts[..CELLS].to_vec(),
        obs: Default::default(),
    };
    // Guides that are not real: the shape of a perturbation file is what matters here.
    let guide = |cell: usize| Some(["control", "GATA3", "TBX21"][cell % 3]);
    let guides: Vec<Option<&str>> = (0..CELLS).map(guide).collect();
    few.obs.insert("guide".into(), nextwell_model::cells::ObsColumn::from_labels(&guides));
    write(path, &few);
}
