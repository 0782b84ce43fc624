//! The model service's API. No state beyond files named by digest: any request can be repeated.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    DatasetReport, EvaluationReport, ModelInfo, Perturbation, PretrainSettings, ScreenRow,
    ScreenSettings,
};

/// Who answers, and on what device.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ServiceInfo {
    /// Version of nextwell.
    pub version: String,
    /// Device in words, for example `CPU (2 threads)`.
    pub device: String,
    /// What was looked for and not found.
    pub notes: Vec<String>,
}

/// Resolve gene names.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ResolveRequest {
    /// Symbols or Ensembl ids as a person typed them.
    pub names: Vec<String>,
}

/// One resolved name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ResolvedGene {
    /// What was asked.
    pub query: String,
    /// `approved`, `previous`, `alias`, `ensembl_id`, `ambiguous`, `withdrawn` or `unknown`.
    pub status: String,
    /// Approved symbol, when there is exactly one answer.
    pub symbol: Option<String>,
    /// Ensembl gene id of that symbol.
    pub ensembl_id: Option<String>,
    /// Other answers, or the nearest names.
    pub candidates: Vec<String>,
}

/// An h5ad file was checked and kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DatasetStored {
    /// SHA-256 of the canonical matrix.
    pub digest: String,
    /// SHA-256 of the uploaded bytes.
    pub source_digest: String,
    /// Validation report.
    pub report: DatasetReport,
}

/// Mean expression of genes in cells of one state (all cells when absent).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ExpressionRequest {
    /// Categorical `obs` column and value; all cells when absent.
    pub state: Option<(String, String)>,
}

/// Expression of one gene.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct GeneExpression {
    /// Gene symbol as the data set has it.
    pub symbol: String,
    /// Ensembl gene id.
    pub ensembl_id: Option<String>,
    /// Mean of ln(1 + counts per 10,000).
    pub mean_log1p_cp10k: f64,
    /// Share of cells with at least one count.
    pub detection_rate: f64,
}

/// Train a small model from scratch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PretrainWork {
    /// Cells.
    pub dataset_digest: String,
    /// Sizes, schedule, seed.
    pub settings: PretrainSettings,
}

/// Say how much of a data set a model can see.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CoverageWork {
    /// Model version.
    pub model_digest: String,
    /// Cells.
    pub dataset_digest: String,
}

/// Embed a data set's cells and look at them along the axes of most variance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct EmbeddingWork {
    /// Model version.
    pub model_digest: String,
    /// Cells.
    pub dataset_digest: String,
    /// Kind of embedding; the model's default when absent.
    pub kind: Option<String>,
    /// Most cells embedded; more are sampled at even distances.
    pub max_cells: u64,
    /// `obs` column whose values come along; not part of what is computed and kept.
    pub colour: Option<String>,
    /// Answer only what was computed before (404 `not_computed` otherwise).
    #[serde(default)]
    pub kept_only: bool,
}

/// One measured gene.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MeasuredGene {
    /// Ensembl gene id.
    pub ensembl_id: String,
    /// Robust z against the plate's non-targeting controls.
    pub robust_z: f64,
}

/// Fine-tune from a parent, evaluate on held-out genes and decide.
///
/// Which genes are held out is a fixed function of the gene and `split_seed`, the same for
/// every version of a campaign.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FineTuneWork {
    /// Current version: parent of the new one and what it must beat.
    pub parent_digest: String,
    /// Cells that give the genes their context.
    pub dataset_digest: String,
    /// States of the campaign's screen.
    pub screen: ScreenSettings,
    /// Everything measured so far, in order of Ensembl id.
    pub measurements: Vec<MeasuredGene>,
    /// Seed of the split.
    pub split_seed: u64,
    /// Seed of the training.
    pub seed: u64,
}

/// A fine-tuned version with its evaluation and the decision by the default rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FineTuned {
    /// The new version.
    pub model: ModelInfo,
    /// Beside the current version and the baselines.
    pub evaluation: EvaluationReport,
    /// Better by the rule?
    pub promote: bool,
    /// Why, in words with numbers.
    pub reason: String,
}

/// One in-silico screen, whole: every shard of it is a pure function of this and a number.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ScreenWork {
    /// Model version.
    pub model_digest: String,
    /// Cells.
    pub dataset_digest: String,
    /// States and depth.
    pub screen: ScreenSettings,
    /// Ensembl ids, sorted.
    pub genes: Vec<String>,
    /// What is done to each.
    pub perturbations: Vec<Perturbation>,
    /// Seed of the choice of cells.
    pub seed: u64,
}

/// What a screen will cost.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ScreenPlan {
    /// Shards, numbered from 0.
    pub n_shards: u32,
    /// Start cells that will be perturbed.
    pub n_cells: u64,
    /// Forward passes in all.
    pub n_forwards: u64,
    /// Candidates that the model's vocabulary does not know.
    pub unknown_genes: Vec<String>,
}

/// Ask for one shard.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ShardWork {
    /// The screen.
    pub work: ScreenWork,
    /// Shard number, from 0.
    pub shard: u32,
}

/// One shard, final rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ShardResult {
    /// SHA-256 of the rows' canonical JSON.
    pub digest: String,
    /// Rows in order of gene, then perturbation.
    pub rows: Vec<ScreenRow>,
}

/// Progress of a running request, by the `x-work-id` the caller sent with it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct WorkProgress {
    /// Steps done.
    pub done: u64,
    /// Steps in all.
    pub total: u64,
    /// What is going on.
    pub message: String,
}
