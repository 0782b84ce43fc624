//! A campaign: one read-out, one library of candidates, one budget, many rounds.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{Acquisition, ControlsPerPlate};

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
    /// Donors of the cells: each gets every pick on plates of its own. One unnamed donor when
    /// empty.
    #[serde(default)]
    pub donors: Vec<String>,
    /// Wells of every pick in every donor, each on a plate of its own.
    #[serde(default = "one_well")]
    pub replicates: u32,
    /// Control wells of every plate; by the size of the plate when absent.
    #[serde(default)]
    pub controls_per_plate: Option<ControlsPerPlate>,
    /// Volume of reagent for a well, in nl.
    #[serde(default = "default_transfer")]
    pub transfer_nl: f64,
    /// Money for the whole campaign; no limit when absent.
    #[serde(default)]
    pub budget: Option<f64>,
    /// Price of one candidate well.
    #[serde(default = "one")]
    pub cost_per_well: f64,
    /// Price of one plate with its controls, on top of its wells.
    #[serde(default)]
    pub cost_per_plate: f64,
    /// Candidate wells of all rounds at most; no limit when absent.
    #[serde(default)]
    pub max_wells: Option<u32>,
    /// Rounds to plan at most; no limit when absent.
    #[serde(default)]
    pub max_rounds: Option<u32>,
    /// Wait for a person before a planned round goes to the lab.
    #[serde(default)]
    pub ask_me_first: bool,
    /// Leave core-essential genes out of the candidates.
    #[serde(default = "yes")]
    pub exclude_essential: bool,
    /// How candidates are scored.
    #[serde(default)]
    pub acquisition: Acquisition,
    /// Exploration: how many sd are added to the mean.
    #[serde(default = "one")]
    pub kappa: f64,
    /// Share of a round drawn at random, 0 to 1; the first round always uses a quarter.
    #[serde(default = "default_random_share")]
    pub random_share: f64,
    /// Share of a round that measures genes again, 0 to 1.
    #[serde(default)]
    pub replicate_share: f64,
    /// Genes of one family in a round at most; no limit when absent.
    #[serde(default)]
    pub family_max: Option<u32>,
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
fn default_random_share() -> f64 {
    0.05
}
fn one_well() -> u32 {
    1
}
fn default_transfer() -> f64 {
    2500.0
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
    /// Donors of the cells; empty for one unnamed donor.
    pub donors: Vec<String>,
    /// Wells of every pick in every donor.
    pub replicates: u32,
    /// Control wells of every plate; by the size of the plate when absent.
    pub controls_per_plate: Option<ControlsPerPlate>,
    /// Volume of reagent for a well, in nl.
    pub transfer_nl: f64,
    /// Money for the whole campaign.
    pub budget: Option<f64>,
    /// Price of one candidate well.
    pub cost_per_well: f64,
    /// Price of one plate with its controls, on top of its wells.
    pub cost_per_plate: f64,
    /// Candidate wells of all rounds at most.
    pub max_wells: Option<u32>,
    /// Rounds to plan at most.
    pub max_rounds: Option<u32>,
    /// Whether planned rounds wait for a person.
    pub ask_me_first: bool,
    /// Whether core-essential genes are left out.
    pub exclude_essential: bool,
    /// How candidates are scored.
    pub acquisition: Acquisition,
    /// Exploration: how many sd are added to the mean.
    pub kappa: f64,
    /// Share of a round drawn at random.
    pub random_share: f64,
    /// Share of a round that measures genes again.
    pub replicate_share: f64,
    /// Genes of one family in a round at most.
    pub family_max: Option<u32>,
    /// Candidates that a person set aside.
    pub excluded: Vec<String>,
    /// Whether results exist: the hit threshold is fixed from then on.
    pub has_results: bool,
    /// Seed of every random choice.
    pub seed: u64,
    /// When it was made.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
}

/// Change what may change in a running campaign; absent fields stay, `null` takes a limit away.
/// Changes are recorded and only affect rounds that are planned later.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CampaignPatch {
    /// Candidate wells of a round.
    pub batch: Option<u32>,
    /// Money for the whole campaign.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<f64>)]
    pub budget: Option<Option<f64>>,
    /// Price of one candidate well.
    pub cost_per_well: Option<f64>,
    /// Price of one plate with its controls, on top of its wells.
    pub cost_per_plate: Option<f64>,
    /// Candidate wells of all rounds at most.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<u32>)]
    pub max_wells: Option<Option<u32>>,
    /// Rounds to plan at most.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<u32>)]
    pub max_rounds: Option<Option<u32>>,
    /// Wait for a person before a planned round goes to the lab.
    pub ask_me_first: Option<bool>,
    /// Hit threshold on |robust z|; refused once results exist.
    pub hit_threshold: Option<f64>,
    /// How candidates are scored.
    pub acquisition: Option<Acquisition>,
    /// Exploration: how many sd are added to the mean.
    pub kappa: Option<f64>,
    /// Share of a round drawn at random, 0 to 1.
    pub random_share: Option<f64>,
    /// Share of a round that measures genes again, 0 to 1.
    pub replicate_share: Option<f64>,
    /// Genes of one family in a round at most.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<u32>)]
    pub family_max: Option<Option<u32>>,
    /// Words of the assay's title that pathway names may contain.
    pub keywords: Option<Vec<String>>,
    /// Gene that is read out.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub readout_gene: Option<Option<String>>,
    /// Candidates to set aside from now on.
    pub exclude: Vec<String>,
    /// Candidates that a person set aside, to be offered again.
    pub include: Vec<String>,
    /// Hits in the whole library, once somebody knows (a finished screen, a replay): makes the
    /// random band exact. Only shown; never used to choose.
    pub library_hits: Option<u32>,
}

/// A field that is there, be it `null`: absent and `null` are different things in a change.
fn given<'de, T, D>(value: D) -> Result<Option<Option<T>>, D::Error>
where
    T: Deserialize<'de>,
    D: serde::Deserializer<'de>,
{
    Option::<T>::deserialize(value).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_tells_an_absent_limit_from_one_taken_away() {
        let read = |text| serde_json::from_str::<CampaignPatch>(text).unwrap();
        assert_eq!(read("{}").budget, None);
        assert_eq!(read(r#"{"budget": null}"#).budget, Some(None));
        assert_eq!(read(r#"{"budget": 12.5}"#).budget, Some(Some(12.5)));
        let sent = serde_json::to_string(&read(r#"{"budget": null}"#)).unwrap();
        assert_eq!(read(&sent), read(r#"{"budget": null}"#));
    }
}
