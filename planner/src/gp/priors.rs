//! Priors of the hyperparameters, for features in the unit cube and a standardised target.

use crate::gauss::HALF_LN_TWO_PI;

/// A log-normal prior.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LogNormal {
    /// Mean of the logarithm.
    pub location: f64,
    /// Standard deviation of the logarithm.
    pub scale: f64,
}

impl LogNormal {
    /// Log density at `x > 0` and its derivative.
    #[must_use]
    pub fn log_density(self, x: f64) -> (f64, f64) {
        let z = (x.ln() - self.location) / self.scale;
        let value = -HALF_LN_TWO_PI - self.scale.ln() - x.ln() - 0.5 * z * z;
        (value, -(1.0 + z / self.scale) / x)
    }

    /// Where the density is largest.
    #[must_use]
    pub fn mode(self) -> f64 {
        (self.location - self.scale * self.scale).exp()
    }
}

/// Prior of a length over `d` columns: `LogNormal(sqrt 2 + ln(d) / 2, sqrt 3)`.
///
/// # Source
/// Hvarfner, Hellsten and Nardi 2024, arXiv:2402.02229.
#[must_use]
pub fn lengthscale_prior(d: usize) -> LogNormal {
    let location = 2.0_f64.sqrt() + 0.5 * (d.max(1) as f64).ln();
    LogNormal { location, scale: 3.0_f64.sqrt() }
}

/// Prior of the noise variance of a standardised target: `LogNormal(-4, 1)`. Far too small for
/// CRISPR scores, whose donors hardly agree; known noise is better there.
#[must_use]
pub fn noise_prior() -> LogNormal {
    LogNormal { location: -4.0, scale: 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_density_is_largest_at_its_mode() {
        let prior = lengthscale_prior(5);
        assert!(prior.log_density(prior.mode()).1.abs() < 1e-9);
    }
}
