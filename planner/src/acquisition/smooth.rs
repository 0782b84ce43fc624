//! Smooth stand-ins for the positive part, the maximum and the minimum, in logarithms.

/// Smoothing of the positive part.
pub const TAU_RELU: f64 = 1e-6;
/// Smoothing of the maximum.
pub const TAU_MAX: f64 = 1e-2;

/// How a logarithmic batch acquisition smooths.
///
/// # Source
/// Ament et al. 2023, arXiv:2310.20708.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Smoothing {
    /// Of the positive part.
    pub tau_relu: f64,
    /// Of the maximum over the batch.
    pub tau_max: f64,
    /// Polynomial tails instead of exponential ones: far below the incumbent values still differ.
    pub fat: bool,
}

impl Default for Smoothing {
    fn default() -> Self {
        Self { tau_relu: TAU_RELU, tau_max: TAU_MAX, fat: true }
    }
}

impl Smoothing {
    /// Log of the smoothed `max(x, 0)`.
    pub(super) fn log_positive(self, x: f64) -> f64 {
        let u = x / self.tau_relu;
        self.tau_relu.ln() + if self.fat { fat_softplus(u).ln() } else { log_softplus(u) }
    }

    /// The smoothed maximum.
    pub(super) fn maximum(self, x: &[f64]) -> f64 {
        if self.fat { fat_maximum(x, self.tau_max) } else { smooth_maximum(x, self.tau_max) }
    }

    /// The smoothed minimum.
    pub(super) fn minimum(self, x: &[f64]) -> f64 {
        let negated: Vec<f64> = x.iter().map(|x| -x).collect();
        -self.maximum(&negated)
    }
}

/// The smoothed positive part with a polynomial tail, at the default width.
pub(crate) fn fat_plus(x: f64) -> f64 {
    TAU_RELU * fat_softplus(x / TAU_RELU)
}

/// `ln(1 + e^u) + 0.1 / (1 + u^2)`.
fn fat_softplus(u: f64) -> f64 {
    // Beyond 40 the exponential is below rounding.
    let soft = if u.abs() > 40.0 { u.max(0.0) } else { softplus(u) };
    soft + 0.1 / (1.0 + u * u)
}

/// `ln(1 + e^u)`.
fn softplus(u: f64) -> f64 {
    u.max(0.0) + (-u.abs()).exp().ln_1p()
}

/// `ln ln(1 + e^u)`, which is u far below 0.
fn log_softplus(u: f64) -> f64 {
    if u < -35.0 { u } else { softplus(u).ln() }
}

/// `M + tau ln sum 2 / (2 + 2 t + t^2)`, `t = (M - x) / tau`.
fn fat_maximum(x: &[f64], tau: f64) -> f64 {
    let most = largest(x);
    let part = |x: &f64| {
        let t = (most - x) / tau;
        2.0 / (2.0 + 2.0 * t + t * t)
    };
    most + tau * x.iter().map(part).sum::<f64>().ln()
}

/// `tau ln sum e^(x / tau)`.
fn smooth_maximum(x: &[f64], tau: f64) -> f64 {
    let most = largest(x);
    most + tau * x.iter().map(|x| ((x - most) / tau).exp()).sum::<f64>().ln()
}

pub(super) fn log_mean_exp(logs: &[f64]) -> f64 {
    let most = largest(logs);
    let sum: f64 = logs.iter().map(|log| (log - most).exp()).sum();
    most + (sum / logs.len().max(1) as f64).ln()
}

/// The largest; minus infinity of none.
pub(super) fn largest(row: &[f64]) -> f64 {
    row.iter().copied().fold(f64::NEG_INFINITY, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_positive_part_keeps_what_is_far_above_and_orders_what_is_below() {
        let both = [true, false].map(|fat| Smoothing { fat, ..Smoothing::default() });
        for smoothing in both {
            assert!((smoothing.log_positive(2.0) - 2.0_f64.ln()).abs() < 1e-6);
            assert!(smoothing.log_positive(-0.1) > smoothing.log_positive(-0.2));
        }
        assert!((fat_plus(0.5) - 0.5).abs() < 1e-12 && fat_plus(-3.0) > 0.0);
    }

    #[test]
    fn the_smooth_extremes_lie_just_outside_the_sharp_ones() {
        let smoothing = Smoothing::default();
        let x = [0.3, -1.0, 2.0];
        assert!((0.0..1e-4).contains(&(smoothing.maximum(&x) - 2.0)));
        assert!((0.0..1e-4).contains(&(-1.0 - smoothing.minimum(&x))));
    }
}
