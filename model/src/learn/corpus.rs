//! Cells as training text: a compact vocabulary, masks, held-out cells.

use std::collections::BTreeSet;

use rand::RngExt;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::LearnError;
use super::masked_model::MaskedCell;
use super::split::fraction;
use crate::cells::{CellMatrix, CellsError, ObsColumn};
use crate::families::geneformer::tokenizer::{RankValueEncoder, Vocabulary};

/// Share of cells (or donors) kept out of the training.
const HELD_OUT_SHARE: f64 = 0.15;
/// Masked share of the gene tokens, and what becomes of a masked one (BERT's 80 / 10 / 10).
const MASKED: f64 = 0.15;
const TO_MASK_TOKEN: f64 = 0.8;
const TO_RANDOM_TOKEN: f64 = 0.1;

/// Encoded cells over the tokens that occur in them.
///
/// The softmax runs over these tokens only: a token that no cell has would just be pushed down by
/// every step. Their embeddings stay as initialised.
#[derive(Debug, Clone, PartialEq)]
pub struct Corpus {
    /// Tokens of the full vocabulary, by compact id: special tokens first, then ascending.
    pub tokens: Vec<u32>,
    /// Number of special tokens: compact ids below it are never masked or predicted.
    pub specials: usize,
    /// Cells to train on, as compact ids.
    pub train: Vec<Vec<i32>>,
    /// Cells kept out.
    pub held_out: Vec<Vec<i32>>,
}

/// Compact id of the mask token.
const MASK: i32 = 1;

impl Corpus {
    /// Encodes all cells and keeps some out: whole donors where a column is given.
    ///
    /// # Errors
    /// [`LearnError::Cells`] for an unknown donor column, [`LearnError::TooFewCells`] below four
    /// cells with at least two known genes.
    pub fn new(
        cells: &CellMatrix,
        vocabulary: &Vocabulary,
        max_len: usize,
        donor_column: Option<&str>,
        seed: u64,
    ) -> Result<Self, LearnError> {
        let encoder = RankValueEncoder::new(vocabulary, &cells.genes, max_len)?;
        let groups = groups(cells, donor_column)?;
        let least = if vocabulary.cls().is_some() { 4 } else { 2 };
        let mut encoded = Vec::new();
        for (cell, group) in groups.into_iter().enumerate() {
            let (columns, counts) = cells.row(cell);
            let ids = encoder.encode(columns, counts, cells.total_counts[cell]).ids;
            if ids.len() >= least {
                encoded.push((group, ids));
            }
        }
        if encoded.len() < 4 {
            return Err(LearnError::TooFewCells { found: encoded.len(), needed: 4 });
        }
        let names: BTreeSet<&String> = encoded.iter().map(|(group, _)| group).collect();
        let held = held_out_groups(&names, seed);
        let (tokens, specials) = compact(&encoded, vocabulary);
        let id = |token: &u32| match tokens[specials..].binary_search(token) {
            Ok(at) => (at + specials) as i32,
            Err(_) => *token as i32,
        };
        let (mut train, mut held_out) = (Vec::new(), Vec::new());
        for (group, ids) in &encoded {
            let cell: Vec<i32> = ids.iter().map(id).collect();
            if held.contains(group) { held_out.push(cell) } else { train.push(cell) }
        }
        Ok(Self { tokens, specials, train, held_out })
    }

    /// Masks a cell; the same seed masks the same places.
    pub fn mask(&self, cell: &[i32], seed: u64) -> MaskedCell {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut ids = cell.to_vec();
        let (mut places, mut targets) = (Vec::new(), Vec::new());
        for (place, &token) in cell.iter().enumerate() {
            let gene = token as usize >= self.specials;
            if gene && rng.random::<f64>() < MASKED {
                places.push(place as i32);
                targets.push(token);
                ids[place] = self.replacement(token, &mut rng);
            }
        }
        if places.is_empty() {
            // A graph needs something to predict: the first gene.
            let place = usize::from((cell[0] as usize) < self.specials);
            places.push(place as i32);
            targets.push(cell[place]);
            ids[place] = MASK;
        }
        MaskedCell { ids, places, targets }
    }

    fn replacement(&self, token: i32, rng: &mut ChaCha8Rng) -> i32 {
        let draw: f64 = rng.random();
        if draw < TO_MASK_TOKEN {
            MASK
        } else if draw < TO_MASK_TOKEN + TO_RANDOM_TOKEN {
            rng.random_range(self.specials..self.tokens.len()) as i32
        } else {
            token
        }
    }

