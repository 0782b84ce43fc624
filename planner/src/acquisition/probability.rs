//! Probabilities of exceeding a threshold.

use super::check;
use crate::error::PlanError;
use crate::gauss::{cdf, ln_cdf};

/// Probability that f exceeds `threshold`, `Phi((mean - threshold) / sd)`; with a threshold of
/// "hit" this is the one-sided P(hit).
///
/// Exactly optimal for the expected number of hits of this round, but learns nothing on purpose;
/// misleading when the threshold or the sd is off, which the random arm shows. At sd = 0 it is 1
/// above the threshold, 1/2 on it, 0 below.
///
/// # Errors
/// Unequal lengths, a value that is not finite, a negative sd.
/// # Source
/// Kushner 1964; ranking candidates by P(f > t): arXiv:2605.10196.
pub fn probability_of_improvement(
    mean: &[f64],
    sd: &[f64],
    threshold: f64,
) -> Result<Vec<f64>, PlanError> {
    check(mean, sd)?;
    Ok(mean.iter().zip(sd).map(|(m, s)| cdf(standard(m - threshold, *s))).collect())
}

/// Natural log of [`probability_of_improvement`], accurate where that underflows.
///
/// # Errors
/// As [`probability_of_improvement`].
pub fn log_probability_of_improvement(
    mean: &[f64],
    sd: &[f64],
    threshold: f64,
) -> Result<Vec<f64>, PlanError> {
    check(mean, sd)?;
    Ok(mean.iter().zip(sd).map(|(m, s)| ln_cdf(standard(m - threshold, *s))).collect())
}

/// Probability that |f| exceeds `threshold >= 0`:
/// `Phi((mean - t) / sd) + Phi((-t - mean) / sd)`, for a surrogate of the signed effect.
///
/// Not for a surrogate of `ln(1 + |z|)`, whose two tails are already one: use
/// [`probability_of_improvement`].
///
/// # Errors
/// As [`probability_of_improvement`]; [`PlanError::BadSetting`] for a negative threshold.
pub fn probability_of_hit_two_sided(
    mean: &[f64],
    sd: &[f64],
    threshold: f64,
) -> Result<Vec<f64>, PlanError> {
    check(mean, sd)?;
    if threshold.is_nan() || threshold < 0.0 {
        return Err(PlanError::BadSetting {
            what: "hit threshold",
            value: threshold.to_string(),
            expected: "0 or more for a two-sided hit",
        });
    }
    let one = |(m, s): (&f64, &f64)| {
        let p = cdf(standard(m - threshold, *s)) + cdf(standard(-threshold - m, *s));
        p.min(1.0)
    };
    Ok(mean.iter().zip(sd).map(one).collect())
}

fn standard(distance: f64, sd: f64) -> f64 {
    if sd > 0.0 {
        distance / sd
    } else if distance == 0.0 {
        0.0
    } else {
        f64::INFINITY.copysign(distance)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certain_effect_is_a_hit_or_not() {
        let p = probability_of_hit_two_sided(&[-3.0, 0.0, 3.0], &[0.0; 3], 2.0).unwrap();
        assert_eq!(p, [1.0, 0.0, 1.0]);
    }

    #[test]
    fn the_sign_does_not_matter_for_a_two_sided_hit() {
        let p = probability_of_hit_two_sided(&[-1.4, 1.4], &[0.6, 0.6], 2.0).unwrap();
        assert!((p[0] - p[1]).abs() < 1e-16);
        assert!(probability_of_hit_two_sided(&[0.0], &[1.0], f64::NAN).is_err());
    }

    #[test]
    fn the_log_probability_orders_candidates_whose_probability_underflows() {
        let log = log_probability_of_improvement(&[-60.0, -50.0], &[1.0, 1.0], 0.0).unwrap();
        assert!(log[0] < log[1] && log[0].is_finite());
    }
}
