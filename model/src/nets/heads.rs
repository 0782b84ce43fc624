//! Heads on top of an encoder: vocabulary (masked LM), whole cell, single token.

use burn::module::{Initializer, Module, Param};
use burn::nn::{LayerNorm, Linear};
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

use super::bert::{Activation, LayerSizes, linear, norm};

/// Masked-LM head: dense, activation, layer norm, then the word table transposed plus a bias.
///
/// Costs `positions * vocab * hidden`, so it takes chosen positions only, never whole batches.
#[derive(Module, Debug)]
pub struct MlmHead<B: Backend> {
    /// Square map before the vocabulary.
    pub dense: Linear<B>,
    /// Norm before the vocabulary.
    pub norm: LayerNorm<B>,
    /// One number per token, `[vocab]`.
    pub bias: Param<Tensor<B, 1>>,
    /// Activation after the square map.
    #[module(skip)]
    pub activation: Activation,
}

impl<B: Backend> MlmHead<B> {
    /// A fresh head for `vocab` tokens.
    pub fn init(sizes: &LayerSizes, vocab: usize, device: &B::Device) -> Self {
        Self {
            dense: linear(sizes.hidden, sizes.hidden, sizes.std, device),
            norm: norm(sizes.hidden, sizes.eps, device),
            bias: Initializer::Zeros.init([vocab], device),
            activation: sizes.activation,
        }
    }

    /// Logits over the vocabulary.
    ///
    /// # Shapes
    /// - `hidden`: `[m, hidden]`, the last hidden state at `m` chosen positions
    /// - `words`: `[vocab, hidden]`, the word table
    /// - output: `[m, vocab]`
    pub fn forward(&self, hidden: Tensor<B, 2>, words: Tensor<B, 2>) -> Tensor<B, 2> {
        let x = self.norm.forward(self.activation.forward(self.dense.forward(hidden)));
        x.matmul(words.transpose()) + self.bias.val().unsqueeze()
    }
}

/// Classifier of whole cells: pools position 0 (dense, tanh), then a linear map to classes.
#[derive(Module, Debug)]
pub struct SequenceClassifier<B: Backend> {
    /// Square map before tanh.
    pub pooler: Linear<B>,
    /// Map to class logits.
    pub classifier: Linear<B>,
}

/// What [`SequenceClassifier::forward`] gives.
#[derive(Debug, Clone)]
pub struct Classified<B: Backend> {
    /// Pooled cells, `[batch, hidden]`.
    pub pooled: Tensor<B, 2>,
    /// Class logits, `[batch, classes]`.
    pub logits: Tensor<B, 2>,
}

impl<B: Backend> SequenceClassifier<B> {
    /// A fresh head for `classes` classes.
    pub fn init(sizes: &LayerSizes, classes: usize, device: &B::Device) -> Self {
        let (hidden, std) = (sizes.hidden, sizes.std);
        Self {
            pooler: linear(hidden, hidden, std, device),
            classifier: linear(hidden, classes, std, device),
        }
    }

    /// `last` hidden state `[batch, tokens, hidden]` to pooled cells and logits.
    pub fn forward(&self, last: Tensor<B, 3>) -> Classified<B> {
        let [batch, _, hidden] = last.dims();
        let first = last.slice([0..batch, 0..1, 0..hidden]).reshape([batch, hidden]);
        let pooled = self.pooler.forward(first).tanh();
        Classified { logits: self.classifier.forward(pooled.clone()), pooled }
    }
}

/// Classifier of single tokens (genes in their cell): a linear map at every position.
#[derive(Module, Debug)]
pub struct TokenClassifier<B: Backend> {
    /// Map to class logits.
    pub classifier: Linear<B>,
}

impl<B: Backend> TokenClassifier<B> {
    /// A fresh head for `classes` classes.
    pub fn init(sizes: &LayerSizes, classes: usize, device: &B::Device) -> Self {
        Self { classifier: linear(sizes.hidden, classes, sizes.std, device) }
    }

    /// `last` hidden state `[batch, tokens, hidden]` to `[batch, tokens, classes]`.
    pub fn forward(&self, last: Tensor<B, 3>) -> Tensor<B, 3> {
        self.classifier.forward(last)
    }
}
