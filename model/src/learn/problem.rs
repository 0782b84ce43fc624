//! The learning problem of a fine-tuning: genes, targets, splits, and the head on given features.

use burn::tensor::{Tensor, TensorData};

use super::finetune::scaling_for;
use super::head::{EffectHead, HEADS, Scaling, bootstrap_counts, fit_models};
use super::reference::Reference;
use super::ridge::{Linear, fit_ridge};
use super::split::fraction;
use crate::device::CpuAutodiff;

/// Ridge penalties tried. Scaled features have a mean squared norm of 1, so 1 means that signal and
/// noise are believed equal; the largest all but keeps the parent's head (or the mean).
const PENALTIES: [f64; 8] = [0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 1000.0];
/// Folds of the cross-validation that chooses the penalty.
const FOLDS: usize = 5;
/// Share of genes kept from the top layer to choose its step.
const VALIDATION_SHARE: f64 = 0.2;
/// Fewest genes new to this version for a choice on them alone.
const FEWEST_FRESH: usize = 8;

/// Genes with targets, features that do not change, and the parent's head.
pub struct Problem {
    names: Vec<String>,
    targets: Vec<f64>,
    mean: f64,
    sd: f64,
    /// Genes that errors are measured on: those new to this version, if they are enough.
    judged: Vec<bool>,
    validation: Vec<bool>,
    rest: Vec<Vec<f64>>,
    parent: Option<EffectHead>,
    seed: u64,
}

/// The head fitted at one step of the top layer.
pub struct Fit {
    /// Mean squared error on the inner validation genes (standardised target).
    pub validation: f64,
    models: Vec<Linear>,
    scaling: Scaling,
    /// Part of each gene's prediction that does not depend on the top layer, by model.
    fixed: Vec<[f32; HEADS]>,
    /// 1 / number of pairs where the gene is out of the model's resample, else 0.
    share: Vec<[f32; HEADS]>,
    targets: Vec<f32>,
}

impl Problem {
    /// Builds the problem; all vectors run over the genes in ascending order of their ids.
    ///
    /// `fresh[i]` is false where the parent was trained on gene `i`: errors on such genes say
    /// little, so choices are made on the others.
    pub fn new(
        names: Vec<String>,
        targets: Vec<f64>,
        fresh: Vec<bool>,
        rest: Vec<Vec<f64>>,
        parent: Option<&EffectHead>,
        seed: u64,
    ) -> Self {
        let enough = fresh.iter().filter(|f| **f).count() >= FEWEST_FRESH;
        let judged: Vec<bool> = fresh.iter().map(|f| *f || !enough).collect();
        let draw = |name: &String| fraction("inner validation", name, seed);
        let mut order: Vec<usize> = (0..names.len()).filter(|&i| judged[i]).collect();
        order.sort_by(|&a, &b| draw(&names[a]).total_cmp(&draw(&names[b])).then(a.cmp(&b)));
        order.truncate(((order.len() as f64 * VALIDATION_SHARE).round() as usize).max(2));
        let validation = (0..names.len()).map(|i| order.contains(&i)).collect();
        let mean = crate::stats::mean(&targets).unwrap_or(0.0);
        let sd = crate::stats::sample_sd(&targets).filter(|sd| *sd > 1e-9).unwrap_or(1.0);
        let targets = targets.iter().map(|t| (t - mean) / sd).collect();
        Self { names, targets, mean, sd, judged, validation, rest, parent: parent.cloned(), seed }
    }

    /// Ensembl ids, ascending.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Scaling of the features with the given contextual embeddings.
    pub fn scaling(&self, contexts: &[Vec<f64>]) -> Scaling {
        let width = contexts.first().map_or(0, Vec::len);
        scaling_for(self.parent.as_ref(), &self.rows(contexts), width)
    }

    /// Fits the head on the genes outside the inner validation set.
    pub fn fit(&self, contexts: &[Vec<f64>], scaling: &Scaling) -> Fit {
        let rows = self.scaled(contexts, scaling);
        let train: Vec<usize> = (0..rows.len()).filter(|&i| !self.validation[i]).collect();
        let penalty = self.penalty(&rows, &train);
        let counts = self.counts(&train);
        let models = self.models(&rows, &counts, penalty);
        let error = |i: usize| (ensemble(&models, &rows[i]) - self.targets[i]).powi(2);
        let held: Vec<f64> = (0..rows.len()).filter(|&i| self.validation[i]).map(error).collect();
        let width = contexts.first().map_or(0, Vec::len);
        let fixed = rows.iter().map(|row| {
            std::array::from_fn(|h| {
                let rest = models[h].weights[width..].iter().zip(&row[width..]);
                (models[h].bias + rest.map(|(w, x)| w * x).sum::<f64>()) as f32
            })
        });
        let fixed = fixed.collect();
        Fit {
            validation: crate::stats::mean(&held).unwrap_or(f64::INFINITY),
            share: out_of_bag(&counts, &train, rows.len()),
            fixed,
            models,
            scaling: scaling.clone(),
            targets: self.targets.iter().map(|t| *t as f32).collect(),
        }
    }

    /// The head on all training genes and its penalty.
    pub fn final_head(&self, contexts: &[Vec<f64>], reference: Reference) -> (EffectHead, f64) {
        let scaling = self.scaling(contexts);
        let rows = self.scaled(contexts, &scaling);
        let all: Vec<usize> = (0..rows.len()).collect();
        let penalty = self.penalty(&rows, &all);
        let models = self.models(&rows, &self.counts(&all), penalty);
        let (target_mean, target_sd) = (self.mean, self.sd);
        (EffectHead { reference, scaling, models, target_mean, target_sd }, penalty)
    }

