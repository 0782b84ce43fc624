//! Mean and variance of log-normalised expression over groups of cells.

use crate::cells::CellMatrix;

/// Moments of `ln(1 + count / total * 10,000)` of every gene over some cells.
#[derive(Debug, Clone, PartialEq)]
pub struct Moments {
    /// Cells.
    pub cells: usize,
    /// Mean per gene.
    pub mean: Vec<f64>,
    /// Sample variance per gene (n - 1 in the denominator); 0 below two cells.
    pub variance: Vec<f64>,
}

impl Moments {
    /// Over `rows`; a cell without counts adds zeros.
    ///
    /// # Panics
    /// If a row is not below the number of cells, as indexing a slice does.
    pub fn of(cells: &CellMatrix, rows: &[usize]) -> Self {
        let genes = cells.n_genes();
        let (mut sums, mut squares) = (vec![0.0_f64; genes], vec![0.0_f64; genes]);
        for &row in rows {
            let (columns, counts) = cells.row(row);
            for (&column, &count) in columns.iter().zip(counts) {
                let value = (f64::from(count) / cells.total_counts[row] * 1e4).ln_1p();
                sums[column as usize] += value;
                squares[column as usize] += value * value;
            }
        }
        let n = rows.len() as f64;
        let mean: Vec<f64> = sums.iter().map(|sum| sum / n.max(1.0)).collect();
        let variance = sums
            .iter()
            .zip(&squares)
            .map(|(sum, squares)| {
                ((squares - sum * sum / n.max(1.0)) / (n - 1.0).max(1.0)).max(0.0)
            })
            .collect();
        Self { cells: rows.len(), mean, variance }
    }

    /// Welch's t of each gene against `other`; 0 where neither varies.
    pub fn welch(&self, other: &Self) -> Vec<f64> {
        let part = |of: &Self, gene: usize| of.variance[gene] / of.cells.max(1) as f64;
        (0..self.mean.len())
            .map(|gene| {
                let error = (part(self, gene) + part(other, gene)).sqrt();
                if error > 0.0 { (self.mean[gene] - other.mean[gene]) / error } else { 0.0 }
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cells::fixtures::small_matrix;

    #[test]
    fn moments_and_welch_equal_the_worked_example() {
        let cells = small_matrix();
        // Gene 2 (NOVEL1): 1 of 4 in cell 0, 2 of 4 in cell 2, none in cell 1.
        let (a, b) = ((2_500.0_f64).ln_1p(), (5_000.0_f64).ln_1p());
        let some = Moments::of(&cells, &[0, 2]);
        assert!((some.mean[2] - (a + b) / 2.0).abs() < 1e-12);
        assert!((some.variance[2] - (a - b).powi(2) / 2.0).abs() < 1e-9);
        let other = Moments::of(&cells, &[1]);
        let t = some.welch(&other);
        let error = ((a - b).powi(2) / 4.0).sqrt();
        assert!((t[2] - (a + b) / 2.0 / error).abs() < 1e-9);
        assert_eq!(Moments::of(&cells, &[1]).welch(&other), [0.0; 3]);
    }
}
