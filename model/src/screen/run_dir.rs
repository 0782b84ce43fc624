//! The directory of a run: what was asked for, and every block that is computed.
//!
//! | file | holds |
//! |---|---|
//! | `run.json` | provenance and the spec, in this order |
//! | `shards/00042` | one block, whole or not there |
//!
//! A run that was stopped, killed or ran out of disk goes on with the blocks that are missing.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::shard_file::{self, hex};
use super::{
    GeneShift, RowId, RowSource, RowValues, ScreenError, ScreenPlan, ScreenSpec, ShardValues,
};

/// Bytes of values in memory while rows are put together.
const BYTES_AT_ONCE: u64 = 128 << 20;

/// What a run's numbers depend on, beside its spec.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provenance {
    /// SHA-256 of the model's files.
    pub model_digest: String,
    /// Family and variant of the model, in words.
    pub model: String,
    /// SHA-256 of the model's vocabulary.
    pub vocabulary_digest: String,
    /// SHA-256 of the cells' canonical form.
    pub cells_digest: String,
    /// Version of nextwell.
    pub version: String,
    /// Device that computed it.
    pub device: String,
}

#[derive(Serialize, Deserialize)]
struct RunFile {
    digest: String,
    shards: usize,
    provenance: Provenance,
    spec: ScreenSpec,
}

/// A run on disk.
pub struct RunDir {
    dir: PathBuf,
    digest: String,
    plan: ScreenPlan,
}

impl RunDir {
    /// Opens or makes the directory of this very run.
    ///
    /// # Errors
    /// [`ScreenError::BadFile`] for a directory of another run, which is left as it is;
    /// [`ScreenError::Io`].
    pub fn open(
        dir: &Path,
        spec: &ScreenSpec,
        plan: &ScreenPlan,
        provenance: &Provenance,
    ) -> Result<Self, ScreenError> {
        let shards = dir.join("shards");
        std::fs::create_dir_all(&shards).map_err(ScreenError::io(&shards))?;
        let file = dir.join("run.json");
        let digest = run_digest(spec, plan, provenance);
        match std::fs::read(&file) {
            Ok(bytes) => same_run(&file, &bytes, &digest)?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let run = RunFile {
                    digest: digest.clone(),
                    shards: plan.shards.len(),
                    provenance: provenance.clone(),
                    spec: spec.clone(),
                };
                let json = serde_json::to_vec_pretty(&run)
                    .map_err(|error| ScreenError::bad_file(&file, error.to_string()))?;
                shard_file::write_whole(&file, &json)?;
            }
            Err(error) => return Err(ScreenError::io(&file)(error)),
        }
        Ok(Self { dir: dir.to_owned(), digest, plan: plan.clone() })
    }

    /// Digest of everything that determines the run's numbers.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// Blocks that are not there, ascending. A damaged one counts as missing.
    pub fn missing(&self) -> Vec<usize> {
        (0..self.plan.shards.len()).filter(|&shard| self.load(shard).is_err()).collect()
    }

    /// Keeps a block; returns the digest of its values.
    ///
    /// # Errors
    /// [`ScreenError::Io`]; nothing is left half-written.
    pub fn save(&self, values: &ShardValues) -> Result<String, ScreenError> {
        shard_file::write(&self.path(values.shard), &self.digest, values)
    }

    /// A kept block.
    ///
    /// # Errors
    /// [`ScreenError::Io`] if it is not there; [`ScreenError::BadFile`] if it is damaged.
    pub fn load(&self, shard: usize) -> Result<ShardValues, ScreenError> {
        shard_file::read(&self.path(shard), &self.digest, shard)
    }

    /// Gives every pair of a perturbation and an affected gene to `each`, in order.
    ///
    /// # Errors
    /// A block is missing or damaged; whatever `each` refuses.
    pub fn gene_shifts(
        &self,
        each: &mut dyn FnMut(GeneShift) -> Result<(), ScreenError>,
    ) -> Result<(), ScreenError> {
        let rows: Vec<RowId> = self.plan.rows().collect();
        for targets in self.passes()? {
            let mut found = BTreeMap::new();
            for values in self.blocks(&targets) {
                for (row, affected, moments) in values?.gene_shifts {
                    if targets.contains(&rows[row].target) {
                        let entry: &mut super::values::ShiftMoments =
                            found.entry((row, affected)).or_default();
                        entry.merge(moments);
                    }
                }
            }
            for ((row, affected), moments) in found {
                each(moments.finish(rows[row], affected))?;
            }
        }
        Ok(())
    }

    fn path(&self, shard: usize) -> PathBuf {
        self.dir.join("shards").join(format!("{shard:05}"))
    }

    /// Blocks that hold any of some targets, in the order of cells.
    fn blocks(
        &self,
        targets: &std::ops::Range<usize>,
    ) -> impl Iterator<Item = Result<ShardValues, ScreenError>> + '_ {
        let targets = targets.clone();
        let holds = move |shard: &usize| {
            let held = &self.plan.shards[*shard].targets;
            held.start < targets.end && targets.start < held.end
        };
        (0..self.plan.shards.len()).filter(holds).map(|shard| self.load(shard))
    }

    /// Ranges of targets whose values fit the memory, from the sizes of the files.
    fn passes(&self) -> Result<Vec<std::ops::Range<usize>>, ScreenError> {
        let (mut bytes, mut missing) = (0, 0);
        for shard in 0..self.plan.shards.len() {
            match std::fs::metadata(self.path(shard)) {
                Ok(file) => bytes += file.len(),
                Err(_) => missing += 1,
            }
        }
        if missing > 0 {
            return Err(ScreenError::Incomplete { missing, shards: self.plan.shards.len() });
        }
        let targets = self.plan.targets.len();
        let passes = usize::try_from(bytes / BYTES_AT_ONCE + 1).unwrap_or(1);
        let step = targets.div_ceil(passes).max(1);
        Ok((0..targets).step_by(step).map(|start| start..(start + step).min(targets)).collect())
    }

    /// Whole rows of the targets of a range, by place in the plan.
    fn rows_of(
        &self,
        targets: &std::ops::Range<usize>,
        wanted: impl Fn(RowId) -> bool,
    ) -> Result<BTreeMap<usize, RowValues>, ScreenError> {
        let mut found: BTreeMap<usize, RowValues> = BTreeMap::new();
        for values in self.blocks(targets) {
            for row in values?.rows {
                if !targets.contains(&row.id.target) || !wanted(row.id) {
                    continue;
                }
                match found.get_mut(&self.plan.place(row.id)) {
                    // Blocks come in the order of cells.
                    Some(whole) => {
                        whole.cells.extend(row.cells);
                        whole.values.extend(row.values);
                        whole.truncated += row.truncated;
                    }
                    None => {
                        found.insert(self.plan.place(row.id), row);
                    }
                }
            }
        }
        Ok(found)
    }
}

