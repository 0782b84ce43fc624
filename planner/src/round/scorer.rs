//! The round's acquisition over what is believed at each pick.

use super::believer::Believer;
use super::cover::Cover;
use super::{Acquisition, RoundRequest};
use crate::acquisition as by;
use crate::error::PlanError;
use crate::surrogate::{Marginals, Posterior};

/// Usual kappa of the straddle heuristic.
const STRADDLE_KAPPA: f64 = 1.96;
/// Joint samples of a top-k round.
pub(crate) const TOP_SAMPLES: usize = 256;
/// Smallest score that is written, where a logarithm would be minus infinity.
const LOWEST: f64 = -1e300;

/// What is known before the first pick and stays.
#[derive(Debug, Clone)]
pub(crate) struct Targets {
    /// Hit threshold in target units.
    pub threshold: f64,
    pub noise_sd: f64,
    /// Largest posterior mean of the measured rows, of all rows before any measurement.
    pub best: f64,
    /// Mean above which a row belongs to the strongest share.
    rank_threshold: f64,
    /// Rows in that share.
    top: usize,
}

impl Targets {
    pub fn new(
        request: &RoundRequest<'_>,
        posterior: &Posterior<'_>,
        all: &Marginals,
    ) -> Result<Self, PlanError> {
        let largest = |of: &mut dyn Iterator<Item = f64>| of.fold(f64::NEG_INFINITY, f64::max);
        let mut measured = Vec::with_capacity(request.observed.len());
        for o in &request.observed {
            measured.push(all.mean[request.table.row("observed", o.candidate)?]);
        }
        let best = match measured.is_empty() {
            true => largest(&mut all.mean.iter().copied()),
            false => largest(&mut measured.into_iter()),
        };
        let top = (request.top_share * all.mean.len() as f64).round().max(1.0) as usize;
        let rank_threshold = by::rank_threshold(&all.mean, request.top_share)?.unwrap_or(0.0);
        let threshold = request.hit_threshold.ln_1p();
        Ok(Self { threshold, noise_sd: posterior.noise_sd(), best, rank_threshold, top })
    }
}

/// Probability that one noisy measurement exceeds the threshold.
pub(crate) fn called(mean: &[f64], sd: &[f64], targets: &Targets) -> Result<Vec<f64>, PlanError> {
    let total: Vec<f64> = sd.iter().map(|s| s.hypot(targets.noise_sd)).collect();
    by::probability_of_improvement(mean, &total, targets.threshold)
}

/// One acquisition with its state.
#[derive(Clone)]
pub(crate) struct Scorer {
    acquisition: Acquisition,
    kappa: f64,
    targets: Targets,
    /// Probability of a called hit of every row, from the measurements alone.
    alone: Vec<f64>,
    /// Share of joint samples in which a row of the pool is among the best.
    shares: Vec<f64>,
    cover: Option<Cover>,
    /// Picks seen so far.
    place: usize,
}

impl Scorer {
    /// `alone`: probability of a called hit of every row from the measurements alone.
    pub fn new(
        request: &RoundRequest<'_>,
        acquisition: Acquisition,
        targets: &Targets,
        alone: &[f64],
    ) -> Self {
        // The last round has nothing to learn for.
        let kappa = if request.limits.rounds_left == Some(1) { 0.0 } else { request.kappa };
        let (targets, alone) = (targets.clone(), alone.to_vec());
        Self { acquisition, kappa, targets, alone, shares: vec![], cover: None, place: 0 }
    }

    /// A score's mean-and-sd part, by which the pool is cut where there are too many candidates.
    pub fn rough(&self, mean: f64, sd: f64) -> f64 {
        match self.acquisition {
            Acquisition::MaxVariance | Acquisition::Bald => sd,
            Acquisition::Straddle => STRADDLE_KAPPA * sd - (mean - self.targets.threshold).abs(),
            Acquisition::Thompson | Acquisition::TopK => mean + 2.0 * sd,
            _ => mean,
        }
    }

