//! How much of a data set a model can see.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::error::proceed;
use super::{CellReader, UseError, Watch};
use crate::cells::CellMatrix;
use crate::families::{CellModel, EncodeOptions};

/// Unknown genes that are listed.
const LISTED: usize = 20;
/// Cells between two looks at the cancel flag.
const CELLS_AT_ONCE: usize = 256;

/// What of a data set reaches a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Coverage {
    /// Genes (columns) of the data set.
    pub genes: usize,
    /// Of these, genes that the model reads.
    pub genes_known: usize,
    /// Genes of the model.
    pub vocabulary: usize,
    /// Of these, genes that the data set measures.
    pub vocabulary_measured: usize,
    /// Sum of all counts.
    pub counts: f64,
    /// Sum of the counts of genes that the model reads.
    pub counts_seen: f64,
    /// `counts_seen` of `counts`, in `[0, 1]`; 0 of nothing.
    pub counts_share: f64,
    /// Cells of the data set.
    pub cells: usize,
    /// Cells that express no gene of the model.
    pub cells_blank: usize,
    /// Cells with more expressed genes than the model's input has room for.
    pub cells_truncated: usize,
    /// Mean over all cells of the expressed genes that had no room.
    pub truncated_mean: f64,
    /// Most expressed genes without room in one cell.
    pub truncated_max: usize,
    /// Genes that the model does not read, those with most counts first, at most 20.
    pub unknown_genes: Vec<UnknownGene>,
}

/// A gene that the model does not read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UnknownGene {
    /// Symbol.
    pub symbol: String,
    /// Ensembl gene id, where known.
    pub ensembl: Option<String>,
    /// Sum of its counts.
    pub counts: f64,
}

/// Says how much of `cells` the model can see.
///
/// # Errors
/// No gene of the cells is known to the model; cancellation.
pub fn coverage(
    model: &dyn CellModel,
    cells: &CellMatrix,
    options: &EncodeOptions,
    watch: Watch<'_>,
) -> Result<Coverage, UseError> {
    let reader = CellReader::new(model, cells, options)?;
    let known: Vec<bool> = (0..cells.n_genes()).map(|c| reader.token(c).is_some()).collect();
    let mut by_gene = vec![0.0_f64; cells.n_genes()];
    for (&column, &count) in cells.indices.iter().zip(&cells.counts) {
        by_gene[column as usize] += f64::from(count);
    }
    let mut truncated = Vec::with_capacity(cells.n_cells());
    let rows: Vec<usize> = (0..cells.n_cells()).collect();
    for chunk in rows.chunks(CELLS_AT_ONCE) {
        proceed(watch)?;
        truncated.par_extend(chunk.par_iter().map(|&row| reader.cell(row).truncated));
        (watch.progress)(truncated.len(), rows.len());
    }
    let counts: f64 = by_gene.iter().sum();
    let counts_seen: f64 =
        by_gene.iter().zip(&known).filter(|(_, known)| **known).map(|p| p.0).sum();
    Ok(Coverage {
        genes: cells.n_genes(),
        genes_known: known.iter().filter(|&&known| known).count(),
        vocabulary: model.card().vocabulary.genes,
        vocabulary_measured: reader.known_genes(),
        counts,
        counts_seen,
        counts_share: if counts > 0.0 { counts_seen / counts } else { 0.0 },
        cells: cells.n_cells(),
        cells_blank: rows.iter().filter(|&&row| !reader.sees(row)).count(),
        cells_truncated: truncated.iter().filter(|&&genes| genes > 0).count(),
        truncated_mean: truncated.iter().sum::<usize>() as f64 / cells.n_cells().max(1) as f64,
        truncated_max: truncated.iter().copied().max().unwrap_or(0),
        unknown_genes: unknown_genes(cells, &known, &by_gene),
    })
}

fn unknown_genes(cells: &CellMatrix, known: &[bool], counts: &[f64]) -> Vec<UnknownGene> {
    let mut unknown: Vec<usize> =
        (0..cells.n_genes()).filter(|&column| !known[column] && counts[column] > 0.0).collect();
    unknown.sort_by(|&a, &b| counts[b].total_cmp(&counts[a]));
    unknown.truncate(LISTED);
    let gene = |column: usize| UnknownGene {
        symbol: cells.genes[column].symbol.clone(),
        ensembl: cells.genes[column].ensembl.clone(),
        counts: counts[column],
    };
    unknown.into_iter().map(gene).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;
    use crate::uses::double::{Double, quiet};

    #[test]
    fn unknown_genes_and_truncated_cells_are_counted() {
        let cells = fixtures::cells(12);
        let options = EncodeOptions { max_len: Some(10), ..EncodeOptions::default() };
        let found = coverage(&Double::new(), &cells, &options, quiet()).unwrap();
        assert_eq!((found.genes, found.genes_known), (31, 30));
        assert_eq!(found.unknown_genes[0].symbol, "G30");
        let last = cells.indices.iter().zip(&cells.counts).filter(|(c, _)| **c == 30);
        let lost: f64 = last.map(|(_, count)| f64::from(*count)).sum();
        assert_eq!(found.counts - found.counts_seen, lost);
        let expressed = |row| cells.row(row).0.iter().filter(|&&c| c < 30).count();
        let cut: Vec<usize> = (0..12).map(|row| expressed(row).saturating_sub(10)).collect();
        assert_eq!(found.truncated_max, *cut.iter().max().unwrap());
        assert_eq!(found.cells_truncated, cut.iter().filter(|&&n| n > 0).count());
        assert!(found.cells_truncated > 0);
    }
}
