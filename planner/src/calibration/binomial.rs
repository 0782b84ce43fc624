//! Counts of independent events.

/// Probability of every count among independent events with probabilities `p`, exactly: the
/// Poisson binomial distribution by convolution, `len + 1` numbers. Quadratic in the events.
#[must_use]
pub fn count_distribution(p: &[f64]) -> Vec<f64> {
    let mut of = vec![1.0];
    for &p in p {
        of.push(0.0);
        for k in (1..of.len()).rev() {
            of[k] = of[k] * (1.0 - p) + of[k - 1] * p;
        }
        of[0] *= 1.0 - p;
    }
    of
}

/// The central 95 % of a distribution of counts: the smallest counts whose cumulative
/// probabilities reach 2.5 % and 97.5 %.
#[must_use]
pub fn central_95(of: &[f64]) -> (usize, usize) {
    let reach = |level: f64| {
        let mut cumulative = 0.0;
        of.iter()
            .position(|p| {
                cumulative += p;
                cumulative >= level
            })
            .unwrap_or(of.len().saturating_sub(1))
    };
    (reach(0.025), reach(0.975))
}

/// The central 95 % of hits among `n` at probability `p`.
#[must_use]
pub fn band(n: usize, p: f64) -> (usize, usize) {
    central_95(&count_distribution(&vec![p; n]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coins_have_the_binomial_distribution() {
        assert_eq!(count_distribution(&[0.5; 3]), [0.125, 0.375, 0.375, 0.125]);
        assert_eq!(count_distribution(&[1.0, 0.0]), [0.0, 1.0, 0.0]);
        // R: qbinom(c(.025, .975), 48, .9) = 39, 47.
        assert_eq!(band(48, 0.9), (39, 47));
        assert_eq!(band(0, 0.9), (0, 0));
    }
}