    fn rows(&self, contexts: &[Vec<f64>]) -> Vec<Vec<f64>> {
        let rows = contexts.iter().zip(&self.rest);
        rows.map(|(context, rest)| context.iter().chain(rest).copied().collect()).collect()
    }

    fn scaled(&self, contexts: &[Vec<f64>], scaling: &Scaling) -> Vec<Vec<f64>> {
        self.rows(contexts).iter().map(|row| scaling.apply(row)).collect()
    }

    fn priors(&self, features: usize) -> Vec<Linear> {
        let parent = self.parent.as_ref().map(|head| head.models_for(self.mean, self.sd));
        let fits = |models: &Vec<Linear>| {
            models.len() == HEADS && models.iter().all(|m| m.weights.len() == features)
        };
        parent.filter(fits).unwrap_or_else(|| vec![Linear::zero(features); HEADS])
    }

    fn models(&self, rows: &[Vec<f64>], counts: &[Vec<f64>], penalty: f64) -> Vec<Linear> {
        let features = rows.first().map_or(0, Vec::len);
        fit_models(rows, &self.targets, counts, penalty, &self.priors(features))
    }

    /// Resamples of `train`; other genes count 0.
    fn counts(&self, train: &[usize]) -> Vec<Vec<f64>> {
        let spread = |drawn: Vec<f64>| {
            let mut counts = vec![0.0; self.names.len()];
            train.iter().zip(drawn).for_each(|(&gene, count)| counts[gene] = count);
            counts
        };
        bootstrap_counts(train.len(), self.seed).into_iter().map(spread).collect()
    }

    /// Penalty with the smallest cross-validated error; the larger of two equal ones.
    fn penalty(&self, rows: &[Vec<f64>], train: &[usize]) -> f64 {
        let features = rows.first().map_or(0, Vec::len);
        let prior = mean_model(&self.priors(features), features);
        let views: Vec<&[f64]> = rows.iter().map(Vec::as_slice).collect();
        let fold = |i: usize| (fraction("fold", &self.names[i], self.seed) * FOLDS as f64) as usize;
        let mut best = (f64::INFINITY, PENALTIES[PENALTIES.len() - 1]);
        for penalty in PENALTIES.into_iter().rev() {
            let mut error = 0.0;
            for held in 0..FOLDS {
                let mut counts = vec![0.0; rows.len()];
                train.iter().filter(|&&i| fold(i) != held).for_each(|&i| counts[i] = 1.0);
                let model = fit_ridge(&views, &self.targets, &counts, penalty, &prior);
                let judged = train.iter().filter(|&&i| fold(i) == held && self.judged[i]);
                error += judged
                    .map(|&i| (model.predict(views[i]) - self.targets[i]).powi(2))
                    .sum::<f64>();
            }
            if error < best.0 {
                best = (error, penalty);
            }
        }
        best.1
    }
}

impl Fit {
    /// Share of the out-of-bag error due to some genes, as a function of their contexts.
    ///
    /// # Shapes
    /// `contexts` `[genes, width]`, the genes from `first` on; returns `[1]`.
    pub fn loss(&self, first: usize, contexts: Tensor<CpuAutodiff, 2>) -> Tensor<CpuAutodiff, 1> {
        let device = contexts.device();
        let [genes, width] = contexts.dims();
        let tensor = |values: Vec<f32>, shape: [usize; 2]| {
            Tensor::<CpuAutodiff, 2>::from_data(TensorData::new(values, shape), &device)
        };
        let range = first..first + genes;
        let flat = |of: &[[f32; HEADS]]| of[range.clone()].as_flattened().to_vec();
        let (mean, factor) = self.scaling.context(width);
        let narrow = |of: &[f64]| of.iter().map(|v| *v as f32).collect::<Vec<f32>>();
        let weights = self.models.iter().flat_map(|m| narrow(&m.weights[..width])).collect();
        let scaled =
            (contexts - tensor(narrow(mean), [1, width])) * tensor(narrow(factor), [1, width]);
        let predicted = scaled.matmul(tensor(weights, [HEADS, width]).transpose())
            + tensor(flat(&self.fixed), [genes, HEADS]);
        let error = predicted - tensor(self.targets[range.clone()].to_vec(), [genes, 1]);
        (error.powi_scalar(2) * tensor(flat(&self.share), [genes, HEADS])).sum()
    }
}

fn ensemble(models: &[Linear], row: &[f64]) -> f64 {
    models.iter().map(|model| model.predict(row)).sum::<f64>() / models.len().max(1) as f64
}

fn mean_model(models: &[Linear], features: usize) -> Linear {
    let mut mean = Linear::zero(features);
    for model in models {
        mean.bias += model.bias / models.len() as f64;
        for (sum, weight) in mean.weights.iter_mut().zip(&model.weights) {
            *sum += weight / models.len() as f64;
        }
    }
    mean
}

fn out_of_bag(counts: &[Vec<f64>], train: &[usize], genes: usize) -> Vec<[f32; HEADS]> {
    let outside = |gene: usize, head: usize| counts[head][gene] == 0.0;
    let pairs: usize =
        train.iter().map(|&gene| (0..HEADS).filter(|&head| outside(gene, head)).count()).sum();
    let share = 1.0 / pairs.max(1) as f32;
    let mut shares = vec![[0.0; HEADS]; genes];
    for &gene in train {
        for (head, value) in shares[gene].iter_mut().enumerate() {
            *value = if outside(gene, head) { share } else { 0.0 };
        }
    }
    shares
}
