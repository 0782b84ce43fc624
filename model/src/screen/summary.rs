//! The reference's test of each perturbation against the background of all of them.

use std::collections::BTreeMap;

use rand::SeedableRng;
use rand::seq::index::sample;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use crate::stats::{benjamini_hochberg, mean, rank_sum_sorted};

/// Largest background; above it a seeded sample of this size is taken, as the reference does.
const LARGEST_BACKGROUND: usize = 100_000;
const BACKGROUND_SEED: u64 = 42;

/// Test of one group of shifts against all shifts.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ShiftTest {
    /// Mean shift.
    pub mean: f64,
    /// Two-sided rank-sum p-value against the background, which contains the group itself.
    pub p: f64,
    /// Benjamini–Hochberg adjusted over the groups.
    pub fdr: f64,
    /// Number of shifts.
    pub n: usize,
}

/// Tests each group against the pool of all groups (Geneformer's `goal_state_shift`).
///
/// Groups without a shift are left out. The background is summed up in key order; the sample of a
/// background above 100,000 differs from the reference's, which draws it with Python's generator.
pub fn test_shifts<K: Ord + Clone>(groups: &BTreeMap<K, Vec<f64>>) -> BTreeMap<K, ShiftTest> {
    let mut background: Vec<f64> = groups.values().flatten().copied().collect();
    if background.len() > LARGEST_BACKGROUND {
        let mut rng = ChaCha8Rng::seed_from_u64(BACKGROUND_SEED);
        let picks = sample(&mut rng, background.len(), LARGEST_BACKGROUND);
        background = picks.iter().map(|index| background[index]).collect();
    }
    background.sort_by(f64::total_cmp);
    let tested: Vec<(K, f64, f64, usize)> = groups
        .iter()
        .filter_map(|(key, shifts)| {
            let p = rank_sum_sorted(&background, shifts)?.p;
            Some((key.clone(), mean(shifts)?, p, shifts.len()))
        })
        .collect();
    let p: Vec<f64> = tested.iter().map(|(_, _, p, _)| *p).collect();
    let adjusted = benjamini_hochberg(&p);
    let tests = tested.into_iter().zip(adjusted);
    tests.map(|((key, mean, p, n), fdr)| (key, ShiftTest { mean, p, fdr, n })).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_apart_from_the_rest_has_the_smallest_p() {
        let spread = |centre: f64| (0..20).map(|i| centre + f64::from(i) * 0.01).collect();
        let groups: BTreeMap<&str, Vec<f64>> =
            BTreeMap::from([("a", spread(0.0)), ("b", spread(0.01)), ("c", spread(3.0))]);
        let tests = test_shifts(&groups);
        assert!(tests["c"].p < tests["a"].p && tests["c"].fdr < 0.01, "{tests:?}");
        assert_eq!(tests["c"].n, 20);
    }
}
