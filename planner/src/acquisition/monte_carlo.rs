//! Batch acquisitions from joint samples: `y = mean + z L^T`, base samples z given, so that equal
//! rounds give equal numbers.

use faer::Mat;

use super::smooth::{Smoothing, largest, log_mean_exp};
use crate::error::PlanError;
use crate::surrogate::linalg::cholesky;

/// Smoothing of the step in [`Samples::probability_of_improvement`].
const TAU_STEP: f64 = 1e-3;

/// Joint samples of a batch, `[samples, points]`: candidates first, then what is pending.
#[derive(Debug, Clone, PartialEq)]
pub struct Samples {
    values: Vec<f64>,
    points: usize,
}

impl Samples {
    /// Samples of a posterior. `covariance` is latent, `[points, points]`; `base` standard normals,
    /// `[samples, points]`; both row-major.
    ///
    /// # Errors
    /// [`PlanError::LengthMismatch`]; [`PlanError::NotPositiveDefinite`].
    pub fn of(mean: &[f64], covariance: &[f64], base: &[f64]) -> Result<Self, PlanError> {
        let n = mean.len();
        let mismatch = |right, right_len| {
            Err(PlanError::LengthMismatch { left: "mean", left_len: n, right, right_len })
        };
        if n == 0 || covariance.len() != n * n {
            return mismatch("covariance", covariance.len());
        }
        if !base.len().is_multiple_of(n) {
            return mismatch("base samples", base.len());
        }
        let factor = cholesky(&Mat::from_fn(n, n, |i, j| covariance[i * n + j]))?;
        let mut values = Vec::with_capacity(base.len());
        for z in base.chunks_exact(n) {
            for (i, mean) in mean.iter().enumerate() {
                values.push(mean + (0..=i).map(|j| z[j] * factor.lower[(i, j)]).sum::<f64>());
            }
        }
        Ok(Self { values, points: n })
    }

    fn rows(&self) -> impl Iterator<Item = &[f64]> {
        self.values.chunks_exact(self.points)
    }

    fn mean_of(&self, one: impl Fn(&[f64]) -> f64) -> f64 {
        let n = (self.values.len() / self.points).max(1) as f64;
        self.rows().map(one).sum::<f64>() / n
    }

    /// The same samples with the first `n` points moved to the end: what was sampled before the
    /// candidates, as measured points are, belongs behind them.
    #[must_use]
    pub fn rotated(&self, n: usize) -> Self {
        let turn = |row: &[f64]| {
            let (first, last) = row.split_at(n.min(row.len()));
            [last, first].concat()
        };
        Self { values: self.rows().flat_map(turn).collect(), points: self.points }
    }

    /// The first `n` points alone.
    #[must_use]
    pub fn first(&self, n: usize) -> Self {
        let n = n.min(self.points);
        Self { values: self.rows().flat_map(|row| row[..n].to_vec()).collect(), points: n }
    }

    /// Mean over samples of how far the best point lies above `best`. Is 0, and ranks nothing, where
    /// no sample improves: use [`Self::log_ei`].
    #[must_use]
    pub fn ei(&self, best: f64) -> f64 {
        self.mean_of(|row| (largest(row) - best).max(0.0))
    }

    /// As [`Self::ei`] with an incumbent per sample: the best of the points from `baseline` on,
    /// which are measured and noisy.
    #[must_use]
    pub fn noisy_ei(&self, baseline: usize) -> f64 {
        self.mean_of(|row| {
            let (new, measured) = row.split_at(baseline.min(row.len()));
            (largest(new) - largest(measured)).max(0.0)
        })
    }

    /// Smoothed log of [`Self::ei`]: `logmeanexp_s fatmax_j ln fatplus(y_sj - best)`.
    ///
    /// Not for many hits: all picks gather around one optimum.
    ///
    /// # Source
    /// Ament et al. 2023, arXiv:2310.20708.
    #[must_use]
    pub fn log_ei(&self, best: f64, smoothing: Smoothing) -> f64 {
        let logs = self.rows().map(|row| log_gain(row, best, smoothing));
        log_mean_exp(&logs.collect::<Vec<_>>())
    }

    /// Smoothed log of [`Self::noisy_ei`].
    #[must_use]
    pub fn log_noisy_ei(&self, baseline: usize, smoothing: Smoothing) -> f64 {
        let logs = self.rows().map(|row| {
            let (new, measured) = row.split_at(baseline.min(row.len()));
            log_gain(new, largest(measured), smoothing)
        });
        log_mean_exp(&logs.collect::<Vec<_>>())
    }

