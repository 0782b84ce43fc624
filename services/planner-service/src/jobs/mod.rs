//! The steps of the loop as jobs, and the workers that run them.
//!
//! `pretrain` makes a model, `verify` and `embed` look at one, `remove` deletes its files;
//! `screen` → `propose` → (the lab) → `learn` → `screen` or `propose`
//! is the loop; `perturb` is a screen outside of it,
//! `replay` plays a finished screen. Each step ends in one transaction that writes its result, completes the job and
//! queues the next step, so a crash at any moment either happened before (and the step is done
//! again, with the same outcome) or after (and its successor is queued).

pub mod embed;
pub mod learn;
pub mod perturb;
pub mod pretrain;
pub mod propose;
pub mod remove;
pub mod replay;
pub mod screen;
mod shards;
pub mod verify;
mod worker;

use std::sync::{Arc, Mutex};

use nextwell_store::jobs::{FailureKind, Lease};
use nextwell_store::{Store, StoreError};
use serde::de::DeserializeOwned;

use crate::App;
use crate::error::ApiError;
use crate::wire;

pub use worker::start_workers;

/// Every kind of job this service runs.
pub const KINDS: &[&str] = &[
    pretrain::KIND,
    screen::KIND,
    propose::KIND,
    learn::KIND,
    verify::KIND,
    embed::KIND,
    perturb::KIND,
    remove::KIND,
    replay::KIND,
];

/// Attempts of a step before it is given up. Every restart of the server in the middle of a step
/// uses one, so there are enough for a bad day.
const ATTEMPTS: i32 = 20;

/// What a step has in hand while it runs.
#[derive(Debug, Clone)]
pub struct Work {
    /// The service.
    pub app: App,
    /// Proof that this worker owns the job.
    pub lease: Lease,
    /// What the job is doing, shown with the next heartbeat.
    pub progress: Arc<Mutex<Progress>>,
}

/// What a running job shows.
#[derive(Debug, Clone, Default)]
pub struct Progress {
    /// In words.
    pub message: String,
    /// Whether steps are asked from the model service (jobs without shards).
    pub ask_model_service: bool,
}

impl Work {
    /// Decodes the job's arguments.
    fn args<T: DeserializeOwned>(&self) -> Result<T, JobError> {
        Ok(wire::decode("job arguments", self.lease.args.clone())?)
    }

    /// Says what the job is doing.
    fn say(&self, message: impl Into<String>) {
        let mut progress = self.progress.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        progress.message = message.into();
    }

    /// Shows the model service's own progress while a long request runs.
    fn follow_model_service(&self, on: bool) {
        let mut progress = self.progress.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        progress.ask_model_service = on;
    }

    /// Name of this job's requests at the model service.
    fn work_id(&self) -> String {
        work_id(&self.lease)
    }

    fn store(&self) -> &Store {
        self.app.store()
    }
}

/// Name of a job's requests at the model service.
fn work_id(lease: &Lease) -> String {
    format!("job-{}-{}", lease.job_id, lease.token)
}

/// Why a step ended early.
#[derive(Debug)]
pub enum JobError {
    /// Another worker owns the job now, or it has ended: write nothing.
    LeaseLost,
    /// Anything else, as the person will read it.
    Failed(ApiError),
}

impl JobError {
    /// Whether trying again can help.
    fn kind(error: &ApiError) -> FailureKind {
        let status = error.status();
        if status.is_server_error() || status == axum::http::StatusCode::TOO_MANY_REQUESTS {
            FailureKind::Transient
        } else {
            FailureKind::Permanent
        }
    }
}

impl From<ApiError> for JobError {
    fn from(error: ApiError) -> Self {
        Self::Failed(error)
    }
}

impl From<StoreError> for JobError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::LeaseLost { .. } => Self::LeaseLost,
            error => Self::Failed(error.into()),
        }
    }
}

/// Commits a transaction of the store.
async fn commit(tx: nextwell_store::Tx) -> Result<(), StoreError> {
    tx.commit().await.map_err(StoreError::from)
}
