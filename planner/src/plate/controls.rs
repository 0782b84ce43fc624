//! Where the control wells go.
//!
//! Rules for each kind of control (non-targeting, positive, untreated), given up one after the
//! other from the top when no layout keeps them all:
//! 1. positives: half in the two outer pairs of columns, half scattered;
//! 2. edge and inner wells in proportion to their numbers, quadrants evenly;
//! 3. at most 2 in a row or column (more only when there are more controls than that allows);
//! 4. with 4 or more, at least one in every quadrant; never all in one row or column.
//!
//! A try takes wells in random order and keeps those that rules 1 to 3 admit; rule 4 rejects the
//! whole try. After [`TRIES`] rejected tries the next rule is relaxed. Whatever was relaxed is
//! noted.

use rand::RngExt;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use super::{PlateFormat, Well};

/// Layouts tried before a rule is relaxed.
const TRIES: usize = 200;

/// How many wells of one kind are wanted.
pub(super) struct Demand {
    /// The kind, in words.
    pub kind: &'static str,
    /// Wells.
    pub count: usize,
    /// Whether half of them belong into the outer pairs of columns.
    pub outer_half: bool,
    /// Whether a number too small for the rules is worth a note.
    pub judged: bool,
}

/// Wells for every demand, in its order; there must be enough usable wells.
pub(super) fn place<const N: usize>(
    format: PlateFormat,
    usable: &[Well],
    demands: [Demand; N],
    rng: &mut ChaCha8Rng,
    notes: &mut Vec<String>,
) -> [Vec<Well>; N] {
    let mut left = usable.to_vec();
    demands.map(|demand| {
        let placed = place_kind(format, usable, &left, &demand, rng, notes);
        left.retain(|well| !placed.contains(well));
        placed
    })
}

fn place_kind(
    format: PlateFormat,
    usable: &[Well],
    left: &[Well],
    demand: &Demand,
    rng: &mut ChaCha8Rng,
    notes: &mut Vec<String>,
) -> Vec<Well> {
    let (count, kind) = (demand.count, demand.kind);
    if count == 0 {
        return Vec::new();
    }
    if demand.judged && count < 4 {
        notes.push(format!("{count} {kind} wells cannot cover the four quadrants"));
    }
    let strict = Rules::of(format, usable, demand, rng);
    let longest = usize::from(format.rows().max(format.columns()));
    for relaxed in 0..longest + 3 {
        let rules = strict.relaxed(relaxed);
        for _ in 0..TRIES {
            if let Some(placed) = rules.try_once(format, left, count, rng) {
                rules.note(&strict, demand, notes);
                return placed;
            }
        }
    }
    notes.push(format!(
        "{kind} wells are placed at random: no layout spreads them over quadrants, rows and columns"
    ));
    let mut wells = left.to_vec();
    wells.shuffle(rng);
    wells.truncate(count);
    wells
}

/// The rules for one kind on one plate, as largest numbers of wells.
#[derive(Clone, PartialEq)]
struct Rules {
    row: usize,
    column: usize,
    quadrant: usize,
    edge: [usize; 2],
    outer: [usize; 2],
    outer_columns: Vec<u8>,
}

