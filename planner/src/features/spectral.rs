//! Truncated decompositions of large sparse matrices by subspace iteration.
//!
//! Sparse products run on row-major buffers (one contiguous axpy per entry); the small dense
//! steps go through faer. Seeds are fixed, so the same data give the same numbers.

use faer::{Mat, MatRef, Side};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::gauss::quantile;

/// Compressed sparse rows.
#[derive(Debug, Default)]
pub struct Sparse {
    /// Number of columns.
    pub cols: usize,
    /// Start of each row, `[rows + 1]`.
    pub start: Vec<usize>,
    /// Column of each entry.
    pub index: Vec<u32>,
    /// Value of each entry.
    pub value: Vec<f64>,
}

impl Sparse {
    /// From rows of (column, value).
    #[must_use]
    pub fn from_rows(cols: usize, rows: &[Vec<(u32, f64)>]) -> Self {
        let mut out = Self { cols, start: vec![0], ..Self::default() };
        for row in rows {
            for &(c, v) in row {
                out.index.push(c);
                out.value.push(v);
            }
            out.start.push(out.index.len());
        }
        out
    }

    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.start.len() - 1
    }

    fn entries(&self, row: usize) -> impl Iterator<Item = (usize, f64)> + '_ {
        (self.start[row]..self.start[row + 1]).map(|e| (self.index[e] as usize, self.value[e]))
    }

    /// `row . x` for row-major `x: [cols, k]`, added to `out: [k]`.
    pub fn add_row_times(&self, row: usize, x: &[f64], k: usize, out: &mut [f64]) {
        for (c, v) in self.entries(row) {
            for (o, xi) in out.iter_mut().zip(&x[c * k..(c + 1) * k]) {
                *o += v * xi;
            }
        }
    }

    /// `A x`, row-major `[rows, k]`.
    fn times(&self, x: &[f64], k: usize) -> Vec<f64> {
        let mut out = vec![0.0; self.rows() * k];
        for (r, slot) in out.chunks_exact_mut(k).enumerate() {
            self.add_row_times(r, x, k, slot);
        }
        out
    }

    /// `A^T x`, row-major `[cols, k]`.
    fn transpose_times(&self, x: &[f64], k: usize) -> Vec<f64> {
        let mut out = vec![0.0; self.cols * k];
        for r in 0..self.rows() {
            let row = &x[r * k..(r + 1) * k];
            for (c, v) in self.entries(r) {
                for (o, xi) in out[c * k..(c + 1) * k].iter_mut().zip(row) {
                    *o += v * xi;
                }
            }
        }
        out
    }
}

fn gaussian(n: usize, seed: u64) -> Vec<f64> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    (0..n).map(|_| quantile(((rng.next_u64() >> 11) as f64 + 0.5) / (1u64 << 53) as f64)).collect()
}

fn view(x: &[f64], k: usize) -> MatRef<'_, f64> {
    MatRef::from_row_major_slice(x, x.len() / k, k)
}

fn row_major(m: MatRef<'_, f64>) -> Vec<f64> {
    let mut out = Vec::with_capacity(m.nrows() * m.ncols());
    for i in 0..m.nrows() {
        out.extend((0..m.ncols()).map(|j| m[(i, j)]));
    }
    out
}

fn orthonormal(x: &[f64], k: usize) -> Vec<f64> {
    row_major(view(x, k).to_owned().qr().compute_thin_Q().as_ref())
}

/// Eigenpairs of a small symmetric matrix, largest first. `None` when the solver fails.
fn eigen_descending(m: &Mat<f64>) -> Option<(Vec<f64>, Mat<f64>)> {
    let eig = m.self_adjoint_eigen(Side::Lower).ok()?;
    let n = m.nrows();
    let values = (0..n).rev().map(|i| eig.S()[i]).collect();
    Some((values, Mat::from_fn(n, n, |i, j| eig.U()[(i, n - 1 - j)])))
}

/// The leading `rank` right singular vectors of `a`, row-major `[cols, rank']`, `rank' <= rank`.
///
/// `a . V = U S`: projecting any row (also one that was not part of the fit) gives its place in
/// the truncated space. Randomised subspace iteration, Halko, Martinsson & Tropp 2011
/// (arXiv:0909.4061), with two power steps.
#[must_use]
pub fn right_singular(a: &Sparse, rank: usize) -> (Vec<f64>, usize) {
    let k = (rank + 10).min(a.cols).min(a.rows());
    if k == 0 {
        return (Vec::new(), 0);
    }
    let mut q = orthonormal(&gaussian(a.cols * k, 7), k);
    for _ in 0..2 {
        q = orthonormal(&a.transpose_times(&a.times(&q, k), k), k);
    }
    let b = a.times(&q, k);
    let gram = view(&b, k).transpose() * view(&b, k);
    let Some((_, vectors)) = eigen_descending(&gram) else { return (Vec::new(), 0) };
    let kept = rank.min(k);
    let v = view(&q, k) * vectors.as_ref().subcols(0, kept);
    (row_major(v.as_ref()), kept)
}

