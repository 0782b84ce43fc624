//! Model versions: pretrain, import, list, look, verify, remove.

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use nextwell_contract::{JobAccepted, ModelDetails, ModelVersion, PretrainRequest, Problem};
use nextwell_store::{datasets, models};

use super::datasets::NameQuery;
use crate::error::ApiError;
use crate::{App, jobs, model_versions, wire};

/// Trains a small model from scratch on a data set (job).
#[utoipa::path(post, path = "/api/models/pretrain", operation_id = "models_pretrain",
    tag = "models", request_body = PretrainRequest,
    responses((status = 202, body = JobAccepted),
        (status = 404, body = Problem, content_type = "application/problem+json")))]
pub async fn pretrain(
    State(app): State<App>,
    Json(request): Json<PretrainRequest>,
) -> Result<(StatusCode, Json<JobAccepted>), ApiError> {
    if datasets::by_digest(app.store().api(), &request.dataset_digest).await?.is_none() {
        return Err(ApiError::not_found("data set", &request.dataset_digest));
    }
    let job_id = jobs::pretrain::queue(&app, &request).await?;
    Ok((StatusCode::ACCEPTED, Json(JobAccepted { job_id })))
}

/// Imports a published checkpoint of any family: its files as they were published, one part each.
/// They are read in a limited process and kept as they are.
#[utoipa::path(post, path = "/api/models/import", operation_id = "models_import", tag = "models",
    params(NameQuery),
    request_body(content = Vec<u8>, content_type = "multipart/form-data"),
    responses((status = 201, body = ModelVersion),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 413, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
pub async fn import(
    State(app): State<App>,
    Query(query): Query<NameQuery>,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<ModelVersion>), ApiError> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let info = app.model().import_model(kind, body.into_data_stream()).await?;
    let name = query.name.unwrap_or_else(|| format!("{} {}", info.family, &info.digest[..8]));
    let row = model_versions::adopt(&app, &info, &name).await?;
    Ok((StatusCode::CREATED, Json(wire::model(row)?)))
}

/// All model versions, newest first.
#[utoipa::path(get, path = "/api/models", operation_id = "models_list", tag = "models",
    responses((status = 200, body = Vec<ModelVersion>)))]
pub async fn list(State(app): State<App>) -> Result<Json<Vec<ModelVersion>>, ApiError> {
    let rows = models::list(app.store().api()).await?;
    Ok(Json(rows.into_iter().map(wire::model).collect::<Result<_, _>>()?))
}

/// One model version: its card with the licence, its parity, and what depends on it.
#[utoipa::path(get, path = "/api/models/{digest}", operation_id = "models_get", tag = "models",
    params(("digest" = String, Path, description = "Digest of the model")),
    responses((status = 200, body = ModelDetails),
        (status = 404, body = Problem, content_type = "application/problem+json")))]
pub async fn get(
    State(app): State<App>,
    Path(digest): Path<String>,
) -> Result<Json<ModelDetails>, ApiError> {
    model_versions::details(&app, &digest).await.map(Json)
}

/// Removes a model version that nothing depends on: its row at once, its files by a job. The
/// removal is written to the audit.
#[utoipa::path(delete, path = "/api/models/{digest}", operation_id = "models_remove",
    tag = "models", params(("digest" = String, Path, description = "Digest of the model")),
    responses((status = 202, body = JobAccepted),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json")))]
pub async fn remove(
    State(app): State<App>,
    Path(digest): Path<String>,
) -> Result<(StatusCode, Json<JobAccepted>), ApiError> {
    let job_id = model_versions::remove(&app, &digest).await?;
    Ok((StatusCode::ACCEPTED, Json(JobAccepted { job_id })))
}

/// Compares the model on this server with its definition (job); the figures become its parity.
#[utoipa::path(post, path = "/api/models/{digest}/verify", operation_id = "models_verify",
    tag = "models", params(("digest" = String, Path, description = "Digest of the model")),
    responses((status = 202, body = JobAccepted),
        (status = 404, body = Problem, content_type = "application/problem+json")))]
pub async fn verify(
    State(app): State<App>,
    Path(digest): Path<String>,
) -> Result<(StatusCode, Json<JobAccepted>), ApiError> {
    model_versions::row(&app, &digest).await?;
    let job_id = jobs::verify::queue(&app, &digest).await?;
    Ok((StatusCode::ACCEPTED, Json(JobAccepted { job_id })))
}
