//! The training record of a model version: `nextwell.json` in its directory.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::LearnError;

/// File of the record in a model directory.
pub const RECORD_FILE: &str = "nextwell.json";

/// How a version came to be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrainingRecord {
    /// `pretrained` or `fine_tuned`.
    pub kind: String,
    /// Digest of the parent's directory, for a fine-tuned version.
    pub parent: Option<String>,
    /// Digest or name of the cells it was trained with.
    pub cells: String,
    /// Version of this program.
    pub code_version: String,
    /// Seed of the training.
    pub seed: u64,
    /// Settings, as they were asked for.
    pub settings: serde_json::Value,
    /// Ensembl ids of the genes whose measurements it was trained on, ascending.
    pub genes_trained: Vec<String>,
    /// What was seen on the way: losses or validation errors per step.
    pub curve: Vec<CurvePoint>,
    /// Words about the outcome.
    pub notes: Vec<String>,
}

/// One point of a training curve.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CurvePoint {
    /// Step or epoch, 0 before the first.
    pub step: usize,
    /// Loss on what is trained on, where there is one.
    pub train: Option<f64>,
    /// Loss on what is kept out of the training, where there is one.
    pub validation: Option<f64>,
}

impl TrainingRecord {
    /// Writes the record into a model directory.
    ///
    /// # Errors
    /// [`LearnError::File`].
    pub fn save(&self, dir: &Path) -> Result<(), LearnError> {
        let path = dir.join(RECORD_FILE);
        let text =
            serde_json::to_string_pretty(self).map_err(|error| LearnError::file(&path, error))?;
        std::fs::write(&path, text + "\n").map_err(|error| LearnError::file(&path, error))
    }

    /// Reads the record of a model directory; `None` where there is none (a downloaded model).
    ///
    /// # Errors
    /// [`LearnError::File`] for a damaged record.
    pub fn load(dir: &Path) -> Result<Option<Self>, LearnError> {
        let path = dir.join(RECORD_FILE);
        if !path.is_file() {
            return Ok(None);
        }
        let text = std::fs::read_to_string(&path).map_err(|e| LearnError::file(&path, e))?;
        serde_json::from_str(&text).map(Some).map_err(|error| LearnError::file(&path, error))
    }
}
