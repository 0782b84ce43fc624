//! The demo's table: hits found against what chance and simple strategies find.

use nextwell_contract::RoundSummary;
use nextwell_planner::replay;
use serde::Serialize;

use super::baselines::Baselines;

/// One round; wells and hits are cumulative.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    round: u32,
    wells: u32,
    hits: u32,
    random_expected: f64,
    random_low: usize,
    random_high: usize,
    ridge_hits: f64,
    prior_hits: f64,
    model_decision: String,
}

/// The row of a measured round.
pub fn row(round: &RoundSummary, baselines: &Baselines) -> Row {
    let wells = round.wells_cumulative;
    let (expected, low, high) =
        replay::random_band(baselines.total, baselines.total_hits, wells as usize);
    let index = (round.number as usize).saturating_sub(1);
    let at = |curve: &[f64]| curve.get(index).copied().unwrap_or(f64::NAN);
    let decision = round.decision.as_ref();
    Row {
        round: round.number,
        wells,
        hits: round.hits_cumulative.unwrap_or(0),
        random_expected: tenths(expected),
        random_low: low,
        random_high: high,
        ridge_hits: tenths(at(&baselines.ridge)),
        prior_hits: tenths(at(&baselines.prior)),
        model_decision: match decision {
            // The reason starts with the verdict.
            Some(decision) => decision.reason.clone(),
            None => "not decided".into(),
        },
    }
}

fn tenths(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

/// Heading of the columns.
pub fn header() -> String {
    "round  wells  hits  random (90 % band)  ridge  prior  model".into()
}

/// One line of the table.
pub fn line(row: &Row) -> String {
    format!(
        "{:>5}  {:>5}  {:>4}  {:>6.1} ({:>2} to {:>2})   {:>5.1}  {:>5.1}  {}",
        row.round,
        row.wells,
        row.hits,
        row.random_expected,
        row.random_low,
        row.random_high,
        row.ridge_hits,
        row.prior_hits,
        row.model_decision
    )
}

/// What the last line means.
pub fn closing(last: &Row, baselines: &Baselines) -> String {
    let times = f64::from(last.hits) / last.random_expected.max(f64::MIN_POSITIVE);
    format!(
        "\n{} of {} hits among {} candidates found with {} wells: {times:.1} times what chance finds \
         ({:.1}).\nridge: mean of 20 seeds on the same features; prior: the label-free list, no \
         learning.",
        last.hits, baselines.total_hits, baselines.total, last.wells, last.random_expected
    )
}
