//! Campaigns and the state of their loop.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use nextwell_contract::{Campaign, CampaignPatch, LoopState, ModelDecision, NewCampaign, Problem};
use nextwell_store::{Uuid, campaigns, candidates, controls, gene_results, plate_designs};

use crate::error::ApiError;
use crate::{App, campaign, loop_state, settings, wire};

/// Makes a campaign and queues its first in-silico screen.
#[utoipa::path(post, path = "/api/campaigns", operation_id = "campaigns_create",
    tag = "campaigns", request_body = NewCampaign,
    responses((status = 201, body = Campaign),
        (status = 409, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
pub async fn create(
    State(app): State<App>,
    Json(new): Json<NewCampaign>,
) -> Result<(StatusCode, Json<Campaign>), ApiError> {
    let id = campaign::create(&app, new).await?;
    Ok((StatusCode::CREATED, Json(show(&app, row(&app, id).await?).await?)))
}

/// All campaigns, newest first.
#[utoipa::path(get, path = "/api/campaigns", operation_id = "campaigns_list", tag = "campaigns",
    responses((status = 200, body = Vec<Campaign>)))]
pub async fn list(State(app): State<App>) -> Result<Json<Vec<Campaign>>, ApiError> {
    let mut shown = Vec::new();
    for row in campaigns::list(app.store().api(), false).await? {
        shown.push(show(&app, row).await?);
    }
    Ok(Json(shown))
}

/// One campaign.
#[utoipa::path(get, path = "/api/campaigns/{id}", operation_id = "campaigns_get",
    tag = "campaigns", params(("id" = Uuid, Path, description = "Campaign")),
    responses((status = 200, body = Campaign),
        (status = 404, body = Problem, content_type = "application/problem+json")))]
pub async fn get(State(app): State<App>, Path(id): Path<Uuid>) -> Result<Json<Campaign>, ApiError> {
    Ok(Json(show(&app, row(&app, id).await?).await?))
}

/// Changes what may change in a running campaign; absent fields stay.
#[utoipa::path(patch, path = "/api/campaigns/{id}", operation_id = "campaigns_change",
    tag = "campaigns", params(("id" = Uuid, Path, description = "Campaign")),
    request_body = CampaignPatch,
    responses((status = 200, body = Campaign),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
pub async fn change(
    State(app): State<App>,
    Path(id): Path<Uuid>,
    Json(patch): Json<CampaignPatch>,
) -> Result<Json<Campaign>, ApiError> {
    settings::change(&app, id, &patch).await?;
    Ok(Json(show(&app, row(&app, id).await?).await?))
}

/// What to do now, hits against wells, timeline.
#[utoipa::path(get, path = "/api/campaigns/{id}/loop", operation_id = "campaigns_loop_state",
    tag = "campaigns", params(("id" = Uuid, Path, description = "Campaign")),
    responses((status = 200, body = LoopState),
        (status = 404, body = Problem, content_type = "application/problem+json")))]
pub async fn loop_state(
    State(app): State<App>,
    Path(id): Path<Uuid>,
) -> Result<Json<LoopState>, ApiError> {
    let row = row(&app, id).await?;
    let library_hits = row.library_hits;
    let shown = show(&app, row).await?;
    Ok(Json(loop_state::loop_state(&app, shown, library_hits).await?))
}

/// Evaluations and decisions, oldest first.
#[utoipa::path(get, path = "/api/campaigns/{id}/decisions", operation_id = "campaigns_decisions",
    tag = "campaigns", params(("id" = Uuid, Path, description = "Campaign")),
    responses((status = 200, body = Vec<ModelDecision>),
        (status = 404, body = Problem, content_type = "application/problem+json")))]
pub async fn decisions(
    State(app): State<App>,
    Path(id): Path<Uuid>,
) -> Result<Json<Vec<ModelDecision>>, ApiError> {
    row(&app, id).await?;
    Ok(Json(loop_state::decisions(&app, id).await?))
}

pub use campaign::row;

async fn show(app: &App, row: campaigns::Campaign) -> Result<Campaign, ApiError> {
    let genes = candidates::list(app.store().api(), row.id).await?;
    let controls = controls::list(app.store().api(), row.id).await?;
    let has_results = gene_results::exist(app.store().api(), row.id).await?;
    let design = plate_designs::get(app.store().api(), row.id).await?;
    wire::campaign(row, &genes, &controls, design, has_results)
}
