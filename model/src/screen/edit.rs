//! Token edits: what knocking out or over-expressing genes does to an encoded cell.

use super::ScreenError;
use crate::encoder::Pooling;
use crate::families::geneformer::GeneformerConfig;
use crate::families::geneformer::tokenizer::Vocabulary;

/// Where the gene tokens of an encoded cell lie, and how long it may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenLayout {
    /// True where a cell starts with `<cls>` and ends with `<eos>` (Geneformer V2).
    pub specials: bool,
    /// Longest model input, special tokens included.
    pub max_len: usize,
}

/// Layout of cells for a vocabulary and a model.
pub fn layout(vocabulary: &Vocabulary, config: &GeneformerConfig) -> TokenLayout {
    TokenLayout { specials: vocabulary.cls().is_some(), max_len: config.max_position_embeddings }
}

/// Index into the hidden states of `emb_layer` (0 the last, -1 the second to last).
///
/// # Errors
/// [`ScreenError::NoSuchLayer`].
pub fn hidden_state(emb_layer: i32, layers: usize) -> Result<usize, ScreenError> {
    usize::try_from(layers as i64 + i64::from(emb_layer))
        .ok()
        .filter(|index| emb_layer <= 0 && *index <= layers)
        .ok_or(ScreenError::NoSuchLayer { emb_layer, layers })
}

/// An original cell and its edited version, comparable position by position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// Tokens of the edited cell.
    pub tokens: Vec<u32>,
    /// Gene tokens dropped from the end of the edited cell; the original must lose as many before
    /// the two are compared ([`TokenLayout::shorten`]).
    pub overflow: usize,
}

impl TokenLayout {
    /// The gene tokens of an encoded cell, without special tokens.
    pub fn genes<'a>(&self, cell: &'a [u32]) -> &'a [u32] {
        if self.specials && cell.len() >= 2 { &cell[1..cell.len() - 1] } else { cell }
    }

    /// How a cell becomes one vector: `<cls>` where there is one (V2), else the mean over genes.
    pub fn pooling(&self) -> Pooling {
        if self.specials { Pooling::Position(0) } else { Pooling::mean(false) }
    }

    /// Removes `genes` from a cell. `None` if none of them is in it, or nothing would be left.
    pub fn delete(&self, cell: &[u32], genes: &[u32]) -> Option<Edit> {
        let kept: Vec<u32> =
            self.genes(cell).iter().copied().filter(|token| !genes.contains(token)).collect();
        if kept.is_empty() || kept.len() == self.genes(cell).len() {
            return None;
        }
        Some(Edit { tokens: self.wrap(cell, kept), overflow: 0 })
    }

    /// Puts `genes` in their order at the front of a cell, whether or not it had them.
    ///
    /// Those it had are moved. If the cell becomes longer than the model input, gene tokens are
    /// dropped from its end (`<eos>` stays).
    pub fn overexpress(&self, cell: &[u32], genes: &[u32]) -> Edit {
        let rest = self.genes(cell).iter().copied().filter(|token| !genes.contains(token));
        let mut edited: Vec<u32> = genes.iter().copied().chain(rest).collect();
        let room = self.max_len.saturating_sub(if self.specials { 2 } else { 0 });
        let overflow = edited.len().saturating_sub(room);
        edited.truncate(room);
        Edit { tokens: self.wrap(cell, edited), overflow }
    }

    /// A cell without its last `overflow` gene tokens.
    pub fn shorten(&self, cell: &[u32], overflow: usize) -> Vec<u32> {
        let genes = self.genes(cell);
        self.wrap(cell, genes[..genes.len().saturating_sub(overflow)].to_vec())
    }

    fn wrap(&self, cell: &[u32], genes: Vec<u32>) -> Vec<u32> {
        match (self.specials, cell.first(), cell.last()) {
            (true, Some(first), Some(last)) if cell.len() >= 2 => {
                let mut tokens = Vec::with_capacity(genes.len() + 2);
                tokens.push(*first);
                tokens.extend(genes);
                tokens.push(*last);
                tokens
            }
            _ => genes,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const V1: TokenLayout = TokenLayout { specials: false, max_len: 4 };
    const V2: TokenLayout = TokenLayout { specials: true, max_len: 5 };

    #[test]
    fn layers_count_from_the_last_one() {
        assert_eq!(hidden_state(0, 6).unwrap(), 6);
        assert_eq!(hidden_state(-1, 6).unwrap(), 5);
        let message = hidden_state(-7, 6).unwrap_err().to_string();
        assert!(message.contains("-7") && message.contains('6'), "{message}");
        assert!(hidden_state(1, 6).is_err());
    }

    #[test]
    fn deleting_a_gene_shortens_the_cell_and_keeps_special_tokens() {
        assert_eq!(V1.delete(&[7, 8, 9], &[8]).unwrap().tokens, vec![7, 9]);
        assert_eq!(V2.delete(&[2, 7, 8, 3], &[7]).unwrap().tokens, vec![2, 8, 3]);
    }

    #[test]
    fn a_gene_that_is_absent_cannot_be_deleted() {
        assert_eq!(V1.delete(&[7, 8], &[5]), None);
        assert_eq!(V2.delete(&[2, 7, 3], &[2]), None, "<cls> is not a gene");
        assert_eq!(V1.delete(&[7], &[7]), None, "an empty cell has no embedding");
    }

    #[test]
    fn overexpressing_moves_or_inserts_the_list_in_its_order() {
        assert_eq!(V1.overexpress(&[7, 8, 9], &[9, 5]).tokens, vec![9, 5, 7, 8]);
        assert_eq!(V2.overexpress(&[2, 7, 8, 3], &[8]).tokens, vec![2, 8, 7, 3]);
    }

    #[test]
    fn a_full_cell_loses_its_last_genes_and_the_original_as_many() {
        let edit = V1.overexpress(&[7, 8, 9, 10], &[9, 5]);
        assert_eq!(edit, Edit { tokens: vec![9, 5, 7, 8], overflow: 1 });
        assert_eq!(V1.shorten(&[7, 8, 9, 10], edit.overflow), vec![7, 8, 9]);
        let edit = V2.overexpress(&[2, 7, 8, 9, 3], &[5]);
        assert_eq!(edit, Edit { tokens: vec![2, 5, 7, 8, 3], overflow: 1 });
        assert_eq!(V2.shorten(&[2, 7, 8, 9, 3], edit.overflow), vec![2, 7, 8, 3]);
    }

    proptest! {
        #[test]
        fn edited_cells_fit_the_model_and_hold_each_gene_once(
            cell in prop::collection::hash_set(4u32..40, 1..12),
            genes in prop::collection::hash_set(4u32..40, 1..4),
        ) {
            let layout = TokenLayout { specials: false, max_len: 12 };
            let cell: Vec<u32> = cell.into_iter().collect();
            let genes: Vec<u32> = genes.into_iter().collect();
            let edit = layout.overexpress(&cell, &genes);
            prop_assert!(edit.tokens.len() <= 12);
            prop_assert_eq!(&edit.tokens[..genes.len()], &genes[..]);
            let mut seen = edit.tokens.clone();
            seen.sort_unstable();
            seen.dedup();
            prop_assert_eq!(seen.len(), edit.tokens.len());
            let new = genes.iter().filter(|gene| !cell.contains(gene)).count();
            prop_assert_eq!(edit.overflow, (cell.len() + new).saturating_sub(12));
        }
    }
}
