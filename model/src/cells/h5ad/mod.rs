//! Reading and writing `.h5ad` files (AnnData on HDF5).

mod columns;
mod counts;
mod duplicates;
mod elements;
mod gene_numbers;
mod matrix;
mod node;
mod rows;
mod text;
mod variables;
mod write;

#[cfg(test)]
mod tests;

use std::path::Path;

use crate::cells::report::median;
use crate::cells::{CellMatrix, CellsError, ObsColumn, ReadLimits, ValidationReport};
use columns::DataFrame;
use counts::Found;
pub use gene_numbers::{GeneMatrix, read_gene_matrix};
use node::Node;
use variables::Variables;
pub use write::{H5adWriter, LayerWriter};

/// obs columns in which tools keep the total counts of the whole transcriptome.
const TOTALS: [&str; 5] = ["n_counts", "total_counts", "ncounts", "nUMI", "nCount_RNA"];
/// Fewer genes than this is a panel or a subset, not a transcriptome.
const FEW_GENES: usize = 5_000;

/// Reads the raw counts, genes and obs of an AnnData file.
///
/// Counts are taken from the first of `X`, `layers["counts"]`, `raw.X` and the other layers that
/// holds only whole numbers. Rows may be stored as CSR, CSC or dense. Genes are keyed by Ensembl id
/// without version; where the file has none it is looked up by symbol; columns of the same gene are
/// added. Reads nothing outside of the file.
///
/// # Errors
/// [`CellsError`] saying what was found, expected and can be done. The HDF5 library underneath is
/// not safe on hostile files: open uploads only with [`crate::cells::inspect`] in a child process.
pub fn read_h5ad(
    path: &Path,
    limits: &ReadLimits,
) -> Result<(CellMatrix, ValidationReport), CellsError> {
    let root = Node::open(path)?;
    let obs = DataFrame::open(&root, "obs", limits.max_cells, "cells", limits.max_columns)?;
    let cells = obs.index()?;
    let Found { csr, source, variables: var_group, mut warnings } =
        counts::find(&root, &cells, limits)?;
    let variables = Variables::read(&var_group)?;
    let (genes, csr, collapsed) = duplicates::collapse(variables.genes, csr);
    let (columns, skipped) = obs.columns()?;
    warnings.extend(skipped);
    let total_counts = csr.totals();
    let matrix = CellMatrix {
        genes,
        cells,
        indptr: csr.indptr,
        indices: csr.indices,
        counts: csr.counts,
        total_counts,
        obs: columns,
    };
    matrix.validate()?;
    let mut report = ValidationReport::of(&matrix, &source);
    report.genes_mapped_by_symbol = variables.mapped_by_symbol;
    report.duplicates_collapsed = collapsed;
    warnings.extend(variables.warnings);
    warnings.extend(notable(&matrix, &report));
    report.warnings = warnings;
    Ok((matrix, report))
}

/// What a person should know about a matrix that was read.
fn notable(matrix: &CellMatrix, report: &ValidationReport) -> Vec<String> {
    let mut warnings = Vec::new();
    let unmapped = report.n_genes - report.genes_with_ensembl;
    if unmapped > 0 {
        let n = report.n_genes;
        warnings
            .push(format!("{unmapped} of {n} genes have no Ensembl id, in the file or by symbol"));
    }
    if report.duplicates_collapsed > 0 {
        let n = report.duplicates_collapsed;
        warnings.push(format!(
            "{n} columns repeat a gene; their counts were added to its first column"
        ));
    }
    let empty = matrix.total_counts.iter().filter(|total| **total == 0.0).count();
    if empty > 0 {
        warnings.push(format!("{empty} cells have no counts at all"));
    }
    if report.n_genes < FEW_GENES {
        let n = report.n_genes;
        warnings.push(format!(
            "only {n} genes are measured: models trained on whole transcriptomes see little of these cells"
        ));
    }
    let mut names: Vec<&str> = matrix.cells.iter().map(String::as_str).collect();
    names.sort_unstable();
    names.dedup();
    if names.len() < matrix.n_cells() {
        let repeated = matrix.n_cells() - names.len();
        warnings.push(format!("{repeated} cell names repeat another cell's name"));
    }
    warnings.extend(TOTALS.iter().filter_map(|column| total_mismatch(matrix, column)));
    warnings
}

/// Warns when an obs column of totals shows that genes were removed from the file.
fn total_mismatch(matrix: &CellMatrix, column: &str) -> Option<String> {
    let Some(ObsColumn::Numeric(stated)) = matrix.obs.get(column) else { return None };
    let ratios = matrix.total_counts.iter().zip(stated).filter(|(_, stated)| **stated > 0.0);
    let ratio = median(ratios.map(|(found, stated)| found / stated).collect());
    (ratio > 0.0 && ratio < 0.98).then(|| {
        let percent = ratio * 100.0;
        format!(
            "the counts of a cell sum to {percent:.1} % of obs[{column:?}] (median): genes were removed \
             from this file, and totals here cover the remaining ones"
        )
    })
}
