//! Normal scores: ranks turned into quantiles of the standard normal.

use crate::gauss::quantile;

/// Rank -> probit, ties sharing their mean rank: `Phi^-1((rank - 1/2) / n)`.
///
/// Keeps the order of `values` and forgets their scale, so that ingredients with different units
/// can be added. Values that are all equal give all zeros.
#[must_use]
pub fn normal_scores(values: &[f64]) -> Vec<f64> {
    let n = values.len();
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut out = vec![0.0; n];
    let mut start = 0;
    while start < n {
        let mut end = start + 1;
        while end < n && values[order[end]] == values[order[start]] {
            end += 1;
        }
        let mean_rank = (start + end) as f64 / 2.0;
        let score = quantile(mean_rank / n as f64);
        for &i in &order[start..end] {
            out[i] = score;
        }
        start = end;
    }
    out
}

/// Centre to mean 0 and scale to variance 1; a constant column becomes all zeros.
#[must_use]
pub fn standardise(values: &[f64]) -> Vec<f64> {
    let n = values.len().max(1) as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n;
    let scale = if variance > 1e-24 { 1.0 / variance.sqrt() } else { 0.0 };
    values.iter().map(|v| (v - mean) * scale).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normal_scores_keep_the_order_and_share_ties() {
        let z = normal_scores(&[5.0, 1.0, 1.0, 100.0]);
        assert_eq!(z[1], z[2]);
        assert!(z[1] < z[0] && z[0] < z[3]);
        assert!((z.iter().sum::<f64>() - (2.0 * z[1] + z[0] + z[3])).abs() < 1e-12);
    }

    #[test]
    fn a_constant_column_scores_zero() {
        assert!(normal_scores(&[3.0; 7]).iter().all(|z| z.abs() < 1e-12));
        assert!(standardise(&[3.0; 7]).iter().all(|z| *z == 0.0));
    }
}
