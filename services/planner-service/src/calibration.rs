//! Predictions of a campaign's rounds against what was measured of them.

use std::collections::HashMap;

use nextwell_contract::{CampaignCalibration, SurrogateSummary};
use nextwell_planner::calibration::{Arm, Call, MeasuredWell, Prediction, report};
use nextwell_planner::target::Tail;
use nextwell_store::campaigns::Campaign;
use nextwell_store::rounds::Round;
use nextwell_store::{gene_results, picks, posteriors, rounds};

use crate::error::ApiError;
use crate::propose::plan_error;
use crate::{App, wire};

/// The calibration of all measured picks. What counts is the surrogate's prediction from the
/// measurements before the round alone: a pick's own sd takes earlier picks of its round as done.
///
/// # Errors
/// Those of the database.
pub async fn of_campaign(app: &App, campaign: &Campaign) -> Result<CampaignCalibration, ApiError> {
    let tail = if campaign.two_sided { Tail::TwoSided } else { Tail::Up };
    let (mut wells, mut notes) = (Vec::new(), Vec::new());
    for round in rounds::list(app.store().api(), campaign.id).await? {
        let surrogate: SurrogateSummary = wire::decode("surrogate", round.surrogate.clone())?;
        let measured = measured(app, &round, tail, surrogate.noise_sd.unwrap_or(0.0)).await?;
        if surrogate.noise_sd.is_none() && !measured.is_empty() {
            notes.push(format!(
                "The {} measured genes of round {} are not counted: it was planned by a version \
                 that did not keep the noise of a measurement.",
                measured.len(),
                round.number
            ));
            continue;
        }
        wells.extend(measured);
    }
    let found = report(&wells).map_err(plan_error)?;
    let found = found.map(|found| wire::decode("calibration", wire::encode(&found)?));
    let unit = match tail {
        Tail::TwoSided => "ln(1 + |robust z|)",
        Tail::Up | Tail::Down => "sign(z) · ln(1 + |robust z|)",
    };
    Ok(CampaignCalibration { report: found.transpose()?, unit: unit.into(), notes })
}

/// The picks of a round that are measured, with what was predicted of them.
async fn measured(
    app: &App,
    round: &Round,
    tail: Tail,
    noise_sd: f64,
) -> Result<Vec<MeasuredWell>, ApiError> {
    let db = app.store().api();
    let results = gene_results::of_round(db, round.id).await?;
    if results.is_empty() {
        return Ok(Vec::new());
    }
    let predicted = posteriors::list(db, round.id).await?;
    let predicted: HashMap<&str, _> = predicted.iter().map(|p| (p.symbol.as_str(), p)).collect();
    let chosen = picks::list(db, round.id).await?;
    let kinds: HashMap<&str, &str> =
        chosen.iter().map(|pick| (pick.symbol.as_str(), pick.kind.as_str())).collect();
    let well = |result: &gene_results::GeneResult| {
        let p = predicted.get(result.symbol.as_str())?;
        let kind = kinds.get(result.symbol.as_str())?;
        Some(MeasuredWell {
            round: wire::small(round.number),
            arm: if *kind == "random" { Arm::Random } else { Arm::Chosen },
            prediction: Prediction {
                mean: p.mean,
                sd: p.sd.hypot(noise_sd),
                measured: tail.target(result.robust_z),
            },
            call: Call { p_hit: p.p_hit, hit: result.hit },
        })
    };
    Ok(results.iter().filter_map(well).collect())
}
