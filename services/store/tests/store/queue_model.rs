//! The queue against a model of it in memory: any order of claims, beats, shards, ends, wishes
//! and lost leases gives the same rows.

use std::collections::BTreeMap;
use std::time::Duration;

use nextwell_store::jobs::{self, *};
use nextwell_store::testing::database;
use nextwell_store::{Store, StoreError};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::json;

const TIMING: Timing = Timing { lease: Duration::from_secs(600), retry: Duration::ZERO };
const SHARDS: i32 = 2;

/// One step. `usize` picks among the leases ever given, also stale ones, or the jobs ever made.
#[derive(Debug, Clone)]
enum Step {
    Enqueue {
        key: Option<u8>,
        max_attempts: i32,
    },
    Claim,
    /// The lease runs out and is reclaimed.
    Expire(usize),
    Beat(usize),
    Shard {
        lease: usize,
        shard: i32,
        digest: u8,
    },
    Complete(usize),
    Fail {
        lease: usize,
        transient: bool,
    },
    HandBack(usize),
    AcknowledgeCancel(usize),
    Cancel(usize),
    Rerun(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let index = 0..64usize;
    prop_oneof![
        3 => (proptest::option::of(0..3u8), 1..3).prop_map(|(key, max_attempts)| Step::Enqueue {
            key,
            max_attempts
        }),
        6 => Just(Step::Claim),
        3 => index.clone().prop_map(Step::Expire),
        2 => index.clone().prop_map(Step::Beat),
        8 => (index.clone(), 0..SHARDS, prop::sample::select(vec![0u8, 0, 0, 1]))
            .prop_map(|(lease, shard, digest)| Step::Shard { lease, shard, digest }),
        3 => index.clone().prop_map(Step::Complete),
        2 => (index.clone(), any::<bool>())
            .prop_map(|(lease, transient)| Step::Fail { lease, transient }),
        1 => index.clone().prop_map(Step::HandBack),
        1 => index.clone().prop_map(Step::AcknowledgeCancel),
        1 => index.clone().prop_map(Step::Cancel),
        2 => index.prop_map(Step::Rerun),
    ]
}

#[derive(Debug, Clone)]
struct ModelJob {
    key: Option<u8>,
    state: JobState,
    attempt: i32,
    max_attempts: i32,
    token: i64,
    cancel: bool,
    /// Place in the queue: grows with each return to it.
    place: u64,
    shards: BTreeMap<i32, u8>,
    conflict: bool,
}

impl ModelJob {
    fn holds(&self, lease: &Lease) -> bool {
        self.state == JobState::Running && self.token == lease.token
    }

    fn is_live(&self) -> bool {
        !self.state.has_ended()
    }

    fn back(&mut self, place: u64, state: JobState) {
        self.state = if self.cancel { JobState::Cancelled } else { state };
        self.place = place;
    }
}

struct Run<'a> {
    store: &'a Store,
    jobs: BTreeMap<i64, ModelJob>,
    leases: Vec<Lease>,
    clock: u64,
}

