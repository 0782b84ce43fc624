//! A model and a data set together: what the model can see of it, and how it places the cells.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use nextwell_contract::worker::{CoverageWork, EmbeddingWork};
use nextwell_contract::{Coverage, EmbeddingPreview, JobAccepted, ModelCard, Problem};
use nextwell_store::datasets;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::error::ApiError;
use crate::{App, jobs, model_versions, wire};

/// Cells embedded for a preview, unless another number is asked for.
const CELLS: u64 = 2000;
/// Most cells of a preview.
const MOST_CELLS: u64 = 20_000;

/// Which data set.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct CoverageQuery {
    /// Digest of the data set.
    pub dataset: String,
}

/// Which cells, how embedded, how coloured.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct EmbeddingQuery {
    /// Digest of the data set.
    pub dataset: String,
    /// Kind of embedding, one of the model's card; its first when absent.
    pub kind: Option<String>,
    /// Most cells, 2 to 20,000; 2,000 when absent. More cells are sampled at even distances.
    pub max_cells: Option<u64>,
    /// `obs` column whose values come along. It changes nothing of what is computed.
    pub colour: Option<String>,
}

/// How much of a data set the model can see. Computed once; a first answer may take a minute.
#[utoipa::path(get, path = "/api/models/{digest}/coverage", operation_id = "models_coverage",
    tag = "models",
    params(("digest" = String, Path, description = "Digest of the model"), CoverageQuery),
    responses((status = 200, body = Coverage),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json"),
        (status = 429, body = Problem, content_type = "application/problem+json")))]
pub async fn coverage(
    State(app): State<App>,
    Path(digest): Path<String>,
    Query(query): Query<CoverageQuery>,
) -> Result<Json<Coverage>, ApiError> {
    require(&app, &digest, &query.dataset).await?;
    let work = CoverageWork { model_digest: digest, dataset_digest: query.dataset };
    app.model().coverage(&work).await.map(Json)
}

/// Embeds a data set's cells (job). Its end makes the preview readable with the same query; what
/// was computed before is not computed again.
#[utoipa::path(post, path = "/api/models/{digest}/embedding",
    operation_id = "models_embedding_create", tag = "models",
    params(("digest" = String, Path, description = "Digest of the model"), EmbeddingQuery),
    responses((status = 202, body = JobAccepted),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json")))]
pub async fn embed(
    State(app): State<App>,
    Path(digest): Path<String>,
    Query(query): Query<EmbeddingQuery>,
) -> Result<(StatusCode, Json<JobAccepted>), ApiError> {
    let work = EmbeddingWork { colour: None, ..order(&app, digest, query).await? };
    let job_id = jobs::embed::queue(&app, &work).await?;
    Ok((StatusCode::ACCEPTED, Json(JobAccepted { job_id })))
}

/// The preview of an embedding that was computed; 404 `not_computed` until then.
#[utoipa::path(get, path = "/api/models/{digest}/embedding", operation_id = "models_embedding",
    tag = "models",
    params(("digest" = String, Path, description = "Digest of the model"), EmbeddingQuery),
    responses((status = 200, body = EmbeddingPreview),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
pub async fn embedding(
    State(app): State<App>,
    Path(digest): Path<String>,
    Query(query): Query<EmbeddingQuery>,
) -> Result<Json<EmbeddingPreview>, ApiError> {
    let work = EmbeddingWork { kept_only: true, ..order(&app, digest, query).await? };
    app.model().kept_embedding(&work).await.map(Json)
}

async fn order(
    app: &App,
    digest: String,
    query: EmbeddingQuery,
) -> Result<EmbeddingWork, ApiError> {
    let card = require(app, &digest, &query.dataset).await?;
    check_kind(card.as_ref(), query.kind.as_deref())?;
    let max_cells = query.max_cells.unwrap_or(CELLS);
    if !(2..=MOST_CELLS).contains(&max_cells) {
        let detail = format!("max_cells is {max_cells}; expected 2 to {MOST_CELLS}");
        return Err(ApiError::bad_request("bad_setting", detail));
    }
    Ok(EmbeddingWork {
        model_digest: digest,
        dataset_digest: query.dataset,
        // The default by its name, so that both ways to ask are one answer.
        kind: query.kind.or_else(|| default_kind(card)),
        max_cells,
        colour: query.colour,
        kept_only: false,
    })
}

fn default_kind(card: Option<ModelCard>) -> Option<String> {
    card?.embeddings.into_iter().next().map(|kind| kind.name)
}

fn check_kind(card: Option<&ModelCard>, kind: Option<&str>) -> Result<(), ApiError> {
    let (Some(card), Some(kind)) = (card, kind) else { return Ok(()) };
    if card.embeddings.iter().any(|known| known.name == kind) {
        return Ok(());
    }
    let known: Vec<&str> = card.embeddings.iter().map(|known| known.name.as_str()).collect();
    let detail = format!("the model has no embedding {kind:?}; it has {}", known.join(", "));
    Err(ApiError::bad_request("unknown_embedding", detail))
}

/// Both exist; the model's card, where it has one yet.
async fn require(app: &App, model: &str, dataset: &str) -> Result<Option<ModelCard>, ApiError> {
    let version = wire::model(model_versions::row(app, model).await?)?;
    match datasets::by_digest(app.store().api(), dataset).await? {
        Some(_) => Ok(version.card),
        None => Err(ApiError::not_found("data set", dataset)),
    }
}
