//! In-silico screens of a campaign.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use nextwell_contract::{JobAccepted, Problem, Screen};
use nextwell_store::{Uuid, screens};

use super::campaigns;
use crate::error::ApiError;
use crate::{App, jobs, model_versions, wire};

/// Screens of a campaign, newest first.
#[utoipa::path(get, path = "/api/campaigns/{id}/screens", operation_id = "screens_list",
    tag = "screens", params(("id" = Uuid, Path, description = "Campaign")),
    responses((status = 200, body = Vec<Screen>)))]
pub async fn list(
    State(app): State<App>,
    Path(id): Path<Uuid>,
) -> Result<Json<Vec<Screen>>, ApiError> {
    campaigns::row(&app, id).await?;
    let rows = screens::list(app.store().api(), id).await?;
    Ok(Json(rows.into_iter().map(wire::screen).collect()))
}

/// Runs the screen of the current model version (job); a finished one is not computed again.
#[utoipa::path(post, path = "/api/campaigns/{id}/screens", operation_id = "screens_create",
    tag = "screens", params(("id" = Uuid, Path, description = "Campaign")),
    responses((status = 202, body = JobAccepted),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
pub async fn create(
    State(app): State<App>,
    Path(id): Path<Uuid>,
) -> Result<(StatusCode, Json<JobAccepted>), ApiError> {
    let campaign = campaigns::row(&app, id).await?;
    model_versions::require_fine_tuning(&app, &campaign.model_digest).await?;
    let mut tx = app.store().begin().await?;
    let job_id = jobs::screen::queue(&mut tx, id, false).await?;
    tx.commit().await.map_err(nextwell_store::StoreError::from)?;
    Ok((StatusCode::ACCEPTED, Json(JobAccepted { job_id })))
}
