//! Cells: upload and list AnnData files.

use axum::Json;
use axum::body::Body;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use nextwell_contract::{Dataset, Problem};
use nextwell_store::datasets::{self, NewDataset};
use nextwell_store::{Uuid, events};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::App;
use crate::error::ApiError;
use crate::wire;

/// Name of an uploaded thing.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct NameQuery {
    /// Name for people.
    pub name: Option<String>,
}

/// Uploads an AnnData (`.h5ad`) file; it is checked in a limited process before it is kept.
#[utoipa::path(post, path = "/api/datasets", operation_id = "datasets_create", tag = "datasets",
    params(NameQuery),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 201, body = Dataset), (status = 200, body = Dataset),
        (status = 413, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
pub async fn create(
    State(app): State<App>,
    Query(query): Query<NameQuery>,
    body: Body,
) -> Result<(StatusCode, Json<Dataset>), ApiError> {
    let stored = app.model().store_dataset(body.into_data_stream()).await?;
    let known = datasets::by_digest(app.store().api(), &stored.digest).await?;
    if let Some(row) = known {
        return Ok((StatusCode::OK, Json(wire::dataset(row)?)));
    }
    let report = wire::encode(&stored.report)?;
    let new = NewDataset {
        id: Uuid::now_v7(),
        name: query.name.unwrap_or_else(|| format!("cells {}", &stored.digest[..8])),
        digest: stored.digest,
        source_digest: stored.source_digest,
        report,
    };
    let mut tx = app.store().begin().await?;
    let row = datasets::insert(&mut tx, &new).await?;
    events::notify(&mut *tx, "dataset", &row.digest, None).await?;
    tx.commit().await.map_err(nextwell_store::StoreError::from)?;
    Ok((StatusCode::CREATED, Json(wire::dataset(row)?)))
}

/// All data sets, newest first.
#[utoipa::path(get, path = "/api/datasets", operation_id = "datasets_list", tag = "datasets",
    responses((status = 200, body = Vec<Dataset>)))]
pub async fn list(State(app): State<App>) -> Result<Json<Vec<Dataset>>, ApiError> {
    let rows = datasets::list(app.store().api()).await?;
    Ok(Json(rows.into_iter().map(wire::dataset).collect::<Result<_, _>>()?))
}
