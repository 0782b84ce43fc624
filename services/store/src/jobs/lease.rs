//! Claiming a job, keeping it, and ending it. Lease arithmetic uses the database's clock only.

use serde_json::Value;
use sqlx::{PgConnection, PgExecutor};

use super::{JobState, Timing};
use crate::{OffsetDateTime, Result, StoreError, Uuid};

/// A worker's right to work on a job until the lease ends.
#[derive(Debug, Clone, PartialEq)]
pub struct Lease {
    /// The job.
    pub job_id: i64,
    /// Fencing token: every write names it, and the next claim makes it void.
    pub token: i64,
    /// What is to be done.
    pub kind: String,
    /// Arguments of that kind.
    pub args: Value,
    /// Campaign it works for.
    pub campaign_id: Option<Uuid>,
    /// Round it works for.
    pub round_id: Option<Uuid>,
    /// Number of this attempt, from 1.
    pub attempt: i32,
    /// Attempts allowed.
    pub max_attempts: i32,
    /// Shards in all, once known.
    pub total: Option<i32>,
    /// When the job was enqueued.
    pub created_at: OffsetDateTime,
    /// Length of the lease and of pauses.
    pub timing: Timing,
}

impl Lease {
    fn lost(&self) -> StoreError {
        StoreError::LeaseLost { job_id: self.job_id, token: self.token }
    }
}

/// Answer to a heartbeat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beat {
    /// The lease is extended.
    GoOn,
    /// The lease is extended, and a person asked the job to stop: end it with
    /// [`acknowledge_cancel`] at the next boundary.
    CancelRequested,
}

/// How a failed attempt may be mended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureKind {
    /// Trying again may work.
    Transient,
    /// It fails each time: a bad file, an unknown gene.
    Permanent,
}

/// A job whose worker let its lease run out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reclaimed {
    /// The job.
    pub job_id: i64,
    /// Its kind.
    pub kind: String,
    /// Where it stands now: ready, dead or cancelled.
    pub state: JobState,
}

/// Claims the most urgent job of one of `kinds`, if there is one. The attempt is counted now, so
/// that a job which kills its worker ends as dead.
///
/// # Errors
/// Those of the database.
pub async fn claim(
    executor: impl PgExecutor<'_>,
    kinds: &[&str],
    owner: &str,
    timing: Timing,
) -> Result<Option<Lease>> {
    let row = sqlx::query!(
        "with next as (
           select id from jobs
           where state = 'ready' and kind = any($1) and run_at <= now()
           order by priority desc, run_at, id
           for update skip locked limit 1)
         update jobs j set
           state = 'running', attempt = attempt + 1, lease_token = lease_token + 1,
           lease_owner = $2, lease_until = clock_timestamp() + make_interval(secs => $3),
           claimed_at = clock_timestamp(), message = null,
           done = (select count(*) from shard_results s where s.job_id = j.id)
         from next where j.id = next.id
         returning j.id, j.lease_token, j.kind, j.args, j.campaign_id, j.round_id, j.attempt,
                   j.max_attempts, j.total, j.created_at",
        kinds as &[&str],
        owner,
        timing.lease.as_secs_f64(),
    )
    .fetch_optional(executor)
    .await?;
    Ok(row.map(|row| Lease {
        job_id: row.id,
        token: row.lease_token,
        kind: row.kind,
        args: row.args,
        campaign_id: row.campaign_id,
        round_id: row.round_id,
        attempt: row.attempt,
        max_attempts: row.max_attempts,
        total: row.total,
        created_at: row.created_at,
        timing,
    }))
}

/// Takes back jobs whose lease ran out: to the queue, or to dead when their attempts are used up.
/// Every worker calls this before each claim; it reads nothing but the job rows.
///
/// The wait before the next attempt stays short: a worker that vanished (power cut, restart) says
/// little about its job, and the attempts are counted all the same.
///
/// # Errors
/// Those of the database.
pub async fn reclaim_expired(
    executor: impl PgExecutor<'_>,
    timing: Timing,
) -> Result<Vec<Reclaimed>> {
    let rows = sqlx::query_as!(
        Reclaimed,
        r#"with expired as (
             select id, case when cancel_requested_at is not null then 'cancelled'
                             when attempt >= max_attempts then 'dead' else 'ready' end as next
             from jobs where state = 'running' and lease_until < clock_timestamp()
             order by id for update skip locked)
           update jobs j set
             state = next, lease_until = null, lease_owner = null,
             finished_at = case when next = 'ready' then null else clock_timestamp() end,
             run_at = clock_timestamp() + (0.5 + random()) * least(interval '20 s',
               make_interval(secs => $1) * power(2, least(attempt, 20) - 1)),
             last_error = jsonb_build_object('kind', 'lease_expired', 'attempt', attempt,
               'message', 'the worker ' || coalesce(lease_owner, '?')
                 || ' stopped beating; it was killed, frozen or cut off')
           from expired where j.id = expired.id
           returning j.id as job_id, j.kind, j.state as "state: JobState""#,
        timing.retry.as_secs_f64(),
    )
    .fetch_all(executor)
    .await?;
    Ok(rows)
}

/// Extends the lease and tells progress. `done` is for jobs without shards; those with shards pass
/// `None`, as [`commit_shard`](super::commit_shard) counts.
///
/// # Errors
/// [`StoreError::LeaseLost`]: stop, write nothing.
pub async fn heartbeat(
    executor: impl PgExecutor<'_>,
    lease: &Lease,
    done: Option<i32>,
    message: Option<&str>,
) -> Result<Beat> {
    let beat = sqlx::query!(
        "update jobs set
           lease_until = clock_timestamp() + make_interval(secs => $3),
           done = coalesce($4, done), message = coalesce($5, message)
         where id = $1 and lease_token = $2 and state = 'running'
         returning cancel_requested_at",
        lease.job_id,
        lease.token,
        lease.timing.lease.as_secs_f64(),
        done,
        message,
    )
    .fetch_optional(executor)
    .await?
    .ok_or_else(|| lease.lost())?;
    Ok(match beat.cancel_requested_at {
        Some(_) => Beat::CancelRequested,
        None => Beat::GoOn,
    })
}

