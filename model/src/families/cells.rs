//! Cells in a family's own encoding, and edits of them.

use serde::{Deserialize, Serialize};

/// Species of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Species {
    /// Homo sapiens.
    #[default]
    Human,
    /// Mus musculus.
    Mouse,
}

/// A gene that a model reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GeneToken {
    /// Its id in the model (row of the embedding table, or place in the fixed gene order).
    pub token: u32,
    /// Ensembl gene id without version, where known.
    pub ensembl: Option<String>,
    /// Symbol, as of training.
    pub symbol: String,
}

/// A cell as a model reads it.
///
/// | family | `ids` | `values` |
/// |---|---|---|
/// | Geneformer | tokens, most unusually expressed first (V2: `<cls>` … `<eos>`) | none |
/// | scBERT | expression bin of every gene in the fixed order, then one 0 | none |
/// | scGPT | `<cls>`, then gene tokens | bins (or log counts), one per id |
/// | scFoundation | indices of expressed genes ascending, then T and S | ln(1 + CP10k), one per id |
/// | GeneCompass | tokens, highest first | log2(1 + count / median), one per id |
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CellTokens {
    /// Ids.
    pub ids: Vec<u32>,
    /// Values aligned with `ids`; empty where the family reads none.
    pub values: Vec<f32>,
    /// Species of the cell.
    pub species: Species,
    /// Expressed genes of the vocabulary that the context had no room for.
    pub truncated: usize,
}

/// Choices of encoding; what a family does not have it ignores.
#[derive(Debug, Clone, PartialEq)]
pub struct EncodeOptions {
    /// Longest sequence; the model's own context when absent.
    pub max_len: Option<usize>,
    /// Species of the cells.
    pub species: Species,
    /// Seed of the reference's random choices (scGPT's bin edges and gene subset); the family's
    /// written deterministic rule when absent.
    pub seed: Option<u64>,
    /// Target depth T of scFoundation as log10 of counts; 4 when absent.
    pub target_depth: Option<f32>,
    /// Edits to the letter of the family's publication, where the default deliberately differs
    /// (GeneCompass: over-expression multiplies the encoded value by 10,000).
    pub published_edits: bool,
}

impl Default for EncodeOptions {
    fn default() -> Self {
        Self {
            max_len: None,
            species: Species::Human,
            seed: None,
            target_depth: None,
            published_edits: false,
        }
    }
}

/// What is done to a gene, before the family's own encoding of it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Edit {
    /// No transcript left.
    KnockOut,
    /// Counts multiplied by a factor from 0 to below 1.
    KnockDown(f32),
    /// Counts multiplied by a factor above 1.
    Activate(f32),
    /// The strongest expression the encoding has, whether or not the gene is expressed.
    OverExpress,
}

/// A cell after an edit.
#[derive(Debug, Clone, PartialEq)]
pub struct Edited {
    /// The edited cell.
    pub cell: CellTokens,
    /// Whether the model's input differs from that of the cell before.
    pub changed: bool,
}

/// Encodes the cells of one matrix for one model; pure and deterministic.
pub trait CellEncoder: Send + Sync {
    /// Token of a column of the matrix, if the model reads its gene.
    fn token_of_column(&self, column: usize) -> Option<u32>;

    /// Number of different genes of the model that the matrix measures.
    fn known_genes(&self) -> usize;

    /// Encodes one cell.
    ///
    /// # Shapes and units
    /// `columns` and `counts`: `[non-zeros]`, raw counts in any order; `total`: counts of **all**
    /// measured genes of the cell. `cell` is its number in the matrix: it only tells seeded draws
    /// of different cells apart.
    fn encode(&self, cell: usize, columns: &[u32], counts: &[f32], total: f64) -> CellTokens;

    /// Encodes one cell with genes edited, all together, in the family's own way (written down in
    /// docs/models.md); arguments as in [`encode`](Self::encode). Tokens that the model does not
    /// have are ignored.
    fn encode_edited(
        &self,
        cell: usize,
        columns: &[u32],
        counts: &[f32],
        total: f64,
        edits: &[(u32, Edit)],
    ) -> Edited;

    /// What an edited cell is compared with when the edit had to drop genes for room: the original
    /// without as many of its last genes. `None` where it is the original itself.
    fn comparable(&self, _original: &CellTokens, _edited: &CellTokens) -> Option<CellTokens> {
        None
    }

    /// An encoded cell with genes moved, together, to a percentile of its ranks (0 the last, 100
    /// the first). `None` for families that encode no ranks: for them expression is changed, with
    /// [`at_percentile`].
    fn at_rank(
        &self,
        _cell: &CellTokens,
        _tokens: &[u32],
        _percentile: u8,
        _direction: Direction,
    ) -> Option<Edited> {
        None
    }
}

/// Which way a graded edit may move a gene.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Only down: a gene that is lower already stays.
    Down,
    /// Only up: a gene that is higher already stays; one that is not expressed comes in.
    Up,
}

/// A cell's counts with the genes of some columns moved to a percentile of its counts above zero
/// (nearest rank).
///
/// # Shapes and units
/// `columns` and `counts`: `[non-zeros]` in any order; a column that has to come in is appended.
pub fn at_percentile(
    (columns, counts): (&[u32], &[f32]),
    moved: &[usize],
    percentile: u8,
    direction: Direction,
) -> (Vec<u32>, Vec<f32>) {
    let (mut columns, mut counts) = (columns.to_vec(), counts.to_vec());
    let mut sorted: Vec<f32> = counts.iter().copied().filter(|&count| count > 0.0).collect();
    sorted.sort_unstable_by(f32::total_cmp);
    let Some(last) = sorted.len().checked_sub(1) else { return (columns, counts) };
    let place = (f64::from(percentile) / 100.0 * last as f64).round() as usize;
    let level = sorted[place.min(last)];
    for &column in moved {
        match (columns.iter().position(|&c| c as usize == column), direction) {
            (Some(at), Direction::Down) => counts[at] = counts[at].min(level),
            (Some(at), Direction::Up) => counts[at] = counts[at].max(level),
            (None, Direction::Down) => {}
            (None, Direction::Up) => {
                columns.push(column as u32);
                counts.push(level);
            }
        }
    }
    (columns, counts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_moves_counts_only_the_way_it_is_told() {
        let cell: (&[u32], &[f32]) = (&[4, 7, 9], &[1.0, 5.0, 3.0]);
        let counts = |moved: usize, percentile, direction| {
            at_percentile(cell, &[moved], percentile, direction).1
        };
        assert_eq!(counts(7, 50, Direction::Down), [1.0, 3.0, 3.0]);
        assert_eq!(counts(4, 50, Direction::Down), cell.1);
        assert_eq!(counts(4, 99, Direction::Up), [5.0, 5.0, 3.0]);
        assert_eq!(counts(7, 50, Direction::Up), cell.1);
        let (columns, counts) = at_percentile(cell, &[2], 50, Direction::Up);
        assert_eq!((columns, counts), (vec![4, 7, 9, 2], vec![1.0, 5.0, 3.0, 3.0]));
        assert_eq!(at_percentile((&[], &[]), &[2], 50, Direction::Up).0, [0u32; 0]);
    }
}
