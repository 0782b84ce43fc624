//! Pretraining by masked-gene learning.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use burn::module::{AutodiffModule, Module};
use burn::optim::{AdamWConfig, GradientsAccumulator, GradientsParams, Optimizer};
use burn::tensor::{Tensor, TensorData};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::corpus::Corpus;
use super::masked_model::{MaskedCell, MaskedModel};
use super::record::{CurvePoint, TrainingRecord};
use super::{LearnError, model_dir, vocabulary_file};
use crate::cells::CellMatrix;
use crate::checkpoint::LoadReport;
use crate::device::{Cpu, CpuAutodiff};
use crate::families::geneformer::GeneformerConfig;
use crate::families::geneformer::tokenizer::Vocabulary;
use crate::families::geneformer::{Loaded, save};

const WEIGHT_DECAY: f32 = 0.001;
/// Share of the steps in which the learning rate rises; then it falls to 0 in a line.
const WARM_UP: f64 = 0.1;
const VALIDATION_SEED: u64 = 0x5eed_7e57;

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
            epochs: 4,
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

/// A pretrained model in memory.
#[derive(Debug, Clone)]
pub struct Pretrained {
    /// Config, encoder and vocabulary head, as a checkpoint of this shape loads.
    pub model: Loaded<Cpu>,
    /// Course of the training.
    pub curve: LossCurve,
}

/// Pretrains a Geneformer from random weights on given cells.
///
/// Masked-gene learning: 15 % of the genes of a cell are to be predicted, of which 80 % are
/// masked, 10 % replaced and 10 % kept; AdamW, warm-up and linear decay, no dropout. The softmax
/// runs over the genes that occur in the cells, and the vocabulary's bias starts at
/// their frequencies. Cells of a batch run in parallel and their gradients are summed in order, so
/// a seed gives the same bits on any number of threads. `progress` gets steps done and total.
///
/// # Errors
/// [`LearnError`]: settings that make no network, too few cells, an unknown donor column,
/// divergence, cancellation.
pub fn pretrain(
    cells: &CellMatrix,
    vocabulary: &Vocabulary,
    config: &PretrainConfig,
    progress: &dyn Fn(usize, usize),
    cancel: &AtomicBool,
) -> Result<Pretrained, LearnError> {
    check(config)?;
    let donor = config.donor_column.as_deref();
    let corpus = Corpus::new(cells, vocabulary, config.max_len, donor, config.seed)?;
    let (model, points) = Trainer { config, corpus: &corpus }.run(progress, cancel)?;
    let curve = LossCurve {
        points,
        baseline: corpus.unigram_entropy(),
        train_cells: corpus.train.len(),
        held_out_cells: corpus.held_out.len(),
    };
    Ok(Pretrained { model: expand(model.valid(), &corpus, vocabulary, config), curve })
}

/// [`pretrain`], written to a new directory: `config.json`, `model.safetensors`,
/// `vocabulary.csv` and the training record.
///
/// # Errors
/// As [`pretrain`]; a `dir` that exists or cannot be written.
pub fn pretrain_to(
    dir: &Path,
    cells: &CellMatrix,
    vocabulary: &Vocabulary,
    config: &PretrainConfig,
    progress: &dyn Fn(usize, usize),
    cancel: &AtomicBool,
) -> Result<LossCurve, LearnError> {
    model_dir::refuse_existing(dir)?;
    let Pretrained { model, curve } = pretrain(cells, vocabulary, config, progress, cancel)?;
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
        save(dir, &model)?;
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

fn network(config: &PretrainConfig, vocabulary: usize) -> GeneformerConfig {
    GeneformerConfig::with_sizes(
        vocabulary,
        config.hidden,
        config.layers,
        config.heads,
        config.ffn,
        config.max_len,
    )
}

/// From the compact to the full vocabulary: tokens that no cell has keep random embeddings and get
/// the bias of the rarest.
fn expand(
    mut compact: MaskedModel<Cpu>,
    corpus: &Corpus,
    vocabulary: &Vocabulary,
    config: &PretrainConfig,
) -> Loaded<Cpu> {
    let device = Default::default();
    let full = network(config, vocabulary.len());
    let words = compact.net.word_embeddings().into_data().to_vec::<f32>().unwrap_or_default();
    let bias = compact.head.bias.val().into_data().to_vec::<f32>().unwrap_or_default();
    let rarest = bias.iter().copied().fold(f32::INFINITY, f32::min);
    let mut all_bias = vec![rarest; vocabulary.len()];
    let fresh = MaskedModel::<Cpu>::seeded(&full, config.seed ^ 0xfeed, Vec::new(), &device);
    let mut all_words = fresh.net.word_embeddings().into_data().to_vec::<f32>().unwrap_or_default();
    for (row, &token) in corpus.tokens.iter().enumerate() {
        let (from, to) = (row * config.hidden, token as usize * config.hidden);
        all_words[to..to + config.hidden].copy_from_slice(&words[from..from + config.hidden]);
        all_bias[token as usize] = bias[row];
    }
    let words = TensorData::new(all_words, [vocabulary.len(), config.hidden]);
    let bias = TensorData::new(all_bias, [vocabulary.len()]);
    let table = compact.net.embeddings.word.weight;
    compact.net.embeddings.word.weight = table.map(|_| Tensor::from_data(words, &device));
    compact.head.bias = compact.head.bias.map(|_| Tensor::from_data(bias, &device));
    Loaded {
        config: full,
        net: compact.net,
        mlm: Some(compact.head),
        classifier: None,
        token_classifier: None,
        report: LoadReport::default(),
    }
}

type Model = MaskedModel<CpuAutodiff>;

struct Trainer<'a> {
    config: &'a PretrainConfig,
    corpus: &'a Corpus,
}

