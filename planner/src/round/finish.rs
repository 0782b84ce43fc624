//! From picks to a proposal: what is expected of them, and whether to go on.

use super::advice::{Situation, advice};
use super::plan::rng;
use super::select::Chosen;
use super::{RoundProposal, RoundRequest};
use crate::error::PlanError;
use crate::gauss::draw_normal;
use crate::surrogate::Surrogate;

/// Joint samples behind the interval of expected hits.
const SAMPLES: usize = 512;
/// Ends of the interval: 90 %.
const TAILS: [f64; 2] = [0.05, 0.95];

pub(crate) fn proposal(
    request: &RoundRequest<'_>,
    surrogate: &dyn Surrogate,
    chosen: Chosen<'_>,
) -> Result<RoundProposal, PlanError> {
    let expected_hits = chosen.picks.iter().map(|p| p.p_hit).sum();
    let expected_hits_interval = called_hits(request, &chosen)?;
    let advice = advice(
        request,
        &Situation {
            expected_hits,
            interval: expected_hits_interval,
            candidates: &chosen.candidates,
            best: chosen.targets.best,
            picks: chosen.picks.len(),
            spent: chosen.spent,
        },
    )?;
    let mut report = chosen.report;
    surrogate.add_intervals(request.table, &chosen.data, &mut report)?;
    Ok(RoundProposal {
        picks: chosen.picks,
        posterior: chosen.candidates,
        surrogate: report,
        expected_hits,
        expected_hits_interval,
        advice,
        shortfall: chosen.shortfall,
    })
}

/// 5 and 95 % of the number of picks that the assay calls, from joint samples of their effects with
/// the measurements' noise.
fn called_hits(request: &RoundRequest<'_>, chosen: &Chosen<'_>) -> Result<(f64, f64), PlanError> {
    if chosen.picks.is_empty() {
        return Ok((0.0, 0.0));
    }
    let rows = chosen
        .picks
        .iter()
        .map(|p| request.table.row("picks", p.candidate))
        .collect::<Result<Vec<_>, _>>()?;
    let mut rng = rng(request, 2);
    let unit = chosen.posterior.scale.1;
    let mean = chosen.posterior.latent_rows(&rows).mean;
    let drawn = chosen.posterior.deviations(&rows, SAMPLES, &mut rng)?;
    let targets = &chosen.targets;
    let mut counts: Vec<usize> = (0..SAMPLES)
        .map(|s| {
            let called = |i: &usize| {
                let noise = targets.noise_sd * draw_normal(&mut rng);
                mean[*i] + unit * drawn[(*i, s)] + noise > targets.threshold
            };
            (0..rows.len()).filter(called).count()
        })
        .collect();
    counts.sort_unstable();
    let at = |tail: f64| counts[(tail * (SAMPLES - 1) as f64).round() as usize] as f64;
    Ok((at(TAILS[0]), at(TAILS[1])))
}
