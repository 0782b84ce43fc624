//! Edits of a cell, sorted by what they do to its counts.

use std::collections::{BTreeMap, BTreeSet};

use super::vocabulary::Vocabulary;
use crate::families::Edit;

/// Edits of one cell by token.
#[derive(Debug, Default)]
pub struct Edits {
    /// Genes without any transcript; stronger than the others.
    pub out: BTreeSet<u32>,
    /// Genes at their strongest.
    pub top: BTreeSet<u32>,
    factors: Vec<(u32, f32)>,
}

impl Edits {
    /// Of genes that the vocabulary has; others are ignored, and so are factors that are no
    /// numbers. A factor of 0 is a knock-out.
    pub fn of(edits: &[(u32, Edit)], vocabulary: &Vocabulary) -> Self {
        let mut sorted = Self::default();
        for &(token, edit) in edits.iter().filter(|(token, _)| vocabulary.is_gene(*token)) {
            match edit {
                Edit::KnockOut => {
                    sorted.out.insert(token);
                }
                Edit::OverExpress => {
                    sorted.top.insert(token);
                }
                Edit::KnockDown(factor) | Edit::Activate(factor) if factor <= 0.0 => {
                    sorted.out.insert(token);
                }
                Edit::KnockDown(factor) | Edit::Activate(factor) => {
                    sorted.factors.push((token, factor));
                }
            }
        }
        sorted.factors.retain(|(_, factor)| factor.is_finite());
        sorted.top.retain(|token| !sorted.out.contains(token));
        sorted
    }

    /// Multiplies the counts of expressed genes by their factors.
    pub fn scale(&self, counts: &mut BTreeMap<u32, f32>) {
        for (token, factor) in &self.factors {
            counts.entry(*token).and_modify(|count| *count = (*count * factor).min(f32::MAX));
        }
    }
}
