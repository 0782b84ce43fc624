//! Seeded bootstrap over items.

use rand::RngExt;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

/// A statistic with its 95 % percentile interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct BootstrapInterval {
    /// The statistic on the sample itself.
    pub estimate: f64,
    /// 2.5 % quantile over the resamples.
    pub low: f64,
    /// 97.5 % quantile over the resamples.
    pub high: f64,
}

/// The statistic of `rounds` resamples of `0..n` with replacement, in drawing order.
///
/// Resamples for which `statistic` is `None` (for example a correlation of a constant) are left
/// out. The same `n`, `rounds` and `seed` draw the same resamples, so two statistics can be paired.
pub fn bootstrap(
    n: usize,
    rounds: usize,
    seed: u64,
    mut statistic: impl FnMut(&[usize]) -> Option<f64>,
) -> Vec<f64> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut picks = vec![0; n];
    let mut found = Vec::with_capacity(rounds);
    if n == 0 {
        return found;
    }
    for _ in 0..rounds {
        picks.iter_mut().for_each(|pick| *pick = rng.random_range(0..n));
        found.extend(statistic(&picks));
    }
    found
}

/// Quantile `q` in 0..=1 of `values` by linear interpolation; `None` if empty.
pub fn quantile(values: &[f64], q: f64) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = q.clamp(0.0, 1.0) * (sorted.len().checked_sub(1)? as f64);
    let (below, above) = (sorted[at.floor() as usize], sorted[at.ceil() as usize]);
    Some(below + (above - below) * at.fract())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_draws_the_same_resamples() {
        let draw = |seed| bootstrap(7, 5, seed, |picks| Some(picks.iter().sum::<usize>() as f64));
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
        assert!(bootstrap(0, 5, 1, |_| Some(1.0)).is_empty());
    }

    #[test]
    fn quantiles_interpolate() {
        assert_eq!(quantile(&[3.0, 1.0, 2.0], 0.5), Some(2.0));
        assert_eq!(quantile(&[0.0, 1.0], 0.25), Some(0.25));
        assert_eq!(quantile(&[], 0.5), None);
    }
}
