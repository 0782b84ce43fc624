//! The matrices of one evaluation of a log evidence.

use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::cholesky::llt::factor::{cholesky_in_place, cholesky_in_place_scratch};
use faer::linalg::matmul::triangular::{BlockStructure, matmul};
use faer::linalg::triangular_inverse::invert_lower_triangular;
use faer::linalg::triangular_solve::{
    solve_lower_triangular_in_place, solve_upper_triangular_in_place,
};
use faer::{Accum, Mat, Par};

use super::exponential::exp_negative;

/// A covariance `S = B * K + noise`, K Gaussian and B a factor per pair, its factor and inverse.
/// Everything is overwritten by the next evaluation, and nothing allocated. Square matrices hold
/// their lower halves.
pub(super) struct Workspace {
    /// Features over their lengths, `[n, d]`.
    pub z: Mat<f64>,
    kernel: Mat<f64>,
    factor: Mat<f64>,
    inverse_factor: Mat<f64>,
    inverse: Mat<f64>,
    gz: Mat<f64>,
    stack: MemBuffer,
}

impl Workspace {
    /// For `n` measurements of `d` columns.
    pub fn new(n: usize, d: usize) -> Self {
        let square = || Mat::zeros(n, n);
        let scratch = cholesky_in_place_scratch::<f64>(n, Par::Seq, Default::default());
        Self {
            z: Mat::zeros(n, d),
            kernel: square(),
            factor: square(),
            inverse_factor: square(),
            inverse: square(),
            gz: Mat::zeros(n, d),
            stack: MemBuffer::new(scratch),
        }
    }

    /// Divides the columns of `x` by their lengths.
    pub fn scale(&mut self, x: &Mat<f64>, lengths: &[f64]) {
        for (j, length) in lengths.iter().enumerate() {
            let scaled = self.z.col_as_slice_mut(j).iter_mut().zip(x.col_as_slice(j));
            scaled.for_each(|(z, x)| *z = x / length);
        }
    }

    /// `exp(-|z_i - z_j|^2 / 2)`, lower half, by half a matrix product; exactly 1 on the diagonal.
    pub fn correlate(&mut self) {
        let n = self.z.nrows();
        matmul(
            self.kernel.as_mut(),
            BlockStructure::TriangularLower,
            Accum::Replace,
            self.z.as_ref(),
            BlockStructure::Rectangular,
            self.z.as_ref().transpose(),
            BlockStructure::Rectangular,
            1.0,
            Par::Seq,
        );
        let half: Vec<f64> = (0..n).map(|i| 0.5 * self.kernel[(i, i)]).collect();
        for j in 0..n {
            let column = &mut self.kernel.col_as_slice_mut(j)[j..];
            column[0] = 0.0;
            let below = column[1..].iter_mut().zip(&half[j + 1..]);
            below.for_each(|(k, other)| *k -= other + half[j]);
            exp_negative(column);
        }
    }

    /// Factorises `S`, `by(i, j)` being B; `None` where that is not positive definite.
    pub fn factorise(
        &mut self,
        by: impl Fn(usize, usize) -> f64,
        noise: impl Fn(usize) -> f64,
    ) -> Option<()> {
        let n = self.z.nrows();
        for j in 0..n {
            let kernel = &self.kernel.col_as_slice(j)[j..];
            let factor = self.factor.col_as_slice_mut(j)[j..].iter_mut().zip(kernel);
            factor.enumerate().for_each(|(below, (s, k))| *s = by(j + below, j) * k);
            self.factor[(j, j)] += noise(j);
        }
        let stack = MemStack::new(&mut self.stack);
        let params = Default::default();
        cholesky_in_place(self.factor.as_mut(), Default::default(), Par::Seq, stack, params)
            .ok()
            .map(|_| ())
    }

    /// `ln det S`.
    pub fn log_det(&self) -> f64 {
        2.0 * (0..self.z.nrows()).map(|i| self.factor[(i, i)].ln()).sum::<f64>()
    }

    /// `S^-1` times every column in place.
    pub fn solve(&self, columns: &mut Mat<f64>) {
        if columns.nrows() > 0 && columns.ncols() > 0 {
            let lower = self.factor.as_ref();
            solve_lower_triangular_in_place(lower, columns.as_mut(), Par::Seq);
            solve_upper_triangular_in_place(lower.transpose(), columns.as_mut(), Par::Seq);
        }
    }

    /// `S^-1`, lower half: the inverse of the factor and its square, both triangular, together two
    /// thirds of `n^3` operations.
    pub fn invert(&mut self) {
        invert_lower_triangular(self.inverse_factor.as_mut(), self.factor.as_ref(), Par::Seq);
        matmul(
            self.inverse.as_mut(),
            BlockStructure::TriangularLower,
            Accum::Replace,
            self.inverse_factor.as_ref().transpose(),
            BlockStructure::TriangularUpper,
            self.inverse_factor.as_ref(),
            BlockStructure::TriangularLower,
            1.0,
            Par::Seq,
        );
    }

    /// Entry of the diagonal of `S^-1`.
    pub fn precision(&self, i: usize) -> f64 {
        self.inverse[(i, i)]
    }

    /// Slope of the log likelihood by the logarithm of each column's length: with
    /// `G = (a a^T - S^-1) * B * K`, `sum_(i > j) G_ij (z_i - z_j)^2 = sum_i z_i^2 (G 1)_i - z^T G z`,
    /// of which half a matrix product gives all columns. Overwrites the inverse.
    ///
    /// `by` is B; `see` gets `(a_i a_j - S^-1_ij) K_ij` of every pair `i >= j`.
    pub fn by_log_length(
        &mut self,
        alpha: &[f64],
        by: impl Fn(usize, usize) -> f64,
        mut see: impl FnMut(usize, usize, f64),
    ) -> Vec<f64> {
        let n = alpha.len();
        let mut rows = vec![0.0; n];
        for j in 0..n {
            see(j, j, (alpha[j] * alpha[j] - self.inverse[(j, j)]) * self.kernel[(j, j)]);
            let kernel = &self.kernel.col_as_slice(j)[j + 1..];
            let inverse = &mut self.inverse.col_as_slice_mut(j)[j + 1..];
            let mut sum = 0.0;
            let below = inverse.iter_mut().zip(kernel).zip(&alpha[j + 1..]);
            for (k, ((g, kernel), a)) in below.enumerate() {
                let i = j + 1 + k;
                let plain = (a * alpha[j] - *g) * kernel;
                see(i, j, plain);
                *g = by(i, j) * plain;
                rows[i] += *g;
                sum += *g;
            }
            rows[j] += sum;
        }
        matmul(
            self.gz.as_mut(),
            BlockStructure::Rectangular,
            Accum::Replace,
            self.inverse.as_ref(),
            BlockStructure::StrictTriangularLower,
            self.z.as_ref(),
            BlockStructure::Rectangular,
            1.0,
            Par::Seq,
        );
        let column = |j: usize| {
            let z = self.z.col_as_slice(j).iter().zip(self.gz.col_as_slice(j)).zip(&rows);
            z.map(|((z, gz), row)| z * (z * row - 2.0 * gz)).sum()
        };
        (0..self.z.ncols()).map(column).collect()
    }
}
