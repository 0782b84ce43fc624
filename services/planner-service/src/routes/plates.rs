//! Plates: what is in which well.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use nextwell_contract::{Plate, Problem, Well, WellReagent};
use nextwell_planner::plate::PlateFormat;
use nextwell_store::{Uuid, library, plate_qc, plates, rounds, well_map};
use serde::Deserialize;
use utoipa::IntoParams;

use super::csv_file;
use crate::App;
use crate::error::ApiError;
use crate::{lay_out, reagents, wire};

/// Which plate.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct BarcodeQuery {
    /// Barcode on the plate.
    pub barcode: String,
}

/// The plate with a barcode.
#[utoipa::path(get, path = "/api/plates", operation_id = "plates_find", tag = "plates",
    params(BarcodeQuery),
    responses((status = 200, body = Plate),
        (status = 404, body = Problem, content_type = "application/problem+json")))]
pub async fn find(
    State(app): State<App>,
    Query(query): Query<BarcodeQuery>,
) -> Result<Json<Plate>, ApiError> {
    let plate = plates::by_barcode(app.store().api(), &query.barcode).await?;
    let plate = plate.ok_or_else(|| ApiError::not_found("plate with barcode", &query.barcode))?;
    Ok(Json(show(&app, plate).await?))
}

/// One plate with its wells.
#[utoipa::path(get, path = "/api/plates/{id}", operation_id = "plates_get", tag = "plates",
    params(("id" = Uuid, Path, description = "Plate")),
    responses((status = 200, body = Plate),
        (status = 404, body = Problem, content_type = "application/problem+json")))]
pub async fn get(State(app): State<App>, Path(id): Path<Uuid>) -> Result<Json<Plate>, ApiError> {
    Ok(Json(show(&app, row(&app, id).await?).await?))
}

/// Plate map as CSV.
#[utoipa::path(get, path = "/api/plates/{id}/map.csv", operation_id = "plates_map_csv",
    tag = "plates", params(("id" = Uuid, Path, description = "Plate")),
    responses((status = 200, body = String, content_type = "text/csv"),
        (status = 404, body = Problem, content_type = "application/problem+json")))]
pub async fn map_csv(State(app): State<App>, Path(id): Path<Uuid>) -> Result<Response, ApiError> {
    let plate = row(&app, id).await?;
    let wells = plates::wells(app.store().api(), id).await?;
    let name = format!("{}.csv", plate.barcode);
    let sheet = sheet(&app, &plate).await?;
    let guides = sheet.into_iter().map(|reagent| (reagent.well, reagent.guide_id)).collect();
    Ok(csv_file(&name, lay_out::plate_map(&plate, &wells, &guides)?))
}

/// Sources of a plate's wells; none without a guide library.
async fn sheet(app: &App, plate: &plates::Plate) -> Result<Vec<WellReagent>, ApiError> {
    let mut tx = app.store().begin().await?;
    let round = rounds::get(&mut *tx, plate.round_id).await?;
    let round = round.ok_or_else(|| ApiError::not_found("round", plate.round_id))?;
    if !library::exists(&mut *tx, round.campaign_id).await? {
        return Ok(Vec::new());
    }
    let reagents = reagents::of_round(&mut tx, round.campaign_id, round.id).await?;
    Ok(reagents.sheet(plate.id))
}

async fn row(app: &App, id: Uuid) -> Result<plates::Plate, ApiError> {
    let row = plates::get(app.store().api(), id).await?;
    row.ok_or_else(|| ApiError::not_found("plate", id))
}

async fn show(app: &App, plate: plates::Plate) -> Result<Plate, ApiError> {
    let db = app.store().api();
    let round = rounds::get(db, plate.round_id).await?;
    let round = round.ok_or_else(|| ApiError::not_found("round", plate.round_id))?;
    let wells = well_map::of_plate(db, plate.id).await?;
    let qc = plate_qc::of_plate(db, plate.id).await?.pop();
    let format = lay_out::format(plate.format)?;
    let reagents = sheet(app, &plate).await?;
    Ok(Plate {
        id: plate.id,
        barcode: plate.barcode,
        format: wire::small(plate.format),
        rows: rows_of(format),
        columns: columns_of(format),
        seed: wire::seed(plate.seed),
        donor: Some(plate.donor).filter(|donor| !donor.is_empty()),
        notes: plate.notes,
        round_id: plate.round_id,
        round_number: wire::small(round.number),
        campaign_id: round.campaign_id,
        wells: wells.into_iter().map(well).collect(),
        reagents,
        qc: qc.map(|qc| wire::decode("plate quality", qc.report)).transpose()?,
    })
}

fn rows_of(format: PlateFormat) -> u32 {
    u32::from(format.rows())
}

fn columns_of(format: PlateFormat) -> u32 {
    u32::from(format.columns())
}

fn well(row: well_map::WellOnMap) -> Well {
    Well {
        well: row.well,
        content: wire::content(row.content),
        symbol: row.symbol,
        ensembl_id: row.ensembl_id,
        replicate: wire::small(row.replicate),
        value: row.value,
        robust_z: row.robust_z,
        hit: row.hit,
    }
}
