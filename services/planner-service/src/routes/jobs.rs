//! Jobs: look, cancel, run again.

use axum::Json;
use axum::extract::{Path, Query, State};
use nextwell_contract::{Job, JobState, Problem};
use nextwell_store::jobs::{self, JobFilter};
use nextwell_store::{StoreError, Uuid};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::App;
use crate::error::ApiError;
use crate::wire;

/// Which jobs.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct JobQuery {
    /// Only of this campaign.
    pub campaign_id: Option<Uuid>,
    /// Only in this state.
    pub state: Option<JobState>,
}

/// Jobs, newest first.
#[utoipa::path(get, path = "/api/jobs", operation_id = "jobs_list", tag = "jobs",
    params(JobQuery), responses((status = 200, body = Vec<Job>)))]
pub async fn list(
    State(app): State<App>,
    Query(query): Query<JobQuery>,
) -> Result<Json<Vec<Job>>, ApiError> {
    let filter = JobFilter {
        campaign_id: query.campaign_id,
        states: query.state.map(stored_state).into_iter().collect(),
        limit: Some(200),
        ..JobFilter::default()
    };
    let rows = jobs::list(app.store().api(), &filter).await?;
    Ok(Json(rows.into_iter().map(wire::job).collect()))
}

/// One job.
#[utoipa::path(get, path = "/api/jobs/{id}", operation_id = "jobs_get", tag = "jobs",
    params(("id" = i64, Path, description = "Job")),
    responses((status = 200, body = Job),
        (status = 404, body = Problem, content_type = "application/problem+json")))]
pub async fn get(State(app): State<App>, Path(id): Path<i64>) -> Result<Json<Job>, ApiError> {
    one(&app, id).await
}

/// Stops a job; finished shards stay.
#[utoipa::path(post, path = "/api/jobs/{id}/cancel", operation_id = "jobs_cancel", tag = "jobs",
    params(("id" = i64, Path, description = "Job")),
    responses((status = 200, body = Job),
        (status = 404, body = Problem, content_type = "application/problem+json")))]
pub async fn cancel(State(app): State<App>, Path(id): Path<i64>) -> Result<Json<Job>, ApiError> {
    let mut tx = app.store().begin().await?;
    jobs::cancel(&mut tx, id).await?.ok_or_else(|| ApiError::not_found("job", id))?;
    tx.commit().await.map_err(StoreError::from)?;
    one(&app, id).await
}

/// Runs a failed, dead or cancelled job again; finished shards are kept.
#[utoipa::path(post, path = "/api/jobs/{id}/rerun", operation_id = "jobs_rerun", tag = "jobs",
    params(("id" = i64, Path, description = "Job")),
    responses((status = 200, body = Job),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json")))]
pub async fn rerun(State(app): State<App>, Path(id): Path<i64>) -> Result<Json<Job>, ApiError> {
    let mut tx = app.store().begin().await?;
    let row = jobs::rerun(&mut tx, id, "api").await?;
    tx.commit().await.map_err(StoreError::from)?;
    Ok(Json(wire::job(row)))
}

async fn one(app: &App, id: i64) -> Result<Json<Job>, ApiError> {
    let row = jobs::get(app.store().api(), id).await?;
    Ok(Json(wire::job(row.ok_or_else(|| ApiError::not_found("job", id))?)))
}

fn stored_state(state: JobState) -> jobs::JobState {
    match state {
        JobState::Ready => jobs::JobState::Ready,
        JobState::Running => jobs::JobState::Running,
        JobState::Done => jobs::JobState::Done,
        JobState::Failed => jobs::JobState::Failed,
        JobState::Dead => jobs::JobState::Dead,
        JobState::Cancelled => jobs::JobState::Cancelled,
    }
}