    /// Logarithm of each token's frequency in the training cells, each counted once more than
    /// seen; special tokens, which are never predicted, as rare as an unseen one.
    pub fn log_frequencies(&self) -> Vec<f64> {
        let mut counts = vec![1.0f64; self.tokens.len()];
        for &token in self.train.iter().flatten().filter(|t| **t as usize >= self.specials) {
            counts[token as usize] += 1.0;
        }
        let total: f64 = counts[self.specials..].iter().sum();
        counts.iter().map(|count| (count / total).ln()).collect()
    }

    /// Cross-entropy per token of the held-out cells under the training cells' token frequencies
    /// (each counted once more than seen): what a model that ignores the cell reaches, in nats.
    pub fn unigram_entropy(&self) -> f64 {
        let logs = self.log_frequencies();
        let all = self.held_out.iter().flatten().map(|&token| token as usize);
        let held: Vec<usize> = all.filter(|token| *token >= self.specials).collect();
        -held.iter().map(|&token| logs[token]).sum::<f64>() / held.len() as f64
    }
}

/// Group of each cell: its donor, or the cell itself.
fn groups(cells: &CellMatrix, donor_column: Option<&str>) -> Result<Vec<String>, LearnError> {
    let Some(column) = donor_column else { return Ok(cells.cells.clone()) };
    let found = cells.obs.get(column).ok_or_else(|| CellsError::UnknownColumn {
        column: column.to_owned(),
        available: cells.obs.keys().cloned().collect(),
    })?;
    let name = |cell: usize| match found {
        ObsColumn::Numeric(values) => values[cell].to_string(),
        labels => labels.label(cell).unwrap_or("").to_owned(),
    };
    Ok((0..cells.n_cells()).map(name).collect())
}

/// The groups kept out: the share with the smallest hash, at least one and not all.
fn held_out_groups(names: &BTreeSet<&String>, seed: u64) -> BTreeSet<String> {
    let mut order: Vec<&String> = names.iter().copied().collect();
    let draw = |name: &String| fraction("held-out cells", name, seed);
    order.sort_by(|a, b| draw(a).total_cmp(&draw(b)).then(a.cmp(b)));
    let most = order.len().saturating_sub(1).max(1);
    let keep = ((order.len() as f64 * HELD_OUT_SHARE).round() as usize).clamp(1, most);
    order.into_iter().take(keep).cloned().collect()
}

fn compact(encoded: &[(String, Vec<u32>)], vocabulary: &Vocabulary) -> (Vec<u32>, usize) {
    let specials = if vocabulary.cls().is_some() { 4 } else { 2 };
    let genes: BTreeSet<u32> = encoded
        .iter()
        .flat_map(|(_, ids)| ids.iter().copied())
        .filter(|token| !vocabulary.is_special(*token))
        .collect();
    let tokens = (0..specials as u32).chain(genes).collect();
    (tokens, specials)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn corpus() -> Corpus {
        let cell = |start: i32| (start..start + 40).collect::<Vec<i32>>();
        Corpus {
            tokens: (0..60).collect(),
            specials: 2,
            train: vec![cell(2), cell(5)],
            held_out: vec![cell(10)],
        }
    }

    #[test]
    fn masked_places_keep_their_target_and_only_they_change() {
        let corpus = corpus();
        let cell = &corpus.train[0];
        let masked = corpus.mask(cell, 4);
        assert!((1..20).contains(&masked.places.len()), "{}", masked.places.len());
        for (place, target) in masked.places.iter().zip(&masked.targets) {
            assert_eq!(cell[*place as usize], *target);
        }
        for (place, (before, after)) in cell.iter().zip(&masked.ids).enumerate() {
            assert!(before == after || masked.places.contains(&(place as i32)));
        }
        assert_eq!(corpus.mask(cell, 4), masked);
        assert!((0..9).any(|seed| corpus.mask(cell, seed).places != masked.places));
    }

    #[test]
    fn the_unigram_entropy_of_a_uniform_text_is_its_size() {
        let even = Corpus {
            tokens: (0..12).collect(),
            specials: 2,
            train: vec![(2..12).collect()],
            held_out: vec![(2..12).collect()],
        };
        assert!((even.unigram_entropy() - 10f64.ln()).abs() < 1e-12);
    }
}
