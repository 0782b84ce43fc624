//! Counts to bins: what scBERT reads of a cell.

use super::genes::GeneOrder;
use crate::cells::Gene;
use crate::families::{CellEncoder, CellTokens, Edit, Edited, Family, FamilyError, Species};

/// Counts per cell after scaling.
const SCALE: f64 = 10_000.0;

/// Encodes cells of one matrix.
///
/// Every gene of the model has a place, expressed or not. Its id is
/// `floor(min(log2(1 + count / total * 10,000), bins))`; a last id of 0 follows. `total` is the sum
/// over the **genes of the model**, as in the reference, not over all that were measured. Columns of
/// the matrix that stand for the same gene are added first. Nothing is drawn at random.
///
/// # Edits
/// The reference has none. Ours: knock-out sets the gene's bin to 0, over-expression to the highest
/// bin, whether or not the gene is expressed; knock-down and activation multiply its count. The
/// total stays that of the cell before, so that the other genes' bins do not move. Bins are coarse:
/// [`Edited::changed`] tells whether the gene's bin moved at all.
///
/// # Source
/// Yang et al. 2022, Nature Machine Intelligence 4:852, and the authors' `preprocess.py`.
#[derive(Debug, Clone)]
pub struct BinEncoder {
    /// Per column of the matrix: place of its gene.
    columns: Vec<Option<u32>>,
    known_genes: usize,
    model_genes: usize,
    bins: u32,
}

/// Bin of an expression `log2(1 + counts per 10,000)`: cut at the highest bin, then to a whole
/// number.
pub fn bin(log2_expression: f64, bins: u32) -> u32 {
    log2_expression.min(f64::from(bins)).max(0.0) as u32
}

impl BinEncoder {
    /// Prepares an encoder for matrices with these genes as columns; `bins` is the highest bin.
    ///
    /// # Errors
    /// [`FamilyError::NoGeneKnown`].
    pub fn new(order: &GeneOrder, genes: &[Gene], bins: u32) -> Result<Self, FamilyError> {
        let columns: Vec<Option<u32>> = genes.iter().map(|gene| order.find(gene)).collect();
        let mut known: Vec<u32> = columns.iter().flatten().copied().collect();
        known.sort_unstable();
        known.dedup();
        if known.is_empty() {
            return Err(FamilyError::NoGeneKnown {
                family: Family::ScBert,
                n_genes: genes.len(),
                example: genes.first().map_or_else(String::new, |gene| gene.symbol.clone()),
            });
        }
        let model_genes = order.genes().len();
        Ok(Self { columns, known_genes: known.len(), model_genes, bins })
    }

    /// Counts of the model's genes by place, and their sum.
    fn counts(&self, columns: &[u32], counts: &[f32]) -> (Vec<f64>, f64) {
        let mut by_gene = vec![0.0; self.model_genes];
        for (&column, &count) in columns.iter().zip(counts) {
            if let Some(place) = self.token_of_column(column as usize) {
                by_gene[place as usize] += f64::from(count.max(0.0));
            }
        }
        let total = by_gene.iter().sum();
        (by_gene, total)
    }

    fn bin(&self, count: f64, total: f64) -> u32 {
        if total <= 0.0 {
            return 0;
        }
        bin((1.0 + count / total * SCALE).log2(), self.bins)
    }

    fn bins(&self, counts: &[f64], total: f64) -> CellTokens {
        let bins = counts.iter().map(|&count| self.bin(count, total));
        CellTokens {
            ids: bins.chain([0]).collect(),
            values: Vec::new(),
            species: Species::Human,
            truncated: 0,
        }
    }

    fn edited_bin(&self, count: f64, total: f64, edit: Edit) -> u32 {
        match edit {
            Edit::KnockOut => 0,
            Edit::KnockDown(factor) | Edit::Activate(factor) => {
                self.bin(count * f64::from(factor.max(0.0)), total)
            }
            Edit::OverExpress => self.bins,
        }
    }
}

impl CellEncoder for BinEncoder {
    fn token_of_column(&self, column: usize) -> Option<u32> {
        self.columns.get(column).copied().flatten()
    }

    fn known_genes(&self) -> usize {
        self.known_genes
    }

    fn encode(&self, _cell: usize, columns: &[u32], counts: &[f32], _total: f64) -> CellTokens {
        let (counts, total) = self.counts(columns, counts);
        self.bins(&counts, total)
    }