/// Tells how many shards there are. From now on the job cannot be completed before each of
/// `0..shards` has a result.
///
/// # Errors
/// [`StoreError::LeaseLost`].
pub async fn set_shards(executor: impl PgExecutor<'_>, lease: &Lease, shards: i32) -> Result<()> {
    set_total(executor, lease, shards, true).await
}

/// Tells how many steps there are, for progress alone: a job without shards.
///
/// # Errors
/// [`StoreError::LeaseLost`].
pub async fn set_steps(executor: impl PgExecutor<'_>, lease: &Lease, steps: i32) -> Result<()> {
    set_total(executor, lease, steps, false).await
}

async fn set_total(
    executor: impl PgExecutor<'_>,
    lease: &Lease,
    total: i32,
    sharded: bool,
) -> Result<()> {
    let updated = sqlx::query!(
        "update jobs set total = $3, sharded = $4
         where id = $1 and lease_token = $2 and state = 'running'",
        lease.job_id,
        lease.token,
        total,
        sharded,
    )
    .execute(executor)
    .await?;
    if updated.rows_affected() == 1 { Ok(()) } else { Err(lease.lost()) }
}

/// Ends the job well, in the transaction that writes what it was for.
///
/// # Errors
/// [`StoreError::ShardsMissing`] while a shard has no result; [`StoreError::LeaseLost`]. In both
/// cases the caller must roll back.
pub async fn complete(connection: &mut PgConnection, lease: &Lease) -> Result<()> {
    let updated = sqlx::query!(
        "update jobs j set
           state = 'done', lease_until = null, lease_owner = null, message = null,
           done = coalesce(total, done), finished_at = clock_timestamp()
         where id = $1 and lease_token = $2 and state = 'running'
           and (not sharded or not exists (
             select 1 from generate_series(0, total - 1) as no
             where not exists (select 1 from shard_results s
                               where s.job_id = j.id and s.shard_no = no)))",
        lease.job_id,
        lease.token,
    )
    .execute(&mut *connection)
    .await?;
    if updated.rows_affected() == 1 {
        return Ok(());
    }
    // Either the lease is lost, and this says so, or a shard is missing.
    heartbeat(&mut *connection, lease, None, None).await?;
    let missing = super::missing_shards(&mut *connection, lease.job_id).await?;
    Err(StoreError::ShardsMissing { job_id: lease.job_id, missing: missing.len() as i64 })
}

/// Ends this attempt with an error, and the job too unless trying again may work and attempts are
/// left. Returns where the job stands now.
///
/// # Errors
/// [`StoreError::LeaseLost`].
pub async fn fail(
    executor: impl PgExecutor<'_>,
    lease: &Lease,
    kind: FailureKind,
    error: &Value,
) -> Result<JobState> {
    let state = sqlx::query_scalar!(
        r#"update jobs j set
             state = next, lease_until = null, lease_owner = null,
             finished_at = case when next = 'ready' then null else clock_timestamp() end,
             run_at = clock_timestamp() + (0.5 + random()) * least(interval '1 hour',
               make_interval(secs => $4) * power(2, least(attempt, 20) - 1)),
             last_error = $5
           from (select id, case when cancel_requested_at is not null then 'cancelled'
                                 when not $3 then 'failed'
                                 when attempt >= max_attempts then 'dead'
                                 else 'ready' end as next
                 from jobs where id = $1 for update) as held
           where j.id = held.id and lease_token = $2 and state = 'running'
           returning j.state as "state: JobState""#,
        lease.job_id,
        lease.token,
        kind == FailureKind::Transient,
        lease.timing.retry.as_secs_f64(),
        error,
    )
    .fetch_optional(executor)
    .await?;
    state.ok_or_else(|| lease.lost())
}

/// Ends a job that a person asked to stop. Its finished shards stay.
///
/// # Errors
/// [`StoreError::LeaseLost`].
pub async fn acknowledge_cancel(executor: impl PgExecutor<'_>, lease: &Lease) -> Result<()> {
    let updated = sqlx::query!(
        "update jobs set
           state = 'cancelled', lease_until = null, lease_owner = null,
           finished_at = clock_timestamp()
         where id = $1 and lease_token = $2 and state = 'running'",
        lease.job_id,
        lease.token,
    )
    .execute(executor)
    .await?;
    if updated.rows_affected() == 1 { Ok(()) } else { Err(lease.lost()) }
}

/// Puts the job back unharmed, when the worker shuts down: the attempt is returned and any worker
/// may claim the job at once.
///
/// # Errors
/// [`StoreError::LeaseLost`].
pub async fn hand_back(executor: impl PgExecutor<'_>, lease: &Lease) -> Result<()> {
    let updated = sqlx::query!(
        "update jobs set
           state = case when cancel_requested_at is null then 'ready' else 'cancelled' end,
           finished_at = case when cancel_requested_at is null then null
                              else clock_timestamp() end,
           lease_until = null, lease_owner = null, attempt = attempt - 1, run_at = now()
         where id = $1 and lease_token = $2 and state = 'running'",
        lease.job_id,
        lease.token,
    )
    .execute(executor)
    .await?;
    if updated.rows_affected() == 1 { Ok(()) } else { Err(lease.lost()) }
}
