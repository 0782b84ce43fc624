//! A cell as its genes in order of unusual expression, each with its value.

use std::collections::HashSet;
use std::sync::Arc;

use super::edit;
use super::medians::Medians;
use super::vocabulary::Vocabulary;
use crate::cells::Gene;
use crate::families::genecompass::Homologues;
use crate::families::{
    CellEncoder, CellTokens, Edit, Edited, EncodeOptions, Family, FamilyError, Species,
};

/// Token after `<pad>` and `<mask>`.
const FIRST_GENE: u32 = 2;

/// Encodes cells of one matrix with one vocabulary.
///
/// `v = log2(1 + count / median[gene])` for each expressed gene of the vocabulary, sorted by `v`
/// descending, the first of them that the context has room for. Columns of one gene are added
/// first. Ties are **by token ascending**; the reference leaves their order undefined. The counts
/// are not divided by the depth of the cell, as in the published encoding, so values keep it.
///
/// # Source
/// Yang et al. 2024, Cell Research 34 (GeneCompass).
#[derive(Debug, Clone)]
pub struct ValueRankEncoder {
    /// Per column of the matrix: token and median.
    columns: Vec<Option<(u32, f64)>>,
    known_genes: usize,
    /// Tokens of the vocabulary.
    tokens: u32,
    homologues: Arc<Homologues>,
    max_len: usize,
    species: Species,
    published_edits: bool,
}

impl ValueRankEncoder {
    /// Prepares an encoder for matrices with these genes as columns; `context` is the most genes
    /// the model takes.
    ///
    /// # Errors
    /// [`FamilyError::NoGeneKnown`]; a `max_len` of the options that is 0 or above `context`.
    pub fn new(
        vocabulary: &Vocabulary,
        homologues: &Arc<Homologues>,
        medians: &Medians,
        genes: &[Gene],
        options: &EncodeOptions,
        context: usize,
    ) -> Result<Self, FamilyError> {
        let max_len = options.max_len.unwrap_or(context);
        if max_len == 0 || max_len > context {
            return Err(FamilyError::Unsupported {
                family: Family::GeneCompass,
                what: "context of",
                found: max_len.to_string(),
                available: format!("1 to {context} genes"),
            });
        }
        let column = |gene: &Gene| {
            let (token, id) = vocabulary.token_of_column(gene, options.species, homologues)?;
            Some((token, medians.of(&id)))
        };
        let columns: Vec<Option<(u32, f64)>> = genes.iter().map(column).collect();
        let known: HashSet<u32> = columns.iter().flatten().map(|(token, _)| *token).collect();
        if known.is_empty() {
            let example = genes.first().map_or_else(|| "none".into(), |gene| gene.symbol.clone());
            let (family, n_genes) = (Family::GeneCompass, genes.len());
            return Err(FamilyError::NoGeneKnown { family, n_genes, example });
        }
        Ok(Self {
            columns,
            known_genes: known.len(),
            tokens: vocabulary.len() as u32,
            homologues: homologues.clone(),
            max_len,
            species: options.species,
            published_edits: options.published_edits,
        })
    }

    /// The edits of genes, by the tokens that cells of the species are written with.
    fn written(&self, edits: &[(u32, Edit)]) -> Vec<(u32, Edit)> {
        let known = edits.iter().filter(|(token, _)| (FIRST_GENE..self.tokens).contains(token));
        known
            .map(|(token, edit)| (self.homologues.written_in(*token, self.species), *edit))
            .collect()
    }

    /// Encodes with the counts of each gene multiplied by `factor(token)`.
    fn encode_scaled(
        &self,
        columns: &[u32],
        counts: &[f32],
        factor: impl Fn(u32) -> f64,
    ) -> CellTokens {
        let mut genes: Vec<(u32, f64)> = columns
            .iter()
            .zip(counts)
            .filter(|(_, count)| **count > 0.0)
            .filter_map(|(&column, &count)| {
                let (token, median) = (*self.columns.get(column as usize)?)?;
                Some((token, f64::from(count) / median))
            })
            .collect();
        // By token and value, so that the sum does not depend on the order of the columns.
        genes.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
        genes.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            if same {
                kept.1 += next.1;
            }
            same
        });
        let mut ranked: Vec<(u32, f64)> = genes
            .into_iter()
            .map(|(token, ratio)| (token, (1.0 + ratio * factor(token)).log2()))
            .filter(|(_, value)| *value > 0.0)
            .collect();
        ranked.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let truncated = ranked.len().saturating_sub(self.max_len);
        ranked.truncate(self.max_len);
        CellTokens {
            ids: ranked.iter().map(|(token, _)| *token).collect(),
            values: ranked.iter().map(|(_, value)| *value as f32).collect(),
            species: self.species,
            truncated,
        }
    }
}

impl CellEncoder for ValueRankEncoder {
    fn token_of_column(&self, column: usize) -> Option<u32> {
        self.columns.get(column)?.map(|(token, _)| token)
    }

    fn known_genes(&self) -> usize {
        self.known_genes
    }

    fn encode(&self, _cell: usize, columns: &[u32], counts: &[f32], _total: f64) -> CellTokens {
        self.encode_scaled(columns, counts, |_| 1.0)
    }

    fn encode_edited(
        &self,
        cell: usize,
        columns: &[u32],
        counts: &[f32],
        total: f64,
        edits: &[(u32, Edit)],
    ) -> Edited {
        let edits = self.written(edits);
        let before = self.encode(cell, columns, counts, total);
        let mut after = self.encode_scaled(columns, counts, |token| edit::factor(&edits, token));
        edit::delete(&mut after, &edits);
        if self.published_edits {
            edit::multiply_values(&mut after, &edits);
        } else {
            edit::raise(&mut after, &edits, self.max_len);
        }
        let changed = after.ids != before.ids || after.values != before.values;
        Edited { cell: after, changed }
    }
}
