//! Rounds: plan, look, approve.

use std::collections::HashMap;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use nextwell_contract::{JobAccepted, Pick, PlanRequest, PlateRef, Problem, Round, RoundSummary};
use nextwell_store::{StoreError, Uuid, audit, candidates, gene_results, picks, plates, rounds};
use serde_json::json;

use super::{campaigns, csv_file};
use crate::error::ApiError;
use crate::{App, jobs, loop_state, wire};

/// Plans the next round now (job).
#[utoipa::path(post, path = "/api/campaigns/{id}/rounds", operation_id = "rounds_plan",
    tag = "rounds", params(("id" = Uuid, Path, description = "Campaign")),
    request_body = PlanRequest,
    responses((status = 202, body = JobAccepted),
        (status = 404, body = Problem, content_type = "application/problem+json")))]
pub async fn plan(
    State(app): State<App>,
    Path(id): Path<Uuid>,
    Json(request): Json<PlanRequest>,
) -> Result<(StatusCode, Json<JobAccepted>), ApiError> {
    campaigns::row(&app, id).await?;
    let mut tx = app.store().begin().await?;
    let job_id = jobs::propose::queue(&mut tx, id, Some(request)).await?;
    tx.commit().await.map_err(StoreError::from)?;
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
    if rounds::approve(&mut *tx, id).await? {
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
        state: wire::round_state(round.state),
        model_digest: round.model_digest,
        picks: picks
            .into_iter()
            .map(|pick| {
                let result = results.get(pick.symbol.as_str()).copied();
                let ensembl_id = ids.get(&pick.symbol).cloned().flatten();
                show_pick(pick, ensembl_id, result)
            })
            .collect::<Result<_, _>>()?,
        plates: plates
            .into_iter()
            .map(|plate| PlateRef { id: plate.id, barcode: plate.barcode })
            .collect(),
        surrogate: wire::decode("surrogate", round.surrogate)?,
        created_at: round.created_at,
    })
}

fn show_pick(
    pick: picks::Pick,
    ensembl_id: Option<String>,
    result: Option<&gene_results::GeneResult>,
) -> Result<Pick, ApiError> {
    Ok(Pick {
        rank: wire::small(pick.rank),
        kind: wire::pick_kind(&pick.kind)?,
        symbol: pick.symbol,
        ensembl_id,
        mean: pick.mean,
        sd: pick.sd,
        p_hit: pick.p_hit,
        acquisition: pick.acquisition,
        prior_score: pick.prior_score.unwrap_or(0.0),
        conditioned_on: wire::small(pick.conditioned_on.len()),
        reason: pick.reason,
        robust_z: result.map(|result| result.robust_z),
        hit: result.map(|result| result.hit),
    })
}
