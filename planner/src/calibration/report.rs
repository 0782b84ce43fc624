//! The calibration of a campaign: all wells, by round and by arm, and what it means.

use serde::{Deserialize, Serialize};

use super::{
    Calibration, Call, ConformalInterval, Coverage, HitCalibration, LEVELS, Pit, Prediction,
    calibrate, conformal, corrected, hit_calibration, pit, scale, scale_factor,
};
use crate::error::PlanError;

/// How a well came into its round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Arm {
    /// Drawn at random: the unbiased check.
    Random,
    /// By its score, by the prior or on demand. What is picked for a high prediction is, as a
    /// rule, predicted too high.
    Chosen,
}

/// A measured well with what was predicted when its round was planned.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MeasuredWell {
    /// Number of the round.
    pub round: u32,
    /// How it was chosen.
    pub arm: Arm,
    /// Prediction of the measurement, noise included, and the measurement.
    pub prediction: Prediction,
    /// Probability of a hit and the call.
    pub call: Call,
}

/// Everything about one set of wells.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Scores {
    /// As predicted.
    pub raw: Calibration,
    /// Factor on the sds, `sqrt(mean z^2)` within 0.5 and 3; absent below eight wells.
    pub factor: Option<f64>,
    /// With each sd times the factor of the other wells.
    pub corrected: Option<Calibration>,
    /// Where measurements fall in their predictions.
    pub pit: Pit,
    /// Hit probabilities against hits.
    pub hits: HitCalibration,
}

/// One round.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RoundScores {
    /// Its number.
    pub round: u32,
    /// Its wells.
    pub scores: Scores,
}

/// What the 90 % intervals say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// As many measurements inside as chance allows.
    AboutRight,
    /// Fewer: too sure.
    TooNarrow,
    /// More: too careful.
    TooWide,
    /// Fewer than eight wells.
    TooFew,
}

/// The calibration of a campaign, on wells before they were learnt from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CalibrationReport {
    /// In words.
    pub words: String,
    /// In a word.
    pub verdict: Verdict,
    /// All wells.
    pub all: Scores,
    /// Round by round.
    pub rounds: Vec<RoundScores>,
    /// Wells drawn at random.
    pub random: Option<Scores>,
    /// All others.
    pub chosen: Option<Scores>,
    /// Intervals that the random arm vouches for.
    pub conformal: Vec<ConformalInterval>,
}

/// Scores measured wells; `None` when there are none.
///
/// # Errors
/// [`PlanError::BadPosterior`] for a value that is not finite, an sd that is not positive or a
/// probability outside 0 to 1.
pub fn report(wells: &[MeasuredWell]) -> Result<Option<CalibrationReport>, PlanError> {
    if let Some(index) = wells.iter().position(|w| !(0.0..=1.0).contains(&w.call.p_hit)) {
        let value = wells[index].call.p_hit.to_string();
        return Err(PlanError::BadPosterior { what: "p_hit", index, value, hint: " from 0 to 1" });
    }
    let Some(all) = scores(wells)? else { return Ok(None) };
    let of_arm = |arm| -> Vec<MeasuredWell> {
        wells.iter().filter(|well| well.arm == arm).copied().collect()
    };
    let mut numbers: Vec<u32> = wells.iter().map(|well| well.round).collect();
    numbers.sort_unstable();
    numbers.dedup();
    let mut rounds = Vec::new();
    for round in numbers {
        let of_round: Vec<MeasuredWell> =
            wells.iter().filter(|well| well.round == round).copied().collect();
        rounds.extend(scores(&of_round)?.map(|scores| RoundScores { round, scores }));
    }
    let random = of_arm(Arm::Random);
    let verdict = verdict(&all);
    Ok(Some(CalibrationReport {
        words: words(&all, verdict),
        verdict,
        rounds,
        conformal: conformal(&predictions(&random), &LEVELS),
        random: scores(&random)?,
        chosen: scores(&of_arm(Arm::Chosen))?,
        all,
    }))
}

fn predictions(wells: &[MeasuredWell]) -> Vec<Prediction> {
    wells.iter().map(|well| well.prediction).collect()
}

fn scores(wells: &[MeasuredWell]) -> Result<Option<Scores>, PlanError> {
    let all = predictions(wells);
    let calls: Vec<Call> = wells.iter().map(|well| well.call).collect();
    let (Some(raw), Some(hits)) = (calibrate(&all)?, hit_calibration(&calls)) else {
        return Ok(None);
    };
    let corrected = match corrected(&all) {
        Some(mended) => calibrate(&mended)?,
        None => None,
    };
    Ok(Some(Scores { raw, factor: scale_factor(&all), corrected, pit: pit(&all), hits }))
}

/// The 90 % interval of a calibration.
fn ninety(raw: &Calibration) -> Option<&Coverage> {
    raw.coverage.iter().find(|coverage| coverage.level == 0.9)
}

fn verdict(all: &Scores) -> Verdict {
    match ninety(&all.raw) {
        _ if all.raw.wells < scale::MIN_WELLS => Verdict::TooFew,
        Some(c) if c.covered < c.low => Verdict::TooNarrow,
        Some(c) if c.covered > c.high => Verdict::TooWide,
        _ => Verdict::AboutRight,
    }
}

fn words(all: &Scores, verdict: Verdict) -> String {
    let Some(c) = ninety(&all.raw) else { return String::new() };
    let factor = all.factor.unwrap_or(1.0);
    let meaning = match verdict {
        Verdict::TooFew => "too few wells to judge".to_owned(),
        Verdict::AboutRight => "about right".to_owned(),
        Verdict::TooNarrow if factor > 1.0 => {
            format!("too narrow by a factor of {factor:.1}")
        }
        Verdict::TooNarrow => "too narrow".to_owned(),
        Verdict::TooWide if factor < 1.0 => {
            format!("too wide by a factor of {:.1}", 1.0 / factor)
        }
        Verdict::TooWide => "too wide".to_owned(),
    };
    let hits = &all.hits;
    format!(
        "{} of the {} 90 % intervals held the measurement ({} %): {meaning}. {}{:.1} hits were \
         expected and {} found{}.",
        c.inside,
        all.raw.wells,
        (100.0 * c.covered).round(),
        off(&all.raw),
        hits.expected,
        hits.found,
        match hits.found {
            n if n < hits.low => ": the probabilities were too high",
            n if n > hits.high => ": the probabilities were too low",
            _ => "",
        },
    )
}

/// A sentence where measurements lie to one side of what was predicted, by two standard errors.
fn off(raw: &Calibration) -> String {
    let side = if raw.bias > 0.0 { "above" } else { "below" };
    match raw.wells >= scale::MIN_WELLS && raw.bias.abs() > 2.0 * raw.bias_error {
        true => {
            let by = raw.bias.abs();
            format!("On average measurements lay {by:.2} {side} the predicted mean. ")
        }
        false => String::new(),
    }
}