impl RowSource for RunDir {
    fn each(
        &self,
        each: &mut dyn FnMut(RowValues) -> Result<(), ScreenError>,
    ) -> Result<(), ScreenError> {
        let kinds = self.plan.perturbations.len();
        let ids: Vec<RowId> = self.plan.rows().collect();
        for targets in self.passes()? {
            let mut found = self.rows_of(&targets, |_| true)?;
            let first = targets.start * kinds;
            for (offset, id) in ids[first..targets.end * kinds].iter().enumerate() {
                each(found.remove(&(first + offset)).unwrap_or_else(|| empty(*id)))?;
            }
        }
        Ok(())
    }

    fn get(&self, ids: &[RowId]) -> Result<Vec<RowValues>, ScreenError> {
        self.passes()?;
        let first = ids.iter().map(|id| id.target).min().unwrap_or(0);
        let last = ids.iter().map(|id| id.target + 1).max().unwrap_or(0);
        let wanted: std::collections::BTreeSet<RowId> = ids.iter().copied().collect();
        let found = self.rows_of(&(first..last), |id| wanted.contains(&id))?;
        let row = |id: &RowId| found.get(&self.plan.place(*id)).cloned();
        Ok(ids.iter().map(|id| row(id).unwrap_or_else(|| empty(*id))).collect())
    }
}

fn empty(id: RowId) -> RowValues {
    RowValues { id, cells: Vec::new(), values: Vec::new(), truncated: 0 }
}

/// Digest of everything that determines a run's numbers and how they are cut into blocks.
fn run_digest(spec: &ScreenSpec, plan: &ScreenPlan, provenance: &Provenance) -> String {
    let json = serde_json::to_vec(&(spec, plan, provenance)).unwrap_or_default();
    hex(&json)
}

fn same_run(file: &Path, bytes: &[u8], digest: &str) -> Result<(), ScreenError> {
    let found: RunFile = serde_json::from_slice(bytes)
        .map_err(|_| ScreenError::bad_file(file, "not a run; move the directory away"))?;
    if found.digest == digest {
        return Ok(());
    }
    let reason = "the directory of a run with other cells, model, settings or version; give \
                  another directory, or remove this one";
    Err(ScreenError::bad_file(file, reason))
}
