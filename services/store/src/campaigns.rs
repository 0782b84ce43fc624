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
           screen_settings)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,
                 $19, $20, $21, $22)
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

/// Says whether a person approves each round from now on; false when there is no such campaign.
///
/// # Errors
/// Those of the database.
pub async fn set_ask_me_first(executor: impl PgExecutor<'_>, id: Uuid, ask: bool) -> Result<bool> {
    let updated = sqlx::query!("update campaigns set ask_me_first = $2 where id = $1", id, ask)
        .execute(executor)
        .await?;
    Ok(updated.rows_affected() == 1)
}

/// Sets the number of rounds to plan at most; false when there is no such campaign.
///
/// # Errors
/// [`StoreError::Refused`](crate::StoreError::Refused) unless it is above 0.
pub async fn set_max_rounds(executor: impl PgExecutor<'_>, id: Uuid, most: i32) -> Result<bool> {
    let updated = sqlx::query!("update campaigns set max_rounds = $2 where id = $1", id, most)
        .execute(executor)
        .await?;
    Ok(updated.rows_affected() == 1)
}

/// Says how many hits the whole library holds; false when there is no such campaign.
///
/// # Errors
/// [`StoreError::Refused`](crate::StoreError::Refused) for a negative number.
pub async fn set_library_hits(executor: impl PgExecutor<'_>, id: Uuid, hits: i32) -> Result<bool> {
    let updated = sqlx::query!("update campaigns set library_hits = $2 where id = $1", id, hits)
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
