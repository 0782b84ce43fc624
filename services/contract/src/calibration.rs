//! Calibration: predictions against measurements, on wells before they were learnt from.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Calibration of a campaign.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CampaignCalibration {
    /// What was found; absent before any result.
    pub report: Option<CalibrationReport>,
    /// Unit of means and sds, in words.
    pub unit: String,
    /// Measured wells that could not be counted, and why.
    pub notes: Vec<String>,
}

/// What the 90 % intervals say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CalibrationVerdict {
    /// As many measurements inside as chance allows.
    AboutRight,
    /// Fewer: too sure.
    TooNarrow,
    /// More: too careful.
    TooWide,
    /// Fewer than eight wells.
    TooFew,
}

/// All wells, round by round and arm by arm.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CalibrationReport {
    /// In words.
    pub words: String,
    /// In a word.
    pub verdict: CalibrationVerdict,
    /// All wells.
    pub all: CalibrationScores,
    /// Round by round.
    pub rounds: Vec<RoundCalibration>,
    /// Wells drawn at random: the unbiased check.
    pub random: Option<CalibrationScores>,
    /// Wells chosen by score, by the prior or on demand.
    pub chosen: Option<CalibrationScores>,
    /// Intervals that the random arm vouches for.
    pub conformal: Vec<ConformalInterval>,
}

/// One round.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RoundCalibration {
    /// Its number.
    pub round: u32,
    /// Its wells.
    pub scores: CalibrationScores,
}

/// Everything about one set of wells.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CalibrationScores {
    /// As predicted.
    pub raw: Calibration,
    /// Factor on the sds, √(mean z²) within 0.5 and 3; absent below eight wells.
    pub factor: Option<f64>,
    /// With each sd times the factor of the other wells.
    pub corrected: Option<Calibration>,
    /// Where measurements fall in their predictions.
    pub pit: PitHistogram,
    /// Hit probabilities against hits.
    pub hits: HitCalibration,
}

/// Predictive scores of a set of wells.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Calibration {
    /// Number of wells.
    pub wells: u64,
    /// At 50, 80, 90 and 95 %.
    pub coverage: Vec<IntervalCoverage>,
    /// Mean negative log predictive density, nats.
    pub nll: f64,
    /// Mean continuous ranked probability score.
    pub crps: f64,
    /// Mean of measurement minus predicted mean.
    pub bias: f64,
    /// Standard error of `bias`; 0 for one well.
    pub bias_error: f64,
    /// Mean sd of the predictions.
    pub sharpness: f64,
}

/// How often central intervals of one level held the measurement.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct IntervalCoverage {
    /// Nominal level, 0 to 1.
    pub level: f64,
    /// Measurements inside.
    pub inside: u64,
    /// Share of measurements inside.
    pub covered: f64,
    /// Shares that hold in 19 of 20 cases if the level is right (binomial).
    pub low: f64,
    /// Upper limit of the same.
    pub high: f64,
    /// Standard error of `covered` if the level is right.
    pub standard_error: f64,
}

/// Histogram of Φ((y − mean) / sd), uniform where predictions are honest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PitHistogram {
    /// Wells in each tenth from 0 to 1.
    pub counts: Vec<u64>,
    /// Counts that hold in 19 of 20 cases for one bin if predictions are honest.
    pub low: u64,
    /// Upper limit of the same.
    pub high: u64,
    /// Kolmogorov-Smirnov distance to the uniform distribution.
    pub ks: f64,
    /// Its p value.
    pub ks_p: f64,
}

/// Hit probabilities against hits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct HitCalibration {
    /// Sum of the probabilities.
    pub expected: f64,
    /// Hits that hold in 19 of 20 cases if the probabilities are right (Poisson binomial).
    pub low: u64,
    /// Upper limit of the same.
    pub high: u64,
    /// Hits called.
    pub found: u64,
    /// Brier score; smaller is better.
    pub brier: f64,
    /// The same when every well is given the share of hits.
    pub brier_of_base_rate: f64,
    /// Reliability diagram: tenths of the probability that hold a well.
    pub bins: Vec<ReliabilityBin>,
}

/// Wells with about the same hit probability.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ReliabilityBin {
    /// Wells.
    pub wells: u64,
    /// Mean probability.
    pub predicted: f64,
    /// Share of hits.
    pub observed: f64,
    /// Shares that hold in 19 of 20 cases if the probabilities are right.
    pub low: f64,
    /// Upper limit of the same.
    pub high: f64,
}

/// A conformal interval `mean ± multiplier · sd`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ConformalInterval {
    /// Nominal level, 0 to 1.
    pub level: f64,
    /// Wells of the random arm that this level needs.
    pub wells_needed: u64,
    /// Sds on either side; absent while the random arm is too small.
    pub multiplier: Option<f64>,
    /// Sds on either side that the prediction itself claims.
    pub claimed: f64,
}
