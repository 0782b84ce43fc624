//! Is it alive, is it ready, what is it, how far is it.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use nextwell_contract::worker::{ServiceInfo, WorkProgress};
use serde::Serialize;

use crate::app::{App, blocking};
use crate::failure::Failure;

/// Whether work can be taken, and why not.
#[derive(Debug, Serialize)]
pub struct Readiness {
    ready: bool,
    reasons: Vec<String>,
}

/// `GET /livez`: the process answers. 200.
pub async fn live() -> &'static str {
    "ok"
}

/// `GET /readyz`: device thread alive, data directory writable. 200 or 503 with reasons.
pub async fn ready(State(app): State<Arc<App>>) -> (StatusCode, Json<Readiness>) {
    let mut reasons = Vec::new();
    if !app.queue.is_alive() {
        reasons.push("the device thread has ended; restart the service".to_owned());
    }
    let files = app.files.clone();
    if let Err(failure) =
        blocking(move || files.probe().map_err(|e| Failure::io("a probe", &e))).await
    {
        reasons.push(format!("the data directory cannot be written ({})", failure.code()));
    }
    let ready = reasons.is_empty();
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(Readiness { ready, reasons }))
}

/// `GET /v1/info`. 200.
pub async fn info(State(app): State<Arc<App>>) -> Json<ServiceInfo> {
    Json(app.info.clone())
}

/// `GET /v1/progress/{work id}`. 200, or 404 when no such request runs.
pub async fn progress(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<Json<WorkProgress>, Failure> {
    let found = app.progress.get(&id).map(Json);
    found.ok_or_else(|| {
        Failure::new(404, "unknown_work", "No such work is running")
            .detail("it has ended, or it was sent without an x-work-id header")
    })
}
