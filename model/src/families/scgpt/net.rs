//! scGPT: a set transformer over genes with binned (or log) expression.
//!
//! Source: Cui et al. 2024, Nature Methods 21; layers as in `scgpt.model.TransformerModel` and
//! `TransformerGenerator` of the authors' repository.

use burn::module::{Initializer, Module, Param};
use burn::nn::{Embedding, LayerNorm, Linear};
use burn::tensor::activation::relu;
use burn::tensor::backend::Backend;
use burn::tensor::{Int, Tensor};

use super::config::ScGptConfig;
use crate::nets::bert::{EncoderLayer, LayerSizes, key_mask, linear, norm};

/// Kinds of flags of the perturbation model: not perturbed, perturbed, padding.
const FLAGS: usize = 3;
/// Epsilon of the batch norms of the input.
const BATCH_NORM_EPS: f64 = 6.1e-5;

/// A table followed by a layer norm: genes, categories of values, batches.
#[derive(Module, Debug)]
pub struct NormedTable<B: Backend> {
    /// One vector per row.
    pub embedding: Embedding<B>,
    /// Norm of a vector.
    pub norm: LayerNorm<B>,
}

impl<B: Backend> NormedTable<B> {
    /// A fresh table of `rows`.
    pub fn init(rows: usize, sizes: &LayerSizes, device: &B::Device) -> Self {
        Self { embedding: table(rows, sizes, device), norm: norm(sizes.hidden, sizes.eps, device) }
    }

    /// `ids` `[batch, tokens]` to `[batch, tokens, hidden]`.
    pub fn forward(&self, ids: Tensor<B, 2, Int>) -> Tensor<B, 3> {
        self.norm.forward(self.embedding.forward(ids))
    }
}

fn table<B: Backend>(rows: usize, sizes: &LayerSizes, device: &B::Device) -> Embedding<B> {
    let normal = Initializer::Normal { mean: 0.0, std: sizes.std };
    Embedding { weight: normal.init([rows, sizes.hidden], device) }
}

/// Values through a small net: clamp, linear, ReLU, linear, layer norm.
#[derive(Module, Debug)]
pub struct ContinuousEncoder<B: Backend> {
    /// From one number to a vector.
    pub input: Linear<B>,
    /// From vector to vector.
    pub output: Linear<B>,
    /// Norm of the vector.
    pub norm: LayerNorm<B>,
    /// Values above are read as this one.
    pub max_value: f64,
}

impl<B: Backend> ContinuousEncoder<B> {
    fn init(sizes: &LayerSizes, max_value: f32, device: &B::Device) -> Self {
        Self {
            input: linear(1, sizes.hidden, sizes.std, device),
            output: linear(sizes.hidden, sizes.hidden, sizes.std, device),
            norm: norm(sizes.hidden, sizes.eps, device),
            max_value: f64::from(max_value),
        }
    }

    fn forward(&self, values: Tensor<B, 2>) -> Tensor<B, 3> {
        let x = values.unsqueeze_dim::<3>(2).clamp_max(self.max_value);
        self.norm.forward(self.output.forward(relu(self.input.forward(x))))
    }
}

/// Batch norm with stored statistics over the features of the input.
#[derive(Module, Debug)]
pub struct FeatureNorm<B: Backend> {
    /// Mean of each feature, `[hidden]`.
    pub mean: Param<Tensor<B, 1>>,
    /// Variance of each feature, `[hidden]`.
    pub variance: Param<Tensor<B, 1>>,
    /// Factor of each feature, where the norm has one.
    pub scale: Option<Param<Tensor<B, 1>>>,
    /// Summand of each feature, where the norm has one.
    pub shift: Option<Param<Tensor<B, 1>>>,
}

impl<B: Backend> FeatureNorm<B> {
    /// A norm that changes nothing (but for its epsilon).
    pub fn init(width: usize, affine: bool, device: &B::Device) -> Self {
        let zeros = || Initializer::Zeros.init([width], device);
        let ones = || Initializer::Ones.init([width], device);
        Self {
            mean: zeros(),
            variance: ones(),
            scale: affine.then(ones),
            shift: affine.then(zeros),
        }
    }

    fn forward(&self, x: Tensor<B, 3>) -> Tensor<B, 3> {
        let wide = |v: &Param<Tensor<B, 1>>| v.val().unsqueeze::<3>();
        let deviation = self.variance.val().add_scalar(BATCH_NORM_EPS).sqrt().unsqueeze::<3>();
        let mut x = (x - wide(&self.mean)) / deviation;
        if let Some(scale) = &self.scale {
            x = x * wide(scale);
        }
        if let Some(shift) = &self.shift {
            x = x + wide(shift);
        }
        x
    }
}

