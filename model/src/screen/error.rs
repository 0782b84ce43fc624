//! Why a screen cannot be planned or run.

use crate::cells::CellsError;
use crate::encoder::EncoderError;
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
    /// The caller asked to stop.
    #[error("the screen was cancelled")]
    Cancelled,
}
