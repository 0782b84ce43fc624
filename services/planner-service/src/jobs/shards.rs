//! The shards of a screen, whoever ordered it.

use std::time::Instant;

use nextwell_contract::worker::{ScreenWork, ShardResult, ShardWork};
use nextwell_store::jobs::{self, ShardOutcome};

use super::{JobError, Work, commit};
use crate::wire;

/// Asks for every shard that is not committed yet, one by one.
pub async fn compute_missing(work: &Work, order: &ScreenWork) -> Result<(), JobError> {
    let mut speed = Speed::new();
    for shard in jobs::missing_shards(work.store().jobs(), work.lease.job_id).await? {
        let done = compute(work, order, shard).await?;
        work.say(speed.after(&done, speed.start.elapsed().as_secs_f64()));
    }
    Ok(())
}

/// Asks for one shard and commits its digest together with the check of the lease.
async fn compute(work: &Work, order: &ScreenWork, shard: i32) -> Result<ShardResult, JobError> {
    let ask = ShardWork { work: order.clone(), shard: wire::small(shard) };
    let done = work.app.model().shard(&ask, &work.work_id()).await?;
    let forwards = serde_json::json!({ "forwards": done.forwards });
    let mut tx = work.store().begin_job().await?;
    let outcome = jobs::commit_shard(&mut tx, &work.lease, shard, &done.digest, &forwards).await?;
    if outcome == ShardOutcome::Conflict {
        tracing::error!(job_id = work.lease.job_id, shard, "two different results for one shard");
    }
    commit(tx).await?;
    Ok(done)
}

/// Forward passes a second since the job went on, and how much of the time the device computed.
struct Speed {
    start: Instant,
    forwards: u64,
    seconds: f64,
}

impl Speed {
    fn new() -> Self {
        Self { start: Instant::now(), forwards: 0, seconds: 0.0 }
    }

    /// `elapsed` seconds since the start.
    fn after(&mut self, done: &ShardResult, elapsed: f64) -> String {
        self.forwards += done.forwards;
        self.seconds += done.seconds;
        let rate = self.forwards as f64 / self.seconds.max(1e-9);
        let busy = 100.0 * (self.seconds / elapsed.max(1e-9)).min(1.0);
        format!("perturbing cells, {rate:.1} forward passes a second, device busy {busy:.0} %")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rate_counts_the_time_of_the_device_and_busy_its_share_of_all() {
        let mut speed = Speed::new();
        let shard = |seconds| ShardResult { digest: String::new(), forwards: 30, seconds };
        speed.after(&shard(2.0), 4.0);
        assert_eq!(
            speed.after(&shard(4.0), 8.0),
            "perturbing cells, 10.0 forward passes a second, device busy 75 %"
        );
    }
}