/// What the transformer reads: one row per token.
#[derive(Debug, Clone)]
pub struct Input<B: Backend> {
    /// Gene tokens, `[batch, tokens]`.
    pub ids: Tensor<B, 2, Int>,
    /// Bins or log expression, `[batch, tokens]`.
    pub values: Tensor<B, 2>,
    /// Flags of the perturbation model, `[batch, tokens]`; none are all 0.
    pub flags: Option<Tensor<B, 2, Int>>,
    /// Batch that the cells come from, for a model with a norm per batch.
    pub domain: usize,
}

/// Encoders and transformer, without heads.
///
/// Exactly one of `continuous` and `category` is present, or neither where values scale the gene
/// vectors (`scaling`).
#[derive(Module, Debug)]
pub struct ScGpt<B: Backend> {
    /// Gene encoder.
    pub genes: NormedTable<B>,
    /// Value encoder of a `continuous` model.
    pub continuous: Option<ContinuousEncoder<B>>,
    /// Value encoder of a `category` model.
    pub category: Option<NormedTable<B>>,
    /// Encoder of the flags of the perturbation model.
    pub flags: Option<Embedding<B>>,
    /// Encoder layers, first to last.
    pub layers: Vec<EncoderLayer<B>>,
    /// Batch norms of the input: none, one for all batches, or one per batch.
    pub domains: Vec<FeatureNorm<B>>,
}

impl ScGptConfig {
    /// A fresh net for `tokens` tokens, with flags where it is a perturbation model.
    pub fn init<B: Backend>(&self, tokens: usize, flags: bool, device: &B::Device) -> ScGpt<B> {
        let sizes = self.layer_sizes();
        let is = |style: &str| self.input_emb_style == style;
        ScGpt {
            genes: NormedTable::init(tokens, &sizes, device),
            continuous: is("continuous")
                .then(|| ContinuousEncoder::init(&sizes, self.max_value, device)),
            category: is("category").then(|| NormedTable::init(self.value_rows(), &sizes, device)),
            flags: flags.then(|| table(FLAGS, &sizes, device)),
            layers: (0..self.nlayers).map(|_| EncoderLayer::init(&sizes, device)).collect(),
            domains: Vec::new(),
        }
    }
}

impl<B: Backend> ScGpt<B> {
    /// Static gene embeddings, `[batch, tokens, hidden]`: what the MVC decoder queries with.
    pub fn gene_embeddings(&self, ids: Tensor<B, 2, Int>) -> Tensor<B, 3> {
        self.genes.forward(ids)
    }

    /// Embedded values `[batch, tokens, hidden]`; none in a `scaling` model.
    pub fn value_embeddings(&self, values: Tensor<B, 2>) -> Option<Tensor<B, 3>> {
        if let Some(encoder) = &self.continuous {
            return Some(encoder.forward(values));
        }
        self.category.as_ref().map(|table| table.forward(values.int()))
    }

    /// Hidden state 0, `[batch, tokens, hidden]`.
    ///
    /// Ids must lie in the table and `domain` among the norms; callers check first.
    pub fn embed(&self, input: Input<B>) -> Tensor<B, 3> {
        let Input { ids, values, flags, domain } = input;
        let genes = self.gene_embeddings(ids.clone());
        let mut x = match self.value_embeddings(values.clone()) {
            Some(embedded) => genes + embedded,
            None => genes * values.unsqueeze_dim::<3>(2),
        };
        if let Some(table) = &self.flags {
            x = x + table.forward(flags.unwrap_or_else(|| ids.zeros_like()));
        }
        // One norm serves all batches.
        match self.domains.get(domain).or(self.domains.first()) {
            Some(norm) => norm.forward(x),
            None => x,
        }
    }

    /// All hidden states: index 0 is the embedding output, `i` the output of layer `i - 1`.
    ///
    /// # Shapes
    /// - `input`: padded on the right; `lengths`: real tokens of each cell
    /// - output: `layers + 1` tensors `[batch, tokens, hidden]`; padded positions hold values
    ///   that mean nothing
    pub fn forward_hidden(&self, input: Input<B>, lengths: &[usize]) -> Vec<Tensor<B, 3>> {
        let mask = key_mask(lengths, input.ids.dims()[1], &input.ids.device());
        let mut states = Vec::with_capacity(self.layers.len() + 1);
        let mut x = self.embed(input);
        for layer in &self.layers {
            states.push(x.clone());
            x = layer.forward(x, mask.as_ref());
        }
        states.push(x);
        states
    }
}
