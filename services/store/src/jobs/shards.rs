//! Results of shards: stored once, whoever computed them and however often.

use serde_json::Value;
use sqlx::{PgConnection, PgExecutor};

use super::{Lease, heartbeat};
use crate::{OffsetDateTime, Result};

/// What became of a shard's result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShardOutcome {
    /// Stored now.
    New,
    /// Stored before with the same digest: a harmless repeat.
    Repeat,
    /// Stored before with another digest: the first is kept, this one lies in `result_conflicts`.
    /// Alert: something is not deterministic or not intact.
    Conflict,
}

/// Stored result of a shard.
#[derive(Debug, Clone, PartialEq)]
pub struct ShardResult {
    /// Number of the shard, from 0.
    pub shard_no: i32,
    /// Digest of the result.
    pub digest: String,
    /// The result.
    pub result: Value,
}

/// A result that differs from the one kept.
#[derive(Debug, Clone, PartialEq)]
pub struct ResultConflict {
    /// The job.
    pub job_id: i64,
    /// Number of the shard, from 0.
    pub shard_no: i32,
    /// Digest of the result that counts.
    pub kept_digest: String,
    /// Digest of the later, different result.
    pub other_digest: String,
    /// The later, different result.
    pub other_result: Value,
    /// When it came.
    pub created_at: OffsetDateTime,
}

/// Stores a shard's result if the lease still holds, and extends the lease: both or neither, in
/// the caller's transaction.
///
/// # Errors
/// [`StoreError::LeaseLost`](crate::StoreError::LeaseLost): nothing was written; roll back.
pub async fn commit_shard(
    connection: &mut PgConnection,
    lease: &Lease,
    shard_no: i32,
    digest: &str,
    result: &Value,
) -> Result<ShardOutcome> {
    // Locks the job's row, so nobody can take the lease before this transaction ends.
    heartbeat(&mut *connection, lease, None, None).await?;
    record_shard(connection, lease.job_id, shard_no, digest, result).await
}

/// Stores a shard's result that was computed without a lease (a cluster, a file collected later).
/// Still exactly once: the first result of a shard is kept.
///
/// # Errors
/// Those of the database.
pub async fn record_shard(
    connection: &mut PgConnection,
    job_id: i64,
    shard_no: i32,
    digest: &str,
    result: &Value,
) -> Result<ShardOutcome> {
    let inserted = sqlx::query!(
        "insert into shard_results (job_id, shard_no, digest, result) values ($1, $2, $3, $4)
         on conflict (job_id, shard_no) do nothing",
        job_id,
        shard_no,
        digest,
        result,
    )
    .execute(&mut *connection)
    .await?;
    if inserted.rows_affected() == 1 {
        sqlx::query!("update jobs set done = done + 1 where id = $1", job_id)
            .execute(connection)
            .await?;
        return Ok(ShardOutcome::New);
    }
    compare(connection, job_id, shard_no, digest, result).await
}

async fn compare(
    connection: &mut PgConnection,
    job_id: i64,
    shard_no: i32,
    digest: &str,
    result: &Value,
) -> Result<ShardOutcome> {
    let kept = sqlx::query_scalar!(
        "select digest from shard_results where job_id = $1 and shard_no = $2",
        job_id,
        shard_no,
    )
    .fetch_one(&mut *connection)
    .await?;
    if kept == digest {
        return Ok(ShardOutcome::Repeat);
    }
    tracing::error!(job_id, shard_no, kept, other = digest, "shard has two different results");
    sqlx::query!(
        "insert into result_conflicts (job_id, shard_no, kept_digest, other_digest, other_result)
         values ($1, $2, $3, $4, $5)
         on conflict on constraint result_conflicts_other_once do nothing",
        job_id,
        shard_no,
        kept,
        digest,
        result,
    )
    .execute(connection)
    .await?;
    Ok(ShardOutcome::Conflict)
}

/// Shards of the job that have no result yet, ascending; empty for a job without shards.
///
/// # Errors
/// Those of the database.
pub async fn missing_shards(executor: impl PgExecutor<'_>, job_id: i64) -> Result<Vec<i32>> {
    let missing = sqlx::query_scalar!(
        r#"select no as "no!" from jobs j, generate_series(0, j.total - 1) as no
           where j.id = $1 and j.sharded
             and not exists (select 1 from shard_results s
                             where s.job_id = j.id and s.shard_no = no)
           order by no"#,
        job_id,
    )
    .fetch_all(executor)
    .await?;
    Ok(missing)
}

/// Results of a job, by shard.
///
/// # Errors
/// Those of the database.
pub async fn shard_results(executor: impl PgExecutor<'_>, job_id: i64) -> Result<Vec<ShardResult>> {
    let results = sqlx::query_as!(
        ShardResult,
        "select shard_no, digest, result from shard_results where job_id = $1 order by shard_no",
        job_id,
    )
    .fetch_all(executor)
    .await?;
    Ok(results)
}

/// Conflicting results of a job, oldest first.
///
/// # Errors
/// Those of the database.
pub async fn conflicts(executor: impl PgExecutor<'_>, job_id: i64) -> Result<Vec<ResultConflict>> {
    let conflicts = sqlx::query_as!(
        ResultConflict,
        "select job_id, shard_no, kept_digest, other_digest, other_result, created_at
         from result_conflicts where job_id = $1 order by id",
        job_id,
    )
    .fetch_all(executor)
    .await?;
    Ok(conflicts)
}
