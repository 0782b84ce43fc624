//! Counts to values: what scFoundation reads of a cell.

use super::config::DEPTH_TOKENS;
use super::depth::TargetDepth;
use super::genes::GeneList;
use crate::cells::Gene;
use crate::families::{CellEncoder, CellTokens, Edit, Edited, Family, FamilyError, Species};

/// Counts per cell after scaling.
const SCALE: f64 = 10_000.0;

/// Encodes cells of one matrix.
///
/// Ids are the indices of the genes with a count above 0, ascending, then T (the number of genes)
/// and S (one more). Values are `ln(1 + count / total * 10,000)`, the target depth
/// ([`TargetDepth`], default 4) and `log10(total)`. `total` is the sum over the **genes of the
/// model**, as in the reference, not over all that were measured. Columns of the matrix that stand
/// for the same gene are added first. Nothing is drawn at random.
///
/// Beyond the reference, which reads every value above 0: T and S are read whatever they are, so
/// that a cell with a single count (S = 0) keeps its last two places; and with a greatest length
/// given, the genes with the highest counts stay (ties: the lower index), while total, T and S are
/// those of the whole cell.
///
/// # Edits
/// The reference has none. Ours change counts before the encoding: knock-out leaves no count, so
/// the gene leaves the encoder's input; knock-down and activation multiply it (a gene without
/// counts stays without); over-expression gives it the highest count of the cell. Total, T and S
/// stay those of the cell before, so that the other genes' values do not move, unless
/// [`renormalising`](Self::renormalising): then they are those of the edited counts.
///
/// # Source
/// Hao et al. 2024, Nature Methods 21:1481, and the authors' `get_embedding.py`.
#[derive(Debug, Clone)]
pub struct ValueEncoder {
    /// Per column of the matrix: index of its gene.
    columns: Vec<Option<u32>>,
    known_genes: usize,
    model_genes: u32,
    target: TargetDepth,
    max_genes: usize,
    renormalise: bool,
}

/// Count of each expressed gene, by index ascending.
type Counts = Vec<(u32, f64)>;

impl ValueEncoder {
    /// Prepares an encoder for matrices with these genes as columns; T is 4.
    ///
    /// # Errors
    /// [`FamilyError::NoGeneKnown`].
    pub fn new(list: &GeneList, genes: &[Gene]) -> Result<Self, FamilyError> {
        let columns: Vec<Option<u32>> = genes.iter().map(|gene| list.find(gene)).collect();
        let mut known: Vec<u32> = columns.iter().flatten().copied().collect();
        known.sort_unstable();
        known.dedup();
        if known.is_empty() {
            return Err(FamilyError::NoGeneKnown {
                family: Family::ScFoundation,
                n_genes: genes.len(),
                example: genes.first().map_or_else(String::new, |gene| gene.symbol.clone()),
            });
        }
        Ok(Self {
            columns,
            known_genes: known.len(),
            model_genes: list.len() as u32,
            target: TargetDepth::default(),
            max_genes: list.len(),
            renormalise: false,
        })
    }

    /// The same with another target depth.
    pub fn with_target(self, target: TargetDepth) -> Self {
        Self { target, ..self }
    }

    /// The same with at most `length` ids, T and S among them.
    ///
    /// # Errors
    /// [`FamilyError::Unsupported`] for a length that leaves no room for a gene.
    pub fn with_max_len(self, length: usize) -> Result<Self, FamilyError> {
        if length <= DEPTH_TOKENS {
            return Err(FamilyError::Unsupported {
                family: Family::ScFoundation,
                what: "length",
                found: length.to_string(),
                available: format!("{} or more: T, S and a gene", DEPTH_TOKENS + 1),
            });
        }
        Ok(Self { max_genes: length - DEPTH_TOKENS, ..self })
    }

    /// The same, but edited cells get the total, T and S of their edited counts.
    pub fn renormalising(self) -> Self {
        Self { renormalise: true, ..self }
    }

    /// Counts per gene of the model.
    fn counts(&self, columns: &[u32], counts: &[f32]) -> Counts {
        let mut genes: Counts = columns
            .iter()
            .zip(counts)
            .filter(|(_, count)| **count > 0.0)
            .filter_map(|(&column, &count)| {
                Some(((*self.columns.get(column as usize)?)?, f64::from(count)))
            })
            .collect();
        genes.sort_by_key(|(gene, _)| *gene);
        genes.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            if same {
                kept.1 += next.1;
            }
            same
        });
        genes
    }

    fn cell(&self, mut counts: Counts, total: f64) -> CellTokens {
        let truncated = counts.len().saturating_sub(self.max_genes);
        if truncated > 0 {
            counts.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
            counts.truncate(self.max_genes);
            counts.sort_by_key(|(gene, _)| *gene);
        }
        let value = |count: f64| (count / total * SCALE).ln_1p();
        let genes = counts.into_iter().map(|(gene, count)| (gene, value(count)));
        let depth = |depth: f64| if depth.is_finite() { depth } else { 0.0 };
        let depths = [self.target.of(total), total.log10()].map(depth);
        let read = genes.chain((self.model_genes..).zip(depths));
        let (ids, values) = read.map(|(id, value)| (id, value as f32)).unzip();
        CellTokens { ids, values, species: Species::Human, truncated }
    }
}

fn sum(counts: &[(u32, f64)]) -> f64 {
    counts.iter().map(|(_, count)| count).sum()
}

/// Does the edits one after the other; "highest" is that of the cell before all of them.
fn edited(counts: &[(u32, f64)], edits: &[(u32, Edit)], model_genes: u32) -> Counts {
    let highest = counts.iter().map(|(_, count)| *count).fold(0.0, f64::max);
    let mut counts = counts.to_vec();
    for &(gene, edit) in edits.iter().filter(|(gene, _)| *gene < model_genes) {
        let place = counts.binary_search_by_key(&gene, |(gene, _)| *gene);
        let before = place.map_or(0.0, |i| counts[i].1);
        let after = match edit {
            Edit::KnockOut => 0.0,
            Edit::KnockDown(factor) | Edit::Activate(factor) => before * f64::from(factor),
            Edit::OverExpress => highest,
        };
        match (place, after > 0.0) {
            (Ok(i), true) => counts[i].1 = after,
            (Ok(i), false) => drop(counts.remove(i)),
            (Err(i), true) => counts.insert(i, (gene, after)),
            (Err(_), false) => {}
        }
    }
    counts
}

impl CellEncoder for ValueEncoder {
    fn token_of_column(&self, column: usize) -> Option<u32> {
        self.columns.get(column).copied().flatten()
    }

    fn known_genes(&self) -> usize {
        self.known_genes
    }

    /// `total`, of all measured genes, is not used: the reference adds up the model's genes.
    fn encode(&self, _cell: usize, columns: &[u32], counts: &[f32], _total: f64) -> CellTokens {
        let counts = self.counts(columns, counts);
        let total = sum(&counts);
        self.cell(counts, total)
    }

    fn encode_edited(
        &self,
        _cell: usize,
        columns: &[u32],
        counts: &[f32],
        _total: f64,
        edits: &[(u32, Edit)],
    ) -> Edited {
        let counts = self.counts(columns, counts);
        let total = sum(&counts);
        let after = edited(&counts, edits, self.model_genes);
        let new_total = if self.renormalise { sum(&after) } else { total };
        let before = self.cell(counts, total);
        let cell = self.cell(after, new_total);
        let changed = cell.ids != before.ids || cell.values != before.values;
        Edited { cell, changed }
    }
}

#[cfg(test)]
#[path = "tokenizer_tests.rs"]
mod tests;
