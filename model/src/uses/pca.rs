//! Principal components of embeddings.

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatRef, Par, Side};

use super::{Embedding, UseError};

/// Cells added to the covariance at a time.
const CELLS_AT_ONCE: usize = 1024;
/// Components whose variance is below this share of the first are noise of rounding.
const SMALLEST: f64 = 1e-12;

/// Cells on the axes along which their embeddings vary most.
#[derive(Debug, Clone, PartialEq)]
pub struct Pca {
    /// Number of axes: as asked for, or fewer where the cells span no more.
    pub components: usize,
    /// Row-major `[cells, components]`; NaN for blank cells.
    pub scores: Vec<f32>,
    /// Variance along each axis (n - 1 in the denominator).
    pub variance: Vec<f64>,
    /// Share of the total variance along each axis.
    pub share: Vec<f64>,
}

/// Exact principal components.
///
/// The eigenvectors of the covariance matrix, or of the Gram matrix where there are fewer cells
/// than values. Blank cells take no part. An axis points to where its entry of largest magnitude
/// (the first of equals) is positive, so that equal embeddings give equal scores.
///
/// # Errors
/// No component asked for; fewer than two cells that are not blank; a decomposition that does not
/// converge.
pub fn pca(embedding: &Embedding, components: usize) -> Result<Pca, UseError> {
    let rows: Vec<usize> =
        (0..embedding.n_cells).filter(|row| embedding.blank.binary_search(row).is_err()).collect();
    if rows.len() < 2 {
        let which = "with a gene of the model".to_owned();
        return Err(UseError::TooFewCells { found: rows.len(), which, needed: 2 });
    }
    if components == 0 {
        let expected = "at least 1".to_owned();
        return Err(UseError::BadSetting { setting: "components", found: "0".into(), expected });
    }
    let mean = mean(embedding, &rows);
    let freedom = (rows.len() - 1) as f64;
    let wide = rows.len() <= embedding.width;
    let moments =
        if wide { gram(embedding, &rows, &mean) } else { covariance(embedding, &rows, &mean) };
    let total: f64 = (0..moments.nrows()).map(|i| moments[(i, i)]).sum();
    let eigen = moments.self_adjoint_eigen(Side::Lower).map_err(|_| UseError::BadSetting {
        setting: "embedding",
        found: "values without principal components".into(),
        expected: "finite values".into(),
    })?;
    let n = moments.nrows();
    // Eigenvalues come in ascending order.
    let value = |k: usize| eigen.S()[n - 1 - k];
    let kept = (0..components.min(n)).take_while(|&k| value(k) > value(0) * SMALLEST).count();
    let vectors = Mat::from_fn(n, kept, |i, k| eigen.U()[(i, n - 1 - k)]);
    let axes = if wide { from_gram(embedding, &rows, &mean, &vectors, &value) } else { vectors };
    let axes = oriented(axes);
    let mut scores = vec![f32::NAN; embedding.n_cells * kept];
    for chunk in rows.chunks(CELLS_AT_ONCE) {
        let block = centred(embedding, chunk, &mean);
        let part = product(block.as_ref(), axes.as_ref());
        for (i, &row) in chunk.iter().enumerate() {
            (0..kept).for_each(|k| scores[row * kept + k] = part[(i, k)] as f32);
        }
    }
    let variance: Vec<f64> = (0..kept).map(|k| value(k) / freedom).collect();
    let share = (0..kept).map(|k| if total > 0.0 { value(k) / total } else { 0.0 }).collect();
    Ok(Pca { components: kept, scores, variance, share })
}

fn mean(embedding: &Embedding, rows: &[usize]) -> Vec<f64> {
    let mut sums = vec![0.0_f64; embedding.width];
    for &row in rows {
        for (sum, value) in sums.iter_mut().zip(embedding.row(row)) {
            *sum += f64::from(*value);
        }
    }
    sums.iter().map(|sum| sum / rows.len() as f64).collect()
}

/// `[rows, width]`.
fn centred(embedding: &Embedding, rows: &[usize], mean: &[f64]) -> Mat<f64> {
    Mat::from_fn(rows.len(), embedding.width, |i, j| f64::from(embedding.row(rows[i])[j]) - mean[j])
}

/// On one thread, so that sums have one order.
fn product(a: MatRef<'_, f64>, b: MatRef<'_, f64>) -> Mat<f64> {
    let mut out = Mat::zeros(a.nrows(), b.ncols());
    matmul(out.as_mut(), Accum::Replace, a, b, 1.0, Par::Seq);
    out
}

