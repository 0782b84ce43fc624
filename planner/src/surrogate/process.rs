//! The prior process behind a posterior: what two candidates have in common before any measurement.

use faer::Mat;

use super::linalg::{gather, kernel, kernel_diagonal};
use crate::features::FeatureTable;
use crate::gp::Kernel;

/// A zero-mean process over the rows of a table, on the standardised target.
#[derive(Debug, Clone)]
pub(crate) enum Process {
    /// `sum_b w_b F_b F_b^T` over the table's blocks.
    Blocks {
        /// One kernel weight per block.
        weights: Vec<f64>,
    },
    /// `signal k(x, x')` over dense features of every row, already divided by their lengths.
    Dense { kernel: Kernel, signal: f64, x: Vec<Vec<f64>> },
    /// `D D^T`, one column per member of an ensemble: deviations from the members' mean over the
    /// root of their number less one, `[rows, members]`.
    Members { deviations: Mat<f64> },
}

impl Process {
    /// Covariance `[a, b]`.
    pub fn cross(&self, table: &FeatureTable, a: &[usize], b: &[usize]) -> Mat<f64> {
        match self {
            Self::Blocks { weights } => kernel(table, weights, a, b),
            Self::Dense { kernel, signal, x } => {
                if a.is_empty() || b.is_empty() {
                    return Mat::zeros(a.len(), b.len());
                }
                let of = |rows: &[usize]| rows.iter().map(|&r| x[r].clone()).collect::<Vec<_>>();
                faer::Scale(*signal) * kernel.matrix(&of(a), &of(b))
            }
            Self::Members { deviations } => {
                gather(deviations.as_ref(), a) * gather(deviations.as_ref(), b).transpose()
            }
        }
    }

    /// Variance of every row.
    pub fn diagonal(&self, table: &FeatureTable, rows: &[usize]) -> Vec<f64> {
        match self {
            Self::Blocks { weights } => kernel_diagonal(table, weights, rows),
            Self::Dense { kernel, signal, x } => {
                rows.iter().map(|&r| signal * kernel.value(&x[r], &x[r])).collect()
            }
            Self::Members { deviations } => {
                let square = |r: usize| deviations.row(r).iter().map(|d| d * d).sum();
                rows.iter().map(|&r| square(r)).collect()
            }
        }
    }

    /// Coordinates of every row, `[rows, width]`, in which near candidates are alike to the process.
    /// For all but a dense process their products are the covariance.
    pub fn points(&self, table: &FeatureTable, rows: &[usize]) -> Mat<f64> {
        match self {
            Self::Blocks { weights } => weighted_features(table, weights, rows),
            Self::Dense { x, .. } => {
                let width = x.first().map_or(0, Vec::len);
                Mat::from_fn(rows.len(), width, |i, j| x[rows[i]][j])
            }
            Self::Members { deviations } => gather(deviations.as_ref(), rows),
        }
    }

    /// Whether covariances are the products of [`Self::points`].
    pub fn is_linear(&self) -> bool {
        !matches!(self, Self::Dense { .. })
    }
}

/// Every block times the root of its weight, side by side, blocks of weight 0 left out.
fn weighted_features(table: &FeatureTable, weights: &[f64], rows: &[usize]) -> Mat<f64> {
    let used: Vec<(Mat<f64>, f64)> = table
        .data()
        .iter()
        .zip(weights)
        .filter(|(_, w)| **w > 0.0)
        .map(|(block, w)| (gather(block.values.as_ref(), rows), w.sqrt()))
        .collect();
    let width = used.iter().map(|(m, _)| m.ncols()).sum();
    let mut out = Mat::zeros(rows.len(), width);
    let mut start = 0;
    for (block, root) in &used {
        for j in 0..block.ncols() {
            for i in 0..rows.len() {
                out[(i, start + j)] = root * block[(i, j)];
            }
        }
        start += block.ncols();
    }
    out
}
