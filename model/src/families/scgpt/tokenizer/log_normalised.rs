//! Raw counts to log-normalised cells, which the perturbation model reads, with edits.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::columns::Columns;
use super::edits::Edits;
use super::vocabulary::Vocabulary;
use crate::families::{CellEncoder, CellTokens, Edit, Edited, Species};

/// Counts of a cell after normalisation.
const TARGET_TOTAL: f64 = 10_000.0;

/// Which genes a cell has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// All that the matrix measures, zeros included: what the model is trained on.
    Measured,
    /// Those with a count, at most so many, the highest first (ties by token).
    Expressed(usize),
}

/// Encodes raw counts as genes with ln(1 + 10,000 count / total), by token and without `<cls>`.
///
/// # Edits
/// The model's own way to perturb is its flags. Edits of the input are ours, with the total as it
/// was measured, so that the other genes' values stay: a knocked-out gene is 0 (and left out of
/// [`Scope::Expressed`]), an over-expressed one has the highest value of the cell (and is never
/// left out), a factor multiplies the count.
#[derive(Debug)]
pub struct LogEncoder {
    pub(in crate::families::scgpt) columns: Columns,
    pub(in crate::families::scgpt) vocabulary: Arc<Vocabulary>,
    pub(in crate::families::scgpt) scope: Scope,
}

impl LogEncoder {
    fn values(counts: &BTreeMap<u32, f32>, total: f64) -> BTreeMap<u32, f32> {
        let log = |count: f32| (f64::from(count) / total * TARGET_TOTAL).ln_1p() as f32;
        counts.iter().map(|(&token, &count)| (token, log(count))).collect()
    }

    fn assemble(&self, mut values: BTreeMap<u32, f32>, chosen: &Edits) -> CellTokens {
        let mut truncated = 0;
        match self.scope {
            Scope::Measured => {
                for &token in self.columns.known() {
                    values.entry(token).or_insert(0.0);
                }
            }
            Scope::Expressed(most) if values.len() > most => {
                truncated = values.len() - most;
                let mut ranked: Vec<(u32, f32)> = values.into_iter().collect();
                let first = |token: &u32| !chosen.top.contains(token);
                ranked.sort_by(|(a, x), (b, y)| {
                    first(a).cmp(&first(b)).then(y.total_cmp(x)).then(a.cmp(b))
                });
                values = ranked.into_iter().take(most).collect();
            }
            Scope::Expressed(_) => {}
        }
        let (ids, values) = values.into_iter().unzip();
        CellTokens { ids, values, species: Species::Human, truncated }
    }
}

impl CellEncoder for LogEncoder {
    fn token_of_column(&self, column: usize) -> Option<u32> {
        self.columns.token(column)
    }

    fn known_genes(&self) -> usize {
        self.columns.known().len()
    }

    fn encode(&self, _cell: usize, columns: &[u32], counts: &[f32], total: f64) -> CellTokens {
        let counts = self.columns.counts(columns, counts);
        self.assemble(Self::values(&counts, total), &Edits::default())
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
        let edits = Edits::of(edits, &self.vocabulary);
        let mut counts = self.columns.counts(columns, counts);
        let highest = Self::values(&counts, total).into_values().fold(0.0, f32::max);
        edits.scale(&mut counts);
        counts.retain(|token, _| !edits.out.contains(token));
        let mut values = Self::values(&counts, total);
        values.extend(edits.top.iter().map(|&token| (token, highest)));
        let after = self.assemble(values, &edits);
        let changed = after.ids != before.ids || after.values != before.values;
        Edited { cell: after, changed }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cells::Gene;

    fn encoder(scope: Scope) -> LogEncoder {
        let json = br#"{"TP53": 0, "GATA3": 1, "TBX21": 2, "FOXP3": 3, "<pad>": 4, "<cls>": 5}"#;
        let vocabulary = Vocabulary::from_json(json, "test").unwrap();
        let gene = |symbol: &str| Gene { ensembl: None, symbol: symbol.into() };
        let genes = [gene("GATA3"), gene("not a gene"), gene("TP53"), gene("TBX21")];
        let columns = Columns::of(&vocabulary, &genes).unwrap();
        LogEncoder { columns, vocabulary: Arc::new(vocabulary), scope }
    }

    fn log(count: f64, total: f64) -> f32 {
        (count / total * 1e4).ln_1p() as f32
    }

    #[test]
    fn control_cells_have_every_measured_gene_with_zeros_and_the_total_of_all_genes() {
        let cell = encoder(Scope::Measured).encode(0, &[0, 1], &[3.0, 7.0], 10.0);
        assert_eq!(cell.ids, [0, 1, 2]);
        assert_eq!(cell.values, [0.0, log(3.0, 10.0), 0.0]);
    }

    #[test]
    fn expressed_genes_are_kept_from_the_highest_down() {
        let cell = encoder(Scope::Expressed(2)).encode(0, &[3, 2, 0], &[1.0, 5.0, 3.0], 9.0);
        assert_eq!((cell.ids, cell.truncated), (vec![0, 1], 1));
        assert_eq!(cell.values, [log(5.0, 9.0), log(3.0, 9.0)]);
    }

    #[test]
    fn edits_change_their_gene_only() {
        let encoder = encoder(Scope::Measured);
        let (columns, counts) = ([0, 3], [4.0, 2.0]);
        let edit = |edits: &[(u32, Edit)]| encoder.encode_edited(0, &columns, &counts, 6.0, edits);
        let (high, low) = (log(4.0, 6.0), log(2.0, 6.0));
        assert_eq!(edit(&[(1, Edit::KnockOut)]).cell.values, [0.0, 0.0, low]);
        assert_eq!(edit(&[(0, Edit::OverExpress)]).cell.values, [high, high, low]);
        assert_eq!(edit(&[(1, Edit::KnockDown(0.5))]).cell.values, [0.0, low, low]);
        let absent = edit(&[(0, Edit::KnockOut), (5, Edit::OverExpress), (99, Edit::KnockOut)]);
        assert!(!absent.changed);
    }
}
