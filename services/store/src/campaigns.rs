//! Campaigns: one question asked of one cell system.

use serde_json::Value;
use sqlx::PgExecutor;

use crate::{OffsetDateTime, Result, Uuid};

/// What a campaign asks and how it spends.
#[derive(Debug, Clone, PartialEq)]
pub struct NewCampaign {
    /// Its id.
    pub id: Uuid,
    /// Name for people; unique.
    pub name: String,
    /// Cells of the screen.
    pub dataset_digest: String,
    /// What the assay measures.
    pub readout: String,
    /// Gene the read-out reports, if it reports one.
    pub readout_gene: Option<String>,
    /// Words of the biology, for gene features.
    pub keywords: Vec<String>,
    /// Column of obs with the two states.
    pub state_column: String,
    /// Value of the start state.
    pub start_value: String,
    /// Value of the goal state.
    pub goal_value: String,
    /// Column of obs with the donor.
    pub donor_column: Option<String>,
    /// Threshold of a hit, in robust z.
    pub hit_threshold: f64,
    /// Whether a strong negative effect is a hit as well.
    pub two_sided: bool,
    /// Candidates per round.
    pub batch: i32,
    /// Wells of a plate: 96 or 384.
    pub plate_format: i32,
    /// Money in all; `None`: no limit.
    pub budget_amount: Option<f64>,
    /// Money per well, in the same unit.
    pub cost_per_well: f64,
    /// Rounds in all; `None`: no limit.
    pub max_rounds: Option<i32>,
    /// Whether a person approves each round.
    pub ask_me_first: bool,
    /// Whether essential genes are excluded.
    pub exclude_essential: bool,
    /// Seed of everything random.
    pub seed: i64,
    /// Version that screens now.
    pub model_digest: String,
    /// Money per plate, on top of its wells.
    pub cost_per_plate: f64,
    /// Candidate wells in all; `None`: no limit.
    pub max_wells: Option<i32>,
    /// How candidates are scored; the planner's word.
    pub acquisition: String,
    /// Exploration.
    pub kappa: f64,
    /// Share of a round drawn at random.
    pub random_share: f64,
    /// Share of a round that measures genes again.
    pub replicate_share: f64,
    /// Genes of one family in a round; `None`: no limit.
    pub family_max: Option<i32>,
    /// How to screen.
    pub screen_settings: Value,
}

/// A campaign.
#[derive(Debug, Clone, PartialEq)]
pub struct Campaign {
    /// Its id.
    pub id: Uuid,
    /// Name for people; unique.
    pub name: String,
    /// Cells of the screen.
    pub dataset_digest: String,
    /// What the assay measures.
    pub readout: String,
    /// Gene the read-out reports, if it reports one.
    pub readout_gene: Option<String>,
    /// Words of the biology, for gene features.
    pub keywords: Vec<String>,
    /// Column of obs with the two states.
    pub state_column: String,
    /// Value of the start state.
    pub start_value: String,
    /// Value of the goal state.
    pub goal_value: String,
    /// Column of obs with the donor.
    pub donor_column: Option<String>,
    /// Threshold of a hit, in robust z.
    pub hit_threshold: f64,
    /// Whether a strong negative effect is a hit as well.
    pub two_sided: bool,
    /// Candidates per round.
    pub batch: i32,
    /// Wells of a plate: 96 or 384.
    pub plate_format: i32,
    /// Money in all; `None`: no limit.
    pub budget_amount: Option<f64>,
    /// Money per well, in the same unit.
    pub cost_per_well: f64,
    /// Rounds in all; `None`: no limit.
    pub max_rounds: Option<i32>,
    /// Hits in the whole library, once somebody knows; only for the random band.
    pub library_hits: Option<i32>,
    /// Whether a person approves each round.
    pub ask_me_first: bool,
    /// Whether essential genes are excluded.
    pub exclude_essential: bool,
    /// Seed of everything random.
    pub seed: i64,
    /// Version that screens now.
    pub model_digest: String,
    /// Money per plate, on top of its wells.
    pub cost_per_plate: f64,
    /// Candidate wells in all; `None`: no limit.
    pub max_wells: Option<i32>,
    /// How candidates are scored; the planner's word.
    pub acquisition: String,
    /// Exploration.
    pub kappa: f64,
    /// Share of a round drawn at random.
    pub random_share: f64,
    /// Share of a round that measures genes again.
    pub replicate_share: f64,
    /// Genes of one family in a round; `None`: no limit.
    pub family_max: Option<i32>,
    /// How to screen.
    pub screen_settings: Value,
    /// When it was made.
    pub created_at: OffsetDateTime,
    /// When it was put away.
    pub archived_at: Option<OffsetDateTime>,
}

