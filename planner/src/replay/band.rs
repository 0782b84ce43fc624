//! What chance alone would find.

use statrs::function::factorial::ln_binomial;

/// Hits among `wells` genes drawn at random without replacement from `total` genes of which `hits`
/// are hits: exact hypergeometric mean, and the 5 % and 95 % quantiles (a 90 % band).
///
/// A quantile is the smallest count whose cumulative probability reaches it. `hits` and `wells`
/// above `total` count as `total`.
#[must_use]
pub fn random_band(total: usize, hits: usize, wells: usize) -> (f64, usize, usize) {
    if total == 0 {
        return (0.0, 0, 0);
    }
    let (hits, wells) = (hits.min(total), wells.min(total));
    let (first, last) = ((hits + wells).saturating_sub(total), hits.min(wells));
    let all = ln_binomial(total as u64, wells as u64);
    let probability = |k: usize| {
        let ways = ln_binomial(hits as u64, k as u64)
            + ln_binomial((total - hits) as u64, (wells - k) as u64);
        (ways - all).exp()
    };
    let (mut low, mut high, mut cumulative) = (None, last, 0.0);
    for k in first..=last {
        cumulative += probability(k);
        if low.is_none() && cumulative >= 0.05 {
            low = Some(k);
        }
        if cumulative >= 0.95 {
            high = k;
            break;
        }
    }
    (wells as f64 * hits as f64 / total as f64, low.unwrap_or(first), high)
}

/// Hits in a library of `total` genes, estimated from `hits` among `tried` genes drawn at random.
///
/// Posterior mean of the base rate under the Jeffreys prior Beta(1/2, 1/2),
/// `(hits + 1/2) / (tried + 1)`, so that a few draws without a hit do not read as "no hits exist".
#[must_use]
pub fn library_hits_from_random_arm(total: usize, tried: usize, hits: usize) -> usize {
    let rate = (hits as f64 + 0.5) / (tried as f64 + 1.0);
    (rate * total as f64).round() as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drawing_everything_finds_everything() {
        assert_eq!(random_band(100, 7, 100), (7.0, 7, 7));
        assert_eq!(random_band(0, 0, 5), (0.0, 0, 0));
    }

    #[test]
    fn the_random_arm_gives_a_base_rate_that_is_never_zero_and_converges() {
        assert_eq!(library_hits_from_random_arm(1_000, 9, 0), 50);
        assert_eq!(library_hits_from_random_arm(1_000, 999, 100), 101);
    }

    #[test]
    fn one_draw_is_a_coin_with_the_base_rate() {
        // P(0) = 0.5: the 5 % quantile is 0, the 95 % quantile 1.
        assert_eq!(random_band(10, 5, 1), (0.5, 0, 1));
    }

    #[test]
    fn quantiles_match_the_enumerated_distribution() {
        // 10 genes, 4 hits, 3 wells: P(k) = 20, 60, 36, 4 of 120, so P(0) = .167, P(<=2) = .967.
        let (expected, low, high) = random_band(10, 4, 3);
        assert!((expected - 1.2).abs() < 1e-12);
        assert_eq!((low, high), (0, 2));
    }
}
