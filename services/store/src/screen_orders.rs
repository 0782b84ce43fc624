//! Screens that were ordered on their own, without a campaign: the order, how far it is, the report.

use serde_json::Value;
use sqlx::{PgConnection, PgExecutor};

use crate::error::found;
use crate::screens::ScreenState;
use crate::{OffsetDateTime, Result, StoreError, Uuid};

/// A screen to order.
#[derive(Debug, Clone, PartialEq)]
pub struct NewScreenOrder {
    /// Its id.
    pub id: Uuid,
    /// Name for people.
    pub name: String,
    /// Version that screens.
    pub model_digest: String,
    /// Cells.
    pub dataset_digest: String,
    /// The order: everything that determines the effects.
    pub spec: Value,
    /// Digest of `spec`.
    pub spec_digest: String,
    /// Seed.
    pub seed: i64,
    /// Version of the code.
    pub code_version: String,
}

/// A screen that was ordered, with what lists show beside it.
#[derive(Debug, Clone, PartialEq)]
pub struct ScreenOrder {
    /// Its id.
    pub id: Uuid,
    /// Name for people.
    pub name: String,
    /// Version that screens.
    pub model_digest: String,
    /// Name of that version.
    pub model_name: String,
    /// Family of that version.
    pub family: String,
    /// Cells.
    pub dataset_digest: String,
    /// Name of the cells.
    pub dataset_name: String,
    /// The order.
    pub spec: Value,
    /// Shards in all; 0 until the job has planned it.
    pub n_shards: i32,
    /// Shards computed.
    pub shards_done: i32,
    /// Job that computes it.
    pub job_id: Option<i64>,
    /// Where it stands, as its job does.
    pub state: ScreenState,
    /// When it was ordered.
    pub created_at: OffsetDateTime,
    /// When it ended.
    pub finished_at: Option<OffsetDateTime>,
}

macro_rules! select_orders {
    ($tail:literal $(, $argument:expr)* $(,)?) => {
        sqlx::query_as!(
            ScreenOrder,
            r#"select s.id, s.name as "name!", s.model_digest, m.name as model_name, m.family,
                 s.dataset_digest, d.name as dataset_name, s.spec, s.n_shards,
                 case when j.sharded then j.done else 0 end as "shards_done!", s.job_id,
                 case when s.state = 'done' then 'done'
                      when j.state in ('failed', 'dead') then 'failed'
                      when j.state = 'cancelled' then 'cancelled'
                      when j.state = 'running' then 'running'
                      else 'waiting' end as "state!: ScreenState",
                 s.created_at, coalesce(s.finished_at, j.finished_at) as finished_at
               from screens s
               join model_versions m on m.digest = s.model_digest
               join datasets d on d.digest = s.dataset_digest
               left join jobs j on j.id = s.job_id
               where s.campaign_id is null "# + $tail
            $(, $argument)*
        )
    };
}

/// Adds a screen, or returns the one with the same spec unchanged.
///
/// # Errors
/// [`StoreError::Refused`] for an unknown model or dataset.
pub async fn insert(connection: &mut PgConnection, order: &NewScreenOrder) -> Result<ScreenOrder> {
    sqlx::query!(
        "insert into screens (id, name, model_digest, dataset_digest, spec, spec_digest, seed,
                              code_version, n_shards)
         values ($1, $2, $3, $4, $5, $6, $7, $8, 0)
         on conflict (spec_digest) where campaign_id is null do nothing",
        order.id,
        order.name,
        order.model_digest,
        order.dataset_digest,
        order.spec,
        order.spec_digest,
        order.seed,
        order.code_version,
    )
    .execute(&mut *connection)
    .await?;
    let stored = select_orders!("and s.spec_digest = $1", order.spec_digest)
        .fetch_optional(connection)
        .await?;
    found(stored, "screen", &order.spec_digest)
}

/// The screen with this id.
///
/// # Errors
/// Those of the database.
pub async fn get(executor: impl PgExecutor<'_>, id: Uuid) -> Result<Option<ScreenOrder>> {
    Ok(select_orders!("and s.id = $1", id).fetch_optional(executor).await?)
}

/// Newest first, at most `limit` after `offset`.
///
/// # Errors
/// Those of the database.
pub async fn list(
    executor: impl PgExecutor<'_>,
    limit: i64,
    offset: i64,
) -> Result<Vec<ScreenOrder>> {
    let orders =
        select_orders!("order by s.created_at desc, s.id limit $1 offset $2", limit, offset);
    Ok(orders.fetch_all(executor).await?)
}

/// Finished screens of the same cells with the same start and goal, newest first.
///
/// # Errors
/// Those of the database.
pub async fn alike(
    executor: impl PgExecutor<'_>,
    dataset_digest: &str,
    start: &Value,
    goal: &Value,
    limit: i64,
) -> Result<Vec<ScreenOrder>> {
    let orders = select_orders!(
        "and s.state = 'done' and s.dataset_digest = $1 and s.spec->'start' = $2
           and s.spec->'goal' = $3
         order by s.created_at desc, s.id limit $4",
        dataset_digest,
        start,
        goal,
        limit,
    );
    Ok(orders.fetch_all(executor).await?)
}

/// Says of how many shards the screen consists.
///
/// # Errors
/// [`StoreError::NotFound`].
pub async fn set_shards(executor: impl PgExecutor<'_>, id: Uuid, n_shards: i32) -> Result<()> {
    let updated = sqlx::query!(
        "update screens set n_shards = $2, state = 'running' where id = $1 and state <> 'done'",
        id,
        n_shards,
    )
    .execute(executor)
    .await?;
    one(updated.rows_affected(), id)
}

/// Keeps the report and ends the screen; its rows belong in the same transaction
/// ([`screen_rows::insert_all`](crate::screen_rows::insert_all)).
///
/// # Errors
/// [`StoreError::NotFound`].
pub async fn finish(executor: impl PgExecutor<'_>, id: Uuid, report: &Value) -> Result<()> {
    let updated = sqlx::query!(
        "update screens set report = $2, state = 'done', finished_at = now()
         where id = $1 and campaign_id is null",
        id,
        report,
    )
    .execute(executor)
    .await?;
    one(updated.rows_affected(), id)
}

/// The report of a finished screen.
///
/// # Errors
/// Those of the database.
pub async fn report(executor: impl PgExecutor<'_>, id: Uuid) -> Result<Option<Value>> {
    let report =
        sqlx::query_scalar!("select report from screens where id = $1 and campaign_id is null", id)
            .fetch_optional(executor)
            .await?;
    Ok(report.flatten())
}

fn one(rows: u64, id: Uuid) -> Result<()> {
    match rows {
        1 => Ok(()),
        _ => Err(StoreError::NotFound { what: "screen", id: id.to_string() }),
    }
}
