//! Average expression of genes over chosen cells.

use crate::cells::{CellMatrix, CellsError};

/// Counts per cell after scaling, before the logarithm.
const SCALE: f64 = 10_000.0;

/// How much, and in how many of the chosen cells, a gene is measured.
#[derive(Debug, Clone, PartialEq)]
pub struct GeneExpression {
    /// Symbol.
    pub symbol: String,
    /// Ensembl gene id without version, where known.
    pub ensembl: Option<String>,
    /// Mean over cells of `ln(1 + count / total * 10,000)`.
    pub mean_log1p_cp10k: f64,
    /// Share of the cells with a count above zero, in `[0, 1]`.
    pub detection_rate: f64,
}

/// Mean log-normalised expression and detection rate of every gene over `rows`.
///
/// A cell without any count adds zero to every gene. A row given twice counts twice.
///
/// # Shapes and units
/// Returns one entry per gene, in the order of the matrix.
/// # Errors
/// [`CellsError::NoCells`] for an empty choice, [`CellsError::NoSuchCell`] for a row beyond the end.
pub fn expression(matrix: &CellMatrix, rows: &[usize]) -> Result<Vec<GeneExpression>, CellsError> {
    if rows.is_empty() {
        return Err(CellsError::NoCells);
    }
    let mut sums = vec![0.0_f64; matrix.n_genes()];
    let mut detected = vec![0_usize; matrix.n_genes()];
    for &row in rows {
        if row >= matrix.n_cells() {
            return Err(CellsError::NoSuchCell { row, n_cells: matrix.n_cells() });
        }
        let total = matrix.total_counts[row];
        let (indices, counts) = matrix.row(row);
        for (&gene, &count) in indices.iter().zip(counts) {
            sums[gene as usize] += (f64::from(count) / total * SCALE).ln_1p();
            detected[gene as usize] += 1;
        }
    }
    let n = rows.len() as f64;
    let genes = matrix.genes.iter().zip(sums).zip(detected);
    Ok(genes
        .map(|((gene, sum), detected)| GeneExpression {
            symbol: gene.symbol.clone(),
            ensembl: gene.ensembl.clone(),
            mean_log1p_cp10k: sum / n,
            detection_rate: detected as f64 / n,
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cells::fixtures::small_matrix;

    #[test]
    fn expression_is_the_mean_of_log_normalised_counts_over_the_chosen_cells() {
        let matrix = small_matrix();
        let genes = expression(&matrix, &[0, 2]).unwrap();
        // Cell 0: 3 of GATA3 in a total of 4; cell 2: none of it.
        let expected = (3.0_f64 / 4.0 * 10_000.0).ln_1p() / 2.0;
        assert_eq!(genes[0].symbol, "GATA3");
        assert!((genes[0].mean_log1p_cp10k - expected).abs() < 1e-12);
        assert_eq!(genes[0].detection_rate, 0.5);
    }

    #[test]
    fn expression_of_no_cells_or_of_a_cell_beyond_the_end_is_refused() {
        let matrix = small_matrix();
        assert!(matches!(expression(&matrix, &[]), Err(CellsError::NoCells)));
        assert!(matches!(expression(&matrix, &[3]), Err(CellsError::NoSuchCell { row: 3, .. })));
    }
}
