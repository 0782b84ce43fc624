//! Performer layers: attention through positive random features (FAVOR+), whose cost grows with
//! the number of tokens and not with its square.
//!
//! Source: Choromanski et al. 2021, arXiv:2009.14794, lemma 1 and appendix; stabilised by maxima as
//! in the implementation that scBERT and scFoundation were trained with. The projection is part of
//! a checkpoint and never drawn anew.

use burn::module::{Initializer, Module, Param};
use burn::nn::{LayerNorm, Linear};
use burn::tensor::Tensor;
use burn::tensor::activation::gelu;
use burn::tensor::backend::Backend;

use super::bert::{linear, norm};

/// Added to every feature, so that none is 0.
pub const FEATURE_EPS: f64 = 1e-4;

/// Sizes shared by the layers of one Performer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PerformerSizes {
    /// Width of a hidden state.
    pub width: usize,
    /// Layers.
    pub depth: usize,
    /// Attention heads.
    pub heads: usize,
    /// Width of a head; heads together need not be as wide as a hidden state.
    pub dim_head: usize,
    /// Random features per head.
    pub features: usize,
    /// Width of the feed-forward block.
    pub ffn: usize,
    /// Whether query, key and value maps have a bias (scFoundation: yes; scBERT: no).
    pub qkv_bias: bool,
    /// Added to the variance in layer norms.
    pub eps: f64,
    /// Standard deviation of fresh weights.
    pub std: f64,
}

/// Over what the maximum of the keys' exponents is taken.
///
/// Were nothing added to the features, it would cancel out; with [`FEATURE_EPS`] it leaves a small
/// difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyMaximum {
    /// Over each cell: its result does not depend on its neighbours.
    Cell,
    /// Over the whole batch, as the reference does when it is given several cells at once.
    Batch,
}

/// Multi-head attention by random features.
#[derive(Module, Debug)]
pub struct FavorAttention<B: Backend> {
    /// Query projection.
    pub query: Linear<B>,
    /// Key projection.
    pub key: Linear<B>,
    /// Value projection.
    pub value: Linear<B>,
    /// Output projection.
    pub output: Linear<B>,
    /// Directions of the random features, `[features, dim_head]`; stored with the weights.
    pub projection: Param<Tensor<B, 2>>,
    /// Number of heads.
    pub heads: usize,
}

impl<B: Backend> FavorAttention<B> {
    fn init(sizes: &PerformerSizes, device: &B::Device) -> Self {
        let inner = sizes.heads * sizes.dim_head;
        let into_heads = || Linear {
            bias: sizes.qkv_bias.then(|| Initializer::Zeros.init([inner], device)),
            ..linear(sizes.width, inner, sizes.std, device)
        };
        let normal = Initializer::Normal { mean: 0.0, std: 1.0 };
        Self {
            query: into_heads(),
            key: into_heads(),
            value: into_heads(),
            output: linear(inner, sizes.width, sizes.std, device),
            projection: normal.init([sizes.features, sizes.dim_head], device),
            heads: sizes.heads,
        }
    }

    /// `[batch, tokens, width]` to the same shape; every token takes part.
    ///
    /// With `n = d^(-1/4)` for heads of width `d`, `u = P (n x)` and `s = |n x|^2 / 2`, the
    /// features of a query are `exp(u - s - max u) + 1e-4` with the maximum over its own features;
    /// of a key the same with the maximum that `maximum` says. (Both would be divided by the root
    /// of their number, which cancels out.)
    pub fn forward(&self, x: Tensor<B, 3>, maximum: KeyMaximum) -> Tensor<B, 3> {
        let [batch, tokens, _] = x.dims();
        let (queries, keys) = self.features(x.clone(), maximum);
        let values = self.split(self.value.forward(x));
        let [.., d] = values.dims();
        let sums = keys.clone().sum_dim(2).swap_dims(2, 3);
        let context = keys.swap_dims(2, 3).matmul(values);
        let attended = queries.clone().matmul(context) / queries.matmul(sums);
        self.output.forward(attended.swap_dims(1, 2).reshape([batch, tokens, self.heads * d]))
    }

    /// Features of queries and keys, `[batch, heads, tokens, features]` each.
    pub fn features(&self, x: Tensor<B, 3>, maximum: KeyMaximum) -> (Tensor<B, 4>, Tensor<B, 4>) {
        let [batch, ..] = x.dims();
        let (queries, s) = self.exponents(self.split(self.query.forward(x.clone())));
        let queries = features(queries.clone() - s - queries.max_dim(3));
        let (keys, s) = self.exponents(self.split(self.key.forward(x)));
        let together = match maximum {
            KeyMaximum::Cell => batch,
            KeyMaximum::Batch => 1,
        };
        let count = keys.shape().num_elements() / together;
        let highest = keys.clone().reshape([together, count]).max_dim(1);
        (queries, features(keys - s - highest.reshape([together, 1, 1, 1])))
    }

    fn split(&self, x: Tensor<B, 3>) -> Tensor<B, 4> {
        let [batch, tokens, inner] = x.dims();
        x.reshape([batch, tokens, self.heads, inner / self.heads]).swap_dims(1, 2)
    }

