//! `remove`: the files of a model version whose row is gone.

use nextwell_store::jobs::{self, NewJob};
use nextwell_store::{PgConnection, model_removal, models};
use serde::{Deserialize, Serialize};

use super::{ATTEMPTS, JobError, Work, commit};
use crate::error::ApiError;
use crate::wire;

/// Kind of this job.
pub const KIND: &str = "remove";

#[derive(Debug, Serialize, Deserialize)]
struct Args {
    model_digest: String,
}

/// Queues the removal of the files, in the transaction that removes the row.
pub async fn queue(tx: &mut PgConnection, digest: &str) -> Result<i64, ApiError> {
    let args = wire::encode(&Args { model_digest: digest.to_owned() })?;
    let job = NewJob::new(KIND, args).dedupe(digest).attempts(ATTEMPTS);
    Ok(jobs::enqueue(tx, &job).await?.id)
}

/// Removes the files, unless the model was added again meanwhile.
pub async fn run(work: &Work) -> Result<(), JobError> {
    let args: Args = work.args()?;
    work.say("removing files");
    let mut tx = work.store().begin_job().await?;
    model_removal::lock(&mut *tx, &args.model_digest).await?;
    if models::by_digest(&mut *tx, &args.model_digest).await?.is_none() {
        match work.app.model().remove_model(&args.model_digest).await {
            // Gone already: an earlier attempt got so far.
            Err(error) if error.0.status == 404 => {}
            other => other?,
        }
    }
    jobs::complete(&mut tx, &work.lease).await?;
    Ok(commit(tx).await?)
}
