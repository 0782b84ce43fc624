//! Model versions: pretrain, import, list.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use nextwell_contract::{JobAccepted, ModelVersion, PretrainRequest, Problem};
use nextwell_store::{datasets, models};

use super::datasets::NameQuery;
use crate::error::ApiError;
use crate::{App, jobs, learnt, wire};

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

/// Imports a published checkpoint: `config.json`, weights, optional `vocabulary.csv`.
#[utoipa::path(post, path = "/api/models/import", operation_id = "models_import", tag = "models",
    params(NameQuery),
    request_body(content = Vec<u8>, content_type = "multipart/form-data"),
    responses((status = 201, body = ModelVersion),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
pub async fn import(
    State(app): State<App>,
    Query(query): Query<NameQuery>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<(StatusCode, Json<ModelVersion>), ApiError> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let info = app.model().import_model(kind, body).await?;
    let name = query.name.unwrap_or_else(|| format!("{} {}", info.family, &info.digest[..8]));
    let mut tx = app.store().begin().await?;
    let row = learnt::insert_base(&mut tx, &info, &name, None).await?;
    tx.commit().await.map_err(nextwell_store::StoreError::from)?;
    Ok((StatusCode::CREATED, Json(wire::model(row))))
}

/// All model versions, newest first.
#[utoipa::path(get, path = "/api/models", operation_id = "models_list", tag = "models",
    responses((status = 200, body = Vec<ModelVersion>)))]
pub async fn list(State(app): State<App>) -> Result<Json<Vec<ModelVersion>>, ApiError> {
    let rows = models::list(app.store().api()).await?;
    Ok(Json(rows.into_iter().map(wire::model).collect()))
}
