//! Acquisitions aimed at many hits, and at knowing where the threshold runs.

use super::check;
use super::probability::probability_of_improvement;
use crate::error::PlanError;

/// Probability of a hit as an optimist sees it, `Phi((mean + kappa sd - threshold) / sd)`.
///
/// kappa 0 is the plain probability; up to 1 in early rounds, falling as rounds run out. Not for
/// the last round, which has nothing to learn for.
///
/// # Errors
/// Unequal lengths, a value that is not finite, a negative sd.
pub fn optimistic_probability_of_hit(
    mean: &[f64],
    sd: &[f64],
    threshold: f64,
    kappa: f64,
) -> Result<Vec<f64>, PlanError> {
    check(mean, sd)?;
    let shifted: Vec<f64> = mean.iter().zip(sd).map(|(m, s)| m + kappa * s).collect();
    probability_of_improvement(&shifted, sd, threshold)
}

/// `kappa sd - |mean - threshold|`: large where it is unclear on which side a candidate lies.
///
/// kappa 1.96 is usual. Finds the border of the hits, not the hits: not for hits per plate.
///
/// # Errors
/// As [`optimistic_probability_of_hit`].
/// # Source
/// Bryan et al. 2005, the straddle heuristic.
pub fn straddle(
    mean: &[f64],
    sd: &[f64],
    threshold: f64,
    kappa: f64,
) -> Result<Vec<f64>, PlanError> {
    check(mean, sd)?;
    Ok(mean.iter().zip(sd).map(|(m, s)| kappa * s - (m - threshold).abs()).collect())
}

/// The threshold above which a share `top` of the candidates lies by their posterior means: what a
/// hit is where hits are "the top 5 %". Update it every round. `None` for no candidate.
///
/// # Errors
/// [`PlanError::BadSetting`] for a share outside 0..1; as [`optimistic_probability_of_hit`].
pub fn rank_threshold(mean: &[f64], top: f64) -> Result<Option<f64>, PlanError> {
    check(mean, &vec![0.0; mean.len()])?;
    if !(top > 0.0 && top < 1.0) {
        return Err(PlanError::BadSetting {
            what: "share of hits",
            value: top.to_string(),
            expected: "more than 0 and less than 1",
        });
    }
    let mut sorted = mean.to_vec();
    sorted.sort_by(|a, b| b.total_cmp(a));
    let n = (top * mean.len() as f64).round().max(1.0) as usize;
    Ok(sorted.get(n - 1).copied())
}

/// Information that one noisy measurement gives about f, `ln(1 + sd^2 / noise) / 2`, in nats.
///
/// With one noise for all candidates the order is that of the sd: it chases outliers of feature
/// space and ignores effects.
///
/// # Errors
/// As [`optimistic_probability_of_hit`]; [`PlanError::BadSetting`] for a noise variance that is not
/// positive.
/// # Source
/// Houlsby et al. 2011, arXiv:1112.5745.
pub fn bald(sd: &[f64], noise_variance: &[f64]) -> Result<Vec<f64>, PlanError> {
    check(noise_variance, sd)?;
    if let Some(bad) = noise_variance.iter().find(|v| **v <= 0.0) {
        return Err(PlanError::BadSetting {
            what: "noise variance",
            value: bad.to_string(),
            expected: "more than 0",
        });
    }
    Ok(sd.iter().zip(noise_variance).map(|(s, v)| 0.5 * (s * s / v).ln_1p()).collect())
}

/// Hits that a set is expected to hold: the sum of its probabilities, whatever their correlation.
/// So the largest probabilities are exactly optimal for one round's expectation.
#[must_use]
pub fn expected_hits(probabilities: &[f64]) -> f64 {
    probabilities.iter().sum()
}

