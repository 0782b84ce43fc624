//! A proposed round as people see it before it exists.

use std::collections::HashSet;

use nextwell_contract::{CandidatePoint, ExpectedHits, PlanRequest, Plate, RoundPreview, Well};
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
    let chances: Vec<f64> = proposed.picks.iter().map(|pick| pick.p_hit).collect();
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
        expected_hits: expected_hits(&chances),
        advice: Vec::new(),
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
        round_id: Uuid::nil(),
        round_number: wire::small(known.number),
        campaign_id: known.campaign.id,
        wells,
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

/// Mean and 90 % interval of the number of hits among independent picks with these chances: the
/// Poisson binomial distribution, added up pick by pick.
fn expected_hits(chances: &[f64]) -> ExpectedHits {
    let mut of_count = vec![1.0];
    for chance in chances {
        of_count.push(0.0);
        for hits in (0..of_count.len()).rev() {
            let one_less = if hits == 0 { 0.0 } else { of_count[hits - 1] };
            of_count[hits] = of_count[hits] * (1.0 - chance) + one_less * chance;
        }
    }
    let quantile = |level: f64| {
        let mut below = 0.0;
        let reached = of_count.iter().position(|p| {
            below += p;
            below >= level
        });
        wire::small(reached.unwrap_or(chances.len()))
    };
    ExpectedHits { mean: chances.iter().sum(), low: quantile(0.05), high: quantile(0.95) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expected_hits_have_the_interval_of_their_distribution() {
        let none = expected_hits(&[]);
        assert_eq!((none.mean, none.low, none.high), (0.0, 0, 0));
        let sure = expected_hits(&[1.0, 1.0, 0.0]);
        assert_eq!((sure.mean, sure.low, sure.high), (2.0, 2, 2));
        // Binomial(20, 0.5): P(X <= 5) = 0.021, P(X <= 6) = 0.058; P(X <= 14) = 0.979,
        // P(X <= 13) = 0.942.
        let even = expected_hits(&[0.5; 20]);
        assert_eq!((even.mean, even.low, even.high), (10.0, 6, 14));
    }
}
