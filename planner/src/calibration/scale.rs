//! By what factor are the standard deviations wrong?

use super::Prediction;

/// Fewest wells from which a factor is learnt.
pub const MIN_WELLS: usize = 8;
/// Smallest and largest factor.
pub const LIMITS: (f64, f64) = (0.5, 3.0);

/// `sqrt(mean z^2)`, `z = (y - mean) / sd`, within 0.5 and 3: the factor that makes the standard
/// deviations right on average; above 1 where intervals are too narrow. `None` below eight wells.
#[must_use]
pub fn scale_factor(predictions: &[Prediction]) -> Option<f64> {
    (predictions.len() >= MIN_WELLS).then(|| {
        let n = predictions.len() as f64;
        (predictions.iter().map(z_squared).sum::<f64>() / n).sqrt().clamp(LIMITS.0, LIMITS.1)
    })
}

/// Every prediction with its sd times the factor of the *other* wells, so that what the correction
/// gains is not measured on what it was learnt from.
#[must_use]
pub fn corrected(predictions: &[Prediction]) -> Option<Vec<Prediction>> {
    if predictions.len() < MIN_WELLS {
        return None;
    }
    let others = predictions.len() as f64 - 1.0;
    let sum: f64 = predictions.iter().map(z_squared).sum();
    let scaled = |p: &Prediction| {
        let mean = ((sum - z_squared(p)) / others).max(0.0);
        Prediction { sd: p.sd * mean.sqrt().clamp(LIMITS.0, LIMITS.1), ..*p }
    };
    Some(predictions.iter().map(scaled).collect())
}

fn z_squared(p: &Prediction) -> f64 {
    ((p.measured - p.mean) / p.sd).powi(2)
}
