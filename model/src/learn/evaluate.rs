//! Comparing a candidate model version with the current one on held-out genes.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::LearnError;
use crate::stats::{BootstrapInterval, bootstrap, quantile, spearman};

/// Resamples of genes behind each interval.
pub const BOOTSTRAP_ROUNDS: usize = 2000;

/// Held-out genes with what each contender predicts; all slices `[genes]`, in units of the target.
#[derive(Debug, Clone, Copy)]
pub struct Contenders<'a> {
    /// What was measured.
    pub measured: &'a [f64],
    /// Predictions of the candidate.
    pub candidate: &'a [f64],
    /// Predictions of the current version.
    pub current: &'a [f64],
    /// Predictions of ridge regression on simple expression features.
    pub ridge: &'a [f64],
    /// Mean of the training genes.
    pub training_mean: f64,
}

/// How well one contender predicts the held-out genes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// Mean squared error with its 95 % interval over genes.
    pub mse: BootstrapInterval,
    /// Spearman correlation with its 95 % interval; absent where predictions are constant.
    pub spearman: Option<BootstrapInterval>,
}

/// Candidate, current version and baselines on the same held-out genes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// Held-out genes.
    pub genes: usize,
    /// The candidate.
    pub candidate: Score,
    /// The version it would replace.
    pub current: Score,
    /// The training mean for every gene.
    pub mean: Score,
    /// Ridge regression on simple expression features.
    pub ridge: Score,
    /// The candidate's predictions shuffled over genes.
    pub random: Score,
    /// Share of resamples in which the candidate's error is below the current version's.
    pub p_better_than_current: f64,
    /// The same against the training mean.
    pub p_better_than_mean: f64,
}

/// Evaluates all contenders with the same resamples of genes.
///
/// # Errors
/// [`LearnError::TooFewGenes`] below two genes, [`LearnError::NotFinite`] for NaN in any slice,
/// [`LearnError::LengthMismatch`] for slices of different length.
pub fn evaluate(contenders: Contenders<'_>, seed: u64) -> Result<Evaluation, LearnError> {
    let measured = contenders.measured;
    let genes = measured.len();
    if genes < 2 {
        return Err(LearnError::TooFewGenes { what: "held-out", found: genes, needed: 2 });
    }
    let mean = vec![contenders.training_mean; genes];
    let mut random = contenders.candidate.to_vec();
    random.shuffle(&mut ChaCha8Rng::seed_from_u64(seed ^ 0x5eed));
    let score = |predicted: &[f64], name| score(measured, predicted, name, seed);
    Ok(Evaluation {
        genes,
        candidate: score(contenders.candidate, "the candidate")?,
        current: score(contenders.current, "the current version")?,
        mean: score(&mean, "the training mean")?,
        ridge: score(contenders.ridge, "ridge")?,
        random: score(&random, "the shuffled candidate")?,
        p_better_than_current: better(measured, contenders.candidate, contenders.current, seed),
        p_better_than_mean: better(measured, contenders.candidate, &mean, seed),
    })
}

fn score(
    measured: &[f64],
    predicted: &[f64],
    who: &'static str,
    seed: u64,
) -> Result<Score, LearnError> {
    if measured.len() != predicted.len() {
        let (found, expected) = (predicted.len(), measured.len());
        return Err(LearnError::LengthMismatch { who, found, expected });
    }
    if let Some(gene) = (0..measured.len()).find(|&i| !(measured[i] + predicted[i]).is_finite()) {
        return Err(LearnError::NotFinite { what: format!("prediction {gene} of {who}") });
    }
    let all: Vec<usize> = (0..measured.len()).collect();
    let error = |picks: &[usize]| Some(mse(measured, predicted, picks));
    let rank = |picks: &[usize]| {
        let pick = |from: &[f64]| picks.iter().map(|&i| from[i]).collect::<Vec<f64>>();
        spearman(&pick(measured), &pick(predicted))
    };
    Ok(Score {
        mse: interval(&all, seed, error).ok_or(LearnError::NotFinite { what: who.to_owned() })?,
        spearman: interval(&all, seed, rank),
    })
}

fn interval(
    all: &[usize],
    seed: u64,
    statistic: impl Fn(&[usize]) -> Option<f64>,
) -> Option<BootstrapInterval> {
    let estimate = statistic(all)?;
    let drawn = bootstrap(all.len(), BOOTSTRAP_ROUNDS, seed, statistic);
    Some(BootstrapInterval {
        estimate,
        low: quantile(&drawn, 0.025)?,
        high: quantile(&drawn, 0.975)?,
    })
}

fn mse(measured: &[f64], predicted: &[f64], picks: &[usize]) -> f64 {
    picks.iter().map(|&i| (measured[i] - predicted[i]).powi(2)).sum::<f64>() / picks.len() as f64
}

/// Share of resamples in which `first` errs less than `second`; equal errors count half.
fn better(measured: &[f64], first: &[f64], second: &[f64], seed: u64) -> f64 {
    let wins = bootstrap(measured.len(), BOOTSTRAP_ROUNDS, seed, |picks| {
        let (a, b) = (mse(measured, first, picks), mse(measured, second, picks));
        Some(if a < b {
            1.0
        } else if a > b {
            0.0
        } else {
            0.5
        })
    });
    wins.iter().sum::<f64>() / wins.len().max(1) as f64
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(crate) fn contest(noise: f64) -> Evaluation {
        let measured: Vec<f64> = (0..40).map(|i| f64::from(i * 7 % 40) / 10.0).collect();
        let wobble = |i: usize| noise * if i.is_multiple_of(2) { 1.0 } else { -1.0 };
        let candidate: Vec<f64> = measured.iter().enumerate().map(|(i, m)| m + wobble(i)).collect();
        let flat = vec![2.0; 40];
        let contenders = Contenders {
            measured: &measured,
            candidate: &candidate,
            current: &flat,
            ridge: &flat,
            training_mean: 2.0,
        };
        evaluate(contenders, 3).unwrap()
    }

    #[test]
    fn a_good_candidate_beats_mean_and_its_own_shuffle() {
        let found = contest(0.3);
        assert!(found.p_better_than_current > 0.99 && found.p_better_than_mean > 0.99);
        assert!((found.candidate.mse.estimate - 0.09).abs() < 1e-9);
        assert!(found.candidate.spearman.unwrap().low > 0.8);
        assert_eq!(found.mean.spearman, None, "a constant has no rank correlation");
        assert!(found.random.mse.estimate > found.candidate.mse.estimate);
    }

    #[test]
    fn a_candidate_equal_to_the_current_version_is_a_coin_toss() {
        let measured = [1.0, 2.0, 3.0];
        let flat = [2.0; 3];
        let same = Contenders {
            measured: &measured,
            candidate: &flat,
            current: &flat,
            ridge: &flat,
            training_mean: 2.0,
        };
        assert_eq!(evaluate(same, 1).unwrap().p_better_than_current, 0.5);
    }

    #[test]
    fn nan_predictions_are_refused_by_name() {
        let measured = [1.0, 2.0];
        let bad = Contenders {
            measured: &measured,
            candidate: &[f64::NAN, 1.0],
            current: &measured,
            ridge: &measured,
            training_mean: 1.0,
        };
        let message = evaluate(bad, 1).unwrap_err().to_string();
        assert!(message.contains("candidate"), "{message}");
    }
}
