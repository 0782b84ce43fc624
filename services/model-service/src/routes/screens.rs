//! In-silico screens: what one costs, and its shards.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use nextwell_contract::worker::{ScreenPlan, ScreenWork, ShardWork};

use crate::app::{App, blocking};
use crate::device::screen;
use crate::extract::{Body, JsonBytes};
use crate::failure::Failure;
use crate::work::long_work;

/// `POST /v1/screens/plan`: shards and cost, without running the model. 200, 400, 404, 422.
pub async fn plan(
    State(app): State<Arc<App>>,
    Body(work): Body<ScreenWork>,
) -> Result<Json<ScreenPlan>, Failure> {
    blocking(move || screen::plan(&app, &work)).await.map(Json)
}

/// `POST /v1/screens/shards`: final rows of one shard. 200, 400, 404, 422, 429.
pub async fn shard(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    Body(work): Body<ShardWork>,
) -> Result<JsonBytes, Failure> {
    app.require_dataset(&work.work.dataset_digest)?;
    app.require_model(&work.work.model_digest)?;
    long_work(app, "shard", &headers, work, screen::shard).await
}
