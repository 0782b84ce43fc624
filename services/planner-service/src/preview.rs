//! A proposed round as people see it before it exists.

use std::collections::HashSet;

use nextwell_contract::{Advice, CandidatePoint, PlanRequest, Plate, RoundPreview, Well};
use nextwell_store::{Uuid, plates};

use crate::error::ApiError;
use crate::known::Known;
use crate::propose::{self, Proposed};
use crate::{App, lay_out, wire};

/// Points of a preview at most: enough for a picture, small enough for a browser.
const MAX_POINTS: usize = 2000;

/// Proposes the next round without writing anything.
///
/// # Errors
/// Those of [`propose::propose`].
pub async fn preview(app: &App, id: Uuid, request: &PlanRequest) -> Result<RoundPreview, ApiError> {
    let campaign = crate::campaign::row(app, id).await?;
    let db = app.store().api();
    let number = Known::next_number(db, id).await?;
    let (known, proposed) = propose::propose(app, db, campaign, number, request).await?;
    show(&known, proposed)
}

fn show(known: &Known, proposed: Proposed) -> Result<RoundPreview, ApiError> {
    let candidates = points(known, &proposed);
    let Proposed { picks, plates, outlook, .. } = proposed;
    let ensembl_id = |symbol: &str| {
        known.index.get(symbol).and_then(|place| known.genes[*place].ensembl_id.clone())
    };
    Ok(RoundPreview {
        number: wire::small(known.number),
        state: outlook.state,
        kappa: outlook.kappa,
        candidates_per_plate: wire::small(outlook.per_plate),
        picks: picks
            .into_iter()
            .map(|pick| {
                let id = ensembl_id(&pick.symbol);
                wire::pick(pick, id, None)
            })
            .collect::<Result<_, _>>()?,
        plates: plates
            .into_iter()
            .map(|(plate, wells)| show_plate(known, plate, wells))
            .collect::<Result<_, _>>()?,
        cost: outlook.cost,
        left_before: outlook.left_before,
        left_after: outlook.left_after,
        shortfall: outlook.shortfall,
        surrogate: outlook.surrogate,
        expected_hits: outlook.expected_hits,
        advice: outlook
            .advice
            .into_iter()
            .map(|advice| Advice { stop: advice.stop, words: advice.words })
            .collect(),
        candidates,
    })
}

fn show_plate(
    known: &Known,
    plate: plates::Plate,
    wells: Vec<plates::Well>,
) -> Result<Plate, ApiError> {
    let format = lay_out::format(plate.format)?;
    let mut wells: Vec<Well> = wells.into_iter().map(show_well).collect();
    wells.retain(|well| well.content != nextwell_contract::WellContent::Empty);
    wells.sort_by(|a, b| (a.well.len(), &a.well).cmp(&(b.well.len(), &b.well)));
    Ok(Plate {
        id: Uuid::nil(),
        barcode: plate.barcode,
        format: wire::small(plate.format),
        rows: u32::from(format.rows()),
        columns: u32::from(format.columns()),
        seed: wire::seed(plate.seed),
        donor: Some(plate.donor).filter(|donor| !donor.is_empty()),
        notes: plate.notes,
        round_id: Uuid::nil(),
        round_number: wire::small(known.number),
        campaign_id: known.campaign.id,
        wells,
        reagents: Vec::new(),
        qc: None,
    })
}

fn show_well(well: plates::Well) -> Well {
    Well {
        well: well.well,
        content: wire::content(well.content),
        symbol: well.symbol,
        ensembl_id: well.ensembl_id,
        replicate: wire::small(well.replicate),
        value: None,
        robust_z: None,
        hit: None,
    }
}

/// The candidates that were open, the likeliest hits first.
fn points(known: &Known, proposed: &Proposed) -> Vec<CandidatePoint> {
    let measured = known.results.iter().map(|result| result.symbol.as_str());
    let pending = known.pending.iter().map(String::as_str);
    let aside = known.genes.iter().filter(|gene| gene.excluded_reason.is_some());
    let closed: HashSet<&str> =
        measured.chain(pending).chain(aside.map(|gene| gene.symbol.as_str())).collect();
    let picked: HashSet<&str> = proposed.picks.iter().map(|pick| pick.symbol.as_str()).collect();
    let shown = proposed.posteriors.iter().filter(|posterior| {
        let symbol = posterior.symbol.as_str();
        picked.contains(symbol) || !closed.contains(symbol)
    });
    let mut points: Vec<CandidatePoint> = shown
        .map(|posterior| CandidatePoint {
            symbol: posterior.symbol.clone(),
            mean: posterior.mean,
            sd: posterior.sd,
            p_hit: posterior.p_hit,
        })
        .collect();
    // Picks first, so that cutting the list never loses one.
    points.sort_by(|a, b| {
        let is_picked = |point: &CandidatePoint| picked.contains(point.symbol.as_str());
        is_picked(b)
            .cmp(&is_picked(a))
            .then(b.p_hit.total_cmp(&a.p_hit))
            .then(a.symbol.cmp(&b.symbol))
    });
    points.truncate(MAX_POINTS);
    points
}
