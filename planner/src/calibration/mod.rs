//! Were the predictions honest? Scores of wells before they were added to the training data.

mod binomial;
mod conformal;
mod hits;
mod pit;
mod report;
mod scale;
#[cfg(test)]
mod tests;

pub use conformal::{ConformalInterval, conformal};
pub use hits::{Call, HitCalibration, ReliabilityBin, hit_calibration};
pub use pit::{Pit, kolmogorov_p, pit};
pub use report::{Arm, CalibrationReport, MeasuredWell, RoundScores, Scores, Verdict, report};
pub use scale::{corrected, scale_factor};

use serde::{Deserialize, Serialize};

use crate::error::PlanError;
use crate::gauss::{HALF_LN_TWO_PI, cdf, pdf, quantile};
use crate::round::{CandidatePosterior, Observed};
use crate::target::Tail;

/// A prediction of one measurement and the measurement; sd includes the measurement's noise.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Prediction {
    /// Predicted mean.
    pub mean: f64,
    /// Predicted sd of the measurement (latent and noise).
    pub sd: f64,
    /// What was measured, in the same unit.
    pub measured: f64,
}

/// How often central intervals of one level held the measurement.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Coverage {
    /// Nominal level, 0..1.
    pub level: f64,
    /// Measurements inside.
    pub inside: usize,
    /// Share of measurements inside.
    pub covered: f64,
    /// Shares that hold in 19 of 20 cases if the level is right (binomial).
    pub low: f64,
    /// Upper limit of the same.
    pub high: f64,
    /// Standard error of `covered` if the level were right.
    pub standard_error: f64,
}

/// Calibration over a set of wells.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// Number of wells.
    pub wells: usize,
    /// At [`LEVELS`].
    pub coverage: Vec<Coverage>,
    /// Mean negative log predictive density, nats.
    pub nll: f64,
    /// Mean continuous ranked probability score, in the target's unit.
    pub crps: f64,
    /// Mean of measurement minus predicted mean, in the target's unit.
    pub bias: f64,
    /// Standard error of `bias`; 0 for one well.
    pub bias_error: f64,
    /// Mean sd of the predictions (sharpness), in the target's unit; small is good when coverage
    /// is right.
    pub sharpness: f64,
}

/// Levels of the central intervals.
pub const LEVELS: [f64; 4] = [0.5, 0.8, 0.9, 0.95];

impl Prediction {
    /// Negative log density of the measurement, `ln(2 pi s^2)/2 + (y - mean)^2 / (2 s^2)`.
    #[must_use]
    pub fn nll(&self) -> f64 {
        let z = (self.measured - self.mean) / self.sd;
        HALF_LN_TWO_PI + self.sd.ln() + 0.5 * z * z
    }

    /// `s [z (2 Phi(z) - 1) + 2 phi(z) - 1/sqrt(pi)]`, Gneiting & Raftery 2007; smaller is better.
    #[must_use]
    pub fn crps(&self) -> f64 {
        let z = (self.measured - self.mean) / self.sd;
        let inv_sqrt_pi = std::f64::consts::FRAC_2_SQRT_PI / 2.0;
        self.sd * (z * (2.0 * cdf(z) - 1.0) + 2.0 * pdf(z) - inv_sqrt_pi)
    }

    /// Probability integral transform, uniform when predictions are honest.
    #[must_use]
    pub fn pit(&self) -> f64 {
        cdf((self.measured - self.mean) / self.sd)
    }

    /// Whether the central interval of `level` holds the measurement.
    #[must_use]
    pub fn covered(&self, level: f64) -> bool {
        (self.measured - self.mean).abs() <= quantile(0.5 + level / 2.0) * self.sd
    }
}

/// Score predictions; `None` when there are none.
///
/// # Errors
/// [`PlanError::BadPosterior`] for a value that is not finite or an sd that is not positive.
pub fn calibrate(predictions: &[Prediction]) -> Result<Option<Calibration>, PlanError> {
    for (index, p) in predictions.iter().enumerate() {
        let bad = |what, value: f64, hint| {
            Err(PlanError::BadPosterior { what, index, value: value.to_string(), hint })
        };
        if !p.mean.is_finite() {
            return bad("mean", p.mean, "");
        }
        if !p.measured.is_finite() {
            return bad("measured", p.measured, "");
        }
        if !(p.sd.is_finite() && p.sd > 0.0) {
            return bad("sd", p.sd, " above 0");
        }
    }
    if predictions.is_empty() {
        return Ok(None);
    }
    let n = predictions.len() as f64;
    let coverage = LEVELS.map(|level| {
        let inside = predictions.iter().filter(|p| p.covered(level)).count();
        let (low, high) = binomial::band(predictions.len(), level);
        Coverage {
            level,
            inside,
            covered: inside as f64 / n,
            low: low as f64 / n,
            high: high as f64 / n,
            standard_error: (level * (1.0 - level) / n).sqrt(),
        }
    });
    let (bias, bias_error) = bias(predictions);
    Ok(Some(Calibration {
        bias,
        bias_error,
        wells: predictions.len(),
        coverage: coverage.to_vec(),
        nll: predictions.iter().map(Prediction::nll).sum::<f64>() / n,
        crps: predictions.iter().map(Prediction::crps).sum::<f64>() / n,
        sharpness: predictions.iter().map(|p| p.sd).sum::<f64>() / n,
    }))
}

/// Mean error and its standard error.
fn bias(predictions: &[Prediction]) -> (f64, f64) {
    let n = predictions.len() as f64;
    let error = |p: &Prediction| p.measured - p.mean;
    let mean = predictions.iter().map(error).sum::<f64>() / n;
    let square = predictions.iter().map(|p| (error(p) - mean).powi(2)).sum::<f64>();
    (mean, (square / (n - 1.0).max(1.0) / n).sqrt())
}

/// Pair a round's stored predictions with its results, before they are used for anything else.
///
/// `posterior` and `noise_sd` come from the proposal that chose the wells; `measured` indexes into
/// the same candidates.
///
/// # Errors
/// [`PlanError::UnknownCandidate`] for an index outside `posterior`.
pub fn before_adding(
    posterior: &[CandidatePosterior],
    noise_sd: f64,
    measured: &[Observed],
    tail: Tail,
) -> Result<Vec<Prediction>, PlanError> {
    measured
        .iter()
        .map(|o| {
            let p = posterior.get(o.candidate).ok_or(PlanError::UnknownCandidate {
                what: "measured",
                index: o.candidate,
                len: posterior.len(),
            })?;
            let measured = tail.target(o.robust_z);
            Ok(Prediction { mean: p.mean, sd: p.sd.hypot(noise_sd), measured })
        })
        .collect()
}
