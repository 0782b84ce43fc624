//! The arrayed guide library of a campaign.

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use nextwell_contract::{Library, LibraryUpload, Problem};
use nextwell_store::Uuid;
use serde::Deserialize;
use utoipa::IntoParams;

use super::campaigns;
use crate::error::ApiError;
use crate::{App, library};

/// Largest page of wells.
const MOST: usize = 2_000;

/// An uploaded library file.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct FileQuery {
    /// Name of the file on the user's machine.
    pub file_name: Option<String>,
    /// Volume that cannot be taken out of a source well, in µl; the usual one of the plate's size
    /// when absent.
    pub dead_volume_ul: Option<f64>,
}

/// Stores a library file: CSV `plate_barcode, well, guide_id, symbol, ensembl_id, sequence,
/// volume_ul, concentration_um, lot, expiry` (and `available_from`, `plate_format`).
///
/// All of it is stored, or nothing with every error's row. The same file again changes nothing
/// and says so. A well that is there already takes the file's content and volume.
#[utoipa::path(post, path = "/api/campaigns/{id}/library", operation_id = "library_upload",
    tag = "library", params(("id" = Uuid, Path, description = "Campaign"), FileQuery),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 201, body = LibraryUpload), (status = 200, body = LibraryUpload),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 413, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
pub async fn upload(
    State(app): State<App>,
    Path(id): Path<Uuid>,
    Query(query): Query<FileQuery>,
    body: Result<Bytes, BytesRejection>,
) -> Result<(StatusCode, Json<LibraryUpload>), ApiError> {
    let campaign = campaigns::row(&app, id).await?;
    let bytes = body.map_err(|refused| match refused.status() {
        StatusCode::PAYLOAD_TOO_LARGE => ApiError::too_large(app.config().max_upload_bytes),
        _ => ApiError::bad_request("incomplete_upload", refused.body_text()),
    })?;
    let name = query.file_name.unwrap_or_else(|| "library.csv".into());
    let stored = library::receive(&app, &campaign, &name, &bytes, query.dead_volume_ul).await?;
    let status = if stored.duplicate { StatusCode::OK } else { StatusCode::CREATED };
    Ok((status, Json(stored)))
}

/// Which wells to show.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct LibraryQuery {
    /// Part of a symbol, guide, barcode, Ensembl id or lot.
    #[serde(default)]
    pub search: String,
    /// Wells to leave out at the start.
    #[serde(default)]
    pub offset: u32,
    /// Wells to show, at most 2,000; 100 when absent.
    pub limit: Option<u32>,
}

/// Source plates, wells with what is left in them, and candidates without a reagent.
#[utoipa::path(get, path = "/api/campaigns/{id}/library", operation_id = "library_get",
    tag = "library", params(("id" = Uuid, Path, description = "Campaign"), LibraryQuery),
    responses((status = 200, body = Library),
        (status = 404, body = Problem, content_type = "application/problem+json")))]
pub async fn get(
    State(app): State<App>,
    Path(id): Path<Uuid>,
    Query(query): Query<LibraryQuery>,
) -> Result<Json<Library>, ApiError> {
    campaigns::row(&app, id).await?;
    let limit = (query.limit.unwrap_or(100) as usize).min(MOST);
    let shown = library::show(&app, id, &query.search, query.offset as usize, limit).await?;
    Ok(Json(shown))
}
