//! The rules of the queue, one by one.

use std::time::Duration;

use nextwell_store::jobs::{self, *};
use nextwell_store::testing::{TestDatabase, database};
use nextwell_store::{StoreError, audit};
use serde_json::json;

const QUICK: Timing = Timing { lease: Duration::from_secs(30), retry: Duration::ZERO };

async fn enqueue(db: &TestDatabase, job: NewJob) -> i64 {
    let mut connection = db.store.api().acquire().await.unwrap();
    jobs::enqueue(&mut connection, &job).await.unwrap().id
}

async fn claim(db: &TestDatabase, owner: &str) -> Option<Lease> {
    jobs::claim(db.store.jobs(), &["screen"], owner, QUICK).await.unwrap()
}

async fn commit(db: &TestDatabase, lease: &Lease, shard: i32, digest: &str) -> ShardOutcome {
    let mut tx = db.store.begin_job().await.unwrap();
    let outcome =
        jobs::commit_shard(&mut tx, lease, shard, digest, &json!({"d": digest})).await.unwrap();
    tx.commit().await.unwrap();
    outcome
}

async fn complete(db: &TestDatabase, lease: &Lease) -> nextwell_store::Result<()> {
    let mut tx = db.store.begin_job().await?;
    jobs::complete(&mut tx, lease).await?;
    Ok(tx.commit().await?)
}

/// Makes the lease run out now, as if its worker had slept through it.
async fn expire(db: &TestDatabase, job_id: i64) {
    sqlx::query("update jobs set lease_until = now() - interval '1 second' where id = $1")
        .bind(job_id)
        .execute(db.store.jobs())
        .await
        .unwrap();
    jobs::reclaim_expired(db.store.jobs(), QUICK).await.unwrap();
}

async fn state(db: &TestDatabase, id: i64) -> JobState {
    jobs::get(db.store.api(), id).await.unwrap().unwrap().state
}

fn is_lost<T: std::fmt::Debug>(outcome: nextwell_store::Result<T>) -> bool {
    matches!(outcome, Err(StoreError::LeaseLost { .. }))
}

#[tokio::test]
async fn a_worker_that_slept_past_its_lease_can_change_nothing() {
    let db = database().await;
    let id = enqueue(&db, NewJob::new("screen", json!({})).shards(2)).await;
    let sleeper = claim(&db, "sleeper").await.unwrap();
    commit(&db, &sleeper, 0, "a").await;
    expire(&db, id).await;
    let heir = claim(&db, "heir").await.unwrap();
    assert!(heir.token > sleeper.token);

    let mut tx = db.store.begin_job().await.unwrap();
    assert!(is_lost(jobs::commit_shard(&mut tx, &sleeper, 1, "b", &json!(1)).await));
    tx.commit().await.unwrap();
    let pool = db.store.jobs();
    assert!(is_lost(jobs::heartbeat(pool, &sleeper, Some(99), Some("awake")).await));
    assert!(is_lost(jobs::set_shards(pool, &sleeper, 1).await));
    assert!(is_lost(jobs::fail(pool, &sleeper, FailureKind::Permanent, &json!("x")).await));
    assert!(is_lost(jobs::hand_back(pool, &sleeper).await));
    assert!(is_lost(jobs::acknowledge_cancel(pool, &sleeper).await));
    assert!(is_lost(complete(&db, &sleeper).await));

    let job = jobs::get(pool, id).await.unwrap().unwrap();
    assert_eq!((job.state, job.done, job.total), (JobState::Running, 1, Some(2)));
    assert_eq!((job.lease_owner.as_deref(), job.message), (Some("heir"), None));
    assert_eq!(jobs::missing_shards(pool, id).await.unwrap(), [1], "only what is missing is left");
    commit(&db, &heir, 1, "b").await;
    complete(&db, &heir).await.unwrap();
    assert!(is_lost(complete(&db, &sleeper).await), "not even after the end");
    assert_eq!(state(&db, id).await, JobState::Done);
}

