//! Errors of inference.

use crate::checkpoint::CheckpointError;
use crate::checkpoint::ConfigError;
use crate::device::DeviceError;
use crate::families::geneformer::GeneformerConfig;

/// Why sequences could not be encoded.
#[derive(Debug, thiserror::Error)]
pub enum EncoderError {
    /// No such device.
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// The checkpoint cannot be read.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The configuration cannot be followed.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Weights and configuration disagree.
    #[error(
        "`{what}` has {found} values, config.json implies {expected}; pass the net with its own configuration"
    )]
    WeightSize {
        /// Which weight.
        what: String,
        /// Values found.
        found: usize,
        /// Values expected.
        expected: usize,
    },
    /// A sequence without tokens.
    #[error("sequence {index} is empty; drop cells that express no gene of the vocabulary")]
    Empty {
        /// Which, from 0.
        index: usize,
    },
    /// A sequence longer than the positions.
    #[error(
        "sequence {index} has {found} tokens, this model takes at most {most}; truncate it when tokenizing"
    )]
    TooLong {
        /// Which, from 0.
        index: usize,
        /// Its tokens.
        found: usize,
        /// Positions of the model.
        most: usize,
    },
    /// A token outside the vocabulary.
    #[error(
        "sequence {index}, position {position}: token {token} is outside the vocabulary of {vocabulary}; the token dictionary belongs to another model"
    )]
    UnknownToken {
        /// Which sequence, from 0.
        index: usize,
        /// Where in it, from 0.
        position: usize,
        /// The token.
        token: u32,
        /// Size of the vocabulary.
        vocabulary: usize,
    },
    /// A layer past the last.
    #[error("hidden state {found} does not exist; this model has 0 to {last}")]
    NoSuchLayer {
        /// Asked for.
        found: usize,
        /// Last one.
        last: usize,
    },
    /// Pooling leaves no position.
    #[error(
        "sequence {index} of {tokens} token(s) leaves nothing to pool with {pooling}; it holds special tokens only or is too short"
    )]
    NothingToPool {
        /// Which, from 0.
        index: usize,
        /// Its tokens.
        tokens: usize,
        /// The pooling asked for.
        pooling: String,
    },
}

/// Checks every sequence, so that the numeric code meets valid input only.
pub(super) fn check_input(
    config: &GeneformerConfig,
    sequences: &[&[u32]],
    layer: usize,
) -> Result<(), EncoderError> {
    if layer > config.num_hidden_layers {
        return Err(EncoderError::NoSuchLayer { found: layer, last: config.num_hidden_layers });
    }
    for (index, sequence) in sequences.iter().enumerate() {
        if sequence.is_empty() {
            return Err(EncoderError::Empty { index });
        }
        let (found, most) = (sequence.len(), config.max_position_embeddings);
        if found > most {
            return Err(EncoderError::TooLong { index, found, most });
        }
        let vocabulary = config.vocab_size;
        if let Some(position) = sequence.iter().position(|&t| t as usize >= vocabulary) {
            let token = sequence[position];
            return Err(EncoderError::UnknownToken { index, position, token, vocabulary });
        }
    }
    Ok(())
}
