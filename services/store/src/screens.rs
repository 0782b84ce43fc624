//! Screens of campaigns: in silico, one model version on one dataset. Those that were ordered on
//! their own are in [`screen_orders`](crate::screen_orders).

use serde_json::Value;
use sqlx::{PgConnection, PgExecutor};

use crate::error::found;
use crate::{OffsetDateTime, Result, StoreError, Uuid};

words! {
    /// Where a screen stands.
    ScreenState in "screens"."state" {
        /// Its job has not begun.
        Waiting = "waiting",
        /// Its job runs.
        Running = "running",
        /// Its scores are there.
        Done = "done",
        /// Its job ended with an error.
        Failed = "failed",
        /// A person stopped it.
        Cancelled = "cancelled",
    }
}

/// A screen to add.
#[derive(Debug, Clone, PartialEq)]
pub struct NewScreen {
    /// Its id.
    pub id: Uuid,
    /// Campaign it is for.
    pub campaign_id: Uuid,
    /// Version that screens.
    pub model_digest: String,
    /// Cells.
    pub dataset_digest: String,
    /// Everything that determines the scores.
    pub spec: Value,
    /// Digest of `spec`.
    pub spec_digest: String,
    /// Seed.
    pub seed: i64,
    /// Version of the code.
    pub code_version: String,
    /// Number of shards.
    pub n_shards: i32,
}

/// A screen.
#[derive(Debug, Clone, PartialEq)]
pub struct Screen {
    /// Its id.
    pub id: Uuid,
    /// Campaign it is for.
    pub campaign_id: Uuid,
    /// Version that screens.
    pub model_digest: String,
    /// Cells.
    pub dataset_digest: String,
    /// Everything that determines the scores.
    pub spec: Value,
    /// Digest of `spec`.
    pub spec_digest: String,
    /// Seed.
    pub seed: i64,
    /// Version of the code.
    pub code_version: String,
    /// Number of shards.
    pub n_shards: i32,
    /// Job that computes it.
    pub job_id: Option<i64>,
    /// Where it stands.
    pub state: ScreenState,
    /// When it was asked for.
    pub created_at: OffsetDateTime,
    /// When it ended.
    pub finished_at: Option<OffsetDateTime>,
}

macro_rules! select_screens {
    ($tail:literal $(, $argument:expr)* $(,)?) => {
        sqlx::query_as!(
            Screen,
            r#"select id, campaign_id as "campaign_id!", model_digest, dataset_digest, spec, spec_digest, seed,
                 code_version, n_shards, job_id, state as "state: ScreenState", created_at,
                 finished_at
               from screens "# + $tail
            $(, $argument)*
        )
    };
}

/// Adds a screen, or returns the campaign's screen with the same spec unchanged.
///
/// # Errors
/// [`StoreError::Refused`] for an unknown campaign, model or dataset.
pub async fn insert(connection: &mut PgConnection, screen: &NewScreen) -> Result<Screen> {
    sqlx::query!(
        "insert into screens (id, campaign_id, model_digest, dataset_digest, spec, spec_digest,
                              seed, code_version, n_shards)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         on conflict on constraint screens_spec_once do nothing",
        screen.id,
        screen.campaign_id,
        screen.model_digest,
        screen.dataset_digest,
        screen.spec,
        screen.spec_digest,
        screen.seed,
        screen.code_version,
        screen.n_shards,
    )
    .execute(&mut *connection)
    .await?;
    let stored = select_screens!(
        "where campaign_id = $1 and spec_digest = $2",
        screen.campaign_id,
        screen.spec_digest,
    )
    .fetch_optional(connection)
    .await?;
    found(stored, "screen", &screen.spec_digest)
}

/// The campaign's screen with this id.
///
/// # Errors
/// Those of the database.
pub async fn get(executor: impl PgExecutor<'_>, id: Uuid) -> Result<Option<Screen>> {
    let screen = select_screens!("where id = $1 and campaign_id is not null", id);
    Ok(screen.fetch_optional(executor).await?)
}

/// Screens of a campaign, newest first.
///
/// # Errors
/// Those of the database.
pub async fn list(executor: impl PgExecutor<'_>, campaign_id: Uuid) -> Result<Vec<Screen>> {
    let screens =
        select_screens!("where campaign_id = $1 order by created_at desc, id desc", campaign_id)
            .fetch_all(executor)
            .await?;
    Ok(screens)
}

/// The campaign's screen that was finished last.
///
/// # Errors
/// Those of the database.
pub async fn latest_done(
    executor: impl PgExecutor<'_>,
    campaign_id: Uuid,
) -> Result<Option<Screen>> {
    let screen = select_screens!(
        "where campaign_id = $1 and state = 'done' order by finished_at desc, id desc limit 1",
        campaign_id,
    )
    .fetch_optional(executor)
    .await?;
    Ok(screen)
}

/// Says which job computes the screen.
///
/// # Errors
/// [`StoreError::NotFound`].
pub async fn set_job(executor: impl PgExecutor<'_>, id: Uuid, job_id: i64) -> Result<()> {
    let updated = sqlx::query!("update screens set job_id = $2 where id = $1", id, job_id)
        .execute(executor)
        .await?;
    must_hit(updated.rows_affected(), id)
}

/// Moves a screen that is not done to another state. `Done` needs its scores in the same
/// transaction: see [`screen_scores::insert_all`](crate::screen_scores::insert_all). A screen that
/// is done stays so, and this changes nothing.
///
/// # Errors
/// [`StoreError::NotFound`].
pub async fn set_state(executor: impl PgExecutor<'_>, id: Uuid, state: ScreenState) -> Result<()> {
    let updated = sqlx::query!(
        "update screens set
           state = case state when 'done' then state else $2 end,
           finished_at = case when state = 'done' then finished_at
                              when $2 in ('done', 'failed', 'cancelled') then now() end
         where id = $1",
        id,
        state.as_str(),
    )
    .execute(executor)
    .await?;
    must_hit(updated.rows_affected(), id)
}

fn must_hit(rows: u64, id: Uuid) -> Result<()> {
    if rows == 1 {
        Ok(())
    } else {
        Err(StoreError::NotFound { what: "screen", id: id.to_string() })
    }
}
