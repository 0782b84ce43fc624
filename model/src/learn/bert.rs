//! The encoder in training: masked-gene loss and gradients over named tensors.
//!
//! Training works on the tensors of a Hugging Face file directly, with explicit softmax (faster
//! under autodiff than the attention operator). That it is the same network as the one that runs
//! screens is tested on the saved model.

use burn::tensor::activation::{log_softmax, relu, softmax};
use burn::tensor::backend::Backend;
use burn::tensor::{Int, Tensor, TensorData};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::tensors::{Tensors, Values};

/// Sizes of a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// Tokens of the vocabulary.
    pub vocabulary: usize,
    /// Width of a position.
    pub hidden: usize,
    /// Encoder layers.
    pub layers: usize,
    /// Attention heads.
    pub heads: usize,
    /// Width inside the feed-forward block.
    pub ffn: usize,
    /// Positions.
    pub positions: usize,
}

/// Variance floor of the layer norms, as in every Geneformer checkpoint.
pub const EPSILON: f64 = 1e-12;
const INITIAL_SD: f64 = 0.02;
/// Tensors before the first layer.
const EMBEDDINGS: usize = 5;
/// Tensors of a layer.
const PER_LAYER: usize = 16;

impl Shape {
    /// Name and shape of every tensor, in the order used here.
    pub fn tensors(&self) -> Vec<(String, Vec<usize>)> {
        let (h, f) = (self.hidden, self.ffn);
        let mut all = vec![
            ("bert.embeddings.word_embeddings.weight".to_owned(), vec![self.vocabulary, h]),
            ("bert.embeddings.position_embeddings.weight".to_owned(), vec![self.positions, h]),
            ("bert.embeddings.token_type_embeddings.weight".to_owned(), vec![2, h]),
            ("bert.embeddings.LayerNorm.weight".to_owned(), vec![h]),
            ("bert.embeddings.LayerNorm.bias".to_owned(), vec![h]),
        ];
        for layer in 0..self.layers {
            let mut linear = |name: &str, out: usize, inputs: usize| {
                let name = format!("bert.encoder.layer.{layer}.{name}");
                all.push((format!("{name}.weight"), vec![out, inputs]));
                all.push((format!("{name}.bias"), vec![out]));
            };
            linear("attention.self.query", h, h);
            linear("attention.self.key", h, h);
            linear("attention.self.value", h, h);
            linear("attention.output.dense", h, h);
            linear("intermediate.dense", f, h);
            linear("output.dense", h, f);
            for norm in ["attention.output.LayerNorm", "output.LayerNorm"] {
                for part in ["weight", "bias"] {
                    all.push((format!("bert.encoder.layer.{layer}.{norm}.{part}"), vec![h]));
                }
            }
        }
        let head = "cls.predictions";
        all.push((format!("{head}.transform.dense.weight"), vec![h, h]));
        all.push((format!("{head}.transform.dense.bias"), vec![h]));
        all.push((format!("{head}.transform.LayerNorm.weight"), vec![h]));
        all.push((format!("{head}.transform.LayerNorm.bias"), vec![h]));
        all.push((format!("{head}.bias"), vec![self.vocabulary]));
        all
    }

    /// Seeded initial values: matrices normal with sd 0.02, norms 1, biases 0.
    pub fn initial(&self, rng: &mut ChaCha8Rng) -> Vec<Values> {
        let start = |(name, shape): (String, Vec<usize>)| {
            let size = shape.iter().product();
            let data = if shape.len() == 2 {
                (0..size).map(|_| (normal(rng) * INITIAL_SD) as f32).collect()
            } else if name.ends_with("LayerNorm.weight") {
                vec![1.0; size]
            } else {
                vec![0.0; size]
            };
            Values { shape, data }
        };
        self.tensors().into_iter().map(start).collect()
    }

    /// The values by name.
    pub fn named(&self, values: Vec<Values>) -> Tensors {
        self.tensors().into_iter().map(|(name, _)| name).zip(values).collect()
    }
}

/// A standard normal number (Box and Muller).
pub(super) fn normal(rng: &mut ChaCha8Rng) -> f64 {
    let (a, b): (f64, f64) = (rng.random(), rng.random());
    (-2.0 * (1.0 - a).ln()).sqrt() * (std::f64::consts::TAU * b).cos()
}

/// Cells with some tokens masked: one graph of the training.
#[derive(Debug, Clone, PartialEq)]
pub struct MaskedCells {
    /// Tokens `[cells, tokens]`, row by row, padded with 0.
    pub ids: Vec<i32>,
    /// Tokens of each cell.
    pub lengths: Vec<usize>,
    /// Length of a row.
    pub tokens: usize,
    /// Places in `ids` to predict.
    pub places: Vec<i32>,
    /// The token at each place.
    pub targets: Vec<i32>,
}

/// The network's tensors on a backend.
pub struct Network<B: Backend> {
    shape: Shape,
    /// In the order of [`Shape::tensors`]; vectors as `[1, n]`.
    pub tensors: Vec<Tensor<B, 2>>,
    device: B::Device,
}