/// The algebraically largest `rank` eigenpairs of the symmetric `a` with spectrum in [-1, 1]:
/// eigenvalues, and vectors row-major `[rows, rank']`.
///
/// Chebyshev-filtered subspace iteration: each sweep damps the part of the spectrum below the
/// smallest wanted eigenvalue seen so far. Plain power iteration would need hundreds of products
/// because the wanted eigenvalues of a network crowd together.
#[must_use]
pub fn largest_eigenpairs(a: &Sparse, rank: usize) -> (Vec<f64>, Vec<f64>, usize) {
    let k = (rank + 10).min(a.rows());
    if k == 0 {
        return (Vec::new(), Vec::new(), 0);
    }
    let mut q = orthonormal(&gaussian(a.rows() * k, 11), k);
    let mut cut = 0.5;
    let mut pairs = None;
    for _ in 0..3 {
        q = orthonormal(&chebyshev(a, &q, k, cut), k);
        let h = view(&q, k).transpose() * view(&a.times(&q, k), k);
        let Some((values, vectors)) = eigen_descending(&h) else { break };
        cut = values[k - 1].clamp(0.0, 0.95);
        q = row_major((view(&q, k) * &vectors).as_ref());
        pairs = Some(values);
    }
    let Some(mut values) = pairs else { return (Vec::new(), Vec::new(), 0) };
    let kept = rank.min(k);
    values.truncate(kept);
    (values, row_major(view(&q, k).subcols(0, kept)), kept)
}

/// Degree-8 Chebyshev polynomial of `a` mapped so that [-1, cut] lands on [-1, 1], times `x`.
fn chebyshev(a: &Sparse, x: &[f64], k: usize, cut: f64) -> Vec<f64> {
    let (centre, half) = ((cut - 1.0) / 2.0, (cut + 1.0) / 2.0);
    let step = |y: &[f64]| -> Vec<f64> {
        let mut ay = a.times(y, k);
        for (o, yi) in ay.iter_mut().zip(y) {
            *o = (*o - centre * yi) / half;
        }
        ay
    };
    let (mut before, mut now) = (x.to_vec(), step(x));
    for _ in 1..8 {
        let mut next = step(&now);
        for (n, b) in next.iter_mut().zip(&before) {
            *n = 2.0 * *n - b;
        }
        before = std::mem::replace(&mut now, next);
    }
    now
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ring(n: usize) -> Sparse {
        let rows: Vec<Vec<(u32, f64)>> = (0..n)
            .map(|i| vec![(((i + 1) % n) as u32, 0.5), (((i + n - 1) % n) as u32, 0.5)])
            .collect();
        Sparse::from_rows(n, &rows)
    }

    #[test]
    fn the_leading_eigenvalues_of_a_ring_are_its_cosines() {
        let (values, vectors, kept) = largest_eigenpairs(&ring(60), 5);
        assert_eq!(kept, 5);
        let expected =
            [0usize, 1, 1, 2, 2].map(|j| (2.0 * std::f64::consts::PI * j as f64 / 60.0).cos());
        for (found, want) in values.iter().zip(expected) {
            assert!((found - want).abs() < 1e-6, "{found} instead of {want}");
        }
        let norm: f64 = vectors.iter().step_by(kept).map(|v| v * v).sum();
        assert!((norm - 1.0).abs() < 1e-9);
    }

    #[test]
    fn a_projection_on_all_singular_vectors_keeps_every_inner_product() {
        let rows: Vec<Vec<(u32, f64)>> = (0..30)
            .map(|i| (0..6).map(|j| (j, f64::from((i * 7 + j * 3) % 11))).collect())
            .collect();
        let a = Sparse::from_rows(6, &rows);
        let (v, k) = right_singular(&a, 6);
        let project = |r: usize| {
            let mut out = vec![0.0; k];
            a.add_row_times(r, &v, k, &mut out);
            out
        };
        let dot: f64 = project(3).iter().zip(project(8)).map(|(x, y)| x * y).sum();
        let exact: f64 = rows[3].iter().zip(&rows[8]).map(|(x, y)| x.1 * y.1).sum();
        assert!((dot - exact).abs() < 1e-8 * exact.abs());
    }
}
