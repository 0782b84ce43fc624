//! Pretraining by masked-gene learning.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::adam::AnchoredAdam;
use super::backend::{Cpu, Train, cpu};
use super::bert::{MaskedCells, Network, Shape, normal};
use super::corpus::Corpus;
use super::record::{CurvePoint, TrainingRecord};
use super::tensors::{self, Tensors, Values};
use super::{LearnError, model_dir, vocabulary_file};
use crate::cells::CellMatrix;
use crate::tokenizer::Vocabulary;

/// Cells in one graph; graphs of a batch run in parallel.
const CELLS_PER_GRAPH: usize = 4;
const WEIGHT_DECAY: f64 = 0.001;
/// Share of the steps in which the learning rate rises; then it falls to 0 in a line.
const WARM_UP: f64 = 0.1;
const VALIDATION_SEED: u64 = 0x5eed_0f_7e57;

/// Size and course of a pretraining.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PretrainConfig {
    /// Encoder layers.
    pub layers: usize,
    /// Width of a position.
    pub hidden: usize,
    /// Attention heads.
    pub heads: usize,
    /// Width inside the feed-forward block.
    pub ffn: usize,
    /// Longest cell, in tokens.
    pub max_len: usize,
    /// Passes over the cells.
    pub epochs: usize,
    /// Cells per optimiser step.
    pub batch: usize,
    /// Largest learning rate.
    pub learning_rate: f64,
    /// Column of `obs` that names the donor: whole donors are kept out.
    pub donor_column: Option<String>,
    /// Seed of weights, masks, order and held-out cells.
    pub seed: u64,
}

impl Default for PretrainConfig {
    fn default() -> Self {
        Self {
            layers: 2,
            hidden: 64,
            heads: 2,
            ffn: 128,
            max_len: 512,
            epochs: 6,
            batch: 8,
            learning_rate: 2e-3,
            donor_column: None,
            seed: 0,
        }
    }
}

/// Course of a pretraining; losses in nats per masked gene.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LossCurve {
    /// Per epoch: mean loss on the training cells and, after it, on held-out cells.
    pub points: Vec<CurvePoint>,
    /// Loss of a model that knows only how frequent each gene is.
    pub baseline: f64,
    /// Cells trained on.
    pub train_cells: usize,
    /// Cells kept out.
    pub held_out_cells: usize,
}

/// Pretrains a Geneformer from random weights on given cells and writes it to a new directory.
///
/// Masked-gene learning: 15 % of the genes of a cell are to be predicted, of which 80 % are
/// masked, 10 % replaced and 10 % kept; AdamW, warm-up and linear decay, no dropout. The graphs of
/// a batch run in parallel and their gradients are summed in order, so a seed gives the same bits
/// on any number of threads. The directory holds `config.json`, `model.safetensors` (Hugging Face
/// names), `vocabulary.csv` and the record; `progress` gets steps done and total.
///
/// # Errors
/// [`LearnError`]: settings that make no network, too few cells, an unknown donor column, a `dir`
/// that exists, divergence, cancellation.
pub fn pretrain(
    cells: &CellMatrix,
    vocabulary: &Vocabulary,
    config: &PretrainConfig,
    dir: &Path,
    progress: &dyn Fn(usize, usize),
    cancel: &AtomicBool,
) -> Result<LossCurve, LearnError> {
    check(config)?;
    let donor = config.donor_column.as_deref();
    let corpus = Corpus::new(cells, vocabulary, config.max_len, donor, config.seed)?;
    let trainer = Trainer::new(config, &corpus);
    let (values, points) = trainer.run(progress, cancel)?;
    let curve = LossCurve {
        points,
        baseline: corpus.unigram_entropy(),
        train_cells: corpus.train.len(),
        held_out_cells: corpus.held_out.len(),
    };
    let tensors = expand(trainer.shape.named(values), &corpus, vocabulary, config);
    let record = TrainingRecord {
        kind: "pretrained".to_owned(),
        parent: None,
        cells: cells.digest()?,
        code_version: env!("CARGO_PKG_VERSION").to_owned(),
        seed: config.seed,
        settings: serde_json::json!(config),
        genes_trained: Vec::new(),
        curve: curve.points.clone(),
        notes: vec![format!("loss of gene frequencies alone: {:.4}", curve.baseline)],
    };
    model_dir::create(dir, |dir| {
        let path = dir.join("config.json");
        let text = serde_json::to_string_pretty(&hugging_face(config, vocabulary))
            .map_err(|error| LearnError::file(&path, error))?;
        std::fs::write(&path, text + "\n").map_err(|error| LearnError::file(&path, error))?;
        tensors::write(&dir.join(model_dir::WEIGHTS), &tensors, None)?;
        vocabulary_file::write(dir, vocabulary)?;
        record.save(dir)
    })?;
    Ok(curve)
}

