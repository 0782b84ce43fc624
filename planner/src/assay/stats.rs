//! Location and spread of small samples.

use serde::{Deserialize, Serialize};

/// 1 / Φ⁻¹(0.75): makes the median absolute deviation of normal values an estimate of their SD.
pub const MAD_CONSTANT: f64 = 1.482_602_218_505_602;

/// Arithmetic mean; `None` for no values.
pub fn mean(values: &[f64]) -> Option<f64> {
    if values.is_empty() {
        return None;
    }
    Some(values.iter().sum::<f64>() / values.len() as f64)
}

/// Standard deviation with n − 1; `None` for fewer than two values.
pub fn sd(values: &[f64]) -> Option<f64> {
    let centre = mean(values)?;
    if values.len() < 2 {
        return None;
    }
    let squares: f64 = values.iter().map(|value| (value - centre).powi(2)).sum();
    Some((squares / (values.len() - 1) as f64).sqrt())
}

/// Median, the mean of the middle two for an even number; `None` for no values.
pub fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => None,
        n if n % 2 == 1 => Some(sorted[middle]),
        _ => Some(0.5 * sorted[middle - 1] + 0.5 * sorted[middle]),
    }
}

/// Median absolute deviation from the median, times [`MAD_CONSTANT`]; `None` for no values.
pub fn mad(values: &[f64]) -> Option<f64> {
    let centre = median(values)?;
    let deviations: Vec<f64> = values.iter().map(|value| (value - centre).abs()).collect();
    median(&deviations).map(|deviation| MAD_CONSTANT * deviation)
}

/// Summary of the wells of one kind on one plate, in the unit of the measurement.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    /// Number of values.
    pub n: usize,
    /// Arithmetic mean.
    pub mean: f64,
    /// Standard deviation (n − 1).
    pub sd: f64,
    /// Median.
    pub median: f64,
    /// Scaled median absolute deviation.
    pub mad: f64,
}

impl Spread {
    /// Summary of finite values; `None` for fewer than two.
    pub fn of(values: &[f64]) -> Option<Self> {
        Some(Self {
            n: values.len(),
            mean: mean(values)?,
            sd: sd(values)?,
            median: median(values)?,
            mad: mad(values)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_of_a_small_sample_agrees_with_the_formulas() {
        let spread = Spread::of(&[1.0, 2.0, 4.0, 9.0]).unwrap();
        assert_eq!((spread.mean, spread.median), (4.0, 3.0));
        assert!((spread.sd - (38.0f64 / 3.0).sqrt()).abs() < 1e-12);
        // Deviations from 3 are 2, 1, 1, 6, their median 1.5.
        assert!((spread.mad - 1.5 * MAD_CONSTANT).abs() < 1e-12);
    }

    #[test]
    fn the_constant_is_the_reciprocal_of_the_upper_quartile_of_the_normal() {
        use statrs::distribution::{ContinuousCDF, Normal};
        let quartile = Normal::standard().inverse_cdf(0.75);
        assert!((MAD_CONSTANT - 1.0 / quartile).abs() < 1e-9);
    }

    #[test]
    fn samples_too_small_for_a_number_give_none() {
        assert_eq!((mean(&[]), median(&[]), mad(&[]), sd(&[1.0])), (None, None, None, None));
    }

    #[test]
    fn the_median_of_huge_values_does_not_overflow() {
        assert_eq!(median(&[f64::MAX, f64::MAX]), Some(f64::MAX));
    }
}
