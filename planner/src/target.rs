//! From a robust z to the scale the surrogate learns on.

use serde::{Deserialize, Serialize};

/// Which effects count as hits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tail {
    /// Both directions: `|z|`.
    #[default]
    TwoSided,
    /// Only increases of the readout.
    Up,
    /// Only decreases of the readout.
    Down,
}

/// `ln(1 + |z|)`, for two-sided assays; `z` must already be centred on the controls.
///
/// The logarithm keeps one gene with a huge effect from dominating the fit.
#[must_use]
pub fn log_abs(robust_z: f64) -> f64 {
    robust_z.abs().ln_1p()
}

/// `sign(z) ln(1 + |z|)`, for one-sided assays.
#[must_use]
pub fn signed_log(robust_z: f64) -> f64 {
    robust_z.signum() * robust_z.abs().ln_1p()
}

/// `ln(1 + |s - median| / median|s - median|)`: the target of scores whose unit and centre are not
/// known. Scores that are all equal give zeros.
#[must_use]
pub fn log_deviation(scores: &[f64]) -> Vec<f64> {
    robust_scores(scores).into_iter().map(log_abs).collect()
}

/// `(s - median) / median|s - median|`, the scores on a scale on which most genes are near one.
#[must_use]
pub fn robust_scores(scores: &[f64]) -> Vec<f64> {
    let centre = median(scores.to_vec());
    let deviations = scores.iter().map(|s| (s - centre).abs()).collect();
    let spread = median(deviations);
    let scale = if spread > 0.0 { 1.0 / spread } else { 0.0 };
    scores.iter().map(|s| (s - centre) * scale).collect()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let n = values.len();
    match n {
        0 => 0.0,
        _ if n % 2 == 1 => values[n / 2],
        _ => (values[n / 2 - 1] + values[n / 2]) / 2.0,
    }
}

impl Tail {
    /// The surrogate's target of one measurement; larger is always better.
    #[must_use]
    pub fn target(self, robust_z: f64) -> f64 {
        match self {
            Self::TwoSided => log_abs(robust_z),
            Self::Up => signed_log(robust_z),
            Self::Down => signed_log(-robust_z),
        }
    }

    /// Distance on the wanted side, what a hit threshold is compared with: `|z|`, `z` or `-z`.
    #[must_use]
    pub fn strength(self, robust_z: f64) -> f64 {
        match self {
            Self::TwoSided => robust_z.abs(),
            Self::Up => robust_z,
            Self::Down => -robust_z,
        }
    }

    /// Mean and standard deviation of the target of a gene without effect, `z ~ N(0, 1)`: the
    /// scale before anything was measured.
    #[must_use]
    pub fn null_scale(self) -> (f64, f64) {
        let (mut mean, mut square, mut mass) = (0.0, 0.0, 0.0);
        for i in -800..=800 {
            let z = f64::from(i) / 100.0;
            let (weight, y) = (crate::gauss::pdf(z), self.target(z));
            mass += weight;
            mean += weight * y;
            square += weight * y * y;
        }
        mean /= mass;
        (mean, (square / mass - mean * mean).sqrt())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_sided_ignores_the_sign_and_one_sided_follows_it() {
        assert_eq!(Tail::TwoSided.target(-3.0), Tail::TwoSided.target(3.0));
        assert!(Tail::Up.target(3.0) > 0.0 && Tail::Down.target(3.0) < 0.0);
        assert_eq!(Tail::Up.target(0.0).abs(), 0.0);
    }

    #[test]
    fn scores_of_any_unit_are_centred_and_scaled_by_their_medians() {
        assert_eq!(robust_scores(&[10.0, 12.0, 14.0, 30.0]), [-1.5, -0.5, 0.5, 8.5]);
        assert_eq!(log_deviation(&[7.0, 7.0]), [0.0, 0.0]);
        assert!(robust_scores(&[]).is_empty());
    }

    #[test]
    fn the_null_scale_is_that_of_a_folded_normal() {
        let (mean, sd) = Tail::TwoSided.null_scale();
        assert!((mean - 0.534).abs() < 0.01 && (sd - 0.32).abs() < 0.02, "{mean} {sd}");
        assert!(Tail::Up.null_scale().0.abs() < 1e-12);
    }
}