#[tokio::test]
async fn a_lease_that_ran_out_but_was_not_taken_goes_on_with_the_next_beat() {
    let db = database().await;
    let id = enqueue(&db, NewJob::new("screen", json!({}))).await;
    let lease = claim(&db, "a").await.unwrap();
    sqlx::query("update jobs set lease_until = now() - interval '1 second'")
        .execute(db.store.jobs())
        .await
        .unwrap();
    assert_eq!(
        jobs::heartbeat(db.store.heartbeat(), &lease, None, None).await.unwrap(),
        Beat::GoOn
    );
    assert!(jobs::reclaim_expired(db.store.jobs(), QUICK).await.unwrap().is_empty());
    assert_eq!(state(&db, id).await, JobState::Running);
}

#[tokio::test]
async fn a_job_that_kills_its_workers_is_dead_after_its_attempts() {
    let db = database().await;
    let mut job = NewJob::new("screen", json!({}));
    job.max_attempts = 3;
    let id = enqueue(&db, job).await;
    for attempt in 1..=3 {
        let lease = claim(&db, "victim").await.unwrap();
        assert_eq!(lease.attempt, attempt, "counted when claimed, not when it fails");
        expire(&db, id).await;
    }
    assert!(claim(&db, "victim").await.is_none());
    let job = jobs::get(db.store.api(), id).await.unwrap().unwrap();
    assert_eq!(job.state, JobState::Dead);
    assert_eq!(job.last_error.unwrap()["kind"], "lease_expired");
    assert!(job.finished_at.is_some());
}

#[tokio::test]
async fn a_dead_job_run_again_has_new_attempts_its_shards_and_an_audit_line() {
    let db = database().await;
    let mut job = NewJob::new("screen", json!({})).shards(2);
    job.max_attempts = 1;
    let id = enqueue(&db, job).await;
    let lease = claim(&db, "a").await.unwrap();
    commit(&db, &lease, 0, "a").await;
    expire(&db, id).await;
    assert_eq!(state(&db, id).await, JobState::Dead);

    let mut tx = db.store.begin().await.unwrap();
    let again = jobs::rerun(&mut tx, id, "ada").await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!((again.state, again.attempt), (JobState::Ready, 0));
    let lease = claim(&db, "b").await.unwrap();
    assert_eq!(jobs::missing_shards(db.store.jobs(), id).await.unwrap(), [1]);
    assert_eq!(jobs::get(db.store.api(), id).await.unwrap().unwrap().done, 1);
    let events = audit::list(db.store.api(), None, None, 10).await.unwrap();
    assert_eq!((events[0].actor.as_str(), events[0].action.as_str()), ("ada", "job.rerun"));

    let mut tx = db.store.begin().await.unwrap();
    let refused = jobs::rerun(&mut tx, id, "ada").await.unwrap_err();
    assert_eq!(refused.constraint(), Some("jobs_rerun_ended"), "{refused}: a running job goes on");
    drop(tx);
    commit(&db, &lease, 1, "b").await;
    complete(&db, &lease).await.unwrap();
}

#[tokio::test]
async fn errors_are_tried_again_only_when_that_may_help() {
    let db = database().await;
    let id = enqueue(&db, NewJob::new("screen", json!({}))).await;
    let lease = claim(&db, "a").await.unwrap();
    let error = json!({"message": "the model service is away"});
    let next = jobs::fail(db.store.jobs(), &lease, FailureKind::Transient, &error).await.unwrap();
    assert_eq!(next, JobState::Ready);
    let lease = claim(&db, "a").await.unwrap();
    assert_eq!(lease.attempt, 2);
    let next = jobs::fail(db.store.jobs(), &lease, FailureKind::Permanent, &error).await.unwrap();
    assert_eq!(next, JobState::Failed);
    let job = jobs::get(db.store.api(), id).await.unwrap().unwrap();
    assert_eq!(job.last_error, Some(error));
    assert!(claim(&db, "a").await.is_none());
}

