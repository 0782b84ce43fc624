//! The effect head: an ensemble of linear models on a gene's features.

use std::path::Path;

use rand::RngExt;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::reference::Reference;
use super::ridge::{Linear, fit_ridge};
use super::tensors::{self, Tensors, Values};
use super::{LearnError, features::EXPRESSION_FEATURES};

/// Linear models in an ensemble.
pub const HEADS: usize = 5;

/// File of the head in a model directory.
pub const HEAD_FILE: &str = "head.safetensors";

const NOTE: &str = "nextwell_reference";

/// Predicted effect of a gene: `ln(1 + |robust z|)`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Prediction {
    /// Mean over the ensemble.
    pub mean: f64,
    /// Standard deviation over the ensemble: what the measured genes leave open, without the
    /// noise of a measurement.
    pub sd: f64,
}

/// Scaling that makes features comparable: each standardised, each block of equal weight.
#[derive(Debug, Clone, PartialEq)]
pub struct Scaling {
    mean: Vec<f64>,
    factor: Vec<f64>,
}

/// An ensemble of linear models with the scaling of its features and target.
#[derive(Debug, Clone, PartialEq)]
pub struct EffectHead {
    /// Cells the genes are read in.
    pub reference: Reference,
    /// Scaling of the features.
    pub scaling: Scaling,
    /// The models, on scaled features and standardised target.
    pub models: Vec<Linear>,
    /// Mean of the target over the training genes.
    pub target_mean: f64,
    /// Standard deviation of the target over the training genes.
    pub target_sd: f64,
}

impl Scaling {
    /// Scaling by the rows of some genes; blocks are context, word and expression.
    pub fn of(rows: &[Vec<f64>], width: usize) -> Self {
        let block = |feature| if feature < 2 * width { width } else { EXPRESSION_FEATURES };
        Self::by_blocks(rows, 2 * width + EXPRESSION_FEATURES, |feature| 3 * block(feature))
    }

    /// Scaling of rows that hold the expression features only.
    pub fn of_expression(rows: &[Vec<f64>]) -> Self {
        Self::by_blocks(rows, EXPRESSION_FEATURES, |_| EXPRESSION_FEATURES)
    }

    fn by_blocks(rows: &[Vec<f64>], features: usize, share: impl Fn(usize) -> usize) -> Self {
        let n = rows.len().max(1) as f64;
        let mut mean = vec![0.0; features];
        rows.iter().for_each(|row| add(&mut mean, row, |v| v / n));
        let mut spread = vec![0.0; features];
        for row in rows {
            for ((sum, value), centre) in spread.iter_mut().zip(row).zip(&mean) {
                *sum += (value - centre).powi(2) / n;
            }
        }
        let factor = spread.iter().enumerate().map(|(feature, variance): (usize, &f64)| {
            // A feature that never varies says nothing; scaling it up would be noise.
            if *variance < 1e-12 { 0.0 } else { 1.0 / (variance * share(feature) as f64).sqrt() }
        });
        let factor = factor.collect();
        Self { mean, factor }
    }

    /// True for rows of this many features.
    pub fn fits(&self, features: usize) -> bool {
        self.mean.len() == features
    }

    /// Scaled features.
    pub fn apply(&self, row: &[f64]) -> Vec<f64> {
        row.iter().zip(&self.mean).zip(&self.factor).map(|((v, m), f)| (v - m) * f).collect()
    }

    /// Mean and factor of the first `width` features: the contextual embedding.
    pub(super) fn context(&self, width: usize) -> (&[f64], &[f64]) {
        (&self.mean[..width], &self.factor[..width])
    }
}

fn add(sums: &mut [f64], row: &[f64], of: impl Fn(f64) -> f64) {
    sums.iter_mut().zip(row).for_each(|(sum, value)| *sum += of(*value));
}

/// How often each of `n` genes counts for each model: seeded bootstrap resamples.
pub fn bootstrap_counts(n: usize, seed: u64) -> Vec<Vec<f64>> {
    let draw = |head: u64| {
        let mut rng = ChaCha8Rng::seed_from_u64(seed.wrapping_mul(31).wrapping_add(head));
        let mut counts = vec![0.0; n];
        (0..n).for_each(|_| counts[rng.random_range(0..n)] += 1.0);
        counts
    };
    (0..HEADS as u64).map(draw).collect()
}

/// Fits the ensemble on scaled rows and standardised targets, around the parent's models.
pub fn fit_models(
    rows: &[Vec<f64>],
    targets: &[f64],
    counts: &[Vec<f64>],
    penalty: f64,
    priors: &[Linear],
) -> Vec<Linear> {
    let rows: Vec<&[f64]> = rows.iter().map(Vec::as_slice).collect();
    let fits = counts.iter().zip(priors);
    fits.map(|(counts, prior)| fit_ridge(&rows, targets, counts, penalty, prior)).collect()
}

impl EffectHead {
    /// Prediction for one gene's (unscaled) features.
    pub fn predict(&self, features: &[f64]) -> Prediction {
        let scaled = self.scaling.apply(features);
        let each: Vec<f64> = self.models.iter().map(|model| model.predict(&scaled)).collect();
        let mean = each.iter().sum::<f64>() / each.len().max(1) as f64;
        let sd = crate::stats::sample_sd(&each).unwrap_or(0.0);
        Prediction { mean: self.target_mean + self.target_sd * mean, sd: self.target_sd * sd }
    }

