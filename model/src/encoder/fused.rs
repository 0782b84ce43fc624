//! Post-norm encoder layers on the CPU: one sequence per worker, fused kernels, no padding.

use std::borrow::Borrow;

use burn::tensor::backend::Backend;
use rayon::prelude::*;

use super::attention::{Buffers, Sizes, attend, each_block};
use super::error::EncoderError;
use super::kernels::{add_bias, bias_gelu, bias_relu, residual_norm};
use super::matmul::{View, multiply};
use super::stack::{Attention, AttentionSums, LayerStack};
use super::weights::{Layer, Map, layer};
use crate::nets::bert::{Activation, EncoderLayer, LayerSizes};

/// Layers exported once from their Burn module, and equal to it within rounding (2e-5, tested).
///
/// Cells run side by side on the current rayon pool, each on one thread; a cell's result has the
/// same bits whatever the pool and the rest of the call.
pub(super) struct FusedStack {
    sizes: LayerSizes,
    layers: Vec<Layer>,
}

/// Rows that one worker projects at once.
const ROWS_AT_ONCE: usize = 256;

/// What one worker keeps from cell to cell.
#[derive(Default)]
pub(super) struct Scratch {
    qkv: Vec<f32>,
    context: Vec<f32>,
    branch: Vec<f32>,
    inner: Vec<f32>,
    attention: Buffers,
}

impl FusedStack {
    /// Copies the weights of `layers` out; layers that are given away are dropped one by one, so
    /// that no more than one is in memory twice.
    pub fn new<B: Backend, L: Borrow<EncoderLayer<B>>>(
        layers: impl IntoIterator<Item = L>,
        sizes: &LayerSizes,
    ) -> Result<Self, EncoderError> {
        let copy = |l: L| layer(sizes, l.borrow());
        let layers = layers.into_iter().map(copy).collect::<Result<_, _>>()?;
        Ok(Self { sizes: *sizes, layers })
    }

    /// Hidden state `from` of one cell to hidden state `to`.
    pub fn run_one(&self, mut x: Vec<f32>, from: usize, to: usize, s: &mut Scratch) -> Vec<f32> {
        for layer in &self.layers[from..to] {
            self.layer(layer, &mut x, s);
        }
        x
    }

    /// Row `position` of hidden state `to`, from hidden state `from`: the last layer is computed
    /// for that row only.
    pub fn run_to_row(
        &self,
        x: Vec<f32>,
        (from, to): (usize, usize),
        position: usize,
        scratch: &mut Scratch,
    ) -> Vec<f32> {
        if from == to {
            let hidden = self.sizes.hidden;
            return x[position * hidden..][..hidden].to_vec();
        }
        let x = self.run_one(x, from, to - 1, scratch);
        self.layer_at(&self.layers[to - 1], &x, position, scratch)
    }

    /// Queries, keys and values of the first layer, `[rows, 3 * hidden]`, for rows of hidden state
    /// 0: a row's values do not depend on the others.
    pub fn first_projections(&self, x: &[f32]) -> Vec<f32> {
        let hidden = self.sizes.hidden;
        let mut qkv = vec![0.0; x.len() * 3];
        if let Some(layer) = self.layers.first() {
            let blocks = qkv.par_chunks_mut(ROWS_AT_ONCE * 3 * hidden);
            blocks.zip(x.par_chunks(ROWS_AT_ONCE * hidden)).for_each(|(qkv, x)| {
                project(&layer.qkv, x, hidden, qkv);
                add_bias(qkv, &layer.qkv.bias);
            });
        }
        qkv
    }

    /// Hidden state 1 from hidden state 0 `x` and its [`first_projections`].
    ///
    /// [`first_projections`]: Self::first_projections
    pub fn first_layer(&self, x: &mut [f32], qkv: &[f32], scratch: &mut Scratch) {
        if let Some(layer) = self.layers.first() {
            self.after_projection(layer, x, qkv, scratch);
        }
    }

    /// One whole layer on `x` `[tokens, hidden]`, in place.
    fn layer(&self, layer: &Layer, x: &mut [f32], scratch: &mut Scratch) {
        let hidden = self.sizes.hidden;
        let mut qkv = std::mem::take(&mut scratch.qkv);
        project(&layer.qkv, x, hidden, resized(&mut qkv, x.len() * 3));
        add_bias(&mut qkv, &layer.qkv.bias);
        self.after_projection(layer, x, &qkv, scratch);
        scratch.qkv = qkv;
    }

    /// The layer from its queries, keys and values on.
    fn after_projection(&self, layer: &Layer, x: &mut [f32], qkv: &[f32], scratch: &mut Scratch) {
        let sizes = self.attention_sizes(x);
        let hidden = self.sizes.hidden;
        let context = resized(&mut scratch.context, x.len());
        let keys = (&qkv[hidden..], &qkv[2 * hidden..], 3 * hidden);
        attend(sizes, (qkv, 3 * hidden), keys, context, &mut scratch.attention);
        self.after_attention(layer, x, scratch);
    }