    /// Mean over samples of the best `m_j + sqrt(beta pi / 2) |y_j - m_j|`, m the mean of the
    /// samples themselves (as BoTorch, it differs from the posterior's by 1 / sqrt of their number).
    #[must_use]
    pub fn ucb(&self, beta: f64) -> f64 {
        let n = (self.values.len() / self.points).max(1) as f64;
        let centre: Vec<f64> =
            (0..self.points).map(|j| self.rows().map(|row| row[j]).sum::<f64>() / n).collect();
        let scale = (beta * std::f64::consts::FRAC_PI_2).sqrt();
        self.mean_of(|row| {
            let upper = row.iter().zip(&centre).map(|(y, m)| m + scale * (y - m).abs());
            upper.fold(f64::NEG_INFINITY, f64::max)
        })
    }

    /// Smoothed share of samples whose best point exceeds `best`. Ignores by how much.
    #[must_use]
    pub fn probability_of_improvement(&self, best: f64) -> f64 {
        self.mean_of(|row| 1.0 / (1.0 + (-(largest(row) - best) / TAU_STEP).exp()))
    }

    /// Mean over samples of the best point. Greedy.
    #[must_use]
    pub fn simple_regret(&self) -> f64 {
        self.mean_of(largest)
    }

    /// Number of the best point in each sample: one Thompson draw each. Where few are drawn and the
    /// prior is wide the draws are close to random.
    ///
    /// # Source
    /// Thompson 1933; joint samples, not marginal ones.
    #[must_use]
    pub fn thompson(&self) -> Vec<usize> {
        let best = |row: &[f64]| {
            let all = row.iter().enumerate();
            all.fold((0, f64::NEG_INFINITY), |b, (i, y)| if *y > b.1 { (i, *y) } else { b }).0
        };
        self.rows().map(best).collect()
    }

    /// Share of samples in which each point is among the `k` best: the chance that it belongs to the
    /// top k. Needs samples of all candidates together.
    ///
    /// # Source
    /// The subset value of InfoBAX (Neiswanger et al. 2021, arXiv:2104.09460), as a frequency.
    #[must_use]
    pub fn top_k(&self, k: usize) -> Vec<f64> {
        let mut counts = vec![0_usize; self.points];
        let mut samples = 0;
        for row in self.rows() {
            let mut order: Vec<usize> = (0..row.len()).collect();
            order.sort_by(|&a, &b| row[b].total_cmp(&row[a]).then(a.cmp(&b)));
            order.into_iter().take(k).for_each(|i| counts[i] += 1);
            samples += 1;
        }
        counts.into_iter().map(|n| n as f64 / f64::from(samples.max(1))).collect()
    }
}

fn log_gain(row: &[f64], best: f64, smoothing: Smoothing) -> f64 {
    let logs: Vec<f64> = row.iter().map(|y| smoothing.log_positive(y - best)).collect();
    smoothing.maximum(&logs)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two independent points of sd 1 at 0 and 2, with mirrored base samples.
    fn two() -> Samples {
        let base: Vec<f64> =
            [0.3, -1.2, 0.8, 0.05].iter().flat_map(|z| [*z, 0.5 * z, -z, -0.5 * z]).collect();
        Samples::of(&[0.0, 2.0], &[1.0, 0.0, 0.0, 1.0], &base).unwrap()
    }

    #[test]
    fn a_certain_gain_is_the_gain_and_its_log_agrees() {
        let sure = Samples::of(&[3.0], &[1e-18], &[0.0, 1.0, -1.0]).unwrap();
        assert!((sure.ei(1.0) - 2.0).abs() < 1e-6);
        assert!((sure.log_ei(1.0, Smoothing::default()) - 2.0_f64.ln()).abs() < 1e-6);
        assert!(sure.probability_of_improvement(1.0) > 0.999);
    }

    #[test]
    fn far_below_the_incumbent_the_log_still_orders() {
        let log = |best| two().log_ei(best, Smoothing::default());
        assert_eq!(two().ei(50.0), 0.0);
        assert!(log(50.0).is_finite() && log(50.0) > log(60.0));
    }

    #[test]
    fn the_better_point_wins_thompson_draws_and_belongs_to_the_top() {
        let draws = two().thompson();
        assert!(draws.iter().filter(|&&i| i == 1).count() >= 6, "{draws:?}");
        let top = two().top_k(1);
        assert!(top[1] > top[0] && (top[0] + top[1] - 1.0).abs() < 1e-12);
        assert_eq!(two().top_k(2), [1.0, 1.0]);
        assert_eq!(two().first(1).thompson(), [0; 8]);
    }

    #[test]
    fn lengths_that_do_not_fit_are_refused() {
        assert!(Samples::of(&[0.0, 1.0], &[1.0], &[0.0, 0.0]).is_err());
        assert!(Samples::of(&[0.0, 1.0], &[1.0, 0.0, 0.0, 1.0], &[0.0; 3]).is_err());
    }
}