#[tokio::test]
async fn a_retry_waits_and_waits_longer_each_time() {
    let db = database().await;
    let id = enqueue(&db, NewJob::new("screen", json!({}))).await;
    let timing = Timing { retry: Duration::from_secs(100), ..QUICK };
    let mut bounds = Vec::new();
    for _ in 0..3 {
        sqlx::query("update jobs set run_at = now()").execute(db.store.jobs()).await.unwrap();
        let lease = jobs::claim(db.store.jobs(), &["screen"], "a", timing).await.unwrap().unwrap();
        jobs::fail(db.store.jobs(), &lease, FailureKind::Transient, &json!({})).await.unwrap();
        let wait: f64 = sqlx::query_scalar(
            "select extract(epoch from run_at - clock_timestamp())::float8 from jobs where id = $1",
        )
        .bind(id)
        .fetch_one(db.store.jobs())
        .await
        .unwrap();
        bounds.push(wait);
        assert!(claim(&db, "a").await.is_none(), "not before its time");
    }
    for (wait, base) in bounds.iter().zip([100.0, 200.0, 400.0]) {
        assert!((base * 0.5 - 5.0..=base * 1.5).contains(wait), "{wait} s around {base} s");
    }
}

#[tokio::test]
async fn one_live_job_per_key_and_a_new_one_after_it_ended() {
    let db = database().await;
    let mut connection = db.store.api().acquire().await.unwrap();
    let job = NewJob::new("screen", json!({})).dedupe("campaign 1");
    let first = jobs::enqueue(&mut connection, &job).await.unwrap();
    let second = jobs::enqueue(&mut connection, &job).await.unwrap();
    assert_eq!((first.id, first.is_new, second.is_new), (second.id, true, false));
    let lease = claim(&db, "a").await.unwrap();
    assert!(!jobs::enqueue(&mut connection, &job).await.unwrap().is_new, "also while it runs");
    let other = NewJob { kind: "train".into(), ..job.clone() };
    assert!(jobs::enqueue(&mut connection, &other).await.unwrap().is_new, "kinds are apart");
    complete(&db, &lease).await.unwrap();
    assert!(jobs::enqueue(&mut connection, &job).await.unwrap().is_new);
}

#[tokio::test]
async fn two_who_enqueue_one_key_at_once_get_one_job() {
    let db = database().await;
    let job = NewJob::new("screen", json!({})).dedupe("k");
    let enqueue = || async {
        let mut connection = db.store.api().acquire().await.unwrap();
        jobs::enqueue(&mut connection, &job).await.unwrap()
    };
    let (a, b, c, d) = tokio::join!(enqueue(), enqueue(), enqueue(), enqueue());
    let all = [a, b, c, d];
    assert_eq!(all.iter().filter(|e| e.is_new).count(), 1);
    assert!(all.iter().all(|e| e.id == a.id));
}

#[tokio::test]
async fn a_waiting_job_is_cancelled_at_once_and_a_running_one_at_its_next_beat() {
    let db = database().await;
    let waiting = enqueue(&db, NewJob::new("train", json!({}))).await;
    let running = enqueue(&db, NewJob::new("screen", json!({})).shards(2)).await;
    let lease = claim(&db, "a").await.unwrap();
    commit(&db, &lease, 0, "a").await;
    let mut connection = db.store.api().acquire().await.unwrap();
    let cancel = jobs::cancel(&mut connection, waiting).await.unwrap();
    assert_eq!(cancel, Some(CancelOutcome::Cancelled));
    let cancel = jobs::cancel(&mut connection, running).await.unwrap();
    assert_eq!(cancel, Some(CancelOutcome::Requested));
    let beat = jobs::heartbeat(db.store.heartbeat(), &lease, None, None).await.unwrap();
    assert_eq!(beat, Beat::CancelRequested);
    jobs::acknowledge_cancel(db.store.jobs(), &lease).await.unwrap();
    assert_eq!(state(&db, running).await, JobState::Cancelled);
    let shards = jobs::shard_results(db.store.api(), running).await.unwrap();
    assert_eq!(shards.len(), 1, "finished shards stay");
    let again = jobs::cancel(&mut connection, running).await.unwrap();
    assert_eq!(again, Some(CancelOutcome::AlreadyEnded(JobState::Cancelled)));
    assert_eq!(jobs::cancel(&mut connection, 999).await.unwrap(), None);
}