    /// The layer for the query at `position` only: its row of the output, `[hidden]`.
    ///
    /// Keys and values are still those of all tokens; queries, output map and feed-forward block
    /// of the other rows are not computed.
    fn layer_at(
        &self,
        layer: &Layer,
        x: &[f32],
        position: usize,
        scratch: &mut Scratch,
    ) -> Vec<f32> {
        let sizes = self.attention_sizes(x);
        let hidden = self.sizes.hidden;
        let mut row = x[position * hidden..][..hidden].to_vec();
        let weight = &layer.qkv.weight;

        let mut query = vec![0.0; hidden];
        let q_map = View::rows(weight, 3 * hidden);
        multiply([1, hidden, hidden], 1.0, View::rows(&row, hidden), q_map, &mut query, hidden);
        add_bias(&mut query, &layer.qkv.bias[..hidden]);

        let kv = resized(&mut scratch.qkv, sizes.tokens * 2 * hidden);
        let kv_map = View::rows(&weight[hidden..], 3 * hidden);
        let shape = [sizes.tokens, 2 * hidden, hidden];
        multiply(shape, 1.0, View::rows(x, hidden), kv_map, kv, 2 * hidden);
        add_bias(kv, &layer.qkv.bias[hidden..]);

        let context = resized(&mut scratch.context, hidden);
        let keys = (&kv[..], &kv[hidden..], 2 * hidden);
        attend(sizes, (&query, hidden), keys, context, &mut scratch.attention);
        self.after_attention(layer, &mut row, scratch);
        row
    }

    /// Output map, norm, feed-forward block, norm: on the rows of `x`, whose context is in
    /// `scratch`.
    fn after_attention(&self, layer: &Layer, x: &mut [f32], scratch: &mut Scratch) {
        let (hidden, inner_size) = (self.sizes.hidden, self.sizes.intermediate);
        let rows = x.len() / hidden;
        let branch = resized(&mut scratch.branch, x.len());
        project(&layer.output, &scratch.context, hidden, branch);
        residual_norm(x, branch, &layer.output.bias, &layer.attention_norm);
        let inner = resized(&mut scratch.inner, rows * inner_size);
        project(&layer.intermediate, x, hidden, inner);
        match self.sizes.activation {
            Activation::Relu => bias_relu(inner, &layer.intermediate.bias),
            Activation::Gelu => bias_gelu(inner, &layer.intermediate.bias),
        }
        project(&layer.ffn_output, inner, inner_size, branch);
        residual_norm(x, branch, &layer.ffn_output.bias, &layer.output_norm);
    }

    fn attention_sizes(&self, x: &[f32]) -> Sizes {
        let LayerSizes { hidden, heads, .. } = self.sizes;
        Sizes { tokens: x.len() / hidden, heads, head: hidden / heads }
    }
}

impl LayerStack for FusedStack {
    fn run(&self, cells: Vec<Vec<f32>>, from: usize, to: usize) -> Vec<Vec<f32>> {
        let one = |scratch: &mut Scratch, x| self.run_one(x, from, to, scratch);
        cells.into_par_iter().with_max_len(1).map_init(Scratch::default, one).collect()
    }

    fn attention(&self, mut x: Vec<f32>, positions: &[usize]) -> Attention {
        let hidden = self.sizes.hidden;
        let sizes = self.attention_sizes(&x);
        let mut sums = AttentionSums::new(positions, sizes.tokens);
        let mut scratch = Scratch::default();
        for layer in &self.layers {
            let mut qkv = vec![0.0; sizes.tokens * 3 * hidden];
            project(&layer.qkv, &x, hidden, &mut qkv);
            add_bias(&mut qkv, &layer.qkv.bias);
            let (queries, keys) = ((&qkv[..], 3 * hidden), (&qkv[hidden..], 3 * hidden));
            let buffers = &mut scratch.attention;
            each_block(sizes, sizes.tokens, queries, keys, buffers, |_, start, scores, inverse| {
                for (r, (row, &inverse)) in
                    scores.chunks_exact(sizes.tokens).zip(inverse).enumerate()
                {
                    sums.add_row(start + r, row, inverse);
                }
            });
            self.layer(layer, &mut x, &mut scratch);
        }
        sums.mean(sizes.heads * self.layers.len())
    }
}

pub(super) fn resized(buffer: &mut Vec<f32>, length: usize) -> &mut [f32] {
    buffer.resize(length, 0.0);
    buffer
}

/// `out = x W` on rows of `input` values; the bias is left to the pass that follows.
pub(super) fn project(map: &Map, x: &[f32], input: usize, out: &mut [f32]) {
    let output = map.bias.len();
    let shape = [x.len() / input, output, input];
    multiply(shape, 1.0, View::rows(x, input), View::rows(&map.weight, output), out, output);
}
