//! Where measurements fall in their predictions.

use serde::{Deserialize, Serialize};

use super::{Prediction, binomial};

/// Bins of the histogram.
const BINS: usize = 10;

/// Probability integral transforms `Phi((y - mean) / sd)`: uniform where predictions are honest,
/// a U where intervals are too narrow, a hump where they are too wide, a slope where means are off.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pit {
    /// Wells in each tenth from 0 to 1.
    pub counts: Vec<usize>,
    /// Counts that hold in 19 of 20 cases for one bin if predictions are honest.
    pub low: usize,
    /// Upper limit of the same.
    pub high: usize,
    /// Largest distance of the distribution to the uniform one (Kolmogorov-Smirnov).
    pub ks: f64,
    /// Its p value.
    pub ks_p: f64,
}

/// The histogram and its test.
#[must_use]
pub fn pit(predictions: &[Prediction]) -> Pit {
    let mut values: Vec<f64> = predictions.iter().map(Prediction::pit).collect();
    values.sort_by(f64::total_cmp);
    let mut counts = vec![0; BINS];
    for value in &values {
        counts[((value * BINS as f64) as usize).min(BINS - 1)] += 1;
    }
    let n = values.len() as f64;
    let step = |(i, value): (usize, &f64)| ((i as f64 + 1.0) / n - value).max(value - i as f64 / n);
    let ks = values.iter().enumerate().map(step).fold(0.0, f64::max);
    let (low, high) = binomial::band(values.len(), 1.0 / BINS as f64);
    Pit { counts, low, high, ks, ks_p: kolmogorov_p(ks, n) }
}

/// P value of a Kolmogorov-Smirnov distance `d` of `n` values against a known distribution:
/// `2 sum (-1)^(k-1) exp(-2 k^2 l^2)` at `l = (sqrt n + 0.12 + 0.11 / sqrt n) d`, Stephens'
/// correction for small `n` (Stephens 1970, JRSS B 32:115); within a few per cent from `n` = 4 on.
#[must_use]
pub fn kolmogorov_p(d: f64, n: f64) -> f64 {
    if n < 1.0 {
        return 1.0;
    }
    let l = (n.sqrt() + 0.12 + 0.11 / n.sqrt()) * d;
    // The series does not converge near 0, where the p value is 1 to ten digits.
    if l < 0.2 {
        return 1.0;
    }
    let term = |k: i32| {
        let sign = if k % 2 == 1 { 2.0 } else { -2.0 };
        sign * (-2.0 * f64::from(k * k) * l * l).exp()
    };
    (1..=100).map(term).sum::<f64>().clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_p_value_is_that_of_the_tables() {
        // Critical values at 5 %: 0.410 for n = 10, 1.358 / sqrt n for large n.
        assert!((kolmogorov_p(0.409, 10.0) - 0.05).abs() < 0.003);
        assert!((kolmogorov_p(0.01358, 10_000.0) - 0.05).abs() < 0.001);
        assert_eq!((kolmogorov_p(0.0, 10.0), kolmogorov_p(1.0, 0.0)), (1.0, 1.0));
        assert!(kolmogorov_p(0.9, 100.0) < 1e-12);
    }

    #[test]
    fn measurements_far_outside_fill_both_ends() {
        let far = |measured| Prediction { mean: 0.0, sd: 0.1, measured };
        let pit = pit(&[far(-1.0), far(1.0), far(2.0), far(0.0)]);
        assert_eq!((pit.counts[0], pit.counts[5], pit.counts[9]), (1, 1, 2));
        assert!((pit.ks - 0.5).abs() < 1e-9);
    }
}
