//! In-silico screens of their own: ordered from a page or the API, without a campaign.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

/// The cells whose `obs` column has a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CellStateOrder {
    /// Column of `obs`.
    pub column: String,
    /// Value of that column.
    pub value: String,
}

/// Which genes are perturbed, and which of them together. Genes are symbols or Ensembl ids.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum TargetsOrder {
    /// Every gene of the model that a start cell expresses, one by one.
    All,
    /// Every human transcription factor (Lambert et al. 2018), one by one.
    TranscriptionFactors,
    /// Each gene of a list, one by one.
    Each {
        /// The genes.
        genes: Vec<String>,
    },
    /// A list of genes, all together.
    Group {
        /// The genes.
        genes: Vec<String>,
    },
    /// One gene together with each other one.
    Anchor {
        /// The gene of every pair.
        anchor: String,
        /// Its partners; every expressed gene when absent.
        genes: Option<Vec<String>>,
    },
    /// All pairs of a list.
    Pairs {
        /// The genes.
        genes: Vec<String>,
    },
}

/// How a screen is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ScreenMode {
    /// Every perturbation is run through the model.
    #[default]
    Exact,
    /// A first-order estimate of every knock-out, the best run exactly.
    Gradient,
}

/// Order an in-silico screen: one screen per model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ScreenOrder {
    /// Name for people; made from the states when empty.
    #[serde(default)]
    pub name: String,
    /// Cells.
    pub dataset_digest: String,
    /// Model versions; each gets a screen of its own.
    pub model_digests: Vec<String>,
    /// Cells to perturb.
    pub start: CellStateOrder,
    /// Cells to move towards; absent: the effect is the similarity to the original cell.
    #[serde(default)]
    pub goal: Option<CellStateOrder>,
    /// Other states to measure the shift to.
    #[serde(default)]
    pub alternatives: Vec<CellStateOrder>,
    /// Cells that get the same perturbations, against which those of `start` are tested.
    #[serde(default)]
    pub null: Option<CellStateOrder>,
    /// Which genes.
    pub targets: TargetsOrder,
    /// `knock_out`, `over_expression`, `inhibit_P`, `activate_P` with P a percentile.
    pub perturbations: Vec<String>,
    /// Kind of embedding, of the model card's; the family's default when absent.
    #[serde(default)]
    pub embedding: Option<String>,
    /// 0 = last layer, -1 = the one before it.
    #[serde(default)]
    pub emb_layer: i32,
    /// A state's embedding is the exact `mean` or `median` of its cells.
    #[serde(default = "mean")]
    pub state_summary: String,
    /// `human` or `mouse`.
    #[serde(default = "human")]
    pub species: String,
    /// Most start cells to perturb; all when absent.
    #[serde(default)]
    pub max_cells: Option<u32>,
    /// `obs` column of donors or samples, for tests and intervals over donors.
    #[serde(default)]
    pub donor_column: Option<String>,
    /// Fewest cells in which a perturbation must be done to be tested.
    #[serde(default = "min_detections")]
    pub min_detections: u32,
    /// Also measure how far every other gene's embedding moves.
    #[serde(default)]
    pub gene_shifts: bool,
    /// Exact, or a first-order estimate.
    #[serde(default)]
    pub mode: ScreenMode,
    /// Genes that the gradient mode runs exactly.
    #[serde(default = "top")]
    pub top: u32,
    /// Seed of the choice of cells.
    #[serde(default)]
    pub seed: u64,
}

fn mean() -> String {
    "mean".into()
}

fn human() -> String {
    "human".into()
}

fn min_detections() -> u32 {
    5
}

fn top() -> u32 {
    100
}

/// What a screen will cost, before it starts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ScreenEstimate {
    /// Model version.
    pub model_digest: String,
    /// Start cells that will be perturbed.
    pub n_cells: u64,
    /// Cells of the null group.
    pub n_null: u64,
    /// Targets.
    pub n_targets: u64,
    /// Blocks of work.
    pub n_shards: u32,
    /// Forward passes at most, original cells included.
    pub n_forwards: u64,
    /// Seconds it will take; absent before the model ran here once.
    pub seconds: Option<f64>,
    /// Lower end of that.
    pub seconds_low: Option<f64>,
    /// Upper end of that.
    pub seconds_high: Option<f64>,
    /// Memory at its peak in bytes, about.
    pub memory_bytes: u64,
    /// Longest cell in tokens.
    pub longest: u64,
    /// Genes of the order that the model does not know.
    pub unknown_genes: Vec<String>,
    /// What a careful reader should know before starting.
    pub warnings: Vec<String>,
}

/// A screen of its own, as lists show it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ScreenSummary {
    /// Identifier.
    pub id: Uuid,
    /// Name.
    pub name: String,
    /// What was ordered, with this one model.
    pub order: ScreenOrder,
    /// Model version.
    pub model_digest: String,
    /// Name of the model.
    pub model_name: String,
    /// Family of the model.
    pub family: String,
    /// Name of the cells.
    pub dataset_name: String,
    /// `waiting`, `running`, `done`, `failed`, `cancelled`.
    pub state: String,
    /// Blocks in all.
    pub n_shards: u32,
    /// Blocks computed.
    pub shards_done: u32,
    /// Job that computes it.
    pub job_id: Option<i64>,
    /// When it was ordered.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    /// When it ended.
    #[serde(with = "time::serde::rfc3339::option")]
    pub finished_at: Option<OffsetDateTime>,
}