#[tokio::test]
async fn a_cancelled_job_whose_worker_died_is_not_started_again() {
    let db = database().await;
    let id = enqueue(&db, NewJob::new("screen", json!({}))).await;
    claim(&db, "a").await.unwrap();
    let mut connection = db.store.api().acquire().await.unwrap();
    jobs::cancel(&mut connection, id).await.unwrap();
    expire(&db, id).await;
    assert_eq!(state(&db, id).await, JobState::Cancelled);
}

#[tokio::test]
async fn a_job_handed_back_at_shutdown_loses_no_attempt() {
    let db = database().await;
    enqueue(&db, NewJob::new("screen", json!({}))).await;
    let lease = claim(&db, "a").await.unwrap();
    jobs::hand_back(db.store.jobs(), &lease).await.unwrap();
    assert!(is_lost(jobs::heartbeat(db.store.jobs(), &lease, None, None).await));
    let next = claim(&db, "b").await.unwrap();
    assert_eq!((next.attempt, next.token), (1, lease.token + 1));
}

#[tokio::test]
async fn a_job_is_not_complete_while_a_shard_is_missing() {
    let db = database().await;
    let id = enqueue(&db, NewJob::new("screen", json!({}))).await;
    let lease = claim(&db, "a").await.unwrap();
    jobs::set_shards(db.store.jobs(), &lease, 3).await.unwrap();
    commit(&db, &lease, 1, "b").await;
    let refused = complete(&db, &lease).await;
    assert!(matches!(refused, Err(StoreError::ShardsMissing { missing: 2, .. })), "{refused:?}");
    assert_eq!(jobs::missing_shards(db.store.jobs(), id).await.unwrap(), [0, 2]);
    commit(&db, &lease, 0, "a").await;
    commit(&db, &lease, 2, "c").await;
    complete(&db, &lease).await.unwrap();
}

#[tokio::test]
async fn steps_are_only_progress_and_do_not_hold_up_the_end() {
    let db = database().await;
    let id = enqueue(&db, NewJob::new("screen", json!({}))).await;
    let lease = claim(&db, "a").await.unwrap();
    jobs::set_steps(db.store.jobs(), &lease, 10).await.unwrap();
    jobs::heartbeat(db.store.jobs(), &lease, Some(4), Some("epoch 4 of 10")).await.unwrap();
    let job = jobs::get(db.store.api(), id).await.unwrap().unwrap();
    assert_eq!((job.done, job.message.as_deref()), (4, Some("epoch 4 of 10")));
    complete(&db, &lease).await.unwrap();
}

#[tokio::test]
async fn a_different_result_for_a_shard_is_kept_aside_and_the_first_one_counts() {
    let db = database().await;
    let id = enqueue(&db, NewJob::new("screen", json!({})).shards(1)).await;
    let lease = claim(&db, "a").await.unwrap();
    assert_eq!(commit(&db, &lease, 0, "first").await, ShardOutcome::New);
    assert_eq!(commit(&db, &lease, 0, "first").await, ShardOutcome::Repeat);
    assert_eq!(commit(&db, &lease, 0, "other").await, ShardOutcome::Conflict);
    assert_eq!(commit(&db, &lease, 0, "other").await, ShardOutcome::Conflict);
    let shards = jobs::shard_results(db.store.api(), id).await.unwrap();
    assert_eq!((shards.len(), shards[0].digest.as_str()), (1, "first"));
    let conflicts = jobs::conflicts(db.store.api(), id).await.unwrap();
    assert_eq!(conflicts.len(), 1, "the same difference is noted once");
    assert_eq!(conflicts[0].other_digest, "other");
    assert_eq!(jobs::get(db.store.api(), id).await.unwrap().unwrap().done, 1);
}

