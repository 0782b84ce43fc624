//! How good a plate is, from its control wells.

use serde::{Deserialize, Serialize};

use super::AssayError;
use super::normalise::MeasuredPlate;
use super::stats::Spread;
use crate::plate::Content;

/// Limits of a good plate, written in the campaign.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct QcLimits {
    /// Smallest robust Z′ (0.5 and more is excellent, below 0 the controls overlap).
    pub min_robust_z_prime: f64,
    /// Smallest |robust SSMD| between positive and non-targeting wells.
    pub min_ssmd: f64,
    /// Largest coefficient of variation of the non-targeting wells, percent.
    pub max_control_cv_percent: f64,
    /// Fewest non-targeting wells for a trustworthy robust z.
    pub min_non_targeting: usize,
}

impl Default for QcLimits {
    /// Robust Z′ ≥ 0 (cell phenotypes often live below 0.5), |SSMD| ≥ 2 (good for a strong
    /// control), CV ≤ 30 %, 8 non-targeting wells.
    fn default() -> Self {
        Self {
            min_robust_z_prime: 0.0,
            min_ssmd: 2.0,
            max_control_cv_percent: 30.0,
            min_non_targeting: 8,
        }
    }
}

/// Verdict on a plate. A weak plate is shown and may be excluded, never silently dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QcVerdict {
    /// Within all limits.
    Passed,
    /// Within the limits of robust Z′ and SSMD, but see the notes.
    PassedWithNotes,
    /// Robust Z′ or SSMD below the limit.
    Failed,
    /// No positive controls, so separation cannot be judged.
    NotJudged,
}

/// Quality of one plate and read-out; separation is `None` without at least two wells of each
/// control, or where controls have no spread.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlateQc {
    /// Barcode.
    pub plate: String,
    /// Summary of the non-targeting wells.
    pub non_targeting: Option<Spread>,
    /// Summary of the positive wells.
    pub positive: Option<Spread>,
    /// Measured candidate wells.
    pub n_candidates: usize,
    /// Z′ = 1 − 3 (sd P + sd N) / |mean P − mean N| (Zhang 1999).
    pub z_prime: Option<f64>,
    /// Z′ with median and MAD.
    pub robust_z_prime: Option<f64>,
    /// SSMD = (mean P − mean N) / √(sd² P + sd² N) (Zhang 2007).
    pub ssmd: Option<f64>,
    /// SSMD with median and MAD.
    pub robust_ssmd: Option<f64>,
    /// mean P / mean N.
    pub signal_to_background: Option<f64>,
    /// 100 · sd N / |mean N|.
    pub control_cv_percent: Option<f64>,
    /// Verdict.
    pub verdict: QcVerdict,
    /// What is weak and what to do, in words.
    pub notes: Vec<String>,
}

/// Summarises one plate.
///
/// # Errors
/// [`AssayError::NotFinite`] for a value that is NaN or infinite. Too few controls are no error
/// here: they are noted.
pub fn plate_qc(plate: &MeasuredPlate, limits: &QcLimits) -> Result<PlateQc, AssayError> {
    let negative_values = plate.values(Content::NonTargeting)?;
    let non_targeting = Spread::of(&negative_values);
    let positive = Spread::of(&plate.values(Content::Positive)?);
    let both = non_targeting.zip(positive);
    let finite = |value: f64| Some(value).filter(|value| value.is_finite());
    let mut qc = PlateQc {
        plate: plate.barcode.clone(),
        non_targeting,
        positive,
        n_candidates: plate.values(Content::Candidate)?.len(),
        z_prime: both
            .and_then(|(n, p)| finite(1.0 - 3.0 * (p.sd + n.sd) / (p.mean - n.mean).abs())),
        robust_z_prime: both
            .and_then(|(n, p)| finite(1.0 - 3.0 * (p.mad + n.mad) / (p.median - n.median).abs())),
        ssmd: both.and_then(|(n, p)| finite((p.mean - n.mean) / p.sd.hypot(n.sd))),
        robust_ssmd: both.and_then(|(n, p)| finite((p.median - n.median) / p.mad.hypot(n.mad))),
        signal_to_background: both.and_then(|(n, p)| finite(p.mean / n.mean)),
        control_cv_percent: non_targeting.and_then(|n| finite(100.0 * n.sd / n.mean.abs())),
        verdict: QcVerdict::Passed,
        notes: Vec::new(),
    };
    judge(&mut qc, limits, negative_values.len());
    Ok(qc)
}

