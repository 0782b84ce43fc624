//! Cutting a screen into blocks that are computed and kept as a whole.

use super::plan::Shard;

/// Arithmetic a block should take at least: some seconds on two cores, so that little is lost to a
/// crash and little is spent on files.
const FLOP_PER_SHARD: f64 = 1e12;
/// Blocks of a large screen, so that their number does not grow with it.
const MOST_SHARDS: f64 = 2_000.0;

/// Cost of one cell.
pub(super) struct CellCost {
    /// Arithmetic of one forward.
    pub per_forward: f64,
    /// Forwards of each target.
    pub edits: Vec<u32>,
}

impl CellCost {
    pub fn forwards(&self) -> usize {
        self.edits.iter().map(|&edits| edits as usize).sum()
    }

    pub fn flop(&self) -> f64 {
        self.forwards() as f64 * self.per_forward
    }
}

/// Blocks in order of cells, then targets; together every cell with every target, once.
///
/// A block is several whole cells, or a part of the targets of one cell: the edits of a cell share
/// more work when they are computed together.
pub(super) fn shards(cells: &[CellCost], targets: usize) -> Vec<Shard> {
    let total: f64 = cells.iter().map(CellCost::flop).sum();
    let most = (total / MOST_SHARDS).max(FLOP_PER_SHARD);
    let mut found = Vec::new();
    let (mut start, mut flop) = (0, 0.0);
    for (cell, cost) in cells.iter().enumerate() {
        if cell > start && flop + cost.flop() > most {
            found.push(Shard { cells: start..cell, targets: 0..targets });
            (start, flop) = (cell, 0.0);
        }
        if cost.flop() > most {
            found.extend(parts(cell, cost, most));
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
fn parts(cell: usize, cost: &CellCost, most: f64) -> Vec<Shard> {
    let mut found = Vec::new();
    let (mut start, mut flop) = (0, 0.0);
    for (target, &edits) in cost.edits.iter().enumerate() {
        let more = f64::from(edits) * cost.per_forward;
        if target > start && flop + more > most {
            found.push(Shard { cells: cell..cell + 1, targets: start..target });
            (start, flop) = (target, 0.0);
        }
        flop += more;
    }
    found.push(Shard { cells: cell..cell + 1, targets: start..cost.edits.len() });
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
            let cells: Vec<CellCost> = cells
                .into_iter()
                .map(|(per_forward, edits)| CellCost { per_forward, edits })
                .collect();
            let mut seen = vec![0; cells.len() * 5];
            for shard in shards(&cells, 5) {
                for cell in shard.cells.clone() {
                    for target in shard.targets.clone() {
                        seen[cell * 5 + target] += 1;
                    }
                }
                let flop: f64 = cells[shard.cells.clone()]
                    .iter()
                    .flat_map(|c| c.edits[shard.targets.clone()].iter().map(|e| f64::from(*e) * c.per_forward))
                    .sum();
                let single = shard.cells.len() == 1;
                prop_assert!(flop <= FLOP_PER_SHARD || (single && shard.targets.len() <= 2));
            }
            prop_assert!(seen.iter().all(|&times| times == 1));
        }
    }
}
