//! Raw counts to binned cells, with edits.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::binning::QuantileBins;
use super::columns::Columns;
use super::draws::Draws;
use super::edits::Edits;
use super::vocabulary::Vocabulary;
use crate::families::{CellEncoder, CellTokens, Edit, Edited, Species};

/// Encodes raw counts as `<cls>` and genes with their quantile bins (see the module above).
///
/// # Edits
/// The reference has none. Ours, all on counts before truncation:
/// - knock-out (and a factor of 0): the gene is left out; the others keep their bins
/// - over-expression: the top bin, whether or not the gene is expressed; never truncated away; the
///   others keep their bins
/// - a factor: the count is multiplied, then the whole cell is binned again
#[derive(Debug)]
pub struct CountEncoder {
    pub(in crate::families::scgpt) columns: Columns,
    pub(in crate::families::scgpt) vocabulary: Arc<Vocabulary>,
    pub(in crate::families::scgpt) cls_value: f32,
    pub(in crate::families::scgpt) n_bins: usize,
    pub(in crate::families::scgpt) max_len: usize,
    pub(in crate::families::scgpt) seed: Option<u64>,
}

/// A gene on its way into a cell.
struct Binned {
    token: u32,
    bin: usize,
    /// Count, infinite for an over-expressed gene; decides who stays.
    level: f32,
    place: f64,
}

impl CountEncoder {
    fn bins(&self, cell: usize, counts: &BTreeMap<u32, f32>) -> Vec<Binned> {
        let values: Vec<f32> = counts.values().copied().collect();
        if values.is_empty() {
            return Vec::new();
        }
        let bins = QuantileBins::of(&values, self.n_bins);
        let mut draws = Draws::new(self.seed, cell);
        let gene = |(&token, &count): (&u32, &f32)| {
            let draw = draws.of(token);
            let place = draw.place.unwrap_or(0.0);
            Binned { token, bin: bins.bin(count, draw.edge), level: count, place }
        };
        counts.iter().map(gene).collect()
    }

    /// Keeps as many genes as there is room for and puts `<cls>` before them.
    fn assemble(&self, mut genes: Vec<Binned>) -> CellTokens {
        let room = self.max_len - 1;
        let truncated = genes.len().saturating_sub(room);
        if truncated > 0 {
            let seeded = self.seed.is_some();
            genes.sort_by(|a, b| {
                let chosen = b.level.is_infinite().cmp(&a.level.is_infinite());
                let rank = match seeded {
                    true => a.place.total_cmp(&b.place),
                    false => b.level.total_cmp(&a.level),
                };
                chosen.then(rank).then(a.token.cmp(&b.token))
            });
            genes.truncate(room);
            genes.sort_by_key(|gene| gene.token);
        }
        let ids = genes.iter().map(|gene| gene.token);
        let values = genes.iter().map(|gene| gene.bin as f32);
        CellTokens {
            ids: std::iter::once(self.vocabulary.cls()).chain(ids).collect(),
            values: std::iter::once(self.cls_value).chain(values).collect(),
            species: Species::Human,
            truncated,
        }
    }

    fn edited(
        &self,
        cell: usize,
        mut counts: BTreeMap<u32, f32>,
        edits: &[(u32, Edit)],
    ) -> CellTokens {
        let edits = Edits::of(edits, &self.vocabulary);
        edits.scale(&mut counts);
        let mut genes = self.bins(cell, &counts);
        genes.retain(|gene| !edits.out.contains(&gene.token) && !edits.top.contains(&gene.token));
        let (bin, level) = (self.n_bins - 1, f32::INFINITY);
        let strongest = |&token: &u32| Binned { token, bin, level, place: 0.0 };
        genes.extend(edits.top.iter().map(strongest));
        genes.sort_by_key(|gene| gene.token);
        self.assemble(genes)
    }
}

impl CellEncoder for CountEncoder {
    fn token_of_column(&self, column: usize) -> Option<u32> {
        self.columns.token(column)
    }

    fn known_genes(&self) -> usize {
        self.columns.known().len()
    }

    fn encode(&self, cell: usize, columns: &[u32], counts: &[f32], _total: f64) -> CellTokens {
        self.assemble(self.bins(cell, &self.columns.counts(columns, counts)))
    }

    fn encode_edited(
        &self,
        cell: usize,
        columns: &[u32],
        counts: &[f32],
        total: f64,
        edits: &[(u32, Edit)],
    ) -> Edited {
        let before = self.encode(cell, columns, counts, total);
        let after = self.edited(cell, self.columns.counts(columns, counts), edits);
        let changed = after.ids != before.ids || after.values != before.values;
        Edited { cell: after, changed }
    }
}

#[cfg(test)]
#[path = "counts_tests.rs"]
mod tests;