#[tokio::test]
async fn a_shard_rolled_back_is_missing_and_its_lease_was_not_extended() {
    let db = database().await;
    let id = enqueue(&db, NewJob::new("screen", json!({})).shards(1)).await;
    let lease = claim(&db, "a").await.unwrap();
    let before = jobs::get(db.store.api(), id).await.unwrap().unwrap();
    let mut tx = db.store.begin_job().await.unwrap();
    jobs::commit_shard(&mut tx, &lease, 0, "a", &json!(1)).await.unwrap();
    tx.rollback().await.unwrap();
    assert_eq!(jobs::get(db.store.api(), id).await.unwrap().unwrap(), before);
    assert_eq!(jobs::missing_shards(db.store.jobs(), id).await.unwrap(), [0]);
}

#[tokio::test]
async fn the_most_urgent_job_is_claimed_first_and_only_of_the_kinds_asked_for() {
    let db = database().await;
    let low = enqueue(&db, NewJob::new("screen", json!({}))).await;
    let mut urgent = NewJob::new("screen", json!({}));
    urgent.priority = 5;
    let urgent = enqueue(&db, urgent).await;
    enqueue(&db, NewJob::new("train", json!({}))).await;
    assert_eq!(claim(&db, "a").await.unwrap().job_id, urgent);
    assert_eq!(claim(&db, "a").await.unwrap().job_id, low);
    assert!(claim(&db, "a").await.is_none());
}

#[tokio::test]
async fn the_list_is_newest_first_by_page_and_the_counts_tell_how_long_jobs_wait() {
    let db = database().await;
    let mut ids = Vec::new();
    for _ in 0..5 {
        ids.push(enqueue(&db, NewJob::new("screen", json!({}))).await);
    }
    claim(&db, "a").await.unwrap();
    let filter = JobFilter { limit: Some(2), ..JobFilter::default() };
    let page = jobs::list(db.store.api(), &filter).await.unwrap();
    assert_eq!(page.iter().map(|j| j.id).collect::<Vec<_>>(), [ids[4], ids[3]]);
    let filter = JobFilter { before_id: Some(ids[3]), ..filter };
    let page = jobs::list(db.store.api(), &filter).await.unwrap();
    assert_eq!(page.iter().map(|j| j.id).collect::<Vec<_>>(), [ids[2], ids[1]]);
    let filter = JobFilter { states: vec![JobState::Running], ..JobFilter::default() };
    assert_eq!(jobs::list(db.store.api(), &filter).await.unwrap().len(), 1);
    let filter = JobFilter { kinds: vec!["train".into()], ..JobFilter::default() };
    assert!(jobs::list(db.store.api(), &filter).await.unwrap().is_empty());
    let counts = jobs::counts(db.store.api()).await.unwrap();
    let ready = counts.iter().find(|c| c.state == JobState::Ready).unwrap();
    assert_eq!(ready.count, 4);
    assert!(ready.oldest_seconds.unwrap() >= 0.0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn workers_that_claim_at_once_get_different_jobs() {
    let db = database().await;
    for _ in 0..40 {
        enqueue(&db, NewJob::new("screen", json!({}))).await;
    }
    let workers: Vec<_> = (0..4)
        .map(|worker| {
            let store = db.store.clone();
            tokio::spawn(async move {
                let (mut claimed, owner) = (Vec::new(), worker.to_string());
                while let Some(lease) =
                    jobs::claim(store.jobs(), &["screen"], &owner, QUICK).await.unwrap()
                {
                    assert_eq!(lease.attempt, 1);
                    claimed.push(lease.job_id);
                }
                claimed
            })
        })
        .collect();
    let mut all = Vec::new();
    for worker in workers {
        all.extend(worker.await.unwrap());
    }
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), 40, "each job once");
}