    /// Writes `head.safetensors` into a model directory.
    ///
    /// # Errors
    /// [`LearnError::File`].
    pub fn save(&self, dir: &Path) -> Result<(), LearnError> {
        let path = dir.join(HEAD_FILE);
        let features = self.scaling.mean.len();
        let values = |shape: Vec<usize>, data: &[f64]| Values {
            shape,
            data: data.iter().map(|v| *v as f32).collect(),
        };
        let weights: Vec<f64> = self.models.iter().flat_map(|m| m.weights.clone()).collect();
        let biases: Vec<f64> = self.models.iter().map(|m| m.bias).collect();
        let tensors = Tensors::from([
            ("heads.weight".to_owned(), values(vec![self.models.len(), features], &weights)),
            ("heads.bias".to_owned(), values(vec![self.models.len()], &biases)),
            ("scaling.mean".to_owned(), values(vec![features], &self.scaling.mean)),
            ("scaling.factor".to_owned(), values(vec![features], &self.scaling.factor)),
            ("target".to_owned(), values(vec![2], &[self.target_mean, self.target_sd])),
        ]);
        let note = serde_json::to_string(&self.reference)
            .map_err(|error| LearnError::file(&path, error))?;
        tensors::write(&path, &tensors, Some((NOTE, &note)))
    }

    /// Reads the head of a model directory; `None` for a model that was never fine-tuned.
    ///
    /// # Errors
    /// [`LearnError::File`] for a damaged file.
    pub fn load(dir: &Path) -> Result<Option<Self>, LearnError> {
        let path = dir.join(HEAD_FILE);
        if !path.is_file() {
            return Ok(None);
        }
        let tensors = tensors::read(&path)?;
        let get = |name: &str| -> Result<Vec<f64>, LearnError> {
            let found = tensors.get(name);
            let found =
                found.ok_or_else(|| LearnError::file(&path, format!("no tensor {name}")))?;
            Ok(found.data.iter().map(|&v| f64::from(v)).collect())
        };
        let (mean, factor, biases) =
            (get("scaling.mean")?, get("scaling.factor")?, get("heads.bias")?);
        let (weights, target) = (get("heads.weight")?, get("target")?);
        let fits = factor.len() == mean.len()
            && weights.len() == mean.len() * biases.len()
            && target.len() == 2
            && !mean.is_empty()
            && !biases.is_empty();
        if !fits {
            return Err(LearnError::file(&path, "the shapes of the head do not fit each other"));
        }
        let models = weights.chunks(mean.len()).zip(biases);
        let reference = serde_json::from_str(&tensors::read_note(&path, NOTE)?)
            .map_err(|error| LearnError::file(&path, error))?;
        Ok(Some(Self {
            reference,
            scaling: Scaling { mean, factor },
            models: models.map(|(w, bias)| Linear { weights: w.to_vec(), bias }).collect(),
            target_mean: target[0],
            target_sd: target[1],
        }))
    }

    /// The models in another standardisation of the target.
    pub(super) fn models_for(&self, target_mean: f64, target_sd: f64) -> Vec<Linear> {
        let ratio = self.target_sd / target_sd;
        let level = (self.target_mean - target_mean) / target_sd;
        let moved = |model: &Linear| Linear {
            weights: model.weights.iter().map(|w| w * ratio).collect(),
            bias: model.bias * ratio + level,
        };
        self.models.iter().map(moved).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::screen::CellState;

    fn head() -> EffectHead {
        let rows: Vec<Vec<f64>> =
            (0..6).map(|i| (0..4).map(|j| f64::from(i * (j + 1) % 5)).collect()).collect();
        let state = CellState { column: "source".into(), value: "Tumor".into() };
        EffectHead {
            reference: Reference { state, cells: 2, seed: 9 },
            scaling: Scaling::of(&rows, 1),
            models: (0..HEADS)
                .map(|i| Linear { weights: vec![0.5, -1.0, i as f64, 0.25], bias: 0.1 })
                .collect(),
            target_mean: 1.5,
            target_sd: 0.5,
        }
    }

    #[test]
    fn a_head_reads_back_with_the_same_predictions() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(EffectHead::load(dir.path()).unwrap(), None);
        head().save(dir.path()).unwrap();
        let back = EffectHead::load(dir.path()).unwrap().unwrap();
        let (a, b) = (head().predict(&[1.0, 2.0, 3.0, 4.0]), back.predict(&[1.0, 2.0, 3.0, 4.0]));
        assert!((a.mean - b.mean).abs() < 1e-5 && (a.sd - b.sd).abs() < 1e-5);
        assert_eq!(back.reference, head().reference);
    }

    #[test]
    fn restandardising_the_target_keeps_the_predictions() {
        let before = head();
        let after = EffectHead {
            models: before.models_for(3.0, 2.0),
            target_mean: 3.0,
            target_sd: 2.0,
            ..before.clone()
        };
        let features = [0.0, 1.0, 4.0, 2.0];
        assert!((before.predict(&features).mean - after.predict(&features).mean).abs() < 1e-9);
    }
}
