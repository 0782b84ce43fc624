//! The job queue: leases with fencing tokens, shards stored exactly once.
//!
//! A worker claims a job and holds a [`Lease`]. It beats from its own task on
//! [`Store::heartbeat`](crate::Store::heartbeat), every [`Timing::beat_every`]; after
//! [`Timing::give_up_after`] without a beat that worked it must stop by itself. Every write names
//! the lease's token, so that a worker which slept past its lease changes nothing.

mod history;
mod lease;
mod queue;
mod shards;
mod timing;

pub use history::{CancelOutcome, JobCount, JobFilter, cancel, counts, get, list, rerun};
pub use lease::{
    Beat, FailureKind, Lease, Reclaimed, acknowledge_cancel, claim, complete, fail, hand_back,
    heartbeat, reclaim_expired, set_shards, set_steps,
};
pub use queue::{Enqueued, NewJob, enqueue};
pub use shards::{
    ResultConflict, ShardOutcome, ShardResult, commit_shard, conflicts, missing_shards,
    record_shard, shard_results,
};
pub use timing::Timing;

use serde_json::Value;

use crate::{OffsetDateTime, Uuid};

words! {
    /// Where a job stands.
    JobState in "jobs"."state" {
        /// Waits for a worker, perhaps until `run_at`.
        Ready = "ready",
        /// A worker holds its lease.
        Running = "running",
        /// Ended well.
        Done = "done",
        /// Ended by an error that trying again does not mend.
        Failed = "failed",
        /// Used up its attempts.
        Dead = "dead",
        /// Stopped by a person.
        Cancelled = "cancelled",
    }
}

impl JobState {
    /// Whether the job will not run again by itself.
    pub fn has_ended(self) -> bool {
        !matches!(self, Self::Ready | Self::Running)
    }
}

/// A job as it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// Number of the job; grows.
    pub id: i64,
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
    /// Where it stands.
    pub state: JobState,
    /// Not before.
    pub run_at: OffsetDateTime,
    /// Attempts begun.
    pub attempt: i32,
    /// Attempts allowed.
    pub max_attempts: i32,
    /// Worker that holds the lease.
    pub lease_owner: Option<String>,
    /// End of the lease by the database's clock.
    pub lease_until: Option<OffsetDateTime>,
    /// When a person asked the running job to stop.
    pub cancel_requested_at: Option<OffsetDateTime>,
    /// At most one live job of a kind has this key.
    pub dedupe_key: Option<String>,
    /// Shards (or steps) done.
    pub done: i32,
    /// Shards (or steps) in all, once known.
    pub total: Option<i32>,
    /// What the worker is doing, for people.
    pub message: Option<String>,
    /// The last attempt's error.
    pub last_error: Option<Value>,
    /// When it was enqueued.
    pub created_at: OffsetDateTime,
    /// When the current or last attempt began.
    pub claimed_at: Option<OffsetDateTime>,
    /// When it ended.
    pub finished_at: Option<OffsetDateTime>,
}