/// Expected best mean after one more noisy measurement of each candidate, less the best mean now:
/// the exact discrete knowledge gradient.
///
/// `covariance` is the latent `[n, n]`, row-major. Worth it to find the single best of few
/// candidates with noisy wells (cost n^2 log n); not for many hits.
///
/// # Errors
/// [`PlanError::LengthMismatch`]; as [`bald`].
/// # Source
/// Frazier, Powell and Dayanik 2009, algorithm 1.
pub fn knowledge_gradient(
    mean: &[f64],
    covariance: &[f64],
    noise_variance: f64,
) -> Result<Vec<f64>, PlanError> {
    let n = mean.len();
    if covariance.len() != n * n {
        return Err(PlanError::LengthMismatch {
            left: "mean squared",
            left_len: n * n,
            right: "covariance",
            right_len: covariance.len(),
        });
    }
    let sd: Vec<f64> = (0..n).map(|i| covariance[i * n + i].max(0.0).sqrt()).collect();
    check(mean, &sd)?;
    let best = mean.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let one = |p: usize| {
        let scale = (sd[p] * sd[p] + noise_variance).sqrt();
        let slopes: Vec<f64> = (0..n).map(|j| covariance[p * n + j] / scale).collect();
        expected_maximum(mean, &slopes) - best
    };
    Ok((0..n).map(one).collect())
}

/// `E max_j (a_j + b_j Z)` for a standard normal Z, by the upper envelope of the lines.
fn expected_maximum(a: &[f64], b: &[f64]) -> f64 {
    let mut order: Vec<usize> = (0..a.len()).collect();
    order.sort_by(|&i, &j| b[i].total_cmp(&b[j]).then(a[i].total_cmp(&a[j])));
    // Of parallel lines only the highest counts.
    let mut lines: Vec<(f64, f64)> = Vec::new();
    for i in order {
        match lines.last_mut() {
            Some(last) if last.1 == b[i] => last.0 = a[i],
            _ => lines.push((a[i], b[i])),
        }
    }
    // (line, z from which it is the highest)
    let mut envelope: Vec<((f64, f64), f64)> = Vec::new();
    for line in lines {
        let mut from = f64::NEG_INFINITY;
        while let Some(&((a0, b0), start)) = envelope.last() {
            from = (a0 - line.0) / (line.1 - b0);
            if from > start {
                break;
            }
            envelope.pop();
            from = f64::NEG_INFINITY;
        }
        envelope.push((line, from));
    }
    let ends = envelope.iter().skip(1).map(|(_, from)| *from).chain([f64::INFINITY]);
    let part = |((a, b), low): ((f64, f64), f64), high: f64| {
        use crate::gauss::{cdf, pdf};
        a * (cdf(high) - cdf(low)) + b * (pdf(low) - pdf(high))
    };
    envelope.iter().zip(ends).map(|(piece, high)| part(*piece, high)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_border_is_where_straddle_is_largest() {
        let found = straddle(&[0.0, 1.0, 2.0], &[0.5; 3], 1.0, 1.96).unwrap();
        assert!(found[1] > found[0] && (found[0] - found[2]).abs() < 1e-12);
    }

    #[test]
    fn an_optimist_prefers_the_unknown_and_a_certain_candidate_keeps_its_side() {
        let found = optimistic_probability_of_hit(&[0.0, 0.0, 3.0], &[0.1, 1.0, 0.0], 1.0, 1.0);
        let found = found.unwrap();
        assert!(found[1] > found[0] && found[2] == 1.0);
    }

    #[test]
    fn the_threshold_of_a_share_leaves_that_share_above() {
        let means: Vec<f64> = (0..100).map(f64::from).collect();
        assert_eq!(rank_threshold(&means, 0.05).unwrap(), Some(95.0));
        assert_eq!(rank_threshold(&[], 0.05).unwrap(), None);
        assert!(rank_threshold(&means, 0.0).is_err());
    }

    #[test]
    fn knowledge_of_a_sure_candidate_gains_nothing() {
        let covariance = [0.0, 0.0, 0.0, 1.0];
        let found = knowledge_gradient(&[0.0, 0.0], &covariance, 0.1).unwrap();
        assert!(found[0].abs() < 1e-12);
        // E max(0, b Z) = b phi(0) with b = 1 / sqrt(1.1).
        assert!((found[1] - 0.398_942_28 / 1.1_f64.sqrt()).abs() < 1e-8);
    }
}
