//! Replays of finished screens: order, look, download, remove.

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use nextwell_contract::{Problem, Replay, ReplayOrder, ReplayReport};
use nextwell_store::{StoreError, Uuid, jobs, replays as stored};

use super::csv_file;
use super::screen_orders::PageQuery;
use crate::error::ApiError;
use crate::{App, replay_table, replays};

/// Replays a finished screen (job). The same order again is answered with the same replay; one that
/// failed or was cancelled goes on.
#[utoipa::path(post, path = "/api/replays", operation_id = "replays_create", tag = "replays",
    request_body = ReplayOrder,
    responses((status = 202, body = Replay),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 413, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
pub async fn create(
    State(app): State<App>,
    body: Result<Json<ReplayOrder>, JsonRejection>,
) -> Result<(StatusCode, Json<Replay>), ApiError> {
    let Json(order) = body.map_err(|refused| match refused.status() {
        StatusCode::PAYLOAD_TOO_LARGE => {
            let mut error = ApiError::too_large(app.config().max_upload_bytes);
            error.0.detail = "the table is too large; leave out columns that are not used".into();
            error
        }
        _ => ApiError::bad_request("bad_order", refused.body_text()),
    })?;
    Ok((StatusCode::ACCEPTED, Json(replays::place(&app, order).await?)))
}

/// Replays, newest first.
#[utoipa::path(get, path = "/api/replays", operation_id = "replays_list", tag = "replays",
    params(PageQuery), responses((status = 200, body = Vec<Replay>)))]
pub async fn list(
    State(app): State<App>,
    Query(query): Query<PageQuery>,
) -> Result<Json<Vec<Replay>>, ApiError> {
    let (limit, offset) = (query.limit.unwrap_or(100).clamp(1, 1000), query.offset.unwrap_or(0));
    let rows = stored::list(app.store().api(), limit, offset.max(0)).await?;
    Ok(Json(rows.into_iter().map(replays::wire_replay).collect::<Result<_, _>>()?))
}

/// One replay: what was ordered, how far it is and what was found.
#[utoipa::path(get, path = "/api/replays/{id}", operation_id = "replays_get", tag = "replays",
    params(("id" = Uuid, Path, description = "Replay")),
    responses((status = 200, body = Replay),
        (status = 404, body = Problem, content_type = "application/problem+json")))]
pub async fn get(State(app): State<App>, Path(id): Path<Uuid>) -> Result<Json<Replay>, ApiError> {
    row(&app, id).await.map(Json)
}

/// What was found, as `nextwell replay --json` prints it.
#[utoipa::path(get, path = "/api/replays/{id}/report.json", operation_id = "replays_report",
    tag = "replays", params(("id" = Uuid, Path, description = "Replay")),
    responses((status = 200, body = ReplayReport),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json")))]
pub async fn report(State(app): State<App>, Path(id): Path<Uuid>) -> Result<Response, ApiError> {
    let name = HeaderValue::from_static("attachment; filename=\"replay.json\"");
    let headers = [(header::CONTENT_DISPOSITION, name)];
    Ok((headers, Json(finished(&app, id).await?)).into_response())
}

/// The table at the budget, a row per strategy, as CSV.
#[utoipa::path(get, path = "/api/replays/{id}/table.csv", operation_id = "replays_csv",
    tag = "replays", params(("id" = Uuid, Path, description = "Replay")),
    responses((status = 200, body = String, content_type = "text/csv"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json")))]
pub async fn csv(State(app): State<App>, Path(id): Path<Uuid>) -> Result<Response, ApiError> {
    Ok(csv_file("replay.csv", replay_table::csv(&finished(&app, id).await?)?))
}

/// Takes a replay out of the list and stops it if it runs. The same order brings it back.
#[utoipa::path(delete, path = "/api/replays/{id}", operation_id = "replays_remove",
    tag = "replays", params(("id" = Uuid, Path, description = "Replay")),
    responses((status = 204),
        (status = 404, body = Problem, content_type = "application/problem+json")))]
pub async fn remove(State(app): State<App>, Path(id): Path<Uuid>) -> Result<StatusCode, ApiError> {
    let found = row(&app, id).await?;
    let mut tx = app.store().begin().await?;
    if let (Some(job), "waiting" | "running") = (found.job_id, found.state.as_str()) {
        jobs::cancel(&mut tx, job).await?;
    }
    stored::remove(&mut *tx, id).await?;
    tx.commit().await.map_err(StoreError::from)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn row(app: &App, id: Uuid) -> Result<Replay, ApiError> {
    let row = stored::get(app.store().api(), id).await?;
    replays::wire_replay(row.ok_or_else(|| ApiError::not_found("replay", id))?)
}

async fn finished(app: &App, id: Uuid) -> Result<ReplayReport, ApiError> {
    let replay = row(app, id).await?;
    replay.report.ok_or_else(|| {
        ApiError::conflict("not_finished", format!("replay {id} is {}; wait for it", replay.state))
    })
}