/// A number with its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Ranged {
    /// The number.
    pub value: f64,
    /// Lower end; absent where none can be given.
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
}

/// Effect of one perturbation on one measure, over cells.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct EffectSummary {
    /// State to which the shift is taken, or `cosine`.
    pub measure: String,
    /// Mean over cells (positive = towards the state).
    pub mean: Option<f64>,
    /// Standard deviation over cells.
    pub sd: Option<f64>,
    /// 95 % interval of the mean over cells: too narrow where cells share donors.
    pub cell_low: Option<f64>,
    /// Its upper end.
    pub cell_high: Option<f64>,
    /// 95 % interval over donors; absent below three donors.
    pub donor_low: Option<f64>,
    /// Its upper end.
    pub donor_high: Option<f64>,
    /// Two-sided rank-sum p-value against all shifts, as the Geneformer reference.
    pub p: Option<f64>,
    /// Benjamini–Hochberg over targets.
    pub q: Option<f64>,
    /// p-value of the donor-aware test; absent below three donors.
    pub p_donor: Option<f64>,
    /// Benjamini–Hochberg over targets.
    pub q_donor: Option<f64>,
}

/// Mean effect in one donor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DonorEffect {
    /// Donor or sample.
    pub donor: String,
    /// Cells of it.
    pub n_cells: u64,
    /// Mean of the first measure.
    pub mean: f64,
    /// 95 % interval over its cells.
    pub low: Option<f64>,
    /// Its upper end.
    pub high: Option<f64>,
}

/// One perturbation of one target: a row of the report.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ScreenTargetRow {
    /// Place in the ranking of its perturbation, from 1; absent where nothing was measured.
    pub rank: Option<u32>,
    /// Symbols, joined by `+`.
    pub label: String,
    /// Ensembl ids.
    pub genes: Vec<String>,
    /// What was done.
    pub perturbation: String,
    /// Start cells in which it could be done.
    pub n_cells: u64,
    /// Donors among them.
    pub n_donors: u64,
    /// Cells whose copy of the gene was beyond the context, or that lost a gene for room.
    pub n_truncated: u64,
    /// `n_cells` over start cells.
    pub coverage: f64,
    /// One entry per measure of the report, the goal first.
    pub effects: Vec<EffectSummary>,
    /// First measure by donor.
    pub by_donor: Vec<DonorEffect>,
    /// q (donor-aware where there are donors) below 0.05, enough cells, beyond the noise floor.
    pub significant: bool,
    /// Donors whose mean has the sign of the whole.
    pub donors_agreeing: u64,
    /// Share of start cells with a count above zero.
    pub detection_rate: Option<f64>,
    /// Mean rank in the cells that have it, from 0, the highest.
    pub mean_rank: Option<f64>,
    /// Mean ln(1 + CP10k) over start cells.
    pub mean_expression: Option<f64>,
    /// Difference of mean ln(1 + CP10k), goal minus start.
    pub goal_minus_start: Option<f64>,
    /// Mean effect of the targets whose expression is nearest.
    pub matched_mean: Option<f64>,
    /// Share of those with a smaller effect.
    pub matched_percentile: Option<f64>,
    /// Share of cells in the impact component of the mixture; only without a goal.
    pub impact_share: Option<f64>,
    /// Against the null group: difference of means, p and q.
    pub null_difference: Option<f64>,
    /// p-value of that.
    pub null_p: Option<f64>,
    /// q-value of that.
    pub null_q: Option<f64>,
    /// Cells of the null group.
    pub null_cells: u64,
    /// For a pair: mean effects of its genes alone, in the same cells.
    pub singles: Vec<f64>,
    /// For a pair: joint effect less the sum of the singles.
    pub joint_minus_sum: Option<f64>,
    /// Lambert transcription factor.
    pub transcription_factor: bool,
    /// Classes of druggability, when known.
    pub druggable: Vec<String>,
    /// Measured result from assays, `|robust z|`, when there is one.
    pub measured: Option<f64>,
}

/// How well a ranking finds known positives.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RankingEvaluation {
    /// What ranks: `screen`, `random`, `detection rate`, `mean expression`, `differential
    /// expression`, another model's screen.
    pub ranking: String,
    /// Perturbation whose rows are ranked.
    #[serde(default)]
    pub perturbation: String,
    /// Targets ranked.
    pub n: u64,
    /// Positives among them.
    pub positives: u64,
    /// Area under the ROC curve.
    pub auroc: Option<Ranged>,
    /// Average precision.
    pub auprc: Option<Ranged>,
    /// Enrichment among the first k over chance.
    pub enrichment: Vec<EnrichmentAt>,
    /// Mean reciprocal rank of the positives.
    pub mrr: Option<f64>,
}

