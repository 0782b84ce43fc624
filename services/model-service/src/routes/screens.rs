//! In-silico screens: what one costs, its shards, its report.

use std::sync::Arc;

use axum::Json;
use axum::body::Body as Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use nextwell_contract::worker::{
    CompareWork, Compared, EvaluateWork, ScreenWork, ShardResult, ShardWork, ValuesWork,
};
use nextwell_contract::{RankingEvaluation, ScreenEstimate};
use tokio_util::io::ReaderStream;

use crate::app::{App, blocking};
use crate::compare;
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

/// `POST /v1/screens/values`: every effect in every cell as CSV or Parquet, written once. 200, 400,
/// 404, 422, 429.
pub async fn values(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    Body(work): Body<ValuesWork>,
) -> Result<Response, Failure> {
    known(&app, &work.work)?;
    let kind = match work.format.as_str() {
        "parquet" => "application/vnd.apache.parquet",
        _ => "text/csv; charset=utf-8",
    };
    let path = queued(app, &headers, work, screen::values).await?;
    let failed = |error| Failure::io("a screen's values", &error);
    let file = tokio::fs::File::open(path).await.map_err(failed)?;
    let length = file.metadata().await.map_err(failed)?.len();
    let headers =
        [(header::CONTENT_TYPE, kind.to_owned()), (header::CONTENT_LENGTH, length.to_string())];
    Ok((headers, Bytes::from_stream(ReaderStream::new(file))).into_response())
}

/// `POST /v1/screens/evaluate`: rankings against what is known to matter. 200, 400, 422.
pub async fn evaluate(
    Body(work): Body<EvaluateWork>,
) -> Result<Json<Vec<RankingEvaluation>>, Failure> {
    blocking(move || compare::evaluated(&work)).await.map(Json)
}

/// `POST /v1/screens/compare`: the targets of several screens side by side. 200, 400, 422.
pub async fn compare(Body(work): Body<CompareWork>) -> Result<Json<Compared>, Failure> {
    blocking(move || compare::compared(&work)).await.map(Json)
}

fn known(app: &App, work: &ScreenWork) -> Result<(), Failure> {
    app.require_dataset(&work.order.dataset_digest)?;
    app.require_model(&work.model_digest)?;
    Ok(())
}