/// Adds a campaign.
///
/// # Errors
/// [`StoreError::Conflict`](crate::StoreError::Conflict) (`campaigns_name_once`),
/// [`StoreError::Refused`](crate::StoreError::Refused) naming the rule that is broken.
pub async fn insert(executor: impl PgExecutor<'_>, c: &NewCampaign) -> Result<Campaign> {
    let campaign = sqlx::query_as!(
        Campaign,
        "insert into campaigns (
           id, name, dataset_digest, readout, readout_gene, keywords, state_column, start_value,
           goal_value, donor_column, hit_threshold, two_sided, batch, plate_format, budget_amount,
           cost_per_well, max_rounds, ask_me_first, exclude_essential, seed, model_digest,
           screen_settings, cost_per_plate, max_wells, acquisition, kappa, random_share,
           replicate_share, family_max)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,
                 $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29)
         returning *",
        c.id,
        c.name,
        c.dataset_digest,
        c.readout,
        c.readout_gene,
        &c.keywords,
        c.state_column,
        c.start_value,
        c.goal_value,
        c.donor_column,
        c.hit_threshold,
        c.two_sided,
        c.batch,
        c.plate_format,
        c.budget_amount,
        c.cost_per_well,
        c.max_rounds,
        c.ask_me_first,
        c.exclude_essential,
        c.seed,
        c.model_digest,
        c.screen_settings,
        c.cost_per_plate,
        c.max_wells,
        c.acquisition,
        c.kappa,
        c.random_share,
        c.replicate_share,
        c.family_max,
    )
    .fetch_one(executor)
    .await?;
    Ok(campaign)
}

/// The campaign with this id.
///
/// # Errors
/// Those of the database.
pub async fn get(executor: impl PgExecutor<'_>, id: Uuid) -> Result<Option<Campaign>> {
    let campaign = sqlx::query_as!(Campaign, "select * from campaigns where id = $1", id)
        .fetch_optional(executor)
        .await?;
    Ok(campaign)
}

/// The campaign with this id, locked until the transaction ends: what plans a round or moves the
/// model takes this lock first, so that two planners take turns.
///
/// # Errors
/// Those of the database.
pub async fn lock(executor: impl PgExecutor<'_>, id: Uuid) -> Result<Option<Campaign>> {
    let campaign =
        sqlx::query_as!(Campaign, "select * from campaigns where id = $1 for no key update", id)
            .fetch_optional(executor)
            .await?;
    Ok(campaign)
}

/// The campaign with this name.
///
/// # Errors
/// Those of the database.
pub async fn by_name(executor: impl PgExecutor<'_>, name: &str) -> Result<Option<Campaign>> {
    let campaign = sqlx::query_as!(Campaign, "select * from campaigns where name = $1", name)
        .fetch_optional(executor)
        .await?;
    Ok(campaign)
}

/// Campaigns, newest first.
///
/// # Errors
/// Those of the database.
pub async fn list(executor: impl PgExecutor<'_>, include_archived: bool) -> Result<Vec<Campaign>> {
    let campaigns = sqlx::query_as!(
        Campaign,
        "select * from campaigns where $1 or archived_at is null
         order by created_at desc, id desc",
        include_archived,
    )
    .fetch_all(executor)
    .await?;
    Ok(campaigns)
}

/// Writes every setting that may change in a running campaign; false when there is no such
/// campaign. [`lock`] it first, so that two changes do not undo each other.
///
/// # Errors
/// [`StoreError::Refused`](crate::StoreError::Refused) naming the rule that is broken.
pub async fn change(executor: impl PgExecutor<'_>, c: &Campaign) -> Result<bool> {
    let updated = sqlx::query!(
        "update campaigns set
           readout_gene = $2, keywords = $3, hit_threshold = $4, batch = $5, budget_amount = $6,
           cost_per_well = $7, cost_per_plate = $8, max_rounds = $9, max_wells = $10,
           library_hits = $11, ask_me_first = $12, acquisition = $13, kappa = $14,
           random_share = $15, replicate_share = $16, family_max = $17
         where id = $1",
        c.id,
        c.readout_gene,
        &c.keywords,
        c.hit_threshold,
        c.batch,
        c.budget_amount,
        c.cost_per_well,
        c.cost_per_plate,
        c.max_rounds,
        c.max_wells,
        c.library_hits,
        c.ask_me_first,
        c.acquisition,
        c.kappa,
        c.random_share,
        c.replicate_share,
        c.family_max,
    )
    .execute(executor)
    .await?;
    Ok(updated.rows_affected() == 1)
}

/// Puts a campaign away; false when there is no such campaign or it was away already.
///
/// # Errors
/// Those of the database.
pub async fn archive(executor: impl PgExecutor<'_>, id: Uuid) -> Result<bool> {
    let updated = sqlx::query!(
        "update campaigns set archived_at = now() where id = $1 and archived_at is null",
        id,
    )
    .execute(executor)
    .await?;
    Ok(updated.rows_affected() == 1)
}
