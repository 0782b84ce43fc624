//! Replays: a finished screen played by the planner's strategies.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

/// What a control permutes: any gain that is left is a mistake in the bookkeeping.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReplayControl {
    /// Scores and hits among genes.
    Labels,
    /// Features among genes.
    Features,
}

/// A screen to replay: either `table` or `campaign_id` is given.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ReplayOrder {
    /// Genes and scores as CSV or TSV text: columns `gene` and `score` (and `hit`), or a MAGeCK
    /// gene summary.
    pub table: Option<String>,
    /// A campaign whose own results are the screen.
    pub campaign_id: Option<Uuid>,
    /// How it is played.
    pub options: ReplayOptions,
}

/// How a finished screen is read and played.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ReplayOptions {
    /// Name of the screen, as a rule that of its file.
    pub name: String,
    /// Column of the genes; recognised when absent.
    pub gene_column: Option<String>,
    /// Column of the scores; recognised when absent.
    pub score_column: Option<String>,
    /// Only rows of which a column has a value, as `screen=IL2RA`.
    pub filter: Option<String>,
    /// A column of 0 and 1, or a rule: `top5%`, `|score|>=3`, `score>=2`, `score<=-2`, `fdr<0.05`.
    pub hits: Option<String>,
    /// Genes that are not offered; core-essential genes when empty.
    pub exclude: Vec<String>,
    /// Offer every gene.
    pub keep_essential: bool,
    /// Gene that is read out.
    pub readout: Option<String>,
    /// Words of the assay's title.
    pub keywords: Vec<String>,
    /// Data set of the assay's cell type: its expression.
    pub dataset_digest: Option<String>,
    /// `default`, `cold`, `learn`, `prior`, `ridge`, `random`; all when empty.
    pub strategies: Vec<String>,
    /// Rounds to play.
    pub rounds: u32,
    /// Genes of a round.
    pub batch: u32,
    /// Replays of each strategy, each with its own seed.
    pub seeds: u32,
    /// First seed.
    pub first_seed: u32,
    /// What is permuted, if anything.
    pub control: Option<ReplayControl>,
}

impl Default for ReplayOptions {
    fn default() -> Self {
        Self {
            name: String::new(),
            gene_column: None,
            score_column: None,
            filter: None,
            hits: None,
            exclude: Vec::new(),
            keep_essential: false,
            readout: None,
            keywords: Vec::new(),
            dataset_digest: None,
            strategies: Vec::new(),
            rounds: 5,
            batch: 24,
            seeds: 10,
            first_seed: 1,
            control: None,
        }
    }
}

/// A replay and how far it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Replay {
    /// Identifier.
    pub id: Uuid,
    /// Name of the screen.
    pub name: String,
    /// How it is played.
    pub options: ReplayOptions,
    /// `waiting`, `running`, `done`, `failed` or `cancelled`.
    pub state: String,
    /// Replays of one strategy with one seed that are done.
    pub done: u32,
    /// All of them; 0 until the job has started.
    pub total: u32,
    /// Job that plays it.
    pub job_id: Option<i64>,
    /// What was found, once done: what `nextwell replay --json` prints.
    pub report: Option<ReplayReport>,
    /// When it was ordered.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    /// When it ended.
    #[serde(with = "time::serde::rfc3339::option")]
    pub finished_at: Option<OffsetDateTime>,
}

/// A replay in numbers. Shares are of all hits that were offered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReplayReport {
    /// Name of the screen.
    pub screen: String,
    /// Genes that were offered.
    pub genes: u64,
    /// Hits among them.
    pub hits: u64,
    /// What makes a hit, in words.
    pub hit_rule: String,
    /// Rounds played.
    pub rounds: u64,
    /// Genes of a round.
    pub batch: u64,
    /// Replays of each strategy.
    pub seeds: u64,
    /// What was permuted, if anything.
    pub control: Option<ReplayControl>,
    /// What chance finds after each round, exactly (hypergeometric): nine of ten cases.
    pub random_band_90: Vec<ReplayBand>,
    /// The strategies.
    pub strategies: Vec<ReplayStrategy>,
}

/// What chance finds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReplayBand {
    /// Mean share.
    pub mean: f64,
    /// 5 % quantile.
    pub low: f64,
    /// 95 % quantile.
    pub high: f64,
}

/// One strategy in numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReplayStrategy {
    /// Its name.
    pub name: String,
    /// Share found after the last round, mean over seeds.
    pub mean: f64,
    /// Standard deviation over seeds.
    pub sd: f64,
    /// 95 % interval of the mean over seeds.
    pub interval_95: Option<[f64; 2]>,
    /// Mean share after each round.
    pub per_round: Vec<f64>,
    /// 95 % interval of that mean over seeds, after each round.
    pub per_round_95: Option<Vec<[f64; 2]>>,
    /// Area under the curve over that of a strategy that picks hits only.
    pub area: f64,
    /// Hits per well over hits per gene.
    pub enrichment: f64,
    /// P value of a paired t test over seeds against `random`.
    pub p_vs_random: Option<f64>,
    /// P value of a paired t test over seeds against `ridge`.
    pub p_vs_ridge: Option<f64>,
    /// Seconds that all seeds together took to plan.
    pub seconds: f64,
    /// New hits of each round, one list per seed.
    pub hits_per_seed: Vec<Vec<u64>>,
}
