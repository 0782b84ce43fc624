//! The model service's API. No state beyond files named by digest: any request can be repeated.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    Confounding, ConsensusRow, DatasetReport, EvaluationReport, FirstOrderCheck, MapPoint,
    ModelInfo, PretrainSettings, ScreenOrder, ScreenSettings, ScreenTargetRow,
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

/// One in-silico screen of one model, whole: every shard of it is a pure function of this and a
/// number.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ScreenWork {
    /// Model version: the only one of the order that is run.
    pub model_digest: String,
    /// What was ordered.
    pub order: ScreenOrder,
    /// Also predict effects with the model's fine-tuned head, where it has one.
    #[serde(default)]
    pub predict: bool,
}

/// Ask for one shard.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ShardWork {
    /// The screen.
    pub work: ScreenWork,
    /// Shard number, from 0.
    pub shard: u32,
}

/// One shard: its values stay with the model service, which computes them again should they be
/// lost.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ShardResult {
    /// SHA-256 of the values.
    pub digest: String,
    /// Forward passes it took.
    pub forwards: u64,
    /// Seconds it took.
    pub seconds: f64,
}

/// Effect predicted by a fine-tuned head.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PredictedEffect {
    /// Ensembl gene id.
    pub ensembl_id: String,
    /// ln(1 + |robust z|).
    pub effect: f64,
    /// Sd over the head's members.
    pub sd: f64,
}

/// A screen all of whose shards are computed. Labels, measured results, transcription factors and
/// druggability of the rows are left to the planner service.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FinishedScreen {
    /// Measures of each row's effects.
    pub measures: Vec<String>,
    /// Start cells.
    pub n_cells: u64,
    /// Cells of the null group.
    pub n_null: u64,
    /// Donors of the start cells.
    pub n_donors: u64,
    /// Effects smaller than this are rounding.
    pub noise_floor: Option<f64>,
    /// Rows, ranked within their perturbation.
    pub rows: Vec<ScreenTargetRow>,
    /// Correlation of the ranking with what should not explain it.
    pub confounding: Vec<Confounding>,
    /// Start, goal and perturbed cells.
    pub map: Vec<MapPoint>,
    /// What a careful reader should know.
    pub warnings: Vec<String>,
    /// What the estimates are worth that chose the genes; present exactly in gradient mode.
    #[serde(default)]
    pub first_order: Option<FirstOrderCheck>,
    /// Digests, seed and version.
    pub provenance: std::collections::BTreeMap<String, String>,
    /// Effects predicted by the head, where they were asked for and there is one.
    pub predictions: Vec<PredictedEffect>,
}

/// Write every effect in every cell of a finished screen to a file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ValuesWork {
    /// The screen.
    pub work: ScreenWork,
    /// `csv` or `parquet`.
    pub format: String,
}

/// What evaluations need of a screen's row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct EvaluatedRow {
    /// Mean effect.
    pub mean: Option<f64>,
    /// Share of start cells with a count above zero.
    pub detection_rate: Option<f64>,
    /// Mean ln(1 + CP10k) over start cells.
    pub mean_expression: Option<f64>,
    /// Goal minus start.
    pub goal_minus_start: Option<f64>,
    /// Whether it is known to matter.
    pub positive: bool,
    /// Mean effects in other screens, as many as [`EvaluateWork::others`].
    pub others: Vec<Option<f64>>,
}

/// Evaluate a screen's ranking of one perturbation, the baselines and other screens against what
/// is known to matter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct EvaluateWork {
    /// Whether the effects are shifts to a goal (else cosines).
    pub has_goal: bool,
    /// Rows of one perturbation.
    pub rows: Vec<EvaluatedRow>,
    /// Names of the other screens.
    pub others: Vec<String>,
}

/// What comparisons need of a screen's row; rows that measured nothing are left out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RankedTarget {
    /// Ensembl ids.
    pub genes: Vec<String>,
    /// What was done.
    pub perturbation: String,
    /// Place, from 1.
    pub rank: u32,
    /// Mean effect.
    pub mean: f64,
    /// Significant?
    pub significant: bool,
}

/// Compare screens.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CompareWork {
    /// One table per screen.
    pub tables: Vec<Vec<RankedTarget>>,
}

/// Screens side by side.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Compared {
    /// Every target, best first; classes of genes are left to the planner service.
    pub rows: Vec<ConsensusRow>,
    /// Agreement of the first screen with each of the others, in their order.
    pub agreement: Vec<AgreementFigures>,
}

/// How far two screens agree.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AgreementFigures {
    /// Spearman correlation of mean effects over common targets.
    pub spearman: Option<f64>,
    /// Common targets.
    pub n: u64,
    /// Of the first 20 of each, how many are common.
    pub top_overlap: u64,
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
