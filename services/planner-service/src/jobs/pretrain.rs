//! `pretrain`: a small model from scratch on a data set.

use nextwell_contract::PretrainRequest;
use nextwell_contract::worker::PretrainWork;
use nextwell_store::StoreError;
use nextwell_store::jobs::{self, NewJob};

use super::{ATTEMPTS, JobError, Work, commit};
use crate::error::ApiError;
use crate::{App, learnt, model_versions, wire};

/// Kind of this job.
pub const KIND: &str = "pretrain";

/// Queues the training; the same request while one waits or runs is that job.
pub async fn queue(app: &App, request: &PretrainRequest) -> Result<i64, ApiError> {
    let args = wire::encode(request)?;
    let key = args.to_string();
    let mut tx = app.store().begin().await?;
    let queued =
        jobs::enqueue(&mut tx, &NewJob::new(KIND, args).dedupe(key).attempts(ATTEMPTS)).await?;
    tx.commit().await.map_err(StoreError::from)?;
    Ok(queued.id)
}

/// Trains and writes the version.
pub async fn run(work: &Work) -> Result<(), JobError> {
    let request: PretrainRequest = work.args()?;
    jobs::set_steps(work.store().jobs(), &work.lease, 100).await?;
    work.say("learning masked genes");
    work.follow_model_service(true);
    let order = PretrainWork {
        dataset_digest: request.dataset_digest.clone(),
        settings: request.settings.clone(),
    };
    let info = work.app.model().pretrain(&order, &work.work_id()).await?;
    let mut tx = work.store().begin_job().await?;
    model_versions::hold(&work.app, &mut tx, &info.digest).await?;
    learnt::insert_base(&mut tx, &info, &request.name, Some(&request.dataset_digest)).await?;
    jobs::complete(&mut tx, &work.lease).await?;
    Ok(commit(tx).await?)
}