    /// `u` `[batch, heads, tokens, features]` and `s` `[batch, heads, tokens, 1]`.
    fn exponents(&self, x: Tensor<B, 4>) -> (Tensor<B, 4>, Tensor<B, 4>) {
        let [batch, heads, tokens, d] = x.dims();
        let x = x * (d as f64).powf(-0.25);
        let directions = self.projection.val().transpose();
        let [_, count] = directions.dims();
        let u = x.clone().reshape([batch * heads * tokens, d]).matmul(directions);
        let s = x.powi_scalar(2).sum_dim(3) * 0.5;
        (u.reshape([batch, heads, tokens, count]), s)
    }
}

fn features<B: Backend>(exponents: Tensor<B, 4>) -> Tensor<B, 4> {
    exponents.exp() + FEATURE_EPS
}

/// One pre-norm block: `x + attention(LN(x))`, then `x + feed-forward(LN(x))` with the exact GELU.
#[derive(Module, Debug)]
pub struct PerformerLayer<B: Backend> {
    /// Norm before attention.
    pub attention_norm: LayerNorm<B>,
    /// Attention.
    pub attention: FavorAttention<B>,
    /// Norm before the feed-forward block.
    pub ffn_norm: LayerNorm<B>,
    /// First map of the feed-forward block.
    pub intermediate: Linear<B>,
    /// Second map of the feed-forward block.
    pub output: Linear<B>,
}

impl<B: Backend> PerformerLayer<B> {
    fn init(sizes: &PerformerSizes, device: &B::Device) -> Self {
        Self {
            attention_norm: norm(sizes.width, sizes.eps, device),
            attention: FavorAttention::init(sizes, device),
            ffn_norm: norm(sizes.width, sizes.eps, device),
            intermediate: linear(sizes.width, sizes.ffn, sizes.std, device),
            output: linear(sizes.ffn, sizes.width, sizes.std, device),
        }
    }

    /// `[batch, tokens, width]` to the same shape.
    pub fn forward(&self, x: Tensor<B, 3>, maximum: KeyMaximum) -> Tensor<B, 3> {
        let x = x.clone() + self.attention.forward(self.attention_norm.forward(x), maximum);
        let inner = gelu(self.intermediate.forward(self.ffn_norm.forward(x.clone())));
        x + self.output.forward(inner)
    }
}

/// Performer layers, first to last, without a norm after them.
#[derive(Module, Debug)]
pub struct Performer<B: Backend> {
    /// The layers.
    pub layers: Vec<PerformerLayer<B>>,
}

impl<B: Backend> Performer<B> {
    /// Fresh layers.
    pub fn init(sizes: &PerformerSizes, device: &B::Device) -> Self {
        let layers = (0..sizes.depth).map(|_| PerformerLayer::init(sizes, device));
        Self { layers: layers.collect() }
    }

    /// `[batch, tokens, width]` to the same shape.
    pub fn forward(&self, x: Tensor<B, 3>, maximum: KeyMaximum) -> Tensor<B, 3> {
        self.layers.iter().fold(x, |x, layer| layer.forward(x, maximum))
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::{TensorData, activation::softmax};

    use super::*;
    use crate::device::Cpu;
    use crate::nets::seeded::seeded;

    fn sizes(features: usize) -> PerformerSizes {
        PerformerSizes {
            width: 12,
            depth: 2,
            heads: 2,
            dim_head: 8,
            features,
            ffn: 24,
            qkv_bias: true,
            eps: 1e-5,
            std: 0.1,
        }
    }

    fn cells(count: usize) -> Tensor<Cpu, 3> {
        let value = |i: usize| ((i * 37 % 101) as f32 / 50.0 - 1.0).sin() * (1 + i / 60) as f32;
        let values: Vec<f32> = (0..count * 60).map(value).collect();
        Tensor::from_data(TensorData::new(values, [count, 5, 12]), &Default::default())
    }

    fn values<const D: usize>(x: Tensor<Cpu, D>) -> Vec<f32> {
        x.into_data().to_vec().unwrap()
    }

    #[test]
    fn a_cell_by_its_own_maximum_is_the_same_alone_and_in_company() {
        let net = seeded::<Cpu, _>(Performer::init(&sizes(16), &Default::default()), 3, 0.3, 0.1);
        let alone = values(net.forward(cells(1), KeyMaximum::Batch));
        let first = |maximum| values(net.forward(cells(3), maximum))[..60].to_vec();
        let apart =
            |a: &[f32]| a.iter().zip(&alone).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(apart(&first(KeyMaximum::Cell)) < 1e-5);
        assert!(apart(&first(KeyMaximum::Batch)) > 1e-5, "the batch made no difference");
    }

    #[test]
    fn many_random_features_come_near_the_softmax() {
        let fresh = FavorAttention::<Cpu>::init(&sizes(20_000), &Default::default());
        let mut layer = seeded::<Cpu, _>(fresh, 5, 0.2, 0.0);
        layer.projection = layer.projection.map(|p| p / 0.2);
        let x = cells(1);
        let found = values(layer.forward(x.clone(), KeyMaximum::Cell));
        let split = |x: Tensor<Cpu, 3>| x.reshape([1, 5, 2, 8]).swap_dims(1, 2);
        let [q, k, v] =
            [&layer.query, &layer.key, &layer.value].map(|map| split(map.forward(x.clone())));
        let shares = softmax(q.matmul(k.transpose()) / 8f32.sqrt(), 3);
        let exact = shares.matmul(v).swap_dims(1, 2).reshape([1, 5, 16]);
        for (a, b) in found.iter().zip(values(layer.output.forward(exact))) {
            assert!((a - b).abs() < 0.02, "{a} {b}");
        }
    }
}