impl<B: Backend> Network<B> {
    /// Puts values on a device.
    pub fn new(shape: Shape, values: &[Values], device: &B::Device) -> Self {
        let tensor = |values: &Values| {
            let shape = match values.shape[..] {
                [out, inputs] => [out, inputs],
                _ => [1, values.data.len()],
            };
            Tensor::from_data(TensorData::new(values.data.clone(), shape), device)
        };
        Self { shape, tensors: values.iter().map(tensor).collect(), device: device.clone() }
    }

    /// Sum over the masked places of `-ln p(token)`, `[1]`.
    pub fn loss(&self, cells: &MaskedCells) -> Tensor<B, 1> {
        let hidden = self.hidden(cells);
        let [n, tokens, width] = hidden.dims();
        let places = self.integers(&cells.places);
        let masked = hidden.reshape([n * tokens, width]).select(0, places);
        let head = EMBEDDINGS + PER_LAYER * self.shape.layers;
        let transformed = relu(self.linear(masked, head));
        let transformed = self.norm(transformed, head + 2);
        // The decoder is tied to the word embeddings.
        let logits = transformed.matmul(self.tensors[0].clone().transpose());
        let logits = logits + self.tensors[head + 4].clone();
        let targets = self.integers(&cells.targets).reshape([cells.targets.len(), 1]);
        log_softmax(logits, 1).gather(1, targets).sum().neg()
    }

    fn hidden(&self, cells: &MaskedCells) -> Tensor<B, 3> {
        let (n, tokens, width) = (cells.lengths.len(), cells.tokens, self.shape.hidden);
        let words = self.tensors[0].clone().select(0, self.integers(&cells.ids));
        let positions = self.tensors[1].clone().slice([0..tokens, 0..width]).unsqueeze::<3>();
        let kind = self.tensors[2].clone().slice([0..1, 0..width]);
        let sum = words.reshape([n, tokens, width]) + positions;
        let sum = sum.reshape([n * tokens, width]) + kind;
        let mut state = self.norm(sum, 3);
        let padding = self.padding(cells);
        for layer in 0..self.shape.layers {
            state = self.layer(state, [n, tokens], padding.clone(), EMBEDDINGS + PER_LAYER * layer);
        }
        state.reshape([n, tokens, width])
    }

    fn layer(
        &self,
        input: Tensor<B, 2>,
        [n, tokens]: [usize; 2],
        padding: Option<Tensor<B, 4>>,
        at: usize,
    ) -> Tensor<B, 2> {
        let (heads, size) = (self.shape.heads, self.shape.hidden / self.shape.heads);
        let split = |part: usize| {
            let projected = self.linear(input.clone(), at + 2 * part);
            projected.reshape([n, tokens, heads, size]).swap_dims(1, 2)
        };
        let (query, key, value) = (split(0), split(1), split(2));
        let mut scores = query.div_scalar((size as f64).sqrt()).matmul(key.swap_dims(2, 3));
        if let Some(padding) = padding {
            scores = scores + padding;
        }
        let mixed = softmax(scores, 3).matmul(value).swap_dims(1, 2);
        let attended = self.linear(mixed.reshape([n * tokens, heads * size]), at + 6);
        let attended = self.norm(input + attended, at + 12);
        let inner = relu(self.linear(attended.clone(), at + 8));
        self.norm(attended + self.linear(inner, at + 10), at + 14)
    }

    fn linear(&self, input: Tensor<B, 2>, at: usize) -> Tensor<B, 2> {
        input.matmul(self.tensors[at].clone().transpose()) + self.tensors[at + 1].clone()
    }

    fn norm(&self, input: Tensor<B, 2>, at: usize) -> Tensor<B, 2> {
        let centred = input.clone() - input.mean_dim(1);
        let variance = (centred.clone() * centred.clone()).mean_dim(1);
        let scaled = centred / (variance + EPSILON).sqrt();
        scaled * self.tensors[at].clone() + self.tensors[at + 1].clone()
    }

    /// A large negative number on padded keys; none where nothing is padded.
    fn padding(&self, cells: &MaskedCells) -> Option<Tensor<B, 4>> {
        if cells.lengths.iter().all(|length| *length == cells.tokens) {
            return None;
        }
        let mut values = vec![0.0f32; cells.lengths.len() * cells.tokens];
        for (row, length) in values.chunks_mut(cells.tokens).zip(&cells.lengths) {
            row[*length..].fill(-1e9);
        }
        let (n, heads, tokens) = (cells.lengths.len(), self.shape.heads, cells.tokens);
        let keys = TensorData::new(values, [n, 1, 1, tokens]);
        Some(Tensor::<B, 4>::from_data(keys, &self.device).expand([n, heads, tokens, tokens]))
    }

    fn integers(&self, values: &[i32]) -> Tensor<B, 1, Int> {
        Tensor::from_data(TensorData::new(values.to_vec(), [values.len()]), &self.device)
    }
}
