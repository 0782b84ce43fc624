//! What is known about a model of any family without running it.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::ModelVersion;

/// Sizes of a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ModelSizes {
    /// Encoder layers.
    pub layers: u64,
    /// Width of a token's hidden state.
    pub hidden: u64,
    /// Attention heads.
    pub heads: u64,
    /// Width of the feed-forward block.
    pub ffn: u64,
    /// Longest sequence in tokens, specials included.
    pub context: u64,
    /// Number of weights, buffers excluded.
    pub parameters: u64,
}

/// The genes a model can read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ModelVocabulary {
    /// A file of the checkpoint, or `bundled`.
    pub source: String,
    /// Entries, specials included.
    pub tokens: u64,
    /// Genes among them.
    pub genes: u64,
    /// SHA-256 of the entries in order of token id, hexadecimal.
    pub digest: String,
    /// `human` and `mouse`: whose cells the model reads.
    pub species: Vec<String>,
}

/// Licence of published weights, as their authors state it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ModelLicence {
    /// Short name, such as `Apache-2.0`.
    pub name: String,
    /// What a user must know before using the weights, in a sentence.
    pub note: String,
    /// Where the authors state it.
    pub source: String,
}

/// A way to get one vector from a cell.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ModelEmbedding {
    /// Name in requests and in `obsm`, such as `cls`.
    pub name: String,
    /// What it is, in a sentence.
    pub what: String,
    /// Values of a vector.
    pub width: u64,
}

/// One file of a model, kept as it was published.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ModelFile {
    /// Name within the model's directory.
    pub name: String,
    /// Size in bytes.
    pub bytes: u64,
}

/// A model as its files describe it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ModelCard {
    /// Family, such as `geneformer`.
    pub family: String,
    /// Variant within the family, such as `V2` or `perturbation`.
    pub variant: String,
    /// Sizes.
    pub sizes: ModelSizes,
    /// Vocabulary.
    pub vocabulary: ModelVocabulary,
    /// Licence of the family's published weights.
    pub licence: ModelLicence,
    /// Cell embeddings it offers; the first is the default.
    pub embeddings: Vec<ModelEmbedding>,
    /// Class names, when the checkpoint is a classifier.
    pub labels: Vec<String>,
    /// What it can be used for: `embed` and `screen`, and of `fine-tune`, `annotate`, `predict` and
    /// `enhance` those that this checkpoint can.
    pub abilities: Vec<String>,
    /// Why campaigns, which fine-tune, cannot use it; absent when they can.
    #[serde(alias = "screen_refusal")]
    pub campaign_refusal: Option<String>,
    /// Keys of the checkpoint that are known and not needed.
    pub ignored_keys: Vec<String>,
    /// Its files.
    pub files: Vec<ModelFile>,
}

/// How far a model on this server is from its definition.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ModelParity {
    /// Kind of embedding that was compared.
    pub embedding: String,
    /// Cells compared.
    pub cells: u64,
    /// Tokens of all of them.
    pub tokens: u64,
    /// Largest absolute difference between the fastest code on this server's device and the
    /// definition on its CPU.
    pub largest_difference: f64,
    /// Largest difference accepted.
    pub tolerance: f64,
    /// Whether each cell alone gave exactly the numbers it gave among the others.
    pub batch_invariant: bool,
    /// Within the tolerance and batch invariant?
    pub holds: bool,
    /// Device in words.
    pub device: String,
    /// Version of nextwell that compared.
    pub code_version: String,
    /// How long it took, in seconds.
    pub seconds: f64,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub verified_at: OffsetDateTime,
}

/// A campaign that uses a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ModelCampaign {
    /// Identifier.
    pub id: Uuid,
    /// Name.
    pub name: String,
}

/// A version that was fine-tuned from a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ModelChild {
    /// Digest.
    pub digest: String,
    /// Name.
    pub name: String,
}

/// What depends on a model; it can be removed when nothing does.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ModelUsage {
    /// Campaigns whose current model it is.
    pub campaigns: Vec<ModelCampaign>,
    /// Screens it computed.
    pub screens: u64,
    /// Decisions it was compared in.
    pub decisions: u64,
    /// Versions fine-tuned from it.
    pub children: Vec<ModelChild>,
}

/// One model version with everything known about it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ModelDetails {
    /// The version, with its card and its parity.
    pub version: ModelVersion,
    /// What depends on it.
    pub used_by: ModelUsage,
    /// Whether nothing depends on it.
    pub removable: bool,
}
