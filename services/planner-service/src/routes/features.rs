//! Blocks of gene features that a lab brings to a campaign.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use nextwell_contract::{FeatureBlock, Problem};
use nextwell_store::{Uuid, feature_blocks};

use super::campaigns;
use crate::error::ApiError;
use crate::{App, features, wire};

/// Adds a block: the file that `nextwell features build` wrote, packed or not.
#[utoipa::path(post, path = "/api/campaigns/{id}/features", operation_id = "features_add",
    tag = "features", params(("id" = Uuid, Path, description = "Campaign")),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 201, body = Vec<FeatureBlock>), (status = 200, body = Vec<FeatureBlock>),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
pub async fn add(
    State(app): State<App>,
    Path(id): Path<Uuid>,
    content: Bytes,
) -> Result<(StatusCode, Json<Vec<FeatureBlock>>), ApiError> {
    campaigns::row(&app, id).await?;
    let status = match features::add(&app, id, content.to_vec()).await? {
        true => StatusCode::CREATED,
        false => StatusCode::OK,
    };
    Ok((status, Json(shown(&app, id).await?)))
}

/// Blocks that the next round will use, besides the bundled ones.
#[utoipa::path(get, path = "/api/campaigns/{id}/features", operation_id = "features_list",
    tag = "features", params(("id" = Uuid, Path, description = "Campaign")),
    responses((status = 200, body = Vec<FeatureBlock>),
        (status = 404, body = Problem, content_type = "application/problem+json")))]
pub async fn list(
    State(app): State<App>,
    Path(id): Path<Uuid>,
) -> Result<Json<Vec<FeatureBlock>>, ApiError> {
    campaigns::row(&app, id).await?;
    Ok(Json(shown(&app, id).await?))
}

/// Takes a block out of use; rounds that used it keep their record.
#[utoipa::path(delete, path = "/api/campaigns/{id}/features/{name}",
    operation_id = "features_remove", tag = "features",
    params(("id" = Uuid, Path, description = "Campaign"),
        ("name" = String, Path, description = "Block")),
    responses((status = 200, body = Vec<FeatureBlock>),
        (status = 404, body = Problem, content_type = "application/problem+json")))]
pub async fn remove(
    State(app): State<App>,
    Path((id, name)): Path<(Uuid, String)>,
) -> Result<Json<Vec<FeatureBlock>>, ApiError> {
    campaigns::row(&app, id).await?;
    features::remove(&app, id, &name).await?;
    Ok(Json(shown(&app, id).await?))
}

async fn shown(app: &App, campaign: Uuid) -> Result<Vec<FeatureBlock>, ApiError> {
    let blocks = feature_blocks::list(app.store().api(), campaign).await?;
    let shown = blocks.into_iter().map(|block| FeatureBlock {
        name: block.name,
        source: block.source,
        licence: block.licence,
        n_genes: wire::small(block.n_genes),
        width: wire::small(block.width),
        digest: block.digest,
        created_at: block.created_at,
    });
    Ok(shown.collect())
}
