//! Pooled rounds: the lab's guides, what a round needs, what is ordered, how its table is read.

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use nextwell_contract::{
    CloningEnzyme, GuidesOverview, JobAccepted, LibraryStored, PooledEstimate, PooledPlanRequest,
    PooledReading, PooledRound, PooledSettings, Problem, Upload,
};
use nextwell_store::{Uuid, uploads};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{campaigns, csv_file};
use crate::App;
use crate::error::ApiError;
use crate::pooled;

/// Name of a library file, and whose sites to look for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct LibraryQuery {
    /// Name of the file on the user's machine.
    pub file_name: Option<String>,
    /// Enzyme whose sites refuse a guide: `bsmbi` (default), `bbsi`, `both`, `none`.
    pub enzyme: Option<CloningEnzyme>,
}

/// Uploads a guide library (CSV/TSV: guide_id, symbol or ensembl_id, protospacer; optional pam,
/// strand, position, score). A file with an error is not kept, and every error is listed with its
/// row. Guides that cannot be ordered are kept and refused by name.
#[utoipa::path(post, path = "/api/campaigns/{id}/guides", operation_id = "guides_upload",
    tag = "pooled", params(("id" = Uuid, Path, description = "Campaign"), LibraryQuery),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 201, body = LibraryStored), (status = 200, body = LibraryStored),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 413, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
pub async fn upload(
    State(app): State<App>,
    Path(id): Path<Uuid>,
    Query(query): Query<LibraryQuery>,
    body: Result<Bytes, BytesRejection>,
) -> Result<(StatusCode, Json<LibraryStored>), ApiError> {
    let campaign = campaigns::row(&app, id).await?;
    let bytes = body.map_err(|refused| match refused.status() {
        StatusCode::PAYLOAD_TOO_LARGE => ApiError::too_large(app.config().max_upload_bytes),
        _ => ApiError::bad_request("incomplete_upload", refused.body_text()),
    })?;
    let name = query.file_name.unwrap_or_else(|| "guides.csv".into());
    let enzyme = query.enzyme.unwrap_or_default();
    let stored = pooled::receive_library(&app, &campaign, &name, bytes, enzyme).await?;
    let status = if stored.duplicate { StatusCode::OK } else { StatusCode::CREATED };
    Ok((status, Json(stored)))
}

/// Guides of a campaign: files, counts, and guides refused by name.
#[utoipa::path(get, path = "/api/campaigns/{id}/guides", operation_id = "guides_overview",
    tag = "pooled", params(("id" = Uuid, Path, description = "Campaign"), LibraryQuery),
    responses((status = 200, body = GuidesOverview),
        (status = 404, body = Problem, content_type = "application/problem+json")))]
pub async fn overview(
    State(app): State<App>,
    Path(id): Path<Uuid>,
    Query(query): Query<LibraryQuery>,
) -> Result<Json<GuidesOverview>, ApiError> {
    campaigns::row(&app, id).await?;
    Ok(Json(pooled::overview(&app, id, query.enzyme.unwrap_or_default()).await?))
}

/// What a pooled round of this shape needs, and what the campaign's guides allow; nothing is
/// written.
#[utoipa::path(post, path = "/api/campaigns/{id}/pooled/estimate",
    operation_id = "pooled_estimate", tag = "pooled",
    params(("id" = Uuid, Path, description = "Campaign")), request_body = PooledSettings,
    responses((status = 200, body = PooledEstimate),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
pub async fn estimate(
    State(app): State<App>,
    Path(id): Path<Uuid>,
    Json(settings): Json<PooledSettings>,
) -> Result<Json<PooledEstimate>, ApiError> {
    Ok(Json(pooled::estimate(&app, id, &settings).await?))
}

/// Plans a pooled round now (job): picks genes that have enough guides, then their guides.
#[utoipa::path(post, path = "/api/campaigns/{id}/pooled", operation_id = "pooled_plan",
    tag = "pooled", params(("id" = Uuid, Path, description = "Campaign")),
    request_body = PooledPlanRequest,
    responses((status = 202, body = JobAccepted),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
pub async fn plan(
    State(app): State<App>,
    Path(id): Path<Uuid>,
    Json(request): Json<PooledPlanRequest>,
) -> Result<(StatusCode, Json<JobAccepted>), ApiError> {
    let job_id = pooled::plan(&app, id, request).await?;
    Ok((StatusCode::ACCEPTED, Json(JobAccepted { job_id })))
}

/// What makes a round pooled: settings, numbers, genes with their guides, the accepted table.
#[utoipa::path(get, path = "/api/rounds/{id}/pooled", operation_id = "pooled_round",
    tag = "pooled", params(("id" = Uuid, Path, description = "Round")),
    responses((status = 200, body = PooledRound),
        (status = 404, body = Problem, content_type = "application/problem+json")))]
pub async fn round(
    State(app): State<App>,
    Path(id): Path<Uuid>,
) -> Result<Json<PooledRound>, ApiError> {
    Ok(Json(pooled::round(&app, id).await?))
}

/// Order sheet of a pooled round: one oligo a row, all of equal length.
#[utoipa::path(get, path = "/api/rounds/{id}/order-sheet.csv", operation_id = "pooled_order_sheet",
    tag = "pooled", params(("id" = Uuid, Path, description = "Round")),
    responses((status = 200, body = String, content_type = "text/csv"),
        (status = 404, body = Problem, content_type = "application/problem+json")))]
pub async fn order_sheet(
    State(app): State<App>,
    Path(id): Path<Uuid>,
) -> Result<Response, ApiError> {
    let (number, text) = pooled::order_sheet(&app, id).await?;
    Ok(csv_file(&format!("round-{number}-order-sheet.csv"), text))
}

/// Reads an uploaded MAGeCK table in another way: round, condition, which FDR, threshold. Nothing
/// is written but the reading; the answer shows the calls it gives.
#[utoipa::path(put, path = "/api/uploads/{id}/reading", operation_id = "uploads_read",
    tag = "pooled", params(("id" = Uuid, Path, description = "Upload")),
    request_body = PooledReading,
    responses((status = 200, body = Upload),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
pub async fn read(
    State(app): State<App>,
    Path(id): Path<Uuid>,
    Json(reading): Json<PooledReading>,
) -> Result<Json<Upload>, ApiError> {
    let upload = uploads::get(app.store().api(), id).await?;
    let upload = upload.ok_or_else(|| ApiError::not_found("upload", id))?;
    let campaign = campaigns::row(&app, upload.campaign_id).await?;
    Ok(Json(pooled::read_again(&app, &campaign, upload, reading).await?))
}