impl Run<'_> {
    fn lease(&self, index: usize) -> Option<Lease> {
        (!self.leases.is_empty()).then(|| self.leases[index % self.leases.len()].clone())
    }

    fn job_id(&self, index: usize) -> Option<i64> {
        let ids: Vec<i64> = self.jobs.keys().copied().collect();
        (!ids.is_empty()).then(|| ids[index % ids.len()])
    }

    async fn apply(&mut self, step: Step) {
        self.clock += 1;
        match step {
            Step::Enqueue { key, max_attempts } => self.enqueue(key, max_attempts).await,
            Step::Claim => self.claim().await,
            Step::Cancel(index) => self.cancel(index).await,
            Step::Rerun(index) => self.rerun(index).await,
            Step::Expire(index) => self.expire(index).await,
            Step::Shard { lease, shard, digest } => self.shard(lease, shard, digest).await,
            Step::Complete(index) => self.complete(index).await,
            Step::Beat(index) => self.beat(index).await,
            Step::Fail { lease, transient } => self.fail(lease, transient).await,
            Step::HandBack(index) => self.hand_back(index).await,
            Step::AcknowledgeCancel(index) => self.acknowledge(index).await,
        }
    }

    async fn enqueue(&mut self, key: Option<u8>, max_attempts: i32) {
        let mut job = NewJob::new("k", json!({})).shards(SHARDS);
        job.dedupe_key = key.map(|key| key.to_string());
        job.max_attempts = max_attempts;
        let mut connection = self.store.api().acquire().await.unwrap();
        let enqueued = jobs::enqueue(&mut connection, &job).await.unwrap();
        let live = self.jobs.iter().find(|(_, j)| key.is_some() && j.key == key && j.is_live());
        assert_eq!(enqueued.is_new, live.is_none());
        if let Some((id, _)) = live {
            assert_eq!(enqueued.id, *id);
            return;
        }
        let job = ModelJob {
            key,
            state: JobState::Ready,
            attempt: 0,
            max_attempts,
            token: 0,
            cancel: false,
            place: self.clock,
            shards: BTreeMap::new(),
            conflict: false,
        };
        self.jobs.insert(enqueued.id, job);
    }

    async fn claim(&mut self) {
        let lease = jobs::claim(self.store.jobs(), &["k"], "w", TIMING).await.unwrap();
        let expected = self
            .jobs
            .iter_mut()
            .filter(|(_, job)| job.state == JobState::Ready)
            .min_by_key(|(_, job)| job.place);
        assert_eq!(lease.as_ref().map(|l| l.job_id), expected.as_ref().map(|(id, _)| **id));
        let (Some(lease), Some((_, job))) = (lease, expected) else { return };
        job.state = JobState::Running;
        job.attempt += 1;
        job.token += 1;
        assert_eq!((lease.attempt, lease.token), (job.attempt, job.token));
        self.leases.push(lease);
    }

    async fn expire(&mut self, index: usize) {
        let Some(lease) = self.lease(index) else { return };
        sqlx::query("update jobs set lease_until = now() - interval '1 s' where id = $1 and state = 'running'")
            .bind(lease.job_id)
            .execute(self.store.jobs())
            .await
            .unwrap();
        let reclaimed = jobs::reclaim_expired(self.store.jobs(), TIMING).await.unwrap();
        let clock = self.clock;
        let job = self.jobs.get_mut(&lease.job_id).unwrap();
        assert_eq!(reclaimed.len(), usize::from(job.state == JobState::Running));
        if job.state == JobState::Running {
            let dead = job.attempt >= job.max_attempts;
            job.back(clock, if dead { JobState::Dead } else { JobState::Ready });
            assert_eq!(reclaimed[0].state, job.state);
        }
    }

    async fn shard(&mut self, index: usize, shard: i32, digest: u8) {
        let Some(lease) = self.lease(index) else { return };
        let mut tx = self.store.begin_job().await.unwrap();
        let text = digest.to_string();
        let outcome = jobs::commit_shard(&mut tx, &lease, shard, &text, &json!(digest)).await;
        tx.commit().await.unwrap();
        let job = self.jobs.get_mut(&lease.job_id).unwrap();
        if !job.holds(&lease) {
            return lost(outcome);
        }
        let expected = match job.shards.get(&shard) {
            None => ShardOutcome::New,
            Some(kept) if *kept == digest => ShardOutcome::Repeat,
            Some(_) => ShardOutcome::Conflict,
        };
        job.shards.entry(shard).or_insert(digest);
        job.conflict |= expected == ShardOutcome::Conflict;
        assert_eq!(outcome.unwrap(), expected);
    }

    async fn complete(&mut self, index: usize) {
        let Some(lease) = self.lease(index) else { return };
        let mut tx = self.store.begin_job().await.unwrap();
        let outcome = jobs::complete(&mut tx, &lease).await;
        tx.commit().await.unwrap();
        let job = self.jobs.get_mut(&lease.job_id).unwrap();
        if !job.holds(&lease) {
            return lost(outcome);
        }
        if job.shards.len() < SHARDS as usize {
            let refused = matches!(outcome, Err(StoreError::ShardsMissing { .. }));
            assert!(refused, "{outcome:?}");
            return;
        }
        outcome.unwrap();
        job.state = JobState::Done;
    }

    async fn beat(&mut self, index: usize) {
        let Some(lease) = self.lease(index) else { return };
        let outcome = jobs::heartbeat(self.store.heartbeat(), &lease, None, None).await;
        let job = &self.jobs[&lease.job_id];
        if !job.holds(&lease) {
            return lost(outcome);
        }
        let expected = if job.cancel { Beat::CancelRequested } else { Beat::GoOn };
        assert_eq!(outcome.unwrap(), expected);
    }

    async fn fail(&mut self, index: usize, transient: bool) {
        let Some(lease) = self.lease(index) else { return };
        let kind = if transient { FailureKind::Transient } else { FailureKind::Permanent };
        let outcome = jobs::fail(self.store.jobs(), &lease, kind, &json!({})).await;
        let clock = self.clock;
        let job = self.jobs.get_mut(&lease.job_id).unwrap();
        if !job.holds(&lease) {
            return lost(outcome);
        }
        let next = match transient {
            false => JobState::Failed,
            true if job.attempt >= job.max_attempts => JobState::Dead,
            true => JobState::Ready,
        };
        job.back(clock, next);
        assert_eq!(outcome.unwrap(), job.state);
    }

    async fn hand_back(&mut self, index: usize) {
        let Some(lease) = self.lease(index) else { return };
        let outcome = jobs::hand_back(self.store.jobs(), &lease).await;
        let clock = self.clock;
        let job = self.jobs.get_mut(&lease.job_id).unwrap();
        if !job.holds(&lease) {
            return lost(outcome);
        }
        outcome.unwrap();
        job.attempt -= 1;
        job.back(clock, JobState::Ready);
    }

    async fn acknowledge(&mut self, index: usize) {
        let Some(lease) = self.lease(index) else { return };
        let job = self.jobs.get_mut(&lease.job_id).unwrap();
        if job.holds(&lease) && !job.cancel {
            return; // a worker does this only when asked to
        }
        let outcome = jobs::acknowledge_cancel(self.store.jobs(), &lease).await;
        if !job.holds(&lease) {
            return lost(outcome);
        }
        outcome.unwrap();
        job.state = JobState::Cancelled;
    }

    async fn cancel(&mut self, index: usize) {
        let Some(id) = self.job_id(index) else { return };
        let mut connection = self.store.api().acquire().await.unwrap();
        let outcome = jobs::cancel(&mut connection, id).await.unwrap().unwrap();
        let job = self.jobs.get_mut(&id).unwrap();
        let expected = match job.state {
            JobState::Ready => CancelOutcome::Cancelled,
            JobState::Running => CancelOutcome::Requested,
            ended => CancelOutcome::AlreadyEnded(ended),
        };
        assert_eq!(outcome, expected);
        job.cancel |= job.is_live();
        if job.state == JobState::Ready {
            job.state = JobState::Cancelled;
        }
    }

    async fn rerun(&mut self, index: usize) {
        let Some(id) = self.job_id(index) else { return };
        let mut tx = self.store.begin().await.unwrap();
        let outcome = jobs::rerun(&mut tx, id, "ada").await;
        if outcome.is_ok() { tx.commit().await } else { tx.rollback().await }.unwrap();
        let key = self.jobs[&id].key;
        let taken = self.jobs.values().any(|j| key.is_some() && j.key == key && j.is_live());
        let job = self.jobs.get_mut(&id).unwrap();
        let ended = job.state.has_ended() && job.state != JobState::Done;
        match outcome {
            Ok(_) => assert!(ended && !taken),
            Err(StoreError::Conflict { .. }) => return assert!(ended && taken),
            Err(error) => return assert!(!ended, "{error}"),
        }
        job.cancel = false;
        job.attempt = 0;
        job.back(self.clock, JobState::Ready);
    }

    /// Every row is what the model says.
    async fn compare(&self) {
        for (id, model) in &self.jobs {
            let job = jobs::get(self.store.api(), *id).await.unwrap().unwrap();
            let row = (job.state, job.attempt, job.cancel_requested_at.is_some(), job.done);
            let done = model.shards.len() as i32;
            assert_eq!(row, (model.state, model.attempt, model.cancel, done), "job {id}");
            let stored = jobs::shard_results(self.store.api(), *id).await.unwrap();
            let stored: BTreeMap<i32, u8> =
                stored.iter().map(|s| (s.shard_no, s.digest.parse().unwrap())).collect();
            assert_eq!(stored, model.shards, "shards of job {id}");
            let conflicts = jobs::conflicts(self.store.api(), *id).await.unwrap();
            assert_eq!(!conflicts.is_empty(), model.conflict, "conflicts of job {id}");
        }
    }
}

fn lost<T: std::fmt::Debug>(outcome: nextwell_store::Result<T>) {
    assert!(matches!(outcome, Err(StoreError::LeaseLost { .. })), "{outcome:?}");
}

#[test]
fn the_queue_does_what_its_model_says_in_any_order_of_events() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let db = runtime.block_on(database());
    let config = Config { cases: 48, failure_persistence: None, ..Config::default() };
    let outcome = TestRunner::new(config).run(&prop::collection::vec(step(), 10..60), |steps| {
        runtime.block_on(async {
            sqlx::raw_sql("truncate jobs cascade").execute(db.store.jobs()).await.unwrap();
            let mut run =
                Run { store: &db.store, jobs: BTreeMap::new(), leases: Vec::new(), clock: 0 };
            for step in steps {
                run.apply(step).await;
            }
            run.compare().await;
        });
        Ok(())
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
}