/// `X^T X`, `[width, width]`.
fn covariance(embedding: &Embedding, rows: &[usize], mean: &[f64]) -> Mat<f64> {
    let mut out = Mat::zeros(embedding.width, embedding.width);
    for chunk in rows.chunks(CELLS_AT_ONCE) {
        let block = centred(embedding, chunk, mean);
        matmul(out.as_mut(), Accum::Add, block.transpose(), block.as_ref(), 1.0, Par::Seq);
    }
    out
}

/// `X X^T`, `[rows, rows]`.
fn gram(embedding: &Embedding, rows: &[usize], mean: &[f64]) -> Mat<f64> {
    let x = centred(embedding, rows, mean);
    product(x.as_ref(), x.transpose())
}

/// Eigenvectors of `X^T X` from those of `X X^T`: `X^T u / sqrt(lambda)`.
fn from_gram(
    embedding: &Embedding,
    rows: &[usize],
    mean: &[f64],
    vectors: &Mat<f64>,
    value: &dyn Fn(usize) -> f64,
) -> Mat<f64> {
    let x = centred(embedding, rows, mean);
    let raw = product(x.transpose(), vectors.as_ref());
    Mat::from_fn(raw.nrows(), raw.ncols(), |i, k| raw[(i, k)] / value(k).sqrt())
}

fn oriented(mut axes: Mat<f64>) -> Mat<f64> {
    for k in 0..axes.ncols() {
        let mut largest = 0.0_f64;
        for i in 0..axes.nrows() {
            if axes[(i, k)].abs() > largest.abs() {
                largest = axes[(i, k)];
            }
        }
        if largest < 0.0 {
            (0..axes.nrows()).for_each(|i| axes[(i, k)] = -axes[(i, k)]);
        }
    }
    axes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn embedding(rows: &[&[f32]]) -> Embedding {
        let blank = (0..rows.len()).filter(|&row| rows[row][0].is_nan()).collect();
        Embedding {
            kind: "test".into(),
            n_cells: rows.len(),
            width: rows[0].len(),
            values: rows.concat(),
            blank,
        }
    }

    #[test]
    fn points_on_a_line_have_one_component_with_their_whole_variance() {
        let rows: [&[f32]; 4] = [&[0.0, 0.0], &[3.0, 4.0], &[f32::NAN, f32::NAN], &[6.0, 8.0]];
        let found = pca(&embedding(&rows), 2).unwrap();
        assert_eq!(found.components, 1);
        // Distances along the line: -5, 0, 5; variance 25.
        assert!((found.variance[0] - 25.0).abs() < 1e-9);
        assert!((found.share[0] - 1.0).abs() < 1e-12);
        assert!((found.scores[0] + 5.0).abs() < 1e-6 && (found.scores[3] - 5.0).abs() < 1e-6);
        assert!(found.scores[2].is_nan());
    }

    #[test]
    fn the_gram_matrix_and_the_covariance_give_the_same_scores() {
        let value = |i: usize, j: usize| ((i * 37 + j * 11 + i * j * 5) % 23) as f32;
        let rows: Vec<Vec<f32>> = (0..6).map(|i| (0..6).map(|j| value(i, j)).collect()).collect();
        let refs: Vec<&[f32]> = rows.iter().map(Vec::as_slice).collect();
        let square = embedding(&refs);
        let wide = pca(&square, 3).unwrap();
        // The same cells twice: more cells than values, the same axes.
        let twice: Vec<&[f32]> = refs.iter().chain(&refs).copied().collect();
        let tall = pca(&embedding(&twice), 3).unwrap();
        for (a, b) in wide.scores.iter().zip(&tall.scores) {
            assert!((a - b).abs() < 1e-4, "{a} {b}");
        }
        assert!(wide.share.iter().zip(&tall.share).all(|(a, b)| (a - b).abs() < 1e-9));
        assert!(wide.share.is_sorted_by(|a, b| a >= b));
    }

    #[test]
    fn too_few_cells_or_no_component_are_refused() {
        assert!(pca(&embedding(&[&[1.0, 2.0]]), 1).is_err());
        assert!(pca(&embedding(&[&[1.0], &[2.0]]), 0).is_err());
        let same = pca(&embedding(&[&[1.0], &[1.0]]), 1).unwrap();
        assert_eq!(same.components, 0);
    }
}
