//! Columns of a matrix as tokens.

use std::collections::BTreeMap;

use super::vocabulary::Vocabulary;
use crate::cells::Gene;

/// Token of each column of a matrix.
#[derive(Debug, Clone)]
pub(in crate::families::scgpt) struct Columns {
    tokens: Vec<Option<u32>>,
    /// Without repetition, ascending.
    known: Vec<u32>,
}

impl Columns {
    /// Of a matrix with these genes; `None` if the vocabulary has none of them.
    pub fn of(vocabulary: &Vocabulary, genes: &[Gene]) -> Option<Self> {
        let tokens: Vec<Option<u32>> = genes.iter().map(|gene| vocabulary.token_of(gene)).collect();
        let mut known: Vec<u32> = tokens.iter().copied().flatten().collect();
        known.sort_unstable();
        known.dedup();
        (!known.is_empty()).then_some(Self { tokens, known })
    }

    pub fn token(&self, column: usize) -> Option<u32> {
        self.tokens.get(column).copied().flatten()
    }

    /// Tokens of all measured genes, ascending.
    pub fn known(&self) -> &[u32] {
        &self.known
    }

    /// Counts above zero by token; columns of one gene are added.
    pub fn counts(&self, columns: &[u32], counts: &[f32]) -> BTreeMap<u32, f32> {
        let mut by_token = BTreeMap::new();
        for (&column, &count) in columns.iter().zip(counts) {
            if let Some(token) = self.token(column as usize).filter(|_| count > 0.0) {
                *by_token.entry(token).or_insert(0.0) += count;
            }
        }
        by_token
    }
}
