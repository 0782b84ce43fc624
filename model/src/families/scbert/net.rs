//! scBERT: a Performer over all genes in a fixed order, each with the bin of its expression.
//!
//! Source: Yang et al. 2022, Nature Machine Intelligence 4:852.

use burn::module::{Initializer, Module, Param};
use burn::nn::{Embedding, LayerNorm, Linear};
use burn::tensor::activation::relu;
use burn::tensor::backend::Backend;
use burn::tensor::{Int, Tensor};

use super::config::ScBertConfig;
use crate::nets::bert::{linear, norm};
use crate::nets::performer::{KeyMaximum, Performer};

/// The body, without a head.
#[derive(Module, Debug)]
pub struct ScBert<B: Backend> {
    /// One vector per bin, `[tokens, dim]`.
    pub tokens: Embedding<B>,
    /// One vector per gene (gene2vec) and one more, `[genes + 1, dim]`.
    pub positions: Embedding<B>,
    /// The layers.
    pub performer: Performer<B>,
    /// Norm after the last layer.
    pub norm: LayerNorm<B>,
}

impl ScBertConfig {
    /// A fresh body.
    pub fn init<B: Backend>(&self, device: &B::Device) -> ScBert<B> {
        let table = |rows: usize| Embedding {
            weight: Initializer::Normal { mean: 0.0, std: 0.02 }.init([rows, self.dim], device),
        };
        ScBert {
            tokens: table(self.num_tokens),
            positions: table(self.max_seq_len),
            performer: Performer::init(&self.layer_sizes(), device),
            norm: norm(self.dim, self.eps_layernorm, device),
        }
    }

    /// A fresh head of the masked objective.
    pub fn init_bins<B: Backend>(&self, device: &B::Device) -> Linear<B> {
        linear(self.dim, self.num_tokens, 0.02, device)
    }
}

impl<B: Backend> ScBert<B> {
    /// Bins `[batch, genes + 1]` to the embedding output `[batch, genes + 1, dim]`.
    pub fn embed(&self, ids: Tensor<B, 2, Int>) -> Tensor<B, 3> {
        self.tokens.forward(ids) + self.positions.weight.val().unsqueeze::<3>()
    }

    /// The output of each layer `[batch, genes + 1, dim]`, and last the normed encodings.
    pub fn forward_hidden(&self, ids: Tensor<B, 2, Int>, maximum: KeyMaximum) -> Vec<Tensor<B, 3>> {
        let mut x = self.embed(ids);
        let mut states = Vec::with_capacity(self.performer.layers.len() + 1);
        for layer in &self.performer.layers {
            x = layer.forward(x, maximum);
            states.push(x.clone());
        }
        states.push(self.norm.forward(x));
        states
    }
}

/// The annotation head: one number per gene, then three maps.
#[derive(Module, Debug)]
pub struct AnnotationHead<B: Backend> {
    /// A convolution that spans a whole encoding, `[1, 1, 1, dim]` with one bias: the same weighted
    /// sum for every gene.
    pub conv: Convolution<B>,
    /// Genes to the first hidden layer.
    pub first: Linear<B>,
    /// First to second hidden layer.
    pub second: Linear<B>,
    /// Second hidden layer to classes.
    pub third: Linear<B>,
}

/// Weight and bias of the convolution, as stored.
#[derive(Module, Debug)]
pub struct Convolution<B: Backend> {
    /// `[1, 1, 1, dim]`
    pub weight: Param<Tensor<B, 4>>,
    /// `[1]`
    pub bias: Param<Tensor<B, 1>>,
}

/// What [`AnnotationHead::forward`] gives.
#[derive(Debug, Clone)]
pub struct Annotated<B: Backend> {
    /// Activations of the first hidden layer, `[batch, first]`.
    pub first: Tensor<B, 2>,
    /// Activations of the second hidden layer, `[batch, second]`.
    pub second: Tensor<B, 2>,
    /// `[batch, classes]`
    pub logits: Tensor<B, 2>,
}

impl<B: Backend> AnnotationHead<B> {
    /// A fresh head; `sizes` are the two hidden layers and the classes.
    pub fn init(config: &ScBertConfig, sizes: [usize; 3], device: &B::Device) -> Self {
        let [first, second, classes] = sizes;
        let normal = Initializer::Normal { mean: 0.0, std: 0.02 };
        Self {
            conv: Convolution {
                weight: normal.init([1, 1, 1, config.dim], device),
                bias: Initializer::Zeros.init([1], device),
            },
            first: linear(config.max_seq_len, first, 0.02, device),
            second: linear(first, second, 0.02, device),
            third: linear(second, classes, 0.02, device),
        }
    }

    /// Normed encodings `[batch, genes + 1, dim]` to classes.
    pub fn forward(&self, encodings: Tensor<B, 3>) -> Annotated<B> {
        let [batch, tokens, dim] = encodings.dims();
        let weight = self.conv.weight.val().reshape([dim, 1]);
        let sums = encodings.reshape([batch * tokens, dim]).matmul(weight);
        let per_gene = relu(sums.reshape([batch, tokens]) + self.conv.bias.val().unsqueeze());
        let first = relu(self.first.forward(per_gene));
        let second = relu(self.second.forward(first.clone()));
        Annotated { logits: self.third.forward(second.clone()), first, second }
    }
}
