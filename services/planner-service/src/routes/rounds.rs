//! Rounds: plan, look, approve.

use std::collections::HashMap;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use nextwell_contract::{
    JobAccepted, PlanRequest, PlateRef, Problem, Round, RoundPreview, RoundSummary,
};
use nextwell_store::campaigns as store_campaigns;
use nextwell_store::{
    StoreError, Uuid, audit, candidates, gene_results, picks, plates, pooled_rounds, rounds,
};
use serde_json::json;

use super::{campaigns, csv_file};
use crate::error::ApiError;
use crate::{App, jobs, loop_state, preview, reagents, wire};

/// What the next round would be; nothing is written.
///
/// The same state and request give the same picks when the round is planned: `state` of the answer,
/// sent back as `seen`, makes sure of that.
#[utoipa::path(post, path = "/api/campaigns/{id}/rounds/preview", operation_id = "rounds_preview",
    tag = "rounds", params(("id" = Uuid, Path, description = "Campaign")),
    request_body = PlanRequest,
    responses((status = 200, body = RoundPreview),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
pub async fn preview(
    State(app): State<App>,
    Path(id): Path<Uuid>,
    Json(request): Json<PlanRequest>,
) -> Result<Json<RoundPreview>, ApiError> {
    Ok(Json(preview::preview(&app, id, &request).await?))
}

/// Plans the next round now (job), and sends it to the lab with `approve`.
///
/// Whatever breaks a limit is refused before the job is queued. With `number`, pressing twice or
/// two people pressing at once give one round.
#[utoipa::path(post, path = "/api/campaigns/{id}/rounds", operation_id = "rounds_plan",
    tag = "rounds", params(("id" = Uuid, Path, description = "Campaign")),
    request_body = PlanRequest,
    responses((status = 202, body = JobAccepted),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
pub async fn plan(
    State(app): State<App>,
    Path(id): Path<Uuid>,
    Json(request): Json<PlanRequest>,
) -> Result<(StatusCode, Json<JobAccepted>), ApiError> {
    let job_id = jobs::propose::ask(&app, id, request).await?;
    Ok((StatusCode::ACCEPTED, Json(JobAccepted { job_id })))
}

/// Rounds, oldest first.
#[utoipa::path(get, path = "/api/campaigns/{id}/rounds", operation_id = "rounds_list",
    tag = "rounds", params(("id" = Uuid, Path, description = "Campaign")),
    responses((status = 200, body = Vec<RoundSummary>),
        (status = 404, body = Problem, content_type = "application/problem+json")))]
pub async fn list(
    State(app): State<App>,
    Path(id): Path<Uuid>,
) -> Result<Json<Vec<RoundSummary>>, ApiError> {
    campaigns::row(&app, id).await?;
    Ok(Json(loop_state::timeline(&app, id).await?))
}

/// One round with its picks.
#[utoipa::path(get, path = "/api/rounds/{id}", operation_id = "rounds_get", tag = "rounds",
    params(("id" = Uuid, Path, description = "Round")),
    responses((status = 200, body = Round),
        (status = 404, body = Problem, content_type = "application/problem+json")))]
pub async fn get(State(app): State<App>, Path(id): Path<Uuid>) -> Result<Json<Round>, ApiError> {
    Ok(Json(show(&app, id).await?))
}

/// Sends a planned round to the lab; an approved one stays as it is.
#[utoipa::path(post, path = "/api/rounds/{id}/approve", operation_id = "rounds_approve",
    tag = "rounds", params(("id" = Uuid, Path, description = "Round")),
    responses((status = 200, body = Round),
        (status = 404, body = Problem, content_type = "application/problem+json")))]
pub async fn approve(
    State(app): State<App>,
    Path(id): Path<Uuid>,
) -> Result<Json<Round>, ApiError> {
    let round = row(&app, id).await?;
    let mut tx = app.store().begin().await?;
    // Before the round is locked, as everywhere: who sets reagents aside counts what is left.
    store_campaigns::lock(&mut *tx, round.campaign_id).await?;
    if rounds::approve(&mut *tx, id).await? {
        reagents::reserve(&mut tx, round.campaign_id, id).await?;
        let line = audit::NewAuditEvent {
            actor: "api".into(),
            action: "approve round".into(),
            subject: id.to_string(),
            campaign_id: Some(round.campaign_id),
            details: json!({ "number": round.number }),
        };
        audit::append(&mut *tx, &line).await?;
    }
    tx.commit().await.map_err(StoreError::from)?;
    Ok(Json(show(&app, id).await?))
}

/// Picks with their reasons as CSV.
#[utoipa::path(get, path = "/api/rounds/{id}/picks.csv", operation_id = "rounds_picks_csv",
    tag = "rounds", params(("id" = Uuid, Path, description = "Round")),
    responses((status = 200, body = String, content_type = "text/csv"),
        (status = 404, body = Problem, content_type = "application/problem+json")))]
pub async fn picks_csv(State(app): State<App>, Path(id): Path<Uuid>) -> Result<Response, ApiError> {
    let round = show(&app, id).await?;
    let mut file = csv::Writer::from_writer(Vec::new());
    for pick in &round.picks {
        file.serialize(pick).map_err(|error| ApiError::internal(error.to_string()))?;
    }
    let bytes = file.into_inner().map_err(|error| ApiError::internal(error.to_string()))?;
    let text = String::from_utf8(bytes).map_err(|error| ApiError::internal(error.to_string()))?;
    Ok(csv_file(&format!("round-{}-picks.csv", round.number), text))
}

async fn row(app: &App, id: Uuid) -> Result<rounds::Round, ApiError> {
    let row = rounds::get(app.store().api(), id).await?;
    row.ok_or_else(|| ApiError::not_found("round", id))
}

async fn show(app: &App, id: Uuid) -> Result<Round, ApiError> {
    let round = row(app, id).await?;
    let db = app.store().api();
    let results = gene_results::of_round(db, id).await?;
    let results: HashMap<&str, &gene_results::GeneResult> =
        results.iter().map(|result| (result.symbol.as_str(), result)).collect();
    let ids: HashMap<String, Option<String>> = candidates::list(db, round.campaign_id)
        .await?
        .into_iter()
        .map(|gene| (gene.symbol, gene.ensembl_id))
        .collect();
    let picks = picks::list(db, id).await?;
    let plates = plates::of_round(db, id).await?;
    Ok(Round {
        id,
        campaign_id: round.campaign_id,
        number: wire::small(round.number),
        kind: wire::round_kind(pooled_rounds::get(db, id).await?.is_some()),
        state: wire::round_state(round.state),
        model_digest: round.model_digest,
        picks: picks
            .into_iter()
            .map(|pick| {
                let result = results.get(pick.symbol.as_str()).copied();
                let ensembl_id = ids.get(&pick.symbol).cloned().flatten();
                wire::pick(pick, ensembl_id, result)
            })
            .collect::<Result<_, _>>()?,
        plates: plates
            .into_iter()
            .map(|plate| PlateRef {
                id: plate.id,
                barcode: plate.barcode,
                donor: Some(plate.donor).filter(|donor| !donor.is_empty()),
            })
            .collect(),
        surrogate: wire::decode("surrogate", round.surrogate)?,
        request: wire::decode("round request", round.request)?,
        cost: round.cost_amount,
        created_at: round.created_at,
    })
}
