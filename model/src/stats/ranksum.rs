//! Two-sided Wilcoxon rank-sum test.

use statrs::function::erf::erfc;

/// Result of [`rank_sum`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RankSum {
    /// Standardised rank sum of the first sample; positive where it tends to be larger.
    pub z: f64,
    /// Two-sided p-value from the normal approximation.
    pub p: f64,
}

/// Two-sided Wilcoxon rank-sum test of `first` against `second`; `None` if either is empty.
///
/// Normal approximation **without** tie or continuity correction, ties sharing their mean rank:
/// what the Geneformer statistics use (`scipy.stats.ranksums`). With
/// `n1`, `n2` values and rank sum `s` of the first sample,
/// `z = (s - n1 (n1 + n2 + 1) / 2) / sqrt(n1 n2 (n1 + n2 + 1) / 12)`.
pub fn rank_sum(first: &[f64], second: &[f64]) -> Option<RankSum> {
    let mut sorted = first.to_vec();
    sorted.sort_by(f64::total_cmp);
    rank_sum_sorted(&sorted, second)
}

/// As [`rank_sum`], with `first` in ascending order: by binary search, so that a large first sample
/// is sorted once for many second ones.
///
/// The rank sum of the first sample is `n1 (n1 + 1) / 2 + U`, where `U` counts the pairs in which
/// its value is the larger, equal ones by a half.
pub fn rank_sum_sorted(first: &[f64], second: &[f64]) -> Option<RankSum> {
    if first.is_empty() || second.is_empty() {
        return None;
    }
    let (n1, n2) = (first.len() as f64, second.len() as f64);
    // Twice U, in whole numbers: exact whatever the order of the second sample.
    let above = second.iter().map(|value| {
        let below = first.partition_point(|other| other.total_cmp(value).is_lt());
        let equal = first[below..].partition_point(|other| other.total_cmp(value).is_le());
        (2 * (first.len() - below) - equal) as u64
    });
    let u = above.sum::<u64>() as f64 / 2.0;
    let z = (u - n1 * n2 / 2.0) / (n1 * n2 * (n1 + n2 + 1.0) / 12.0).sqrt();
    Some(RankSum { z, p: erfc(z.abs() / std::f64::consts::SQRT_2).min(1.0) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rank_sum_equals_the_worked_example() {
        // s = 1 + 2 + 4 = 7, expected 10.5, variance 3 * 3 * 7 / 12 = 5.25.
        let found = rank_sum(&[1.0, 2.0, 4.0], &[3.0, 5.0, 6.0]).unwrap();
        assert!((found.z - (-3.5 / 5.25f64.sqrt())).abs() < 1e-12);
        assert!((found.p - 0.126_630_457_870_2).abs() < 1e-6);
    }

    #[test]
    fn rank_sum_of_equal_samples_finds_nothing() {
        let found = rank_sum(&[1.0, 1.0], &[1.0, 1.0]).unwrap();
        assert_eq!(found, RankSum { z: 0.0, p: 1.0 });
        assert!(rank_sum(&[], &[1.0]).is_none());
    }

    proptest::proptest! {
        #[test]
        fn counting_pairs_gives_the_rank_sum(
            first in proptest::collection::vec(-5i32..5, 1..40),
            second in proptest::collection::vec(-5i32..5, 1..40),
        ) {
            let [first, second] = [first, second]
                .map(|values| values.into_iter().map(f64::from).collect::<Vec<_>>());
            let pooled: Vec<f64> = first.iter().chain(&second).copied().collect();
            let sum: f64 = crate::stats::average_ranks(&pooled)[..first.len()].iter().sum();
            let (n1, n2) = (first.len() as f64, second.len() as f64);
            let z = (sum - n1 * (n1 + n2 + 1.0) / 2.0) / (n1 * n2 * (n1 + n2 + 1.0) / 12.0).sqrt();
            proptest::prop_assert!((rank_sum(&first, &second).unwrap().z - z).abs() < 1e-12);
        }
    }
}
