//! Cutting a screen into blocks that are computed and kept as a whole.

use super::plan::Shard;

/// Arithmetic of a block of a middling screen: some seconds on two cores, so that little is lost
/// to a crash and little is spent on files.
const FLOP_PER_SHARD: f64 = 1e12;
/// Blocks of a small screen, about, so that it too shows how far it is.
const FEWEST_SHARDS: f64 = 16.0;
/// Blocks of a large screen, so that their number does not grow with it.
const MOST_SHARDS: f64 = 2_000.0;

/// Cost of one cell.
#[derive(Debug, Clone, Copy)]
pub(super) struct CellCost {
    /// Arithmetic of one forward.
    pub per_forward: f64,
    /// Edited versions of it, at most.
    pub edits: usize,
}

impl CellCost {
    pub fn flop(&self) -> f64 {
        self.edits as f64 * self.per_forward
    }
}

/// Blocks in order of cells, then targets; together every cell with every target, once.
///
/// A block is several whole cells, or a part of the targets of one cell: the edits of a cell share
/// more work when they are computed together. `edits_of` gives the edits of a cell by target.
pub(super) fn shards(
    cells: &[CellCost],
    targets: usize,
    edits_of: impl Fn(usize) -> Vec<u32>,
) -> Vec<Shard> {
    let total: f64 = cells.iter().map(CellCost::flop).sum();
    let most = FLOP_PER_SHARD.min(total / FEWEST_SHARDS).max(total / MOST_SHARDS);
    let mut found = Vec::new();
    let (mut start, mut flop) = (0, 0.0);
    for (cell, cost) in cells.iter().enumerate() {
        if cell > start && flop + cost.flop() > most {
            found.push(Shard { cells: start..cell, targets: 0..targets });
            (start, flop) = (cell, 0.0);
        }
        if cost.flop() > most {
            found.extend(parts(cell, cost.per_forward, &edits_of(cell), most));
            (start, flop) = (cell + 1, 0.0);
        } else {
            flop += cost.flop();
        }
    }
    if start < cells.len() {
        found.push(Shard { cells: start..cells.len(), targets: 0..targets });
    }
    found
}

/// One cell's targets in parts.
fn parts(cell: usize, per_forward: f64, edits: &[u32], most: f64) -> Vec<Shard> {
    let mut found = Vec::new();
    let (mut start, mut flop) = (0, 0.0);
    for (target, &edits) in edits.iter().enumerate() {
        let more = f64::from(edits) * per_forward;
        if target > start && flop + more > most {
            found.push(Shard { cells: cell..cell + 1, targets: start..target });
            (start, flop) = (target, 0.0);
        }
        flop += more;
    }
    found.push(Shard { cells: cell..cell + 1, targets: start..edits.len() });
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn shards_hold_every_cell_with_every_target_once(
            cells in prop::collection::vec(
                (1e8f64..9e11, prop::collection::vec(0u32..3, 5)), 1..30),
        ) {
            let cost = |(per_forward, edits): &(f64, Vec<u32>)| CellCost {
                per_forward: *per_forward,
                edits: edits.iter().sum::<u32>() as usize,
            };
            let costs: Vec<CellCost> = cells.iter().map(cost).collect();
            let total: f64 = costs.iter().map(CellCost::flop).sum();
            let mut seen = vec![0; cells.len() * 5];
            for shard in shards(&costs, 5, |cell| cells[cell].1.clone()) {
                let mut flop = 0.0;
                for cell in shard.cells.clone() {
                    for target in shard.targets.clone() {
                        seen[cell * 5 + target] += 1;
                        flop += f64::from(cells[cell].1[target]) * cells[cell].0;
                    }
                }
                let single = shard.cells.len() == 1 && shard.targets.len() == 1;
                let most = FLOP_PER_SHARD.min(total / FEWEST_SHARDS).max(total / MOST_SHARDS);
                prop_assert!(flop <= most || single);
            }
            prop_assert!(seen.iter().all(|&times| times == 1));
        }
    }
}
