//! What a family can refuse.

use std::path::PathBuf;

use super::Family;
use super::geneformer::tokenizer::TokenizerError;
use crate::checkpoint::CheckpointError;
use crate::device::DeviceError;
use crate::encoder::EncoderError;

/// Why a model could not be opened or used.
#[derive(Debug, thiserror::Error)]
pub enum FamilyError {
    /// Not one of the names.
    #[error("there is no model family \"{found}\"; known are {}", names())]
    UnknownFamily {
        /// What was given.
        found: String,
    },
    /// No family knows the directory.
    #[error(
        "{}: not a checkpoint of a known family; expected one of: {}", dir.display(), layouts()
    )]
    NotAModel {
        /// The directory.
        dir: PathBuf,
    },
    /// No such device.
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// The checkpoint cannot be read.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// Geneformer's vocabulary cannot be used.
    #[error(transparent)]
    Tokenizer(#[from] TokenizerError),
    /// The net refuses its input.
    #[error(transparent)]
    Encoder(#[from] EncoderError),
    /// A vocabulary is missing, unreadable or of another model.
    #[error("vocabulary {source_name}: {found}; {advice}")]
    Vocabulary {
        /// File, or `bundled`.
        source_name: String,
        /// What was found.
        found: String,
        /// What to do.
        advice: String,
    },
    /// None of a matrix's genes is in the vocabulary.
    #[error(
        "none of the {n_genes} genes (such as {example}) is in the vocabulary of {family}; check \
         the species and that var holds Ensembl ids or symbols"
    )]
    NoGeneKnown {
        /// The model's family.
        family: Family,
        /// Genes of the matrix.
        n_genes: usize,
        /// One of them.
        example: String,
    },
    /// Something the family or this checkpoint does not have.
    #[error("{family} has no {what} \"{found}\"; it has {available}")]
    Unsupported {
        /// The model's family.
        family: Family,
        /// What was asked for, such as `embedding`.
        what: &'static str,
        /// Its name.
        found: String,
        /// Names there are.
        available: String,
    },
    /// A cell that is not what the model reads.
    #[error("cell {index}: {found}; expected {expected}")]
    BadCell {
        /// Which of the call, from 0.
        index: usize,
        /// What was found.
        found: String,
        /// What the model reads.
        expected: String,
    },
}

fn names() -> String {
    Family::ALL.iter().map(|family| family.name()).collect::<Vec<_>>().join(", ")
}

fn layouts() -> &'static str {
    "config.json with model.safetensors or pytorch_model.bin; args.json with best_model.pt and \
     vocab.json; models.ckpt; a .pth state dict (docs/models.md has the layout of each family)"
}
