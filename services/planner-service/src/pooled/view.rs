//! A pooled round as people see it, and what they order.

use std::collections::BTreeMap;

use nextwell_contract::{PooledGene, PooledGuide, PooledRound, PooledSettings};
use nextwell_planner::pooled::{ControlKind, Guide, order_sheet as sheet};
use nextwell_store::uploads::{self, UploadState};
use nextwell_store::{Uuid, guides, picks, pooled_rounds, rounds};

use super::results::pooled_report;
use super::{adapters, design, from_store, warnings};
use crate::App;
use crate::error::ApiError;
use crate::wire;

/// What makes a round pooled.
///
/// # Errors
/// 404 for a round that is not there or not pooled.
pub async fn round(app: &App, id: Uuid) -> Result<PooledRound, ApiError> {
    let db = app.store().api();
    let (row, settings) = row(app, id).await?;
    let guides = chosen(app, id).await?;
    let picked = picks::list(db, id).await?;
    let numbers: nextwell_contract::PooledNumbers =
        wire::decode("pooled numbers", row.numbers.clone())?;
    let of_kind =
        |kind| wire::count(guides.iter().filter(|guide| guide.control == Some(kind)).count());
    let mut of_gene: BTreeMap<&str, Vec<PooledGuide>> = BTreeMap::new();
    for guide in &guides {
        for symbol in &guide.symbols {
            of_gene.entry(symbol).or_default().push(PooledGuide {
                guide_id: guide.guide_id.clone(),
                protospacer: guide.protospacer.clone(),
                score: guide.score,
            });
        }
    }
    let genes = picked.iter().map(|pick| PooledGene {
        guides: of_gene.get(pick.symbol.as_str()).cloned().unwrap_or_default(),
        symbol: pick.symbol.clone(),
    });
    let adapters = adapters(&settings)?;
    let first = guides.first().map(|guide| adapters.oligo(false, &guide.protospacer).len());
    Ok(PooledRound {
        round_id: id,
        warnings: warnings(&design(&settings), numbers.guides),
        genes: genes.collect(),
        non_targeting: of_kind(ControlKind::NonTargeting),
        safe_targeting: of_kind(ControlKind::SafeTargeting),
        oligo_length: wire::count(first.unwrap_or_default()),
        results: results(app, row.campaign_id, id).await?,
        numbers,
        settings,
    })
}

/// The order sheet of a pooled round as CSV, with the round's number for the file's name.
///
/// # Errors
/// 404 for a round that is not there or not pooled.
pub async fn order_sheet(app: &App, id: Uuid) -> Result<(u32, String), ApiError> {
    let (_, settings) = row(app, id).await?;
    let round = rounds::get(app.store().api(), id).await?;
    let number = round.map_or(0, |round| wire::small(round.number));
    let guides = chosen(app, id).await?;
    // A G that was needed is the last letter of the 5′ adapter that was kept with the round.
    let adapters = adapters(&settings)?;
    let mut file = csv::Writer::from_writer(Vec::new());
    for line in sheet(&format!("NWR{number}"), &guides, &adapters, false) {
        file.serialize(line).map_err(|error| ApiError::internal(error.to_string()))?;
    }
    let bytes = file.into_inner().map_err(|error| ApiError::internal(error.to_string()))?;
    let text = String::from_utf8(bytes).map_err(|error| ApiError::internal(error.to_string()))?;
    Ok((number, text))
}

async fn row(
    app: &App,
    id: Uuid,
) -> Result<(pooled_rounds::PooledRound, PooledSettings), ApiError> {
    let row = pooled_rounds::get(app.store().api(), id).await?;
    let row = row.ok_or_else(|| ApiError::not_found("pooled round", id))?;
    let settings = wire::decode("pooled settings", row.settings.clone())?;
    Ok((row, settings))
}

async fn chosen(app: &App, id: Uuid) -> Result<Vec<Guide>, ApiError> {
    let guides = guides::of_round(app.store().api(), id).await?;
    Ok(guides.into_iter().map(from_store).collect())
}

/// The accepted table of a round.
async fn results(
    app: &App,
    campaign: Uuid,
    round: Uuid,
) -> Result<Option<nextwell_contract::PooledReport>, ApiError> {
    let accepted = uploads::list(app.store().api(), campaign).await?;
    for upload in accepted.iter().filter(|upload| upload.state == UploadState::Accepted) {
        if let Some(report) = pooled_report(upload)?
            && report.round_id == Some(round)
        {
            return Ok(Some(report));
        }
    }
    Ok(None)
}
