//! A pick's reason in words, with its numbers.

use super::{Acquisition, Pick, PickKind};
use crate::features::FeatureTable;
use crate::target::Tail;

/// What a reason tells besides the pick itself.
pub(crate) struct Circumstance<'a> {
    pub table: &'a FeatureTable,
    pub tail: Tail,
    pub acquisition: Acquisition,
    /// Number of the pick among those of its kind, from 0.
    pub place: usize,
    /// Picks of its kind.
    pub of: usize,
    /// Candidates it was chosen from.
    pub available: usize,
    /// Whether anything is measured yet.
    pub measured: bool,
    /// Price of the pick, where candidates differ in it.
    pub cost: Option<f64>,
}

pub(crate) fn reason(pick: &Pick, at: &Circumstance<'_>) -> String {
    let z = pick.mean.signum() * pick.mean.abs().exp_m1();
    let z = if at.tail == Tail::Down { -z } else { z };
    let symbol = if at.tail == Tail::TwoSided { "|z|" } else { "z" };
    let predicted =
        format!("predicted {symbol} about {z:.1}, chance of a hit {:.0} %", 100.0 * pick.p_hit);
    let Circumstance { place, of, available, .. } = at;
    match pick.kind {
        PickKind::Forced => format!("Asked for by you; {predicted}."),
        PickKind::Replicate => format!(
            "Measured once more, {} of {of}: still unclear, its effect {:.2} ± {:.2} lies near the \
             threshold on the log scale; {predicted}.",
            place + 1,
            pick.mean,
            pick.sd
        ),
        PickKind::Prior => format!(
            "{}: number {} of {available} by the assay prior ({}), score {:+.2}; {predicted}.",
            if at.measured { "No signal found yet" } else { "Nothing measured yet" },
            place + 1,
            ingredients(at.table),
            pick.prior_score
        ),
        PickKind::Random => format!(
            "Drawn at random, {} of {of}: the unbiased check of the other picks; {predicted}.",
            place + 1
        ),
        PickKind::Scored => format!(
            "Best of {available} by {}; {predicted}; {} pending or picked genes taken as done{}.",
            score(pick, at.acquisition),
            pick.conditioned_on,
            at.cost.map_or(String::new(), |cost| format!("; it costs {cost}"))
        ),
    }
}

fn score(pick: &Pick, acquisition: Acquisition) -> String {
    match acquisition {
        Acquisition::UpperConfidenceBound => format!(
            "mean + uncertainty: {:.2} + {:.2} on the log scale",
            pick.mean,
            pick.acquisition - pick.mean
        ),
        other => format!("score {:.3} ({})", pick.acquisition, other.words()),
    }
}

/// The prior's ingredients in words.
fn ingredients(table: &FeatureTable) -> String {
    let word = |name: &str| match name {
        "kwnet" => "network around your keywords",
        "texp" => "expression in the cell type",
        "deg" => "network degree",
        "rog2v" => "co-expression with the readout gene",
        "kwg2v" => "co-expression with your keywords' genes",
        "arch" => "your earlier screens' prediction",
        "obs" => "its rank in your earlier screens",
        _ => "amount of annotation",
    };
    let parts: Vec<&str> = table.prior_ingredients().iter().map(|(n, _)| word(n)).collect();
    parts.join(" + ")
}
