//! Post-norm encoder layers: BERT's, and torch's `TransformerEncoderLayer`, which is the same sum
//! with another layer-norm epsilon and a fused query-key-value matrix in the file.

use burn::module::{Initializer, Module};
use burn::nn::{Dropout, DropoutConfig, LayerNorm, LayerNormConfig, Linear};
use burn::tensor::activation::{gelu, relu, softmax};
use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData};

/// A linear map `input -> output` with weights of `N(0, std)` and a bias of zeros.
pub fn linear<B: Backend>(input: usize, output: usize, std: f64, device: &B::Device) -> Linear<B> {
    let normal = Initializer::Normal { mean: 0.0, std };
    Linear {
        weight: normal.init([input, output], device),
        bias: Some(Initializer::Zeros.init([output], device)),
    }
}

/// Layer norm over the last `width` values.
pub fn norm<B: Backend>(width: usize, eps: f64, device: &B::Device) -> LayerNorm<B> {
    LayerNormConfig::new(width).with_epsilon(eps).init(device)
}

/// Additive mask `[batch, 1, 1, tokens]`: 0 on the first `lengths[i]` keys of sequence `i`, the
/// smallest finite number on padding. `None` where no sequence is padded, which saves the addition.
pub fn key_mask<B: Backend>(
    lengths: &[usize],
    tokens: usize,
    device: &B::Device,
) -> Option<Tensor<B, 4>> {
    if lengths.iter().all(|&l| l >= tokens) {
        return None;
    }
    let values: Vec<f32> = lengths
        .iter()
        .flat_map(|&l| (0..tokens).map(move |t| if t < l { 0.0 } else { f32::MIN }))
        .collect();
    let data = TensorData::new(values, [lengths.len(), 1, 1, tokens]);
    Some(Tensor::from_data(data, device))
}

/// Activation of a feed-forward block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activation {
    /// `max(x, 0)`
    Relu,
    /// `x Phi(x)` with the exact error function (Hendrycks and Gimpel 2016).
    Gelu,
}

impl Activation {
    /// Applies it to every value.
    pub fn forward<B: Backend, const D: usize>(self, x: Tensor<B, D>) -> Tensor<B, D> {
        match self {
            Self::Relu => relu(x),
            Self::Gelu => gelu(x),
        }
    }
}

/// Sizes and rates shared by the layers of one stack.
#[derive(Debug, Clone, Copy)]
pub struct LayerSizes {
    /// Width of a hidden state.
    pub hidden: usize,
    /// Attention heads; divides `hidden`.
    pub heads: usize,
    /// Width of the feed-forward block.
    pub intermediate: usize,
    /// Added to the variance in layer norms.
    pub eps: f64,
    /// Standard deviation of fresh weights.
    pub std: f64,
    /// Activation of the feed-forward block.
    pub activation: Activation,
}

/// Multi-head self-attention with an explicit softmax.
#[derive(Module, Debug)]
pub struct SelfAttention<B: Backend> {
    /// Query projection.
    pub query: Linear<B>,
    /// Key projection.
    pub key: Linear<B>,
    /// Value projection.
    pub value: Linear<B>,
    /// Output projection.
    pub output: Linear<B>,
    /// Dropout on the probabilities, when training.
    pub dropout: Dropout,
    /// Number of heads.
    pub heads: usize,
}

impl<B: Backend> SelfAttention<B> {
    fn init(sizes: &LayerSizes, device: &B::Device) -> Self {
        let square = || linear(sizes.hidden, sizes.hidden, sizes.std, device);
        Self {
            query: square(),
            key: square(),
            value: square(),
            output: square(),
            dropout: DropoutConfig::new(0.0).init(),
            heads: sizes.heads,
        }
    }

    /// Attends within each sequence.
    ///
    /// # Shapes
    /// - `x`: `[batch, tokens, hidden]`; `mask`: additive, `[batch, 1, 1, tokens]`
    /// - output: `[batch, tokens, hidden]` and the probabilities `[batch, heads, tokens, tokens]`
    pub fn forward(
        &self,
        x: Tensor<B, 3>,
        mask: Option<&Tensor<B, 4>>,
    ) -> (Tensor<B, 3>, Tensor<B, 4>) {
        let [batch, tokens, hidden] = x.dims();
        let size = hidden / self.heads;
        let split = |x: Tensor<B, 3>| x.reshape([batch, tokens, self.heads, size]).swap_dims(1, 2);
        let q = split(self.query.forward(x.clone()));
        let k = split(self.key.forward(x.clone()));
        let v = split(self.value.forward(x));
        let mut scores = q.matmul(k.transpose()).div_scalar((size as f32).sqrt());
        if let Some(mask) = mask {
            scores = scores + mask.clone();
        }
        let probabilities = softmax(scores, 3);
        let context = self.dropout.forward(probabilities.clone()).matmul(v);
        let context = context.swap_dims(1, 2).reshape([batch, tokens, hidden]);
        (self.output.forward(context), probabilities)
    }
}

/// One post-norm block: `LN(x + attention(x))`, then `LN(x + feed-forward(x))`.
#[derive(Module, Debug)]
pub struct EncoderLayer<B: Backend> {
    /// Self-attention.
    pub attention: SelfAttention<B>,
    /// Norm after attention.
    pub attention_norm: LayerNorm<B>,
    /// First map of the feed-forward block.
    pub intermediate: Linear<B>,
    /// Second map of the feed-forward block.
    pub output: Linear<B>,
    /// Norm after the feed-forward block.
    pub output_norm: LayerNorm<B>,
    /// Dropout on both residual branches, when training.
    pub dropout: Dropout,
    /// Activation of the feed-forward block.
    #[module(skip)]
    pub activation: Activation,
}

impl<B: Backend> EncoderLayer<B> {
    /// A fresh layer, dropout off.
    pub fn init(sizes: &LayerSizes, device: &B::Device) -> Self {
        Self {
            attention: SelfAttention::init(sizes, device),
            attention_norm: norm(sizes.hidden, sizes.eps, device),
            intermediate: linear(sizes.hidden, sizes.intermediate, sizes.std, device),
            output: linear(sizes.intermediate, sizes.hidden, sizes.std, device),
            output_norm: norm(sizes.hidden, sizes.eps, device),
            dropout: DropoutConfig::new(0.0).init(),
            activation: sizes.activation,
        }
    }

    /// `[batch, tokens, hidden]` to the same shape; `mask` as from [`key_mask`].
    pub fn forward(&self, x: Tensor<B, 3>, mask: Option<&Tensor<B, 4>>) -> Tensor<B, 3> {
        self.forward_with_attention(x, mask).0
    }

    /// As [`forward`](Self::forward), with the attention probabilities
    /// `[batch, heads, tokens, tokens]`.
    pub fn forward_with_attention(
        &self,
        x: Tensor<B, 3>,
        mask: Option<&Tensor<B, 4>>,
    ) -> (Tensor<B, 3>, Tensor<B, 4>) {
        let (attended, probabilities) = self.attention.forward(x.clone(), mask);
        let x = self.attention_norm.forward(x + self.dropout.forward(attended));
        let inner = self.activation.forward(self.intermediate.forward(x.clone()));
        let out = self.output.forward(inner);
        (self.output_norm.forward(x + self.dropout.forward(out)), probabilities)
    }

    pub(crate) fn set_dropout(&mut self, hidden: f64, attention: f64) {
        self.dropout.prob = hidden;
        self.attention.dropout.prob = attention;
    }
}
