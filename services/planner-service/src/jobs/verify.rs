//! `verify`: a model on this server beside its definition.

use nextwell_store::jobs::{self, NewJob};
use nextwell_store::{StoreError, models};
use serde::{Deserialize, Serialize};

use super::{ATTEMPTS, JobError, Work, commit};
use crate::error::ApiError;
use crate::{App, wire};

/// Kind of this job.
pub const KIND: &str = "verify";

#[derive(Debug, Serialize, Deserialize)]
struct Args {
    model_digest: String,
}

/// Queues the comparison; the same one while it waits or runs is that job.
pub async fn queue(app: &App, digest: &str) -> Result<i64, ApiError> {
    let args = wire::encode(&Args { model_digest: digest.to_owned() })?;
    let job = NewJob::new(KIND, args).dedupe(digest).attempts(ATTEMPTS);
    let mut tx = app.store().begin().await?;
    let queued = jobs::enqueue(&mut tx, &job).await?;
    tx.commit().await.map_err(StoreError::from)?;
    Ok(queued.id)
}

/// Compares and writes the figures.
pub async fn run(work: &Work) -> Result<(), JobError> {
    let args: Args = work.args()?;
    jobs::set_steps(work.store().jobs(), &work.lease, 100).await?;
    work.say("comparing with the definition");
    work.follow_model_service(true);
    let parity = work.app.model().verify(&args.model_digest, &work.work_id()).await?;
    let mut tx = work.store().begin_job().await?;
    models::set_parity(&mut *tx, &args.model_digest, &wire::encode(&parity)?).await?;
    jobs::complete(&mut tx, &work.lease).await?;
    Ok(commit(tx).await?)
}
