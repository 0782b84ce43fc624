//! Which measured genes are worth one more well.

use std::collections::BTreeMap;

use super::RoundRequest;
use super::feasible::Feasible;
use super::scorer::Targets;
use crate::error::PlanError;
use crate::gauss::{cdf, pdf};
use crate::surrogate::Marginals;

/// A gene is unclear while its mean lies within this many sd of the threshold.
const UNCLEAR: f64 = 1.5;

/// Measured rows that are unclear, measured fewer than `max_replicates` times and open, those whose
/// call gains most from one more well first.
pub(crate) fn unclear(
    request: &RoundRequest<'_>,
    feasible: &Feasible,
    marginals: &Marginals,
    targets: &Targets,
) -> Result<Vec<usize>, PlanError> {
    let wells = wells(request)?;
    let noise = targets.noise_sd * targets.noise_sd;
    let mut found: Vec<(usize, f64)> = wells
        .into_iter()
        .filter(|(_, wells)| *wells < request.limits.max_replicates)
        .filter(|(row, _)| {
            [&feasible.pending, &feasible.excluded, &feasible.forced]
                .iter()
                .all(|list| list.binary_search(row).is_err())
        })
        .map(|(row, _)| (row, marginals.mean[row] - targets.threshold, marginals.sd[row]))
        .filter(|(_, distance, sd)| distance.abs() < UNCLEAR * sd)
        .map(|(row, distance, sd)| (row, calls_gained(distance, sd, noise)))
        .collect();
    found.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    Ok(found.into_iter().map(|(row, _)| row).collect())
}

/// Wells in which each measured row was measured: those told, else one per measurement.
fn wells(request: &RoundRequest<'_>) -> Result<BTreeMap<usize, usize>, PlanError> {
    let mut wells = BTreeMap::new();
    for o in &request.observed {
        *wells.entry(request.table.row("observed", o.candidate)?).or_insert(0) += 1;
    }
    for &(candidate, count) in &request.wells_of {
        if let Some(slot) = wells.get_mut(&request.table.row("wells of", candidate)?) {
            *slot = count;
        }
    }
    Ok(wells)
}

/// Change of the chance that the call "mean above the threshold" is right, from one more well.
///
/// `distance`: mean less threshold; `sd` latent. The well moves the mean by a normal amount of
/// variance `s^4 / (s^2 + noise)` and shrinks the variance to `s^2 noise / (s^2 + noise)`; the chance
/// of being wrong is averaged over it on a grid of 0.1 sd.
fn calls_gained(distance: f64, sd: f64, noise: f64) -> f64 {
    let variance = sd * sd;
    if variance <= 0.0 {
        return 0.0;
    }
    let total = variance + noise;
    let (moves, rest) = (variance / total.sqrt(), (variance * noise / total).sqrt());
    let wrong = |distance: f64, sd: f64| match sd > 0.0 {
        true => cdf(-distance.abs() / sd),
        false => 0.0,
    };
    let (mut after, mut mass) = (0.0, 0.0);
    for step in -60..=60 {
        let u = f64::from(step) / 10.0;
        mass += pdf(u);
        after += pdf(u) * wrong(distance + moves * u, rest);
    }
    wrong(distance, sd) - after / mass
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_well_helps_most_where_the_call_is_most_open_and_never_harms() {
        let gain = |distance| calls_gained(distance, 0.5, 0.3);
        assert!(gain(0.0) > gain(0.3) && gain(0.3) > gain(0.7) && gain(0.7) > 0.0);
        assert!((gain(0.3) - gain(-0.3)).abs() < 1e-12);
        assert!(calls_gained(0.2, 0.5, 1e6) < 1e-6, "a useless well");
        assert_eq!(calls_gained(0.2, 0.0, 0.3), 0.0);
    }

    #[test]
    fn a_precise_well_leaves_hardly_a_wrong_call() {
        let before = cdf(-0.4);
        assert!((calls_gained(0.2, 0.5, 1e-3) - before).abs() < 0.03);
    }
}
