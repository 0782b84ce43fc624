//! Rank value encoding: a cell as its genes in order of unusual expression.

use crate::cells::Gene;
use crate::families::geneformer::tokenizer::{TokenizerError, Vocabulary};

/// Counts per cell after scaling.
const SCALE: f64 = 10_000.0;

/// A cell as a model reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tokens {
    /// Token ids, the most unusually expressed gene first; V2 with `<cls>` and `<eos>` around.
    pub ids: Vec<u32>,
    /// Number of ids, specials included.
    pub length: usize,
    /// Expressed genes of the vocabulary that the context had no room for.
    pub truncated: usize,
}

/// Encodes cells of one matrix with one vocabulary.
///
/// `v = count / total * 10,000 / median[gene]` for each expressed gene of the vocabulary, sorted
/// by `v` descending; **ties by token id ascending** (the reference leaves their order undefined).
/// Columns of the matrix that stand for the same gene are added first.
///
/// # Source
/// Theodoris et al. 2023, Nature 618:616 (rank value encoding).
#[derive(Debug, Clone)]
pub struct RankValueEncoder {
    /// Per column of the matrix: token and median.
    columns: Vec<Option<(u32, f64)>>,
    known_genes: usize,
    shared_tokens: bool,
    max_genes: usize,
    around: Option<(u32, u32)>,
}

impl RankValueEncoder {
    /// Prepares an encoder for matrices with these genes as columns.
    ///
    /// A gene is found by its Ensembl id, and by its symbol only when it has none. `max_len` is the
    /// context of the checkpoint, specials included ([`Vocabulary::default_context`]).
    ///
    /// # Errors
    /// [`TokenizerError::ContextTooShort`], and [`TokenizerError::NoGeneKnown`] when nothing at all
    /// could be encoded.
    pub fn new(
        vocabulary: &Vocabulary,
        genes: &[Gene],
        max_len: usize,
    ) -> Result<Self, TokenizerError> {
        let around = vocabulary.cls().zip(vocabulary.eos());
        let specials = if around.is_some() { 2 } else { 0 };
        if max_len <= specials {
            return Err(TokenizerError::ContextTooShort { max_len, needed: specials + 1 });
        }
        let columns: Vec<Option<(u32, f64)>> = genes
            .iter()
            .map(|gene| {
                let token = token_of(vocabulary, gene)?;
                Some((token, vocabulary.median(token)?))
            })
            .collect();
        let mut tokens: Vec<u32> = columns.iter().flatten().map(|(token, _)| *token).collect();
        let mapped = tokens.len();
        tokens.sort_unstable();
        tokens.dedup();
        if tokens.is_empty() {
            let example = genes.first().map_or_else(String::new, |gene| gene.symbol.clone());
            return Err(TokenizerError::NoGeneKnown { n_genes: genes.len(), example });
        }
        Ok(Self {
            columns,
            known_genes: tokens.len(),
            shared_tokens: tokens.len() < mapped,
            max_genes: max_len - specials,
            around,
        })
    }

    /// Number of different genes of the vocabulary that the matrix measures.
    pub fn known_genes(&self) -> usize {
        self.known_genes
    }

    /// Token of a column of the matrix, if the vocabulary has its gene.
    pub fn token_of_column(&self, column: usize) -> Option<u32> {
        self.columns.get(column).copied().flatten().map(|(token, _)| token)
    }

    /// Encodes one cell.
    ///
    /// Columns beyond the genes given to [`RankValueEncoder::new`] and counts of zero are ignored.
    /// A cell with nothing expressed gives no gene tokens.
    ///
    /// # Shapes and units
    /// `columns` and `counts` are `[non-zeros]` in any order, raw counts; `total` is the sum over
    /// **all** measured genes of the cell, not only those of the vocabulary.
    pub fn encode(&self, columns: &[u32], counts: &[f32], total: f64) -> Tokens {
        let mut genes: Vec<(u32, f64, f64)> = columns
            .iter()
            .zip(counts)
            .filter(|(_, count)| **count > 0.0)
            .filter_map(|(&column, &count)| {
                let (token, median) = (*self.columns.get(column as usize)?)?;
                Some((token, f64::from(count), median))
            })
            .collect();
        if self.shared_tokens {
            genes.sort_unstable_by_key(|(token, ..)| *token);
            genes.dedup_by(|next, kept| {
                let same = next.0 == kept.0;
                if same {
                    kept.1 += next.1;
                }
                same
            });
        }
        let mut ranked: Vec<(u32, f64)> = genes
            .into_iter()
            .map(|(token, count, median)| (token, count / total * SCALE / median))
            .collect();
        ranked.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let truncated = ranked.len().saturating_sub(self.max_genes);
        ranked.truncate(self.max_genes);
        let mut ids = Vec::with_capacity(ranked.len() + 2);
        ids.extend(self.around.map(|(cls, _)| cls));
        ids.extend(ranked.into_iter().map(|(token, _)| token));
        ids.extend(self.around.map(|(_, eos)| eos));
        Tokens { length: ids.len(), ids, truncated }
    }
}

fn token_of(vocabulary: &Vocabulary, gene: &Gene) -> Option<u32> {
    match &gene.ensembl {
        Some(id) => vocabulary.token(id),
        None => vocabulary.token_of_symbol(&gene.symbol),
    }
}
