//! Looking at jobs, stopping them, and running them again.

use serde_json::json;
use sqlx::{PgConnection, PgExecutor};

use super::{Job, JobState};
use crate::audit::{self, NewAuditEvent};
use crate::error::found;
use crate::{Result, StoreError, Uuid};

/// `select` of whole jobs, with what follows `from jobs`.
macro_rules! select_jobs {
    ($tail:literal $(, $argument:expr)* $(,)?) => {
        sqlx::query_as!(
            Job,
            r#"select id, kind, args, campaign_id, round_id, priority, state as "state: JobState",
                 run_at, attempt, max_attempts, lease_owner, lease_until, cancel_requested_at,
                 dedupe_key, done, total, message, last_error, created_at, claimed_at, finished_at
               from jobs "# + $tail
            $(, $argument)*
        )
    };
}

/// Which jobs to list.
#[derive(Debug, Clone, Default)]
pub struct JobFilter {
    /// Only of this campaign.
    pub campaign_id: Option<Uuid>,
    /// Only in these states; all if empty.
    pub states: Vec<JobState>,
    /// Only of these kinds; all if empty.
    pub kinds: Vec<String>,
    /// Only older than this job: the last one of the page before.
    pub before_id: Option<i64>,
    /// At most this many; 100 if `None`.
    pub limit: Option<i64>,
}

/// What became of a wish to stop a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CancelOutcome {
    /// It had not begun and never will.
    Cancelled,
    /// It runs; its worker is told at the next beat.
    Requested,
    /// It had ended before.
    AlreadyEnded(JobState),
}

/// Number of jobs of a kind in a state.
#[derive(Debug, Clone, PartialEq)]
pub struct JobCount {
    /// Kind of the jobs.
    pub kind: String,
    /// Where they stand.
    pub state: JobState,
    /// How many.
    pub count: i64,
    /// For ready jobs that are due: how long the oldest has waited, in seconds.
    pub oldest_seconds: Option<f64>,
}

/// One job.
///
/// # Errors
/// Those of the database.
pub async fn get(executor: impl PgExecutor<'_>, id: i64) -> Result<Option<Job>> {
    Ok(select_jobs!("where id = $1", id).fetch_optional(executor).await?)
}

/// Jobs, newest first.
///
/// # Errors
/// Those of the database.
pub async fn list(executor: impl PgExecutor<'_>, filter: &JobFilter) -> Result<Vec<Job>> {
    let states: Vec<&str> = filter.states.iter().map(|state| state.as_str()).collect();
    let jobs = select_jobs!(
        "where ($1::uuid is null or campaign_id = $1)
           and (cardinality($2::text[]) = 0 or state = any($2))
           and (cardinality($3::text[]) = 0 or kind = any($3))
           and ($4::bigint is null or id < $4)
         order by id desc limit $5",
        filter.campaign_id,
        states.as_slice() as &[&str],
        filter.kinds.as_slice(),
        filter.before_id,
        filter.limit.unwrap_or(100),
    )
    .fetch_all(executor)
    .await?;
    Ok(jobs)
}

/// Counts for metrics and readiness, by kind and state.
///
/// # Errors
/// Those of the database.
pub async fn counts(executor: impl PgExecutor<'_>) -> Result<Vec<JobCount>> {
    let counts = sqlx::query_as!(
        JobCount,
        r#"select kind, state as "state: JobState", count(*) as "count!",
             extract(epoch from now() - min(run_at) filter (where state = 'ready'
               and run_at <= now()))::float8 as oldest_seconds
           from jobs group by kind, state order by kind, state"#,
    )
    .fetch_all(executor)
    .await?;
    Ok(counts)
}

/// Stops a job: at once if it has not begun, else at its worker's next beat. `None`: no such job.
///
/// # Errors
/// Those of the database.
pub async fn cancel(connection: &mut PgConnection, id: i64) -> Result<Option<CancelOutcome>> {
    let state = sqlx::query_scalar!(
        r#"select state as "state: JobState" from jobs where id = $1 for update"#,
        id,
    )
    .fetch_optional(&mut *connection)
    .await?;
    let Some(state) = state else { return Ok(None) };
    if state.has_ended() {
        return Ok(Some(CancelOutcome::AlreadyEnded(state)));
    }
    sqlx::query!(
        "update jobs set
           cancel_requested_at = coalesce(cancel_requested_at, clock_timestamp()),
           state = case state when 'ready' then 'cancelled' else state end,
           finished_at = case state when 'ready' then clock_timestamp() end
         where id = $1 and state in ('ready', 'running')",
        id,
    )
    .execute(connection)
    .await?;
    Ok(Some(if state == JobState::Ready {
        CancelOutcome::Cancelled
    } else {
        CancelOutcome::Requested
    }))
}

/// Puts a failed, dead or cancelled job back into the queue with a new budget of attempts, and
/// notes in the audit who asked. Finished shards stay and are not computed again.
///
/// # Errors
/// [`StoreError::NotFound`] for an unknown job, [`StoreError::Conflict`] (`jobs_dedupe`) when a
/// live job has its place, [`StoreError::Refused`] (`jobs_rerun_ended`) when it has not failed.
pub async fn rerun(connection: &mut PgConnection, id: i64, actor: &str) -> Result<Job> {
    let job = found(get(&mut *connection, id).await?, "job", id)?;
    let updated = sqlx::query!(
        "update jobs set
           state = 'ready', attempt = 0, run_at = now(), finished_at = null, message = null,
           cancel_requested_at = null
         where id = $1 and state in ('failed', 'dead', 'cancelled')",
        id,
    )
    .execute(&mut *connection)
    .await?;
    if updated.rows_affected() == 0 {
        return Err(StoreError::Refused {
            table: "jobs".into(),
            constraint: "jobs_rerun_ended".into(),
            message: format!("job {id} is {}; only a failed, dead or cancelled one", job.state),
        });
    }
    let event = NewAuditEvent {
        actor: actor.to_owned(),
        action: "job.rerun".to_owned(),
        subject: format!("job {id}"),
        campaign_id: job.campaign_id,
        details: json!({"kind": job.kind, "was": job.state.as_str(), "attempts": job.attempt}),
    };
    audit::append(&mut *connection, &event).await?;
    found(get(connection, id).await?, "job", id)
}
