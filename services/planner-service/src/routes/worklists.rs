//! Files for liquid handlers and for ordering reagents.

use axum::extract::{Path, Query, State};
use axum::http::{HeaderValue, header};
use axum::response::Response;
use nextwell_contract::Problem;
use nextwell_planner::plate::worklist::{
    BIOMEK_COLUMNS, ECHO_STEP_NL, HAMILTON_COLUMNS, Transfer, WorklistError, columns_csv, echo_csv,
    epmotion_csv, generic_csv, mosquito_csv, tecan_gwl,
};
use nextwell_store::{Uuid, plates, rounds};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::csv_file;
use crate::error::ApiError;
use crate::{App, reagents};

/// Robot that a worklist is for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum WorklistFormat {
    /// A plain table, µl.
    #[default]
    Generic,
    /// Echo pick list, nl.
    Echo,
    /// Tecan `.gwl`, µl.
    Tecan,
    /// CSV for a Hamilton method, µl.
    Hamilton,
    /// CSV for a Biomek transfer from file, µl.
    Biomek,
    /// Eppendorf epMotion transfer list, µl.
    Epmotion,
    /// SPT Labtech mosquito worklist, nl.
    Mosquito,
}

/// Which worklist.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct WorklistQuery {
    /// Robot; a plain table when absent.
    #[serde(default)]
    #[param(inline)]
    pub format: WorklistFormat,
    /// For Hamilton and Biomek: names of the columns source plate, source well, destination plate,
    /// destination well and volume, separated by commas.
    pub columns: Option<String>,
    /// For Echo: volume of a droplet in nl; 2.5 when absent, 25 on the 525.
    pub step_nl: Option<f64>,
}

/// Worklist that fills a plate from the guide library.
#[utoipa::path(get, path = "/api/plates/{id}/worklist", operation_id = "plates_worklist",
    tag = "plates", params(("id" = Uuid, Path, description = "Plate"), WorklistQuery),
    responses((status = 200, body = String, content_type = "text/csv"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
pub async fn worklist(
    State(app): State<App>,
    Path(id): Path<Uuid>,
    Query(query): Query<WorklistQuery>,
) -> Result<Response, ApiError> {
    let mut tx = app.store().begin().await?;
    let plate = plates::get(&mut *tx, id).await?;
    let plate = plate.ok_or_else(|| ApiError::not_found("plate", id))?;
    let round = rounds::get(&mut *tx, plate.round_id).await?;
    let round = round.ok_or_else(|| ApiError::not_found("round", plate.round_id))?;
    let reagents = reagents::of_round(&mut tx, round.campaign_id, round.id).await?;
    let text = write(&reagents.transfers(id)?, &query)
        .map_err(|error| ApiError::unprocessable("no_worklist", error.to_string(), Vec::new()))?;
    let (robot, extension) = name(query.format);
    let mut file = csv_file(&format!("{}-{robot}.{extension}", plate.barcode), text);
    if query.format == WorklistFormat::Tecan {
        let plain = HeaderValue::from_static("text/plain; charset=utf-8");
        file.headers_mut().insert(header::CONTENT_TYPE, plain);
    }
    Ok(file)
}

fn write(transfers: &[Transfer], query: &WorklistQuery) -> Result<String, WorklistError> {
    let named = |usual: &[&str]| match &query.columns {
        Some(names) => columns_csv(transfers, &names.split(',').collect::<Vec<_>>()),
        None => columns_csv(transfers, usual),
    };
    match query.format {
        WorklistFormat::Generic => generic_csv(transfers),
        WorklistFormat::Echo => {
            let step = query.step_nl.filter(|step| step.is_finite() && *step > 0.0);
            echo_csv(transfers, step.unwrap_or(ECHO_STEP_NL))
        }
        WorklistFormat::Tecan => tecan_gwl(transfers),
        WorklistFormat::Hamilton => named(&HAMILTON_COLUMNS),
        WorklistFormat::Biomek => named(&BIOMEK_COLUMNS),
        WorklistFormat::Epmotion => epmotion_csv(transfers),
        WorklistFormat::Mosquito => mosquito_csv(transfers),
    }
}

fn name(format: WorklistFormat) -> (&'static str, &'static str) {
    match format {
        WorklistFormat::Generic => ("worklist", "csv"),
        WorklistFormat::Echo => ("echo", "csv"),
        WorklistFormat::Tecan => ("tecan", "gwl"),
        WorklistFormat::Hamilton => ("hamilton", "csv"),
        WorklistFormat::Biomek => ("biomek", "csv"),
        WorklistFormat::Epmotion => ("epmotion", "csv"),
        WorklistFormat::Mosquito => ("mosquito", "csv"),
    }
}

/// Reagents that a round needs, where they are, and which are missing.
#[utoipa::path(get, path = "/api/rounds/{id}/order.csv", operation_id = "rounds_order_csv",
    tag = "rounds", params(("id" = Uuid, Path, description = "Round")),
    responses((status = 200, body = String, content_type = "text/csv"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json")))]
pub async fn order_csv(State(app): State<App>, Path(id): Path<Uuid>) -> Result<Response, ApiError> {
    let mut tx = app.store().begin().await?;
    let round = rounds::get(&mut *tx, id).await?;
    let round = round.ok_or_else(|| ApiError::not_found("round", id))?;
    let reagents = reagents::of_round(&mut tx, round.campaign_id, round.id).await?;
    Ok(csv_file(&format!("round-{}-order.csv", round.number), reagents.order_csv()?))
}
