//! Were the predictions honest?

use axum::Json;
use axum::extract::{Path, State};
use nextwell_contract::{CampaignCalibration, Problem};
use nextwell_store::Uuid;

use super::campaigns;
use crate::error::ApiError;
use crate::{App, calibration};

/// Predictions of a campaign's rounds against the measurements, on genes before they were learnt
/// from.
#[utoipa::path(get, path = "/api/campaigns/{id}/calibration", operation_id = "calibration_get",
    tag = "campaigns", params(("id" = Uuid, Path, description = "Campaign")),
    responses((status = 200, body = CampaignCalibration),
        (status = 404, body = Problem, content_type = "application/problem+json")))]
pub async fn get(
    State(app): State<App>,
    Path(id): Path<Uuid>,
) -> Result<Json<CampaignCalibration>, ApiError> {
    let campaign = campaigns::row(&app, id).await?;
    calibration::of_campaign(&app, &campaign).await.map(Json)
}
