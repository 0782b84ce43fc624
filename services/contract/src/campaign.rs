//! A campaign: one read-out, one library of candidates, one budget, many rounds.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

/// Start state, goal state and depth of a campaign's in-silico screens.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ScreenSettings {
    /// Categorical `obs` column that names the states, for example `source`.
    pub state_column: String,
    /// Cells to perturb, for example `Tumor`.
    pub start_value: String,
    /// Cells to move towards, for example `NAT`.
    pub goal_value: String,
    /// `obs` column of donors or patients, for intervals over donors.
    #[serde(default)]
    pub donor_column: Option<String>,
    /// Most start cells to perturb; all when absent.
    #[serde(default)]
    pub max_cells: Option<u32>,
    /// 0 = last layer, -1 = the one before it.
    #[serde(default)]
    pub emb_layer: i32,
}

/// Make a campaign.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCampaign {
    /// Unique name.
    pub name: String,
    /// Cells for the screens.
    pub dataset_digest: String,
    /// Model version to start from.
    pub model_digest: String,
    /// What the assay reads, in words, for example `IL2RA protein, knock-out`.
    pub readout: String,
    /// Gene that is read out, when there is one.
    #[serde(default)]
    pub readout_gene: Option<String>,
    /// Words of the assay's title that pathway names may contain; never required.
    #[serde(default)]
    pub keywords: Vec<String>,
    /// Genes that may be chosen: symbols or Ensembl ids.
    pub candidates: Vec<String>,
    /// Non-targeting or other negative controls on every plate (names of reagents).
    pub non_targeting: Vec<String>,
    /// Positive controls on every plate.
    #[serde(default)]
    pub positive: Vec<String>,
    /// States and depth of the in-silico screen.
    pub screen: ScreenSettings,
    /// Hit rule: |robust z| at or above this.
    #[serde(default = "default_hit_threshold")]
    pub hit_threshold: f64,
    /// Count both directions as hits.
    #[serde(default = "yes")]
    pub two_sided: bool,
    /// Candidate wells of a round.
    #[serde(default = "default_batch")]
    pub batch: u32,
    /// Wells of a plate: 6, 12, 24, 48, 96, 384 or 1536.
    #[serde(default = "default_format")]
    pub plate_format: u32,
    /// Money for the whole campaign; no limit when absent.
    #[serde(default)]
    pub budget: Option<f64>,
    /// Price of one candidate well.
    #[serde(default = "one")]
    pub cost_per_well: f64,
    /// Rounds to plan at most; no limit when absent.
    #[serde(default)]
    pub max_rounds: Option<u32>,
    /// Wait for a person before a planned round goes to the lab.
    #[serde(default)]
    pub ask_me_first: bool,
    /// Leave core-essential genes out of the candidates.
    #[serde(default = "yes")]
    pub exclude_essential: bool,
    /// Seed of every random choice.
    #[serde(default)]
    pub seed: u64,
}

fn default_hit_threshold() -> f64 {
    3.0
}
fn default_batch() -> u32 {
    24
}
fn default_format() -> u32 {
    96
}
fn one() -> f64 {
    1.0
}
fn yes() -> bool {
    true
}

/// A campaign as it stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Campaign {
    /// Identifier.
    pub id: Uuid,
    /// Unique name.
    pub name: String,
    /// Cells for the screens.
    pub dataset_digest: String,
    /// Model version in use now.
    pub model_digest: String,
    /// What the assay reads.
    pub readout: String,
    /// Gene that is read out.
    pub readout_gene: Option<String>,
    /// Words for the label-free assay prior.
    pub keywords: Vec<String>,
    /// Number of genes that may be chosen.
    pub n_candidates: u64,
    /// Number of candidates set aside (essential, unknown symbol, by choice).
    pub n_excluded: u64,
    /// Negative controls on every plate.
    pub non_targeting: Vec<String>,
    /// Positive controls on every plate.
    pub positive: Vec<String>,
    /// States and depth of the in-silico screen.
    pub screen: ScreenSettings,
    /// Hit rule in words.
    pub hit_rule: String,
    /// Hit threshold on |robust z|.
    pub hit_threshold: f64,
    /// Candidate wells of a round.
    pub batch: u32,
    /// Wells of a plate.
    pub plate_format: u32,
    /// Money for the whole campaign.
    pub budget: Option<f64>,
    /// Price of one candidate well.
    pub cost_per_well: f64,
    /// Rounds to plan at most.
    pub max_rounds: Option<u32>,
    /// Whether planned rounds wait for a person.
    pub ask_me_first: bool,
    /// Seed of every random choice.
    pub seed: u64,
    /// When it was made.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
}

/// Change what may change in a running campaign; absent fields stay.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CampaignPatch {
    /// Wait for a person before a planned round goes to the lab.
    pub ask_me_first: Option<bool>,
    /// Candidates to set aside from now on.
    pub exclude: Vec<String>,
    /// Rounds to plan at most.
    pub max_rounds: Option<u32>,
    /// Hits in the whole library, once somebody knows (a finished screen, a replay): makes the
    /// random band exact. Only shown; never used to choose.
    pub library_hits: Option<u32>,
}
