//! In-silico screens: what one costs, its shards, its report.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use nextwell_contract::ScreenEstimate;
use nextwell_contract::worker::{ScreenWork, ShardResult, ShardWork};

use crate::app::App;
use crate::device::screen;
use crate::extract::{Body, JsonBytes};
use crate::failure::Failure;
use crate::work::{long_work, queued};

/// `POST /v1/screens/plan`: shards and forwards, without running the model. 200, 400, 404, 422,
/// 429.
pub async fn plan(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    Body(work): Body<ScreenWork>,
) -> Result<Json<ScreenEstimate>, Failure> {
    known(&app, &work)?;
    queued(app, &headers, work, screen::planned).await.map(Json)
}

/// `POST /v1/screens/estimate`: as the plan, with time measured on a few cells. 200, 400, 404,
/// 422, 429.
pub async fn estimate(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    Body(work): Body<ScreenWork>,
) -> Result<Json<ScreenEstimate>, Failure> {
    known(&app, &work)?;
    queued(app, &headers, work, screen::estimated).await.map(Json)
}

/// `POST /v1/screens/shards`: computes one shard and keeps its values. 200, 400, 404, 422, 429.
pub async fn shard(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    Body(work): Body<ShardWork>,
) -> Result<Json<ShardResult>, Failure> {
    known(&app, &work.work)?;
    queued(app, &headers, work, screen::shard).await.map(Json)
}

/// `POST /v1/screens/finish`: the report of a screen. 200, 400, 404, 422, 429.
pub async fn finish(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    Body(work): Body<ScreenWork>,
) -> Result<JsonBytes, Failure> {
    known(&app, &work)?;
    long_work(app, "finish", &headers, work, screen::finished).await
}

fn known(app: &App, work: &ScreenWork) -> Result<(), Failure> {
    app.require_dataset(&work.order.dataset_digest)?;
    app.require_model(&work.model_digest)?;
    Ok(())
}
