//! Putting jobs into the queue.

use serde_json::Value;
use sqlx::PgConnection;

use crate::{OffsetDateTime, Result, StoreError, Uuid};

/// A job to enqueue.
#[derive(Debug, Clone, PartialEq)]
pub struct NewJob {
    /// What is to be done; the runner's word.
    pub kind: String,
    /// Arguments of that kind.
    pub args: Value,
    /// Campaign it works for.
    pub campaign_id: Option<Uuid>,
    /// Round it works for.
    pub round_id: Option<Uuid>,
    /// Higher runs first.
    pub priority: i16,
    /// At most one live job of a kind has this key.
    pub dedupe_key: Option<String>,
    /// Not before; at once if `None`.
    pub run_at: Option<OffsetDateTime>,
    /// Attempts allowed.
    pub max_attempts: i32,
    /// Number of shards, if known now; each must have a result before the job is done.
    pub shards: Option<i32>,
    /// Job that asked for this one.
    pub parent_id: Option<i64>,
}

impl NewJob {
    /// A job with default priority and five attempts.
    pub fn new(kind: impl Into<String>, args: Value) -> Self {
        Self {
            kind: kind.into(),
            args,
            campaign_id: None,
            round_id: None,
            priority: 0,
            dedupe_key: None,
            run_at: None,
            max_attempts: 5,
            shards: None,
            parent_id: None,
        }
    }

    /// Works for this campaign.
    pub fn campaign(mut self, id: Uuid) -> Self {
        self.campaign_id = Some(id);
        self
    }

    /// Works for this round.
    pub fn round(mut self, id: Uuid) -> Self {
        self.round_id = Some(id);
        self
    }

    /// At most one live job of this kind with this key.
    pub fn dedupe(mut self, key: impl Into<String>) -> Self {
        self.dedupe_key = Some(key.into());
        self
    }

    /// Consists of this many shards.
    pub fn shards(mut self, shards: i32) -> Self {
        self.shards = Some(shards);
        self
    }

    /// With this many attempts before it is given up.
    #[must_use]
    pub fn attempts(mut self, attempts: i32) -> Self {
        self.max_attempts = attempts;
        self
    }
}

/// The job now in the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Enqueued {
    /// Its number.
    pub id: i64,
    /// False when a live job with the same kind and key was there already.
    pub is_new: bool,
}

/// Enqueues a job, or finds the live one with the same kind and dedupe key. Workers are woken when
/// the transaction commits.
///
/// # Errors
/// [`StoreError::Refused`] for an unknown campaign or round; those of the database.
pub async fn enqueue(connection: &mut PgConnection, job: &NewJob) -> Result<Enqueued> {
    // The live job found by the conflict may end before we read it, hence a second try.
    for _ in 0..3 {
        if let Some(id) = insert(connection, job).await? {
            return Ok(Enqueued { id, is_new: true });
        }
        let live = sqlx::query_scalar!(
            "select id from jobs
             where kind = $1 and dedupe_key = $2 and state in ('ready', 'running')",
            job.kind,
            job.dedupe_key,
        )
        .fetch_optional(&mut *connection)
        .await?;
        if let Some(id) = live {
            return Ok(Enqueued { id, is_new: false });
        }
    }
    Err(StoreError::Conflict { table: "jobs".into(), constraint: "jobs_dedupe".into() })
}

async fn insert(connection: &mut PgConnection, job: &NewJob) -> Result<Option<i64>> {
    let id = sqlx::query_scalar!(
        "insert into jobs (kind, args, campaign_id, round_id, priority, dedupe_key, run_at,
                           max_attempts, total, sharded, parent_id)
         values ($1, $2, $3, $4, $5, $6, coalesce($7, now()), $8, $9, $9::int is not null,
                 $10)
         on conflict (kind, dedupe_key) where state in ('ready', 'running') do nothing
         returning id",
        job.kind,
        job.args,
        job.campaign_id,
        job.round_id,
        job.priority,
        job.dedupe_key,
        job.run_at,
        job.max_attempts,
        job.shards,
        job.parent_id,
    )
    .fetch_optional(connection)
    .await?;
    Ok(id)
}
