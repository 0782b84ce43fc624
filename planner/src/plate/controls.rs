//! Where the control wells go.
//!
//! Rules for each kind of control (non-targeting, positive), strictest first:
//! 1. at most 2 in a row or column (more only when there are more controls than that allows);
//! 2. with 4 or more, at least one in every quadrant;
//! 3. never all in one row or column.
//!
//! A try takes wells in random order and keeps those that rule 1 admits; rules 2 and 3 reject the
//! whole try. After [`TRIES`] rejected tries the limit of rule 1 grows by one; when it reaches the
//! length of a row, rules 2 and 3 are given up as well. Whatever was relaxed is noted.

use std::collections::BTreeMap;

use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use super::{PlateFormat, Well};

/// Layouts tried before a rule is relaxed.
const TRIES: usize = 300;

const KINDS: [&str; 2] = ["non-targeting", "positive"];

/// Wells for `counts` = \[non-targeting, positive\]; there must be enough usable wells.
pub(super) fn place(
    format: PlateFormat,
    usable: &[Well],
    counts: [usize; 2],
    rng: &mut ChaCha8Rng,
    notes: &mut Vec<String>,
) -> [Vec<Well>; 2] {
    let longest = usize::from(format.rows().max(format.columns()));
    let least = counts.map(|count| least_limit(usable, count));
    for extra in 0..longest {
        let limits = least.map(|limit| limit + extra);
        for _ in 0..TRIES {
            if let Some(placed) = try_once(format, usable, counts, limits, rng) {
                note_limits(counts, limits, notes);
                return placed;
            }
        }
    }
    notes.push(
        "controls are placed at random: no layout spreads them over quadrants, rows and columns"
            .into(),
    );
    let mut wells = usable.to_vec();
    wells.shuffle(rng);
    let positive = wells.split_off(counts[0]);
    [wells, positive.into_iter().take(counts[1]).collect()]
}

/// 2, or more where so many controls cannot be spread thinner.
fn least_limit(usable: &[Well], count: usize) -> usize {
    let lines = |key: fn(&Well) -> u8| {
        let mut lines: Vec<u8> = usable.iter().map(key).collect();
        lines.sort_unstable();
        lines.dedup();
        lines.len().max(1)
    };
    let fewest_lines = lines(|well| well.row).min(lines(|well| well.col));
    count.div_ceil(fewest_lines).max(2)
}

fn note_limits(counts: [usize; 2], limits: [usize; 2], notes: &mut Vec<String>) {
    for ((kind, count), limit) in KINDS.into_iter().zip(counts).zip(limits) {
        if limit > 2 && count > 2 {
            notes.push(format!(
                "up to {limit} {kind} wells share a row or column: {count} could not be spread thinner"
            ));
        }
        if (1..4).contains(&count) {
            notes.push(format!("{count} {kind} wells cannot cover the four quadrants"));
        }
    }
}

fn try_once(
    format: PlateFormat,
    usable: &[Well],
    counts: [usize; 2],
    limits: [usize; 2],
    rng: &mut ChaCha8Rng,
) -> Option<[Vec<Well>; 2]> {
    let mut order = usable.to_vec();
    order.shuffle(rng);
    let non_targeting = pick(&order, counts[0], limits[0])?;
    order.retain(|well| !non_targeting.contains(well));
    let positive = pick(&order, counts[1], limits[1])?;
    let spread = is_spread(format, &non_targeting) && is_spread(format, &positive);
    spread.then_some([non_targeting, positive])
}

/// The first `count` wells that leave at most `limit` in a row or column.
fn pick(order: &[Well], count: usize, limit: usize) -> Option<Vec<Well>> {
    let (mut rows, mut cols) = (BTreeMap::new(), BTreeMap::new());
    let mut picked = Vec::with_capacity(count);
    for well in order {
        if picked.len() == count {
            break;
        }
        let row = rows.entry(well.row).or_insert(0);
        let col = cols.entry(well.col).or_insert(0);
        if *row < limit && *col < limit {
            *row += 1;
            *col += 1;
            picked.push(*well);
        }
    }
    (picked.len() == count).then_some(picked)
}

/// Rules 2 and 3.
fn is_spread(format: PlateFormat, wells: &[Well]) -> bool {
    let mut quadrants = [false; 4];
    for well in wells {
        quadrants[format.quadrant(*well)] = true;
    }
    let one_line = wells.len() > 1
        && (wells.iter().all(|well| well.row == wells[0].row)
            || wells.iter().all(|well| well.col == wells[0].col));
    !one_line && (wells.len() < 4 || quadrants == [true; 4])
}