impl Trainer<'_> {
    fn run(
        &self,
        progress: &dyn Fn(usize, usize),
        cancel: &AtomicBool,
    ) -> Result<(Model, Vec<CurvePoint>), LearnError> {
        let (config, corpus) = (self.config, self.corpus);
        let frequencies = corpus.log_frequencies().into_iter().map(|f| f as f32).collect();
        let shape = network(config, corpus.tokens.len());
        let mut model = Model::seeded(&shape, config.seed, frequencies, &Default::default());
        let adam = AdamWConfig::new().with_epsilon(1e-8).with_weight_decay(WEIGHT_DECAY);
        let mut adam = adam.init::<CpuAutodiff, Model>();
        let total = corpus.train.len().div_ceil(config.batch) * config.epochs;
        let mut rng = ChaCha8Rng::seed_from_u64(config.seed);
        let mut order: Vec<usize> = (0..corpus.train.len()).collect();
        let start = Some(self.held_out(&model));
        let mut points = vec![CurvePoint { step: 0, train: None, validation: start }];
        let mut step = 0;
        for epoch in 1..=config.epochs {
            order.shuffle(&mut rng);
            let (mut sum, mut places) = (0.0, 0);
            for batch in order.chunks(config.batch) {
                if cancel.load(Ordering::Relaxed) {
                    return Err(LearnError::Cancelled);
                }
                let cells = self.masked(batch, &corpus.train, config.seed, step);
                let (loss, gradients) = gradient(&model, &cells);
                if !loss.is_finite() {
                    return Err(LearnError::Diverged { step, loss });
                }
                sum += loss;
                places += cells.iter().map(|cell| cell.places.len()).sum::<usize>();
                model = adam.step(self.rate(step, total), model, gradients);
                step += 1;
                progress(step, total);
            }
            let train = Some(sum / f64::from(places.max(1) as u32));
            points.push(CurvePoint { step: epoch, train, validation: Some(self.held_out(&model)) });
        }
        Ok((model, points))
    }

    fn rate(&self, step: usize, total: usize) -> f64 {
        let (at, total) = (step as f64 + 1.0, total as f64);
        let warm = (total * WARM_UP).max(1.0);
        let falling = (total - at + 1.0) / (total - warm + 1.0);
        self.config.learning_rate * (at / warm).min(falling)
    }

    fn masked(
        &self,
        picks: &[usize],
        from: &[Vec<i32>],
        seed: u64,
        step: usize,
    ) -> Vec<MaskedCell> {
        let mixed = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(step as u64 * 8009);
        let cells = picks.iter().enumerate();
        cells.map(|(n, &i)| self.corpus.mask(&from[i], mixed.wrapping_add(n as u64))).collect()
    }

    /// Mean loss on the held-out cells, always with the same masks.
    fn held_out(&self, model: &Model) -> f64 {
        let all: Vec<usize> = (0..self.corpus.held_out.len()).collect();
        let cells = self.masked(&all, &self.corpus.held_out, VALIDATION_SEED, 0);
        let model = model.valid();
        let loss =
            |cell: &MaskedCell| f64::from(model.loss(cell, &Default::default()).into_scalar());
        let losses: Vec<f64> = cells.par_iter().map(loss).collect();
        let places: usize = cells.iter().map(|cell| cell.places.len()).sum();
        losses.iter().sum::<f64>() / places.max(1) as f64
    }
}

/// Summed loss of some cells and the gradient of its mean over the masked places.
///
/// Each cell has its own graph; the parts are summed in the order of the cells.
fn gradient(model: &Model, cells: &[MaskedCell]) -> (f64, GradientsParams) {
    let places: usize = cells.iter().map(|cell| cell.places.len()).sum();
    let part = |cell: &MaskedCell| {
        // A fork has nodes of its own: graphs that share nodes lock each other out, and a worker
        // that waits for such a lock while it holds another never wakes up.
        let device = Default::default();
        let model = model.clone().fork(&device);
        let loss = model.loss(cell, &device);
        let value = f64::from(loss.clone().into_scalar());
        let gradients = loss.div_scalar(places as f64).backward();
        (value, GradientsParams::from_grads(gradients, &model))
    };
    let parts: Vec<(f64, GradientsParams)> = cells.par_iter().map(part).collect();
    let mut sum = GradientsAccumulator::new();
    let mut total = 0.0;
    for (value, gradients) in parts {
        total += value;
        sum.accumulate(model, gradients);
    }
    (total, sum.grads())
}