fn check(config: &PretrainConfig) -> Result<(), LearnError> {
    let refuse = |setting, found: usize, expected| {
        Err(LearnError::BadSetting { setting, found: found.to_string(), expected })
    };
    let sizes = [
        ("layers", config.layers),
        ("hidden", config.hidden),
        ("heads", config.heads),
        ("ffn", config.ffn),
        ("epochs", config.epochs),
        ("batch", config.batch),
    ];
    if let Some((setting, found)) = sizes.into_iter().find(|(_, size)| *size == 0) {
        return refuse(setting, found, "at least 1");
    }
    if !config.hidden.is_multiple_of(config.heads) {
        return refuse("hidden", config.hidden, "a multiple of the number of heads");
    }
    if config.max_len < 4 {
        return refuse("max_len", config.max_len, "at least 4 tokens");
    }
    Ok(())
}

fn hugging_face(config: &PretrainConfig, vocabulary: &Vocabulary) -> serde_json::Value {
    serde_json::json!({
        "architectures": ["BertForMaskedLM"],
        "model_type": "bert",
        "vocab_size": vocabulary.len(),
        "hidden_size": config.hidden,
        "num_hidden_layers": config.layers,
        "num_attention_heads": config.heads,
        "intermediate_size": config.ffn,
        "max_position_embeddings": config.max_len,
        "hidden_act": "relu",
        "layer_norm_eps": super::bert::EPSILON,
        "type_vocab_size": 2,
        "pad_token_id": 0,
        "position_embedding_type": "absolute",
        "initializer_range": 0.02,
        "hidden_dropout_prob": 0.0,
        "attention_probs_dropout_prob": 0.0,
    })
}

/// From the compact to the full vocabulary: tokens that no cell has keep random embeddings.
fn expand(
    mut tensors: Tensors,
    corpus: &Corpus,
    vocabulary: &Vocabulary,
    config: &PretrainConfig,
) -> Tensors {
    let mut rng = ChaCha8Rng::seed_from_u64(config.seed ^ 0xfeed);
    let (words, bias) = ("bert.embeddings.word_embeddings.weight", "cls.predictions.bias");
    for (name, width, fill) in [(words, config.hidden, 0.02), (bias, 1, 0.0)] {
        let Some(compact) = tensors.remove(name) else { continue };
        let mut data: Vec<f32> =
            (0..vocabulary.len() * width).map(|_| (normal(&mut rng) * fill) as f32).collect();
        for (row, &token) in compact.data.chunks(width).zip(&corpus.tokens) {
            data[token as usize * width..][..width].copy_from_slice(row);
        }
        let shape = if width == 1 && compact.shape.len() == 1 {
            vec![vocabulary.len()]
        } else {
            vec![vocabulary.len(), width]
        };
        tensors.insert(name.to_owned(), Values { shape, data });
    }
    tensors
}

struct Trainer<'a> {
    config: &'a PretrainConfig,
    corpus: &'a Corpus,
    shape: Shape,
}

impl<'a> Trainer<'a> {
    fn new(config: &'a PretrainConfig, corpus: &'a Corpus) -> Self {
        let shape = Shape {
            vocabulary: corpus.tokens.len(),
            hidden: config.hidden,
            layers: config.layers,
            heads: config.heads,
            ffn: config.ffn,
            positions: config.max_len,
        };
        Self { config, corpus, shape }
    }

