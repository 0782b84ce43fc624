//! Results of the lab: upload, check, look, accept.

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use nextwell_contract::{Accepted, Problem, Upload};
use nextwell_store::{Uuid, uploads};
use serde::Deserialize;
use utoipa::IntoParams;

use super::campaigns;
use crate::error::ApiError;
use crate::{App, results, wire};

/// Name of an uploaded file.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct FileQuery {
    /// Name of the file on the user's machine.
    pub file_name: Option<String>,
}

/// Uploads a results file (CSV/TSV): stored raw, checked, nothing else.
#[utoipa::path(post, path = "/api/campaigns/{id}/uploads", operation_id = "uploads_create",
    tag = "uploads", params(("id" = Uuid, Path, description = "Campaign"), FileQuery),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 201, body = Upload), (status = 200, body = Upload),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 413, body = Problem, content_type = "application/problem+json")))]
pub async fn create(
    State(app): State<App>,
    Path(id): Path<Uuid>,
    Query(query): Query<FileQuery>,
    body: Result<Bytes, BytesRejection>,
) -> Result<(StatusCode, Json<Upload>), ApiError> {
    let campaign = campaigns::row(&app, id).await?;
    let bytes = body.map_err(|refused| match refused.status() {
        StatusCode::PAYLOAD_TOO_LARGE => ApiError::too_large(app.config().max_upload_bytes),
        _ => ApiError::bad_request("incomplete_upload", refused.body_text()),
    })?;
    let name = query.file_name.unwrap_or_else(|| "results.csv".into());
    let upload = results::receive(&app, &campaign, &name, bytes).await?;
    let status = if upload.duplicate { StatusCode::OK } else { StatusCode::CREATED };
    Ok((status, Json(upload)))
}

/// Uploads of a campaign, newest first.
#[utoipa::path(get, path = "/api/campaigns/{id}/uploads", operation_id = "uploads_list",
    tag = "uploads", params(("id" = Uuid, Path, description = "Campaign")),
    responses((status = 200, body = Vec<Upload>),
        (status = 404, body = Problem, content_type = "application/problem+json")))]
pub async fn list(
    State(app): State<App>,
    Path(id): Path<Uuid>,
) -> Result<Json<Vec<Upload>>, ApiError> {
    campaigns::row(&app, id).await?;
    let rows = uploads::list(app.store().api(), id).await?;
    Ok(Json(rows.into_iter().map(|row| wire::upload(row, false)).collect::<Result<_, _>>()?))
}

/// One upload with its report.
#[utoipa::path(get, path = "/api/uploads/{id}", operation_id = "uploads_get", tag = "uploads",
    params(("id" = Uuid, Path, description = "Upload")),
    responses((status = 200, body = Upload),
        (status = 404, body = Problem, content_type = "application/problem+json")))]
pub async fn get(State(app): State<App>, Path(id): Path<Uuid>) -> Result<Json<Upload>, ApiError> {
    Ok(Json(wire::upload(row(&app, id).await?, false)?))
}

/// The file, byte for byte.
#[utoipa::path(get, path = "/api/uploads/{id}/raw", operation_id = "uploads_raw", tag = "uploads",
    params(("id" = Uuid, Path, description = "Upload")),
    responses((status = 200, body = Vec<u8>, content_type = "application/octet-stream"),
        (status = 404, body = Problem, content_type = "application/problem+json")))]
pub async fn raw(State(app): State<App>, Path(id): Path<Uuid>) -> Result<Response, ApiError> {
    let content = uploads::content(app.store().api(), id).await?;
    let content = content.ok_or_else(|| ApiError::not_found("upload", id))?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream")),
        (
            header::CONTENT_DISPOSITION,
            HeaderValue::from_static("attachment; filename=\"results.csv\""),
        ),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    ];
    Ok((headers, content).into_response())
}

/// Accepts a checked file: measurements and hit calls are written in one transaction.
/// Accepting it again, or with the same `Idempotency-Key`, changes nothing.
#[utoipa::path(post, path = "/api/uploads/{id}/accept", operation_id = "uploads_accept",
    tag = "uploads", params(("id" = Uuid, Path, description = "Upload"),
        ("idempotency-key" = Option<String>, Header, description = "Repeats give one effect")),
    responses((status = 200, body = Accepted),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json")))]
pub async fn accept(
    State(app): State<App>,
    Path(id): Path<Uuid>,
    headers: HeaderMap,
) -> Result<Json<Accepted>, ApiError> {
    let key = headers.get("idempotency-key").and_then(|value| value.to_str().ok());
    let upload = row(&app, id).await?;
    let campaign = campaigns::row(&app, upload.campaign_id).await?;
    Ok(Json(results::accept(&app, &campaign, upload, key).await?))
}

async fn row(app: &App, id: Uuid) -> Result<uploads::Upload, ApiError> {
    let row = uploads::get(app.store().api(), id).await?;
    row.ok_or_else(|| ApiError::not_found("upload", id))
}
