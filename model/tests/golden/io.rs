//! Recorded inputs and outputs of a golden set.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use safetensors::{Dtype, SafeTensors};

/// Largest absolute difference accepted.
pub const TOLERANCE: f32 = 2e-5;

/// A recorded tensor; integers are widened.
pub struct Recorded {
    pub shape: Vec<usize>,
    pub values: Vec<f32>,
}

/// All tensors of `io.safetensors`, and which were used.
pub struct Io {
    tensors: BTreeMap<String, Recorded>,
    used: BTreeSet<String>,
    compared: BTreeSet<String>,
    /// Largest difference met, and where.
    pub largest: (f32, String),
}

impl Io {
    pub fn read(set: &Path) -> Result<Self, String> {
        let bytes = std::fs::read(set.join("io.safetensors")).map_err(|e| e.to_string())?;
        let file = SafeTensors::deserialize(&bytes).map_err(|e| e.to_string())?;
        let mut tensors = BTreeMap::new();
        for (name, view) in file.iter() {
            let four = |b: &[u8]| [b[0], b[1], b[2], b[3]];
            let chunks = view.data().chunks_exact(4);
            let values = match view.dtype() {
                Dtype::F32 => chunks.map(|b| f32::from_le_bytes(four(b))).collect(),
                Dtype::I32 => chunks.map(|b| i32::from_le_bytes(four(b)) as f32).collect(),
                other => return Err(format!("{name}: element type {other:?} not expected")),
            };
            tensors.insert(name.to_owned(), Recorded { shape: view.shape().to_vec(), values });
        }
        Ok(Self {
            tensors,
            used: BTreeSet::new(),
            compared: BTreeSet::new(),
            largest: (0.0, String::new()),
        })
    }

    pub fn names(&self) -> Vec<String> {
        self.tensors.keys().cloned().collect()
    }

    pub fn has(&self, name: &str) -> bool {
        self.tensors.contains_key(name)
    }

    /// An input; counts as used.
    pub fn input(&mut self, name: &str) -> Result<&Recorded, String> {
        self.used.insert(name.into());
        self.tensors.get(name).ok_or_else(|| format!("no tensor `{name}`"))
    }

    /// Compares `ours` with `name`, where it was recorded. With `keep`, only the elements it
    /// accepts (by flat index) are compared; a NaN of ours always fails.
    pub fn compare_where(
        &mut self,
        name: &str,
        ours: &[f32],
        keep: impl Fn(usize) -> bool,
    ) -> Result<(), String> {
        let Some(theirs) = self.tensors.get(name) else {
            return Ok(());
        };
        if theirs.values.len() != ours.len() {
            return Err(format!("{name}: {} values, ours {}", theirs.values.len(), ours.len()));
        }
        self.used.insert(name.into());
        self.compared.insert(name.into());
        let pairs = ours.iter().zip(&theirs.values).enumerate();
        for (i, (a, b)) in pairs.filter(|(i, _)| keep(*i)) {
            let difference = (a - b).abs();
            if difference.is_nan() || difference > TOLERANCE {
                return Err(format!("{name}[{i}]: {a}, expected {b}"));
            }
            if difference > self.largest.0 {
                self.largest = (difference, name.into());
            }
        }
        Ok(())
    }

    pub fn compare(&mut self, name: &str, ours: &[f32]) -> Result<(), String> {
        self.compare_where(name, ours, |_| true)
    }

    /// Number of tensors compared; an error if any recorded tensor was not used.
    pub fn finish(&self) -> Result<usize, String> {
        let unknown: Vec<&str> = self
            .tensors
            .keys()
            .filter(|name| !self.used.contains(*name))
            .map(String::as_str)
            .collect();
        if !unknown.is_empty() {
            return Err(format!("unknown tensor(s): {}", unknown.join(", ")));
        }
        if self.compared.is_empty() {
            return Err("nothing to compare".into());
        }
        Ok(self.compared.len())
    }
}