impl Rules {
    fn of(format: PlateFormat, usable: &[Well], demand: &Demand, rng: &mut ChaCha8Rng) -> Self {
        let count = demand.count;
        let lines = |key: fn(&Well) -> u8| {
            let mut lines: Vec<u8> = usable.iter().map(key).collect();
            lines.sort_unstable();
            lines.dedup();
            lines
        };
        let (rows, columns) = (lines(|well| well.row), lines(|well| well.col));
        // Rounded up or down by chance: over many plates the share is right.
        let mut round = |wanted: f64| (wanted + rng.random::<f64>()).floor() as usize;
        let mut rules = Self {
            row: count.div_ceil(rows.len()).max(2),
            column: count.div_ceil(columns.len()).max(2),
            quadrant: count.div_ceil(4),
            edge: [count, count],
            outer: [count, count],
            outer_columns: Vec::new(),
        };
        let mut outer = 0;
        if demand.outer_half && columns.len() > 4 {
            outer = round(count as f64 / 2.0);
            rules.outer = [outer, count - outer];
            rules.column = rules.column.max(outer.div_ceil(4));
            rules.outer_columns =
                columns[..2].iter().chain(&columns[columns.len() - 2..]).copied().collect();
        }
        // In proportion within the outer columns and within the others.
        let edge_share = |is_outer: bool| {
            let part = usable.iter().filter(|well| rules.is_outer(**well) == is_outer);
            let (edge, all) = part.fold((0.0, 0.0), |(edge, all), well| {
                (edge + f64::from(u8::from(format.is_edge(*well))), all + 1.0)
            });
            if all > 0.0 { edge / all } else { 0.0 }
        };
        let wanted = outer as f64 * edge_share(true) + (count - outer) as f64 * edge_share(false);
        let edge = round(wanted).min(count);
        rules.edge = [edge, count - edge];
        rules
    }

    /// The rules that are left after so many steps of relaxing.
    fn relaxed(&self, steps: usize) -> Self {
        let mut rules = self.clone();
        if steps >= 1 {
            (rules.outer, rules.outer_columns) = ([usize::MAX; 2], Vec::new());
        }
        if steps >= 2 {
            (rules.quadrant, rules.edge) = (usize::MAX, [usize::MAX; 2]);
        }
        let extra = steps.saturating_sub(2);
        (rules.row, rules.column) = (self.row + extra, self.column + extra);
        rules
    }

    fn note(&self, strict: &Self, demand: &Demand, notes: &mut Vec<String>) {
        let (kind, count) = (demand.kind, demand.count);
        let limit = self.row.max(self.column);
        if limit > 2 && count > 2 && demand.judged {
            notes.push(format!(
                "up to {limit} {kind} wells share a row or column: {count} could not be spread thinner"
            ));
        }
        if !demand.judged || count < 4 {
            return;
        }
        if !strict.outer_columns.is_empty() && self.outer_columns.is_empty() {
            notes.push(format!("{kind} wells are not half in the outer pairs of columns"));
        }
        if self.quadrant != strict.quadrant {
            notes.push(format!("{kind} wells are not in proportion over edge and inner wells"));
        }
    }

    fn try_once(
        &self,
        format: PlateFormat,
        left: &[Well],
        count: usize,
        rng: &mut ChaCha8Rng,
    ) -> Option<Vec<Well>> {
        let mut order = left.to_vec();
        order.shuffle(rng);
        let (mut rows, mut columns) = ([0usize; 32], [0usize; 48]);
        let (mut quadrants, mut edge, mut outer) = ([0usize; 4], [0usize; 2], [0usize; 2]);
        let mut picked = Vec::with_capacity(count);
        for well in order {
            if picked.len() == count {
                break;
            }
            let places = [
                (&mut rows[usize::from(well.row)], self.row),
                (&mut columns[usize::from(well.col)], self.column),
                (&mut quadrants[format.quadrant(well)], self.quadrant),
                (&mut edge[usize::from(!format.is_edge(well))], self.edge(format, well)),
                (&mut outer[usize::from(!self.is_outer(well))], self.outer(well)),
            ];
            if places.iter().all(|(taken, limit)| **taken < *limit) {
                for (taken, _) in places {
                    *taken += 1;
                }
                picked.push(well);
            }
        }
        (picked.len() == count && is_spread(format, &picked)).then_some(picked)
    }

    fn edge(&self, format: PlateFormat, well: Well) -> usize {
        self.edge[usize::from(!format.is_edge(well))]
    }

    fn is_outer(&self, well: Well) -> bool {
        self.outer_columns.contains(&well.col)
    }

    fn outer(&self, well: Well) -> usize {
        self.outer[usize::from(!self.is_outer(well))]
    }
}

/// Rule 4.
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