    /// Take up a state that needs the pool: joint samples are in the believer, covers start from the
    /// measured rows' points, `centres`, and what is pending.
    pub fn start(
        &mut self,
        believer: &Believer<'_>,
        centres: &faer::Mat<f64>,
        pending: &[usize],
        seed: u64,
    ) {
        let points = believer.points();
        self.cover = match self.acquisition {
            Acquisition::KCentre => Some(Cover::farthest(points, centres)),
            Acquisition::KMeansPlusPlus => Some(Cover::drawn(points, centres, seed)),
            Acquisition::Dpp => Some(Cover::determinant(points, self.qualities(believer))),
            _ => None,
        };
        pending.iter().for_each(|&row| self.cover_with(believer, row));
        self.refresh(believer);
    }

    fn cover_with(&mut self, believer: &Believer<'_>, row: usize) {
        if let (Some(cover), Some(p)) = (&mut self.cover, believer.at(row)) {
            cover.took(believer.points(), p);
        }
    }

    /// `e^u` of the mean in sd of the pool's means: what a determinant weighs against likeness.
    fn qualities(&self, believer: &Believer<'_>) -> Vec<f64> {
        let means: Vec<f64> =
            believer.pool().iter().filter_map(|&r| believer.marginal(r)).map(|m| m.0).collect();
        let n = means.len().max(1) as f64;
        let centre = means.iter().sum::<f64>() / n;
        let spread = (means.iter().map(|m| (m - centre).powi(2)).sum::<f64>() / n).sqrt();
        let unit = if spread > 0.0 { spread } else { 1.0 };
        means.iter().map(|m| ((m - centre) / unit).exp()).collect()
    }

    /// Follow a believed row.
    pub fn took(&mut self, believer: &Believer<'_>, row: usize) {
        self.place += 1;
        self.cover_with(believer, row);
        self.refresh(believer);
    }

    fn refresh(&mut self, believer: &Believer<'_>) {
        if self.acquisition == Acquisition::TopK {
            self.shares = believer.top_shares(self.targets.top);
        }
    }

    /// Scores of rows with their believed `mean` and `sd`; larger is better, always finite.
    ///
    /// # Errors
    /// Those of the acquisition.
    pub fn scores(
        &self,
        believer: &Believer<'_>,
        rows: &[usize],
        mean: &[f64],
        sd: &[f64],
    ) -> Result<Vec<f64>, PlanError> {
        let (kappa, targets) = (self.kappa, &self.targets);
        let threshold = targets.threshold;
        let each = |of: &dyn Fn(usize) -> Option<f64>| -> Vec<f64> {
            rows.iter().map(|&row| of(row).unwrap_or(LOWEST)).collect()
        };
        let scores = match self.acquisition {
            Acquisition::UpperConfidenceBound => by::upper_confidence_bound(mean, sd, kappa)?,
            Acquisition::ProbabilityOfHit => called(mean, sd, targets)?,
            Acquisition::OptimisticHit => {
                by::optimistic_probability_of_hit(mean, sd, threshold, kappa)?
            }
            Acquisition::ExpectedHits => each(&|row| self.alone.get(row).copied()),
            Acquisition::LogExpectedImprovement => {
                by::log_expected_improvement(mean, sd, targets.best)?
            }
            Acquisition::Thompson => each(&|row| believer.sampled(row, self.place)),
            Acquisition::Greedy => by::greedy(mean, sd)?,
            Acquisition::MaxVariance => by::max_variance(mean, sd)?,
            Acquisition::Straddle => by::straddle(mean, sd, threshold, STRADDLE_KAPPA)?,
            Acquisition::RankThreshold => {
                by::probability_of_improvement(mean, sd, targets.rank_threshold)?
            }
            Acquisition::TopK => each(&|row| self.shares.get(believer.at(row)?).copied()),
            Acquisition::Bald => {
                let noise = (targets.noise_sd * targets.noise_sd).max(f64::MIN_POSITIVE);
                by::bald(sd, &vec![noise; sd.len()])?
            }
            Acquisition::KCentre | Acquisition::KMeansPlusPlus | Acquisition::Dpp => {
                each(&|row| Some(self.cover.as_ref()?.score(believer.at(row)?)))
            }
        };
        Ok(scores.into_iter().map(|s| s.clamp(LOWEST, -LOWEST)).collect())
    }

    /// The acquisition that is scored.
    pub fn acquisition(&self) -> Acquisition {
        self.acquisition
    }
}
