//! Workers: claim, beat, run, end.

use std::time::Duration;

use nextwell_store::StoreError;
use nextwell_store::jobs::{self, Beat, Lease, Timing};
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{
    JobError, KINDS, Work, embed, learn, perturb, pretrain, propose, remove, replay, screen,
    verify, work_id,
};
use crate::App;
use crate::error::ApiError;
use crate::wire;

/// How often an idle worker looks, whatever the notifications say.
const POLL: Duration = Duration::from_secs(5);

/// Starts the workers; each ends after `stop` and its job's lease is handed back.
pub fn start_workers(app: &App, stop: &CancellationToken) -> Vec<JoinHandle<()>> {
    (0..app.config().workers.max(1))
        .map(|number| {
            let owner = format!("{}-{number}", app.config().owner);
            tokio::spawn(work(app.clone(), owner, stop.clone()))
        })
        .collect()
}

async fn work(app: App, owner: String, stop: CancellationToken) {
    let timing = Timing::from_env();
    while !stop.is_cancelled() {
        // Register for the wake-up before looking, so that none is missed in between.
        let ready = app.job_ready().notified();
        match claim(&app, &owner, timing).await {
            Ok(Some(lease)) => run(&app, lease, &stop).await,
            Ok(None) => {
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = ready => {}
                    () = tokio::time::sleep(POLL) => {}
                }
            }
            Err(error) => {
                tracing::warn!(%error, "cannot look for jobs; trying again");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    }
}

async fn claim(app: &App, owner: &str, timing: Timing) -> Result<Option<Lease>, StoreError> {
    let db = app.store().jobs();
    for reclaimed in jobs::reclaim_expired(db, timing).await? {
        tracing::warn!(job_id = reclaimed.job_id, "took a job back whose worker went silent");
    }
    jobs::claim(db, KINDS, owner, timing).await
}

/// How a job's step ended.
enum End {
    /// The step wrote its result and completed the job.
    Done,
    /// The step failed.
    Error(JobError),
    /// A person asked to stop it.
    Cancelled,
    /// No heartbeat got through: somebody else may own the job.
    Silent,
    /// This process is shutting down.
    Shutdown,
}

async fn run(app: &App, lease: Lease, stop: &CancellationToken) {
    let work = Work { app: app.clone(), lease: lease.clone(), progress: std::sync::Arc::default() };
    tracing::info!(job_id = lease.job_id, kind = lease.kind, attempt = lease.attempt, "job starts");
    let end = tokio::select! {
        outcome = step(&work) => match outcome {
            Ok(()) => End::Done,
            Err(error) => End::Error(error),
        },
        end = beat(&work) => end,
        () = stop.cancelled() => End::Shutdown,
    };
    if let Err(error) = finish(app, &lease, end).await {
        tracing::warn!(job_id = lease.job_id, %error, "the job's end could not be written");
    }
}

async fn step(work: &Work) -> Result<(), JobError> {
    match work.lease.kind.as_str() {
        pretrain::KIND => pretrain::run(work).await,
        screen::KIND => screen::run(work).await,
        propose::KIND => propose::run(work).await,
        learn::KIND => learn::run(work).await,
        verify::KIND => verify::run(work).await,
        embed::KIND => embed::run(work).await,
        perturb::KIND => perturb::run(work).await,
        remove::KIND => remove::run(work).await,
        replay::KIND => replay::run(work).await,
        other => Err(ApiError::bad_request("unknown_kind", format!("no job kind {other}")).into()),
    }
}

/// Keeps the lease until it is lost or the job is cancelled; never returns otherwise.
async fn beat(work: &Work) -> End {
    let timing = work.lease.timing;
    let mut last = Instant::now();
    loop {
        tokio::time::sleep(timing.beat_every()).await;
        let (message, done) = shown(work).await;
        let db = work.store().heartbeat();
        match jobs::heartbeat(db, &work.lease, done, message.as_deref()).await {
            Ok(Beat::GoOn) => last = Instant::now(),
            Ok(Beat::CancelRequested) => return End::Cancelled,
            Err(StoreError::LeaseLost { .. }) => return End::Silent,
            Err(error) => {
                tracing::warn!(job_id = work.lease.job_id, %error, "heartbeat failed");
                if last.elapsed() > timing.give_up_after() {
                    return End::Silent;
                }
            }
        }
    }
}

/// What the heartbeat shows: our words, or the model service's own progress.
async fn shown(work: &Work) -> (Option<String>, Option<i32>) {
    let progress = work.progress.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).clone();
    if !progress.ask_model_service {
        return (Some(progress.message).filter(|text| !text.is_empty()), None);
    }
    let seen = work.app.model().progress(&work_id(&work.lease)).await;
    if seen.total == 0 {
        return (Some(progress.message), None);
    }
    let percent = i32::try_from(seen.done.min(seen.total) * 100 / seen.total).unwrap_or(0);
    (Some(format!("{}: {}", progress.message, seen.message)), Some(percent))
}

async fn finish(app: &App, lease: &Lease, end: End) -> Result<(), StoreError> {
    let db = app.store().jobs();
    match end {
        End::Done => tracing::info!(job_id = lease.job_id, kind = lease.kind, "job done"),
        End::Error(JobError::LeaseLost) | End::Silent => {
            tracing::warn!(job_id = lease.job_id, "the lease is lost; nothing more is written");
        }
        End::Error(JobError::Failed(error)) => {
            tracing::warn!(job_id = lease.job_id, %error, "job failed");
            let kind = JobError::kind(&error);
            let problem = wire::encode(&error.0).unwrap_or_default();
            jobs::fail(db, lease, kind, &problem).await?;
        }
        End::Cancelled => jobs::acknowledge_cancel(db, lease).await?,
        End::Shutdown => jobs::hand_back(db, lease).await?,
    }
    Ok(())
}
