//! What is known about a model without running it.

use serde::{Deserialize, Serialize};

use super::{Family, Species};
use crate::checkpoint::LoadReport;

/// Licence of published weights, as their authors state it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Licence {
    /// Short name, such as `Apache-2.0`.
    pub name: &'static str,
    /// What a user must know before using the weights, in a sentence.
    pub note: &'static str,
    /// Where the authors state it.
    pub source: &'static str,
}

/// Sizes of a model; units are values, layers and tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sizes {
    /// Encoder layers.
    pub layers: usize,
    /// Width of a token's hidden state.
    pub hidden: usize,
    /// Attention heads.
    pub heads: usize,
    /// Width of the feed-forward block.
    pub ffn: usize,
    /// Longest sequence in tokens, specials included.
    pub context: usize,
    /// Number of weights, buffers excluded.
    pub parameters: u64,
}

impl Sizes {
    /// Arithmetic of one forward of `tokens` tokens in floating-point operations, an estimate: all
    /// layers' maps and full attention.
    pub fn flop(&self, tokens: usize) -> f64 {
        let (n, h, f) = (tokens as f64, self.hidden as f64, self.ffn as f64);
        self.layers as f64 * (8.0 * n * h * h + 4.0 * n * h * f + 4.0 * n * n * h)
    }
}

/// The genes a model can read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VocabularyCard {
    /// Where it came from: a file in the checkpoint's directory or `bundled`.
    pub source: String,
    /// Entries, specials included.
    pub tokens: usize,
    /// Genes among them.
    pub genes: usize,
    /// SHA-256 of the entries in order of token id, hexadecimal.
    pub digest: String,
    /// Species whose cells the model reads.
    pub species: Vec<Species>,
}

/// A way to get one vector from a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct EmbeddingKind {
    /// Name in commands and in `obsm`, such as `cls`.
    pub name: &'static str,
    /// What it is, in a sentence.
    pub what: &'static str,
    /// Values of a vector.
    pub width: usize,
}

/// A model as its directory describes it.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelCard {
    /// Its family.
    pub family: Family,
    /// Variant within the family, such as `V2` or `perturbation`.
    pub variant: String,
    /// Sizes.
    pub sizes: Sizes,
    /// Vocabulary.
    pub vocabulary: VocabularyCard,
    /// Cell embeddings it offers; the first is the default.
    pub embeddings: Vec<EmbeddingKind>,
    /// Class names, when the checkpoint is a classifier of cells or genes.
    pub labels: Vec<String>,
    /// Keys that were used and keys that were known and ignored.
    pub report: LoadReport,
}
