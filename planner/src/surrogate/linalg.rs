//! The few dense operations a Gaussian process needs.

use faer::linalg::matmul::matmul;
use faer::linalg::triangular_solve::solve_lower_triangular_in_place;
use faer::{Accum, Mat, MatRef, Par, Side};

use crate::error::PlanError;
use crate::features::FeatureTable;

/// Relative jitters tried one after another, in units of the mean diagonal.
const JITTER: [f64; 5] = [0.0, 1e-10, 1e-8, 1e-6, 1e-4];

/// A Cholesky factor and the jitter it took.
#[derive(Debug, Clone)]
pub(crate) struct Factor {
    pub lower: Mat<f64>,
    pub jitter: f64,
}

/// Factorise, climbing the jitter ladder.
pub(crate) fn cholesky(matrix: &Mat<f64>) -> Result<Factor, PlanError> {
    let n = matrix.nrows();
    let mean_diagonal = (0..n).map(|i| matrix[(i, i)]).sum::<f64>() / n.max(1) as f64;
    for relative in JITTER {
        let jitter = relative * mean_diagonal;
        let mut shifted = matrix.clone();
        (0..n).for_each(|i| shifted[(i, i)] += jitter);
        if let Ok(llt) = shifted.llt(Side::Lower) {
            return Ok(Factor { lower: llt.L().to_owned(), jitter });
        }
    }
    Err(PlanError::NotPositiveDefinite { rows: n, jitter: JITTER[4] * mean_diagonal })
}

impl Factor {
    /// `L^-1 B` in place.
    pub fn solve_lower(&self, b: &mut Mat<f64>) {
        if b.nrows() > 0 && b.ncols() > 0 {
            solve_lower_triangular_in_place(self.lower.as_ref(), b.as_mut(), Par::Seq);
        }
    }

    /// `(L L^T)^-1 b`.
    pub fn solve(&self, b: &[f64]) -> Vec<f64> {
        let mut x = Mat::from_fn(b.len(), 1, |i, _| b[i]);
        self.solve_lower(&mut x);
        if !b.is_empty() {
            faer::linalg::triangular_solve::solve_upper_triangular_in_place(
                self.lower.as_ref().transpose(),
                x.as_mut(),
                Par::Seq,
            );
        }
        (0..b.len()).map(|i| x[(i, 0)]).collect()
    }

    /// `(L L^T)^-1`, symmetric.
    pub fn inverse(&self) -> Mat<f64> {
        let n = self.lower.nrows();
        let mut inv_lower = Mat::<f64>::identity(n, n);
        self.solve_lower(&mut inv_lower);
        inv_lower.as_ref().transpose() * inv_lower.as_ref()
    }

    /// `ln det(L L^T)`.
    pub fn log_det(&self) -> f64 {
        2.0 * (0..self.lower.nrows()).map(|i| self.lower[(i, i)].ln()).sum::<f64>()
    }
}

/// Rows of a matrix, in the order given.
pub(crate) fn gather(from: MatRef<'_, f64>, rows: &[usize]) -> Mat<f64> {
    Mat::from_fn(rows.len(), from.ncols(), |i, j| from[(rows[i], j)])
}

/// `sum_b w_b F_b[a] F_b[b]^T`, `[a, b]`, skipping blocks of weight 0.
pub(crate) fn kernel(table: &FeatureTable, weights: &[f64], a: &[usize], b: &[usize]) -> Mat<f64> {
    let mut out = Mat::zeros(a.len(), b.len());
    for (block, &weight) in table.data().iter().zip(weights) {
        if weight > 0.0 {
            add_block(&mut out, block.values.as_ref(), weight, a, b);
        }
    }
    out
}

/// One block's kernel with weight 1 over `rows`.
pub(crate) fn block_kernel(values: MatRef<'_, f64>, rows: &[usize]) -> Mat<f64> {
    let mut out = Mat::zeros(rows.len(), rows.len());
    add_block(&mut out, values, 1.0, rows, rows);
    out
}

fn add_block(out: &mut Mat<f64>, values: MatRef<'_, f64>, weight: f64, a: &[usize], b: &[usize]) {
    if a.is_empty() || b.is_empty() {
        return;
    }
    let (left, right) = (gather(values, a), gather(values, b));
    matmul(out.as_mut(), Accum::Add, left.as_ref(), right.as_ref().transpose(), weight, Par::Seq);
}

/// `sum_b w_b |F_b[r]|^2` for each row.
pub(crate) fn kernel_diagonal(table: &FeatureTable, weights: &[f64], rows: &[usize]) -> Vec<f64> {
    let mut out = vec![0.0; rows.len()];
    for (block, &weight) in table.data().iter().zip(weights) {
        if weight > 0.0 {
            for j in 0..block.values.ncols() {
                for (slot, &r) in out.iter_mut().zip(rows) {
                    *slot += weight * block.values[(r, j)].powi(2);
                }
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_singular_covariance_is_rescued_by_recorded_jitter() {
        let ones = Mat::from_fn(5, 5, |_, _| 1.0);
        let factor = cholesky(&ones).unwrap();
        assert!(factor.jitter > 0.0);
        let negative = Mat::from_fn(3, 3, |i, j| if i == j { -1.0 } else { 0.0 });
        assert!(matches!(cholesky(&negative), Err(PlanError::NotPositiveDefinite { rows: 3, .. })));
    }

    #[test]
    fn solve_and_inverse_agree() {
        let a = Mat::from_fn(4, 4, |i, j| if i == j { 3.0 } else { 0.5 });
        let factor = cholesky(&a).unwrap();
        let b = [1.0, -2.0, 0.5, 4.0];
        let inverse = factor.inverse();
        for (i, x) in factor.solve(&b).iter().enumerate() {
            let y: f64 = (0..4).map(|j| inverse[(i, j)] * b[j]).sum();
            assert!((x - y).abs() < 1e-12);
        }
    }
}
