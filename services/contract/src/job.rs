//! Long work: queued, leased, resumable.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// Waiting for a worker.
    Ready,
    /// A worker holds its lease.
    Running,
    /// Finished.
    Done,
    /// Failed for good: the input cannot work.
    Failed,
    /// Gave up after all attempts.
    Dead,
    /// Stopped by a person.
    Cancelled,
}

/// One job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Job {
    /// Identifier.
    pub id: i64,
    /// `pretrain`, `screen`, `propose`, `learn`, `verify`, `embed`, `perturb`, `remove` or
    /// `replay`.
    pub kind: String,
    /// Where it stands.
    pub state: JobState,
    /// Campaign it works for.
    pub campaign_id: Option<Uuid>,
    /// Shards or steps done.
    pub done: i32,
    /// Shards or steps in all, once known.
    pub total: Option<i32>,
    /// What it is doing, in words.
    pub message: Option<String>,
    /// Estimated seconds left, while running.
    pub eta_seconds: Option<f64>,
    /// Shards or steps per second, while running.
    pub rate_per_second: Option<f64>,
    /// Attempts started.
    pub attempt: i32,
    /// Attempts allowed.
    pub max_attempts: i32,
    /// Whether a person asked to stop it.
    pub cancel_requested: bool,
    /// Why the last attempt failed, as a [`crate::Problem`].
    pub last_error: Option<Value>,
    /// When it was queued.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    /// When it ended.
    #[serde(with = "time::serde::rfc3339::option")]
    pub finished_at: Option<OffsetDateTime>,
}

/// A job that was queued (202).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct JobAccepted {
    /// The job.
    pub job_id: i64,
}

/// One event of the server-sent stream `/api/events` (`event: change`).
///
/// A hint to read the named thing again, never the truth itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ChangeEvent {
    /// `job`, `round`, `upload`, `screen`, `model`, `campaign` or `replay`.
    pub kind: String,
    /// Identifier of the thing that changed.
    pub id: String,
    /// Campaign it belongs to.
    pub campaign_id: Option<Uuid>,
}