/// Enrichment of positives among the first k.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct EnrichmentAt {
    /// First k.
    pub k: u64,
    /// Share of positives among them over the share among all.
    pub value: f64,
}

/// How the screen's ranking goes with something that should not explain it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Confounding {
    /// `detection rate`, `mean rank`, `mean expression`, `differential expression`.
    pub with: String,
    /// Perturbation.
    pub perturbation: String,
    /// Spearman correlation over targets.
    pub spearman: f64,
    /// Targets.
    pub n: u64,
}

/// Agreement with another screen of the same cells and states.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Agreement {
    /// The other screen.
    pub screen_id: Uuid,
    /// Its model.
    pub model_name: String,
    /// Its family.
    pub family: String,
    /// Spearman correlation of mean effects over common targets.
    pub spearman: Option<f64>,
    /// Common targets.
    pub n: u64,
    /// Of the first 20 of each, how many are common.
    pub top_overlap: u64,
}

/// A cell in the map of the report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MapPoint {
    /// First coordinate.
    pub x: f64,
    /// Second coordinate.
    pub y: f64,
    /// `start`, `goal`, or the label of the perturbation.
    pub group: String,
}

/// What a ranking by first-order estimates is worth, on a sample run exactly.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FirstOrderCheck {
    /// Spearman correlation of estimated and exact means; absent where it cannot be given.
    pub spearman: Option<f64>,
    /// Of the exact top, how many the estimate keeps.
    pub kept: u64,
    /// Size of that top.
    pub top: u64,
    /// Genes and cells of the sample.
    pub sampled_genes: u64,
    /// Cells of the sample.
    pub sampled_cells: u64,
}

/// A finished screen, without its rows (which are paged).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ScreenReport {
    /// The screen.
    pub screen: ScreenSummary,
    /// Measures of each row's effects, in their order.
    pub measures: Vec<String>,
    /// Start cells, null cells and donors.
    pub n_cells: u64,
    /// Cells of the null group.
    pub n_null: u64,
    /// Donors of the start cells.
    pub n_donors: u64,
    /// Rows.
    pub n_rows: u64,
    /// Effects smaller than this are rounding.
    pub noise_floor: Option<f64>,
    /// Correlation of the ranking with what should not explain it.
    pub confounding: Vec<Confounding>,
    /// The screen's and the baselines' rankings against measured results or known positives.
    pub evaluations: Vec<RankingEvaluation>,
    /// Where the positives of the evaluations come from; empty without any.
    pub positives: String,
    /// Other screens of the same cells and states.
    pub agreement: Vec<Agreement>,
    /// Start, goal and perturbed cells in a UMAP.
    pub map: Vec<MapPoint>,
    /// Present exactly when the screen's mode is `gradient`.
    pub first_order: Option<FirstOrderCheck>,
    /// What a careful reader should know.
    pub warnings: Vec<String>,
    /// Digests of cells, model and vocabulary, seed and version.
    pub provenance: std::collections::BTreeMap<String, String>,
}

/// Every row of one perturbation as points, in the order of the ranking.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ScreenPoints {
    /// Symbols, joined by `+`.
    pub labels: Vec<String>,
    /// Mean of the first measure.
    pub means: Vec<f64>,
    /// q that decides: over donors where there are three or more, else over cells.
    pub qs: Vec<Option<f64>>,
    /// Significant?
    pub significant: Vec<bool>,
}

/// Genes known to matter, to evaluate a screen against.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct KnownPositives {
    /// Symbols or Ensembl ids.
    pub genes: Vec<String>,
}

/// A page of rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ScreenRowPage {
    /// Rows of this page.
    pub rows: Vec<ScreenTargetRow>,
    /// Rows that the filter leaves.
    pub total: u64,
}

/// Screens side by side.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Consensus {
    /// The screens, in the order asked for.
    pub screens: Vec<ScreenSummary>,
    /// Perturbations that any of them did.
    pub perturbations: Vec<String>,
    /// Rows of this page, best first.
    pub rows: Vec<ConsensusRow>,
    /// Rows that the filter leaves.
    pub total: u64,
}

/// A target over several screens.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ConsensusRow {
    /// Place, from 1.
    pub rank: u32,
    /// Symbols.
    pub label: String,
    /// Ensembl ids.
    pub genes: Vec<String>,
    /// What was done.
    pub perturbation: String,
    /// Consensus score, 0 to 1: mean over screens of the share of targets ranked below.
    pub score: f64,
    /// Screens that measured it.
    pub n_screens: u64,
    /// Screens in which it is significant.
    pub n_significant: u64,
    /// Screens whose effect has the sign of the majority.
    pub n_agreeing: u64,
    /// `helps` (moves towards the goal) or `harms`.
    pub direction: String,
    /// Rank in each screen, in the order asked for; absent where it was not measured.
    pub ranks: Vec<Option<u32>>,
    /// Lambert transcription factor.
    pub transcription_factor: bool,
    /// Classes of druggability, when known.
    pub druggable: Vec<String>,
}
