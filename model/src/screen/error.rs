//! Why a screen cannot be planned or run.

use std::path::{Path, PathBuf};

use crate::cells::CellsError;
use crate::encoder::EncoderError;
use crate::families::FamilyError;
use crate::families::geneformer::tokenizer::TokenizerError;

/// Everything that can go wrong in a screen.
#[derive(Debug, thiserror::Error)]
pub enum ScreenError {
    /// A state or donor column is not in the cells.
    #[error(transparent)]
    Cells(#[from] CellsError),
    /// Cells and vocabulary do not fit.
    #[error(transparent)]
    Tokenizer(#[from] TokenizerError),
    /// The model could not be run.
    #[error(transparent)]
    Encoder(#[from] EncoderError),
    /// The screen asks for nothing.
    #[error("the screen names no {what}; name at least one")]
    Empty {
        /// What is missing.
        what: &'static str,
    },
    /// A gene or perturbation is named twice.
    #[error("{what} is named twice in the screen; name each once")]
    Duplicate {
        /// The gene or perturbation.
        what: String,
    },
    /// The model has no such layer.
    #[error(
        "embedding layer {emb_layer} does not exist in a model of {layers} layers; use 0 for the \
         last, -1 for the second to last"
    )]
    NoSuchLayer {
        /// Layer asked for.
        emb_layer: i32,
        /// Encoder layers of the model.
        layers: usize,
    },
    /// No cell of a state has a gene that the model knows.
    #[error("no cell with {column} = {value} has a gene of the model's vocabulary")]
    NoUsableCell {
        /// Column of `obs`.
        column: String,
        /// Its value.
        value: String,
    },
    /// An embedding is NaN, infinite or zero.
    #[error(
        "the embedding of {what} is not a finite, non-zero vector; the model's weights are bad"
    )]
    EmbeddingNotFinite {
        /// What was embedded.
        what: String,
    },
    /// There is no such shard.
    #[error("shard {shard} asked for, the screen has shards 0 to {}", shards.saturating_sub(1))]
    NoSuchShard {
        /// Shard asked for.
        shard: usize,
        /// Number of shards.
        shards: usize,
    },
    /// The model refuses.
    #[error(transparent)]
    Family(#[from] FamilyError),
    /// A setting makes no sense.
    #[error("{setting} = {found} is not usable; expected {expected}")]
    BadSetting {
        /// Name of the setting.
        setting: &'static str,
        /// Its value.
        found: String,
        /// What it should be.
        expected: String,
    },
    /// A file of the run cannot be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file of the run is not what it should be.
    #[error("{}: {reason}", path.display())]
    BadFile {
        /// The file.
        path: PathBuf,
        /// What is wrong, and what to do.
        reason: String,
    },
    /// A block of the screen was not computed.
    #[error("{missing} of {shards} shards of the screen are not computed; run it again to go on")]
    Incomplete {
        /// Blocks that are missing.
        missing: usize,
        /// Blocks in all.
        shards: usize,
    },
    /// The caller asked to stop.
    #[error("the screen was cancelled")]
    Cancelled,
}

impl ScreenError {
    /// A setting that makes no sense.
    pub(crate) fn setting(
        setting: &'static str,
        found: impl Into<String>,
        expected: impl Into<String>,
    ) -> Self {
        Self::BadSetting { setting, found: found.into(), expected: expected.into() }
    }

    /// A file that the system does not give or take.
    pub(crate) fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |source| Self::Io { path, source }
    }

    /// A file with the wrong content.
    pub(crate) fn bad_file(path: &Path, reason: impl Into<String>) -> Self {
        Self::BadFile { path: path.to_owned(), reason: reason.into() }
    }
}
