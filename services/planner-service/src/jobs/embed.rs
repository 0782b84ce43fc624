//! `embed`: a data set's cells through a model. The model service keeps the answer.

use nextwell_contract::worker::EmbeddingWork;
use nextwell_store::StoreError;
use nextwell_store::jobs::{self, NewJob};

use super::{ATTEMPTS, JobError, Work, commit};
use crate::error::ApiError;
use crate::{App, wire};

/// Kind of this job.
pub const KIND: &str = "embed";

/// Queues the embedding; the same one while it waits or runs is that job.
pub async fn queue(app: &App, order: &EmbeddingWork) -> Result<i64, ApiError> {
    let args = wire::encode(order)?;
    let key = args.to_string();
    let job = NewJob::new(KIND, args).dedupe(key).attempts(ATTEMPTS);
    let mut tx = app.store().begin().await?;
    let queued = jobs::enqueue(&mut tx, &job).await?;
    tx.commit().await.map_err(StoreError::from)?;
    Ok(queued.id)
}

/// Has the model service compute the preview.
pub async fn run(work: &Work) -> Result<(), JobError> {
    let order: EmbeddingWork = work.args()?;
    jobs::set_steps(work.store().jobs(), &work.lease, 100).await?;
    work.say("embedding cells");
    work.follow_model_service(true);
    work.app.model().embedding(&order, &work.work_id()).await?;
    let mut tx = work.store().begin_job().await?;
    jobs::complete(&mut tx, &work.lease).await?;
    Ok(commit(tx).await?)
}
