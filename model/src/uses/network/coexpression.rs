//! The simplest guess at targets: genes that rise and fall with the factor.

use crate::cells::CellMatrix;

/// Absolute Pearson correlation of every gene with `factor` over all cells, on
/// `ln(1 + count / total * 10,000)`.
///
/// 0 where a gene or the factor is constant. One pass over the stored counts.
///
/// # Shapes
/// `[genes]`, in the order of the matrix.
pub fn coexpression(cells: &CellMatrix, factor: usize) -> Vec<f64> {
    let genes = cells.n_genes();
    let (mut sums, mut squares, mut products) =
        (vec![0.0_f64; genes], vec![0.0; genes], vec![0.0; genes]);
    for row in 0..cells.n_cells() {
        let (columns, counts) = cells.row(row);
        let scale = 1e4 / cells.total_counts[row];
        let level = |count: f32| (f64::from(count) * scale).ln_1p();
        let own = columns.binary_search(&(factor as u32)).map_or(0.0, |at| level(counts[at]));
        for (&column, &count) in columns.iter().zip(counts) {
            let value = level(count);
            sums[column as usize] += value;
            squares[column as usize] += value * value;
            products[column as usize] += value * own;
        }
    }
    let n = cells.n_cells() as f64;
    let spread = |gene: usize| squares[gene] - sums[gene] * sums[gene] / n;
    let own = spread(factor);
    (0..genes)
        .map(|gene| {
            let both = products[gene] - sums[gene] * sums[factor] / n;
            let scale = (spread(gene) * own).sqrt();
            // A constant leaves rounding only.
            let defined = spread(gene) > squares[gene] * 1e-12 && own > squares[factor] * 1e-12;
            if defined { (both / scale).clamp(-1.0, 1.0).abs() } else { 0.0 }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;
    use crate::stats::pearson;

    #[test]
    fn it_is_the_absolute_pearson_correlation_of_log_normalised_counts() {
        let cells = fixtures::cells(25);
        let level = |gene: u32| -> Vec<f64> {
            (0..25)
                .map(|row| {
                    let (columns, counts) = cells.row(row);
                    let at = columns.binary_search(&gene);
                    let count = at.map_or(0.0, |at| f64::from(counts[at]));
                    (count / cells.total_counts[row] * 1e4).ln_1p()
                })
                .collect()
        };
        let found = coexpression(&cells, 4);
        for gene in 0..31 {
            let expected = pearson(&level(4), &level(gene)).unwrap_or(0.0).abs();
            assert!((found[gene as usize] - expected).abs() < 1e-9, "gene {gene}");
        }
        assert!((found[4] - 1.0).abs() < 1e-9);
    }

    #[test]
    fn a_gene_without_counts_correlates_with_nothing() {
        let mut cells = fixtures::cells(5);
        cells.genes.push(crate::cells::Gene { ensembl: None, symbol: "SILENT".into() });
        let silent = cells.n_genes() - 1;
        assert_eq!(coexpression(&cells, 0)[silent], 0.0);
        assert!(coexpression(&cells, silent).iter().all(|&r| r == 0.0));
    }
}
