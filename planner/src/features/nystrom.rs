//! A finite feature map of an RBF kernel on a few columns.

use faer::{Mat, Side};

/// Nystrom map on at most `landmarks` rows spread evenly over the distinct rows: columns of
/// `K_nm K_mm^-1/2`, with length-scale `sqrt(dim)` on standardised input columns.
///
/// Landmarks are taken in sorted order, so the order of the candidates does not matter.
pub fn rbf_map(columns: &[Vec<f64>], landmarks: usize) -> Vec<Vec<f64>> {
    let Some(first) = columns.first() else { return Vec::new() };
    let rows: Vec<Vec<f64>> =
        (0..first.len()).map(|i| columns.iter().map(|c| c[i]).collect()).collect();
    let mut distinct = rows.clone();
    distinct.sort_by(|a, b| {
        a.iter()
            .zip(b)
            .map(|(x, y)| x.total_cmp(y))
            .find(|o| o.is_ne())
            .unwrap_or(std::cmp::Ordering::Equal)
    });
    distinct.dedup();
    let m = landmarks.min(distinct.len());
    let chosen: Vec<&Vec<f64>> =
        (0..m).map(|i| &distinct[(2 * i + 1) * distinct.len() / (2 * m)]).collect();
    let dim = columns.len() as f64;
    let kernel = |a: &[f64], b: &[f64]| -> f64 {
        let d2: f64 = a.iter().zip(b).map(|(x, y)| (x - y).powi(2)).sum();
        (-0.5 * d2 / dim).exp()
    };
    let inner = Mat::from_fn(m, m, |i, j| kernel(chosen[i], chosen[j]));
    let Ok(eig) = inner.self_adjoint_eigen(Side::Lower) else { return Vec::new() };
    let kept: Vec<usize> = (0..m).filter(|&j| eig.S()[j] > 1e-8).collect();
    let whiten =
        Mat::from_fn(m, kept.len(), |i, j| eig.U()[(i, kept[j])] / eig.S()[kept[j]].sqrt());
    let cross = Mat::from_fn(rows.len(), m, |i, j| kernel(&rows[i], chosen[j]));
    let map = cross * whiten;
    (0..kept.len()).map(|j| (0..rows.len()).map(|i| map[(i, j)]).collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_map_reproduces_the_kernel_when_every_row_is_a_landmark() {
        let x: Vec<f64> = (0..12).map(|i| f64::from(i) * 0.4).collect();
        let map = rbf_map(std::slice::from_ref(&x), 40);
        let dot: f64 = map.iter().map(|c| c[2] * c[5]).sum();
        assert!((dot - (-0.5 * (x[2] - x[5]).powi(2)).exp()).abs() < 1e-5);
    }
}