    fn run(
        &self,
        progress: &dyn Fn(usize, usize),
        cancel: &AtomicBool,
    ) -> Result<(Vec<Values>, Vec<CurvePoint>), LearnError> {
        let mut rng = ChaCha8Rng::seed_from_u64(self.config.seed);
        let mut values = self.shape.initial(&mut rng);
        let mut adam = AnchoredAdam::decaying_to_zero(&values);
        let per_epoch = self.corpus.train.len().div_ceil(self.config.batch);
        let total = per_epoch * self.config.epochs;
        let mut points =
            vec![CurvePoint { step: 0, train: None, validation: Some(self.held_out(&values)) }];
        let mut order: Vec<usize> = (0..self.corpus.train.len()).collect();
        let mut step = 0;
        for epoch in 1..=self.config.epochs {
            order.shuffle(&mut rng);
            let (mut sum, mut places) = (0.0, 0usize);
            for batch in order.chunks(self.config.batch) {
                if cancel.load(Ordering::Relaxed) {
                    return Err(LearnError::Cancelled);
                }
                let graphs = self.graphs(batch, &self.corpus.train, self.config.seed, step);
                let (loss, count, gradients) = self.gradient(&values, &graphs);
                if !loss.is_finite() {
                    return Err(LearnError::Diverged { step, loss });
                }
                (sum, places) = (sum + loss, places + count);
                adam.step(&mut values, &gradients, self.rate(step, total), WEIGHT_DECAY);
                step += 1;
                progress(step, total);
            }
            let train = Some(sum / places.max(1) as f64);
            let validation = Some(self.held_out(&values));
            points.push(CurvePoint { step: epoch, train, validation });
        }
        Ok((values, points))
    }

    fn rate(&self, step: usize, total: usize) -> f64 {
        let (at, warm) = (step as f64 + 1.0, (total as f64 * WARM_UP).max(1.0));
        let share = if at < warm {
            at / warm
        } else {
            (total as f64 - at + 1.0) / (total as f64 - warm + 1.0)
        };
        self.config.learning_rate * share
    }

    /// Masked graphs of some cells, cells of similar length together.
    fn graphs(
        &self,
        picks: &[usize],
        from: &[Vec<i32>],
        seed: u64,
        step: usize,
    ) -> Vec<MaskedCells> {
        let mut picks = picks.to_vec();
        picks.sort_by_key(|&pick| (from[pick].len(), pick));
        let groups = picks.chunks(CELLS_PER_GRAPH).enumerate();
        groups
            .map(|(number, group)| {
                let cells: Vec<&[i32]> = group.iter().map(|&i| from[i].as_slice()).collect();
                let mixed = seed
                    .wrapping_mul(0x9e37_79b9_7f4a_7c15)
                    .wrapping_add(step as u64 * 1009 + number as u64);
                self.corpus.mask(&cells, mixed)
            })
            .collect()
    }

    /// Summed loss, places and mean gradient of a batch.
    fn gradient(&self, values: &[Values], graphs: &[MaskedCells]) -> (f64, usize, Vec<Vec<f32>>) {
        let places: usize = graphs.iter().map(|graph| graph.places.len()).sum();
        let parts: Vec<(f64, Vec<Vec<f32>>)> = graphs
            .par_iter()
            .map(|graph| {
                let mut network = Network::<Train>::new(self.shape, values, &cpu());
                network.tensors =
                    network.tensors.into_iter().map(|tensor| tensor.require_grad()).collect();
                let loss = network.loss(graph).div_scalar(places as f64);
                let value = f64::from(loss.clone().into_scalar()) * places as f64;
                let gradients = loss.backward();
                let flat = |(tensor, values): (&burn::tensor::Tensor<Train, 2>, &Values)| {
                    let gradient = tensor.grad(&gradients).map(|g| g.into_data().to_vec::<f32>());
                    gradient.and_then(Result::ok).unwrap_or_else(|| vec![0.0; values.data.len()])
                };
                (value, network.tensors.iter().zip(values).map(flat).collect())
            })
            .collect();
        let mut parts = parts.into_iter();
        let (mut loss, mut sum) = parts.next().unwrap_or_default();
        for (value, gradients) in parts {
            loss += value;
            for (sum, part) in sum.iter_mut().zip(&gradients) {
                sum.iter_mut().zip(part).for_each(|(sum, value)| *sum += value);
            }
        }
        (loss, places, sum)
    }

    /// Mean loss on the held-out cells, always with the same masks.
    fn held_out(&self, values: &[Values]) -> f64 {
        let all: Vec<usize> = (0..self.corpus.held_out.len()).collect();
        let graphs = self.graphs(&all, &self.corpus.held_out, VALIDATION_SEED, 0);
        let losses: Vec<f64> = graphs
            .par_iter()
            .map(|graph| {
                let network = Network::<Cpu>::new(self.shape, values, &cpu());
                f64::from(network.loss(graph).into_scalar())
            })
            .collect();
        let places: usize = graphs.iter().map(|graph| graph.places.len()).sum();
        losses.iter().sum::<f64>() / places.max(1) as f64
    }
}