fn judge(qc: &mut PlateQc, limits: &QcLimits, n_non_targeting: usize) {
    let mut notes = Vec::new();
    if n_non_targeting < limits.min_non_targeting {
        notes.push(format!(
            "only {n_non_targeting} non-targeting wells were measured (expected {} or more): robust z is uncertain, judge hits by their size",
            limits.min_non_targeting
        ));
    }
    if let Some(cv) = qc.control_cv_percent.filter(|cv| *cv > limits.max_control_cv_percent) {
        notes.push(format!(
            "the non-targeting wells vary by {cv:.0} % (expected {:.0} % or less): look for edge effects or clogged tips",
            limits.max_control_cv_percent
        ));
    }
    let mut failed = false;
    if let Some(z) = qc.robust_z_prime.filter(|z| *z < limits.min_robust_z_prime) {
        failed = true;
        notes.push(format!(
            "robust Z′ is {z:.2} (expected {:.2} or more): positive and non-targeting wells are not apart; exclude the plate or keep it with a reason",
            limits.min_robust_z_prime
        ));
    }
    if let Some(ssmd) = qc.robust_ssmd.filter(|ssmd| ssmd.abs() < limits.min_ssmd) {
        failed = true;
        notes.push(format!(
            "|robust SSMD| is {:.2} (expected {:.2} or more): the positive control is weak on this plate; exclude the plate or keep it with a reason",
            ssmd.abs(),
            limits.min_ssmd
        ));
    }
    let judged = qc.robust_z_prime.is_some() || qc.robust_ssmd.is_some();
    if !judged {
        notes.push(
            "no separation could be computed (it needs two or more positive and non-targeting wells that differ): the plate is not judged".into(),
        );
    }
    qc.verdict = match (judged, failed, notes.is_empty()) {
        (false, ..) => QcVerdict::NotJudged,
        (_, true, _) => QcVerdict::Failed,
        (_, _, true) => QcVerdict::Passed,
        _ => QcVerdict::PassedWithNotes,
    };
    qc.notes = notes;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assay::normalise::MeasuredWell;
    use crate::plate::PlateFormat;

    fn plate(negative: &[f64], positive: &[f64]) -> MeasuredPlate {
        let kinds = [(Content::NonTargeting, negative), (Content::Positive, positive)];
        let contents = kinds
            .iter()
            .flat_map(|(content, values)| values.iter().map(|value| (*content, *value)));
        let wells = contents.zip(PlateFormat::W96.iter()).map(|((content, value), well)| {
            MeasuredWell { well, content, symbol: String::new(), value }
        });
        MeasuredPlate { barcode: "NW1".into(), format: PlateFormat::W96, wells: wells.collect() }
    }

    #[test]
    fn z_prime_and_ssmd_of_a_small_plate_agree_with_the_formulas() {
        // SD 1 in both groups, means 10 and 0.
        let qc =
            plate_qc(&plate(&[9.0, 10.0, 11.0], &[-1.0, 0.0, 1.0]), &QcLimits::default()).unwrap();
        assert!((qc.z_prime.unwrap() - 0.4).abs() < 1e-12);
        assert!((qc.ssmd.unwrap() + 10.0 / 2.0f64.sqrt()).abs() < 1e-12);
        assert!((qc.control_cv_percent.unwrap() - 10.0).abs() < 1e-12);
        assert_eq!(qc.verdict, QcVerdict::PassedWithNotes);
        assert!(qc.notes[0].contains("only 3 non-targeting"), "{:?}", qc.notes);
    }

    #[test]
    fn a_good_plate_passes_without_notes() {
        let negative: Vec<f64> = (0..10).map(|i| 100.0 + f64::from(i)).collect();
        let qc =
            plate_qc(&plate(&negative, &[10.0, 11.0, 12.0, 13.0]), &QcLimits::default()).unwrap();
        assert_eq!((qc.verdict, qc.notes.len()), (QcVerdict::Passed, 0));
    }

    #[test]
    fn controls_that_overlap_fail_with_the_reason() {
        let negative = [5.0, 9.0, 7.0, 3.0, 8.0, 6.0, 4.0, 10.0];
        let qc = plate_qc(&plate(&negative, &[6.0, 8.0, 5.0]), &QcLimits::default()).unwrap();
        assert_eq!(qc.verdict, QcVerdict::Failed);
        assert!(qc.notes.iter().any(|note| note.contains("robust Z′")), "{:?}", qc.notes);
    }

    #[test]
    fn a_plate_without_positive_controls_is_not_judged() {
        let qc = plate_qc(&plate(&[1.0, 2.0, 4.0], &[]), &QcLimits::default()).unwrap();
        assert_eq!((qc.verdict, qc.z_prime), (QcVerdict::NotJudged, None));
    }
}
