//! Replays of finished screens: the table, the options, how far it is, the report.

use serde_json::Value;
use sqlx::{PgConnection, PgExecutor};

use crate::error::found;
use crate::screens::ScreenState;
use crate::{OffsetDateTime, Result, StoreError, Uuid};

/// A replay to order.
#[derive(Debug, Clone, PartialEq)]
pub struct NewReplay {
    /// Its id.
    pub id: Uuid,
    /// Name for people.
    pub name: String,
    /// The table, unchanged.
    pub content: Vec<u8>,
    /// Options without the table.
    pub spec: Value,
    /// Digest of table, options and version of the code.
    pub spec_digest: String,
    /// Version of the code.
    pub code_version: String,
}

/// A replay that was ordered.
#[derive(Debug, Clone, PartialEq)]
pub struct Replay {
    /// Its id.
    pub id: Uuid,
    /// Name for people.
    pub name: String,
    /// Options without the table.
    pub spec: Value,
    /// Job that plays it.
    pub job_id: Option<i64>,
    /// Where it stands, as its job does.
    pub state: ScreenState,
    /// Replays of one strategy with one seed that are done.
    pub done: i32,
    /// All of them; 0 until the job has started.
    pub total: i32,
    /// What was found, once done.
    pub report: Option<Value>,
    /// When it was ordered.
    pub created_at: OffsetDateTime,
    /// When it ended.
    pub finished_at: Option<OffsetDateTime>,
}

macro_rules! select_replays {
    ($tail:literal $(, $argument:expr)* $(,)?) => {
        sqlx::query_as!(
            Replay,
            r#"select r.id, r.name, r.spec, r.job_id,
                 case when r.report is not null then 'done'
                      when j.state in ('failed', 'dead') then 'failed'
                      when j.state = 'cancelled' then 'cancelled'
                      when j.state = 'running' then 'running'
                      else 'waiting' end as "state!: ScreenState",
                 coalesce(j.done, 0) as "done!", coalesce(j.total, 0) as "total!", r.report,
                 r.created_at, coalesce(r.finished_at, j.finished_at) as finished_at
               from replays r left join jobs j on j.id = r.job_id
               where r.removed_at is null "# + $tail
            $(, $argument)*
        )
    };
}

/// Adds a replay, or returns the one with the same digest; one that was removed is back.
///
/// # Errors
/// Those of the database.
pub async fn insert(connection: &mut PgConnection, new: &NewReplay) -> Result<Replay> {
    sqlx::query!(
        "insert into replays (id, name, content, spec, spec_digest, code_version)
         values ($1, $2, $3, $4, $5, $6)
         on conflict on constraint replays_spec_once do update set removed_at = null
           where replays.removed_at is not null",
        new.id,
        new.name,
        new.content,
        new.spec,
        new.spec_digest,
        new.code_version,
    )
    .execute(&mut *connection)
    .await?;
    let stored = select_replays!("and r.spec_digest = $1", new.spec_digest)
        .fetch_optional(connection)
        .await?;
    found(stored, "replay", &new.spec_digest)
}

/// The replay with this id, unless it was removed.
///
/// # Errors
/// Those of the database.
pub async fn get(executor: impl PgExecutor<'_>, id: Uuid) -> Result<Option<Replay>> {
    Ok(select_replays!("and r.id = $1", id).fetch_optional(executor).await?)
}

/// Newest first, at most `limit` after `offset`; removed ones are left out.
///
/// # Errors
/// Those of the database.
pub async fn list(executor: impl PgExecutor<'_>, limit: i64, offset: i64) -> Result<Vec<Replay>> {
    let replays =
        select_replays!("order by r.created_at desc, r.id limit $1 offset $2", limit, offset);
    Ok(replays.fetch_all(executor).await?)
}

/// The table, byte for byte.
///
/// # Errors
/// [`StoreError::NotFound`].
pub async fn content(executor: impl PgExecutor<'_>, id: Uuid) -> Result<Vec<u8>> {
    let content = sqlx::query_scalar!("select content from replays where id = $1", id)
        .fetch_optional(executor)
        .await?;
    found(content, "replay", id)
}

/// Names the job that plays it.
///
/// # Errors
/// [`StoreError::NotFound`].
pub async fn set_job(executor: impl PgExecutor<'_>, id: Uuid, job_id: i64) -> Result<()> {
    let updated = sqlx::query!("update replays set job_id = $2 where id = $1", id, job_id)
        .execute(executor)
        .await?;
    one(updated.rows_affected(), id)
}

/// Keeps the report and ends the replay.
///
/// # Errors
/// [`StoreError::NotFound`].
pub async fn finish(executor: impl PgExecutor<'_>, id: Uuid, report: &Value) -> Result<()> {
    let updated = sqlx::query!(
        "update replays set report = $2, finished_at = now() where id = $1",
        id,
        report,
    )
    .execute(executor)
    .await?;
    one(updated.rows_affected(), id)
}

/// Takes the replay out of sight.
///
/// # Errors
/// [`StoreError::NotFound`] when there is none, or it was removed before.
pub async fn remove(executor: impl PgExecutor<'_>, id: Uuid) -> Result<()> {
    let updated = sqlx::query!(
        "update replays set removed_at = now() where id = $1 and removed_at is null",
        id,
    )
    .execute(executor)
    .await?;
    one(updated.rows_affected(), id)
}

fn one(rows: u64, id: Uuid) -> Result<()> {
    match rows {
        1 => Ok(()),
        _ => Err(StoreError::NotFound { what: "replay", id: id.to_string() }),
    }
}