    fn encode_edited(
        &self,
        _cell: usize,
        columns: &[u32],
        counts: &[f32],
        _total: f64,
        edits: &[(u32, Edit)],
    ) -> Edited {
        let (counts, total) = self.counts(columns, counts);
        let mut cell = self.bins(&counts, total);
        let mut changed = false;
        for &(token, edit) in edits {
            if let Some(&count) = counts.get(token as usize) {
                let bin = self.edited_bin(count, total, edit);
                changed |= cell.ids[token as usize] != bin;
                cell.ids[token as usize] = bin;
            }
        }
        Edited { cell, changed }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn encoder(columns: &[&str]) -> BinEncoder {
        let order = GeneOrder::parse("test", "GATA3\nTP53\nIFNG\nCD4\n").unwrap();
        let gene = |symbol: &&str| Gene { ensembl: None, symbol: (*symbol).into() };
        let genes: Vec<Gene> = columns.iter().map(gene).collect();
        BinEncoder::new(&order, &genes, 5).unwrap()
    }

    #[test]
    fn counts_become_bins_of_the_models_genes_and_a_last_zero() {
        let encoder = encoder(&["IFNG", "unknown", "GATA3", "IFNG"]);
        assert_eq!(encoder.known_genes(), 2);
        // IFNG 3 of 4,000, GATA3 3,997 of 4,000; the unknown gene takes no part.
        let cell = encoder.encode(0, &[0, 1, 2, 3], &[1.0, 5e6, 3_997.0, 2.0], 0.0);
        let ifng = (1.0f64 + 3.0 / 4_000.0 * 1e4).log2() as u32;
        assert_eq!(ifng, 3);
        assert_eq!(cell.ids, [5, 0, 3, 0, 0]);
        assert_eq!(encoder.encode(0, &[], &[], 0.0).ids, [0; 5]);
    }

    #[test]
    fn edits_move_one_bin_and_tell_whether_it_moved() {
        let encoder = encoder(&["GATA3", "TP53", "CD4"]);
        let (columns, counts) = ([0, 1], [3_999.0, 1.0]);
        let edit = |token, edit| encoder.encode_edited(0, &columns, &counts, 4e3, &[(token, edit)]);
        assert_eq!(encoder.encode(0, &columns, &counts, 4e3).ids, [5, 1, 0, 0, 0]);
        assert_eq!(edit(1, Edit::KnockOut).cell.ids, [5, 0, 0, 0, 0]);
        assert_eq!(edit(3, Edit::OverExpress).cell.ids, [5, 1, 0, 5, 0]);
        assert_eq!(edit(1, Edit::Activate(4.0)).cell.ids[1], 3);
        assert!(!edit(1, Edit::Activate(1.05)).changed, "a small change stays in its bin");
        assert!(!edit(3, Edit::KnockOut).changed, "nothing to knock out");
        assert!(!edit(99, Edit::OverExpress).changed);
    }

    #[test]
    fn a_matrix_without_a_known_gene_is_refused() {
        let order = GeneOrder::parse("test", "GATA3\n").unwrap();
        let genes = [Gene { ensembl: None, symbol: "gene1".into() }];
        let message = BinEncoder::new(&order, &genes, 5).unwrap_err().to_string();
        assert!(message.contains("gene1") && message.contains("scbert"), "{message}");
    }

    proptest! {
        #[test]
        fn a_higher_count_never_has_a_lower_bin(
            counts in prop::collection::vec(0u32..5_000, 4), more in 1u32..5_000,
        ) {
            let encoder = encoder(&["GATA3", "TP53", "IFNG", "CD4"]);
            let total: f64 = counts.iter().map(|&c| f64::from(c)).sum();
            let bin = |count: u32| encoder.bin(f64::from(count), total);
            prop_assert!(bin(counts[0]) <= bin(counts[0] + more));
            let row: Vec<f32> = counts.iter().map(|&c| c as f32).collect();
            let cell = encoder.encode(0, &[0, 1, 2, 3], &row, total);
            prop_assert_eq!(cell.ids.len(), 5);
            prop_assert!(cell.ids.iter().all(|&id| id <= 5));
            // Order and splitting of columns make no difference.
            let turned: Vec<f32> = row.iter().rev().copied().collect();
            prop_assert_eq!(encoder.encode(1, &[3, 2, 1, 0], &turned, total).ids, cell.ids);
        }
    }
}
