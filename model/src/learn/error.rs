//! Why a model cannot be trained, fine-tuned or evaluated.

use std::path::PathBuf;

use crate::cells::CellsError;
use crate::checkpoint::CheckpointError;
use crate::encoder::EncoderError;
use crate::families::geneformer::tokenizer::TokenizerError;

/// Everything that can go wrong while learning.
#[derive(Debug, thiserror::Error)]
pub enum LearnError {
    /// A column or value of the cells is unknown.
    #[error(transparent)]
    Cells(#[from] CellsError),
    /// Cells and vocabulary do not fit.
    #[error(transparent)]
    Tokenizer(#[from] TokenizerError),
    /// The model could not be run.
    #[error(transparent)]
    Encoder(#[from] EncoderError),
    /// A checkpoint could not be read or written.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// A model directory has no digest.
    #[error(transparent)]
    Version(#[from] crate::versions::VersionError),
    /// Not enough genes.
    #[error("{found} {what} genes, needed at least {needed}; measure more genes first")]
    TooFewGenes {
        /// What kind of genes.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// How many are needed.
        needed: usize,
    },
    /// Not enough cells.
    #[error("{found} cells with a gene of the model's vocabulary, needed at least {needed}")]
    TooFewCells {
        /// How many there are.
        found: usize,
        /// How many are needed.
        needed: usize,
    },
    /// A number is NaN or infinite.
    #[error("{what} is not a finite number; correct or leave out the measurement")]
    NotFinite {
        /// Which number.
        what: String,
    },
    /// Two lists that belong together differ in length.
    #[error("{who} has {found} values for {expected} genes")]
    LengthMismatch {
        /// Whose values.
        who: &'static str,
        /// How many there are.
        found: usize,
        /// How many were expected.
        expected: usize,
    },
    /// A setting makes no sense.
    #[error("{setting} = {found} is not usable; expected {expected}")]
    BadSetting {
        /// Name of the setting.
        setting: &'static str,
        /// Its value.
        found: String,
        /// What it should be.
        expected: &'static str,
    },
    /// A file of a model directory cannot be read or written.
    #[error("{}: {reason}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong and what was expected.
        reason: String,
    },
    /// The loss became NaN or infinite.
    #[error("training diverged in step {step} (loss {loss}); lower the learning rate")]
    Diverged {
        /// Optimiser step.
        step: usize,
        /// Loss found.
        loss: f64,
    },
    /// The caller asked to stop.
    #[error("the training was cancelled")]
    Cancelled,
}

impl LearnError {
    pub(super) fn file(path: &std::path::Path, reason: impl ToString) -> Self {
        Self::File { path: path.to_owned(), reason: reason.to_string() }
    }
}
