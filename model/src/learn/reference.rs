//! Reference cells: the background in which a gene is read.

use std::collections::HashMap;

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::LearnError;
use crate::cells::CellMatrix;
use crate::families::geneformer::GeneformerConfig;
use crate::families::geneformer::tokenizer::{RankValueEncoder, Vocabulary};
use crate::screen::{CellState, TokenLayout, layout};

/// Which cells a gene is read in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reference {
    /// State the cells are chosen from.
    pub state: CellState,
    /// How many cells.
    pub cells: usize,
    /// Seed of the choice.
    pub seed: u64,
}

/// The chosen cells as tokens, and how the genes are expressed in all cells of the state.
pub struct ReferenceCells {
    layout: TokenLayout,
    chosen: Vec<Vec<u32>>,
    expression: HashMap<u32, [f64; 2]>,
}

impl ReferenceCells {
    /// Encodes the cells of the state and chooses by seed.
    ///
    /// # Errors
    /// [`LearnError::Cells`] for an unknown column or value, [`LearnError::TooFewCells`] if fewer
    /// cells than asked for have a gene of the vocabulary.
    pub fn choose(
        reference: &Reference,
        cells: &CellMatrix,
        vocabulary: &Vocabulary,
        config: &GeneformerConfig,
    ) -> Result<Self, LearnError> {
        let layout = layout(vocabulary, config);
        let encoder = RankValueEncoder::new(vocabulary, &cells.genes, layout.max_len)?;
        let rows = cells.cells_where(&reference.state.column, &reference.state.value)?;
        let mut encoded: Vec<Vec<u32>> = rows
            .iter()
            .map(|&row| {
                let (columns, counts) = cells.row(row);
                encoder.encode(columns, counts, cells.total_counts[row]).ids
            })
            .filter(|tokens| !layout.genes(tokens).is_empty())
            .collect();
        if encoded.len() < reference.cells.max(1) {
            let (found, needed) = (encoded.len(), reference.cells.max(1));
            return Err(LearnError::TooFewCells { found, needed });
        }
        let expression = expression(&encoded, layout);
        encoded.shuffle(&mut ChaCha8Rng::seed_from_u64(reference.seed));
        encoded.truncate(reference.cells.max(1));
        Ok(Self { layout, chosen: encoded, expression })
    }

    /// Number of chosen cells.
    pub fn count(&self) -> usize {
        self.chosen.len()
    }

    /// Position at which the gene stands in its sequences.
    pub fn position(&self) -> usize {
        usize::from(self.layout.specials)
    }

    /// Longest sequence with a gene in front.
    pub fn longest(&self) -> usize {
        let longest = self.chosen.iter().map(Vec::len).max().unwrap_or(0) + 1;
        longest.min(self.layout.max_len)
    }

    /// Each chosen cell with the gene at its front: defined for every gene, detected or not.
    pub fn sequences(&self, gene: u32) -> Vec<Vec<u32>> {
        let edited = self.chosen.iter().map(|cell| self.layout.overexpress(cell, &[gene]).tokens);
        edited.collect()
    }

    /// Share of the state's cells that have the gene, and its mean height in them (1 = top of the
    /// cell, 0 = bottom or absent).
    pub fn expression(&self, gene: u32) -> [f64; 2] {
        self.expression.get(&gene).copied().unwrap_or([0.0, 0.0])
    }
}

fn expression(cells: &[Vec<u32>], layout: TokenLayout) -> HashMap<u32, [f64; 2]> {
    let mut found: HashMap<u32, [f64; 2]> = HashMap::new();
    for cell in cells {
        let genes = layout.genes(cell);
        for (rank, gene) in genes.iter().enumerate() {
            let sums = found.entry(*gene).or_default();
            sums[0] += 1.0 / cells.len() as f64;
            sums[1] += (1.0 - rank as f64 / genes.len() as f64) / cells.len() as f64;
        }
    }
    found
}
