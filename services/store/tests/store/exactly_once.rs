//! Six workers that freeze, die and come back: every shard counts once.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use nextwell_store::jobs::{self, Lease, NewJob, ShardOutcome, Timing};
use nextwell_store::testing::database;
use nextwell_store::{Result, Store, StoreError};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::json;
use sha2::{Digest, Sha256};

const WORKERS: u64 = 6;
const JOBS: i64 = 8;
const SHARDS: i32 = 12;
const TIMING: Timing =
    Timing { lease: Duration::from_millis(150), retry: Duration::from_millis(1) };

/// What a worker may do to itself before a shard.
enum Mishap {
    None,
    /// Sleeps past its lease and then goes on as if nothing had happened.
    Freeze,
    /// Is gone without a word.
    Die,
}

#[derive(Default)]
struct Tally {
    frozen: AtomicU32,
    died: AtomicU32,
    lost: AtomicU32,
    completed: AtomicU32,
}

fn digest_of(job_id: i64, shard: i32) -> String {
    format!("{:x?}", Sha256::digest(format!("{job_id}/{shard}")))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_shard_counts_once_whatever_happens_to_six_workers() {
    let db = database().await;
    // Effects of a shard and of an end, without any constraint that could hide a second one.
    sqlx::query("create table effects (job_id bigint, shard_no int)")
        .execute(db.store.jobs())
        .await
        .unwrap();
    let mut connection = db.store.api().acquire().await.unwrap();
    for _ in 0..JOBS {
        let mut job = NewJob::new("screen", json!({})).shards(SHARDS);
        job.max_attempts = 10_000;
        jobs::enqueue(&mut connection, &job).await.unwrap();
    }
    let tally = Arc::new(Tally::default());
    let workers: Vec<_> = (0..WORKERS)
        .map(|seed| {
            // A store each, as if each worker were a process.
            let (url, tally) = (db.url.clone(), tally.clone());
            tokio::spawn(async move {
                let store = Store::connect(&url).await.unwrap();
                worker(&store, seed, &tally).await.unwrap();
                store.close().await;
            })
        })
        .collect();
    for worker in workers {
        worker.await.unwrap();
    }

    let effects: Vec<(i64, i32, i64)> = sqlx::query_as(
        "select job_id, shard_no, count(*) from effects group by 1, 2 order by 1, 2",
    )
    .fetch_all(db.store.jobs())
    .await
    .unwrap();
    assert_eq!(effects.len() as i64, JOBS * i64::from(SHARDS) + JOBS, "none is missing");
    assert!(effects.iter().all(|(.., count)| *count == 1), "none happened twice: {effects:?}");
    for job in jobs::list(db.store.api(), &Default::default()).await.unwrap() {
        assert_eq!((job.state, job.done), (jobs::JobState::Done, SHARDS));
        for shard in jobs::shard_results(db.store.api(), job.id).await.unwrap() {
            assert_eq!(shard.digest, digest_of(job.id, shard.shard_no));
        }
        assert!(jobs::conflicts(db.store.api(), job.id).await.unwrap().is_empty());
    }
    assert_eq!(i64::from(tally.completed.load(Ordering::Relaxed)), JOBS);
    // The test is worth nothing if no mishap happened.
    for (what, count) in
        [("frozen", &tally.frozen), ("died", &tally.died), ("lost leases", &tally.lost)]
    {
        assert!(count.load(Ordering::Relaxed) > 0, "{what} never happened");
    }
}

async fn worker(store: &Store, seed: u64, tally: &Tally) -> Result<()> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let owner = format!("worker {seed}");
    loop {
        jobs::reclaim_expired(store.jobs(), TIMING).await?;
        let Some(lease) = jobs::claim(store.jobs(), &["screen"], &owner, TIMING).await? else {
            let counts = jobs::counts(store.jobs()).await?;
            if counts.iter().all(|count| count.state.has_ended()) {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
            continue;
        };
        match work(store, &lease, &mut rng, tally).await {
            Ok(()) => {}
            Err(StoreError::LeaseLost { .. }) => {
                tally.lost.fetch_add(1, Ordering::Relaxed);
            }
            Err(error) => return Err(error),
        }
    }
}

async fn work(store: &Store, lease: &Lease, rng: &mut ChaCha8Rng, tally: &Tally) -> Result<()> {
    for shard in jobs::missing_shards(store.jobs(), lease.job_id).await? {
        match mishap(rng) {
            Mishap::None => {}
            Mishap::Freeze => {
                tally.frozen.fetch_add(1, Ordering::Relaxed);
                tokio::time::sleep(TIMING.lease * 2).await;
            }
            Mishap::Die => {
                tally.died.fetch_add(1, Ordering::Relaxed);
                return Ok(());
            }
        }
        let digest = digest_of(lease.job_id, shard);
        let mut tx = store.begin_job().await?;
        let outcome =
            jobs::commit_shard(&mut tx, lease, shard, &digest, &json!({"shard": shard})).await?;
        if outcome == ShardOutcome::New {
            effect(&mut tx, lease.job_id, shard).await?;
        }
        if rng.random_bool(0.03) {
            return Ok(()); // cut off before the commit
        }
        tx.commit().await?;
    }
    let mut tx = store.begin_job().await?;
    jobs::complete(&mut tx, lease).await?;
    effect(&mut tx, lease.job_id, -1).await?;
    tx.commit().await?;
    tally.completed.fetch_add(1, Ordering::Relaxed);
    Ok(())
}

fn mishap(rng: &mut ChaCha8Rng) -> Mishap {
    match rng.random_range(0..100) {
        0..8 => Mishap::Freeze,
        8..14 => Mishap::Die,
        _ => Mishap::None,
    }
}

async fn effect(tx: &mut nextwell_store::Tx, job_id: i64, shard: i32) -> Result<()> {
    sqlx::query("insert into effects values ($1, $2)")
        .bind(job_id)
        .bind(shard)
        .execute(&mut **tx)
        .await?;
    Ok(())
}
