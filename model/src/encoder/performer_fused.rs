//! Performer layers on the CPU: one cell per worker, a block of tokens at a time.
//!
//! The features of all tokens are never held at once (16,907 tokens × 10 heads × 266 features would
//! take 180 MB, twice). The keys' maximum over the cell is needed before the first feature, yet one
//! pass is enough: sums are kept relative to a running maximum and rescaled when it rises, and what
//! is added to every feature ([`FEATURE_EPS`]) is added to the sums at the end.

use burn::tensor::backend::Backend;
use rayon::prelude::*;

use super::error::EncoderError;
use super::fused::{project, resized};
use super::kernels::{Norm, add_bias, add_branch, bias_gelu, favor_features, largest, norm_rows};
use super::matmul::{View, multiply};
use super::performer::{FavorSums, PerformerStack};
use super::stack::Attention;
use super::weights::{Map, beside, map, norm, sized, values};
use crate::nets::performer::{FEATURE_EPS, Performer, PerformerLayer, PerformerSizes};

/// Tokens taken at once: their features fill 266 KB.
const BLOCK: usize = 256;

/// Layers exported once from their Burn module, and equal to it within rounding (2e-5, tested).
pub(super) struct FusedPerformer {
    sizes: PerformerSizes,
    layers: Vec<Layer>,
}

struct Layer {
    attention_norm: Norm,
    query: Map,
    /// Keys and values side by side, `[width, 2 * inner]`.
    key_value: Map,
    /// Directions of the features, times `dim_head^(-1/4)` and turned over: `[dim_head, features]`.
    directions: Vec<f32>,
    output: Map,
    ffn_norm: Norm,
    intermediate: Map,
    ffn_output: Map,
}

/// What one worker keeps from block to block.
#[derive(Default)]
struct Scratch {
    normed: Vec<f32>,
    projected: Vec<f32>,
    features: Vec<f32>,
    halves: Vec<f32>,
    partial: Vec<f32>,
    context: Vec<f32>,
    branch: Vec<f32>,
    inner: Vec<f32>,
}

/// Sums over a cell's keys, for one head.
struct KeySums {
    /// `[features, dim_head + 1]`: features times values, and in the last column their own sum.
    context: Vec<f32>,
    /// Running maximum of the exponents.
    highest: f32,
}

impl Layer {
    fn new<B: Backend>(
        layer: &PerformerLayer<B>,
        sizes: &PerformerSizes,
    ) -> Result<Self, EncoderError> {
        let PerformerSizes { width, heads, dim_head, features, ffn, .. } = *sizes;
        let inner = heads * dim_head;
        let eps = sizes.eps as f32;
        let attention = &layer.attention;
        let projection = values(attention.projection.val());
        let projection = sized("projection", projection, features * dim_head)?;
        let scale = (dim_head as f32).powf(-0.25);
        let directions = (0..dim_head)
            .flat_map(|d| projection.chunks_exact(dim_head).map(move |row| row[d] * scale))
            .collect();
        Ok(Self {
            attention_norm: norm(&layer.attention_norm, width, eps)?,
            query: map(&attention.query, width, inner)?,
            key_value: beside(&[
                map(&attention.key, width, inner)?,
                map(&attention.value, width, inner)?,
            ]),
            directions,
            output: map(&attention.output, inner, width)?,
            ffn_norm: norm(&layer.ffn_norm, width, eps)?,
            intermediate: map(&layer.intermediate, width, ffn)?,
            ffn_output: map(&layer.output, ffn, width)?,
        })
    }
}

impl FusedPerformer {
    /// Copies the weights of `net` out.
    pub fn new<B: Backend>(
        net: &Performer<B>,
        sizes: &PerformerSizes,
    ) -> Result<Self, EncoderError> {
        let layers = net.layers.iter().map(|l| Layer::new(l, sizes)).collect::<Result<_, _>>()?;
        Ok(Self { sizes: *sizes, layers })
    }

    fn inner(&self) -> usize {
        self.sizes.heads * self.sizes.dim_head
    }

    /// Normed rows of a block through `map`, into `scratch.projected`.
    fn project_normed(&self, norm: &Norm, map: &Map, rows: &[f32], scratch: &mut Scratch) {
        let width = self.sizes.width;
        let normed = resized(&mut scratch.normed, rows.len());
        normed.copy_from_slice(rows);
        norm_rows(normed, norm);
        let out = resized(&mut scratch.projected, rows.len() / width * map.bias.len());
        project(map, normed, width, out);
        add_bias(out, &map.bias);
    }

    /// Exponents `u` of one head in `scratch.features`, and half squared norms in
    /// `scratch.halves`; heads lie in rows of `step` values of `scratch.projected`.
    fn exponents(&self, layer: &Layer, head: usize, step: usize, scratch: &mut Scratch) -> usize {
        let PerformerSizes { dim_head, features, .. } = self.sizes;
        let rows = scratch.projected.len() / step;
        let own = &scratch.projected[head * dim_head..];
        let out = resized(&mut scratch.features, rows * features);
        let directions = View::rows(&layer.directions, features);
        multiply([rows, features, dim_head], 1.0, View::rows(own, step), directions, out, features);
        let scale = 0.5 / (dim_head as f32).sqrt();
        scratch.halves.clear();
        scratch.halves.extend(
            own.chunks(step).map(|row| scale * row[..dim_head].iter().map(|v| v * v).sum::<f32>()),
        );
        rows
    }

    /// Sums over all keys of the cell `x`, head by head, and the maximum over all of them.
    fn key_sums(&self, layer: &Layer, x: &[f32], scratch: &mut Scratch) -> (Vec<KeySums>, f32) {
        let PerformerSizes { width, heads, dim_head, features, .. } = self.sizes;
        let (inner, wide) = (self.inner(), dim_head + 1);
        let fresh = || KeySums { context: vec![0.0; features * wide], highest: f32::NEG_INFINITY };
        let mut sums: Vec<KeySums> = (0..heads).map(|_| fresh()).collect();
        let mut value_sums = vec![0f64; inner];
        for block in x.chunks(BLOCK * width) {
            self.project_normed(&layer.attention_norm, &layer.key_value, block, scratch);
            for row in scratch.projected.chunks_exact(2 * inner) {
                value_sums.iter_mut().zip(&row[inner..]).for_each(|(s, v)| *s += f64::from(*v));
            }
            for (h, sums) in sums.iter_mut().enumerate() {
                let rows = self.exponents(layer, h, 2 * inner, scratch);
                sums.raise(largest(&scratch.features));
                let highest = Some(sums.highest);
                favor_features(&mut scratch.features, features, &scratch.halves, highest, 0.0);
                let keys = View::rows(&scratch.features, features).transposed();
                let own = View::rows(&scratch.projected[inner + h * dim_head..], 2 * inner);
                let partial = resized(&mut scratch.partial, features * dim_head);
                multiply([features, dim_head, rows], 1.0, keys, own, partial, dim_head);
                sums.add(partial, &scratch.features, dim_head);
            }
        }
        let highest = sums.iter().map(|s| s.highest).fold(f32::NEG_INFINITY, f32::max);
        let tokens = x.len() / width;
        for (sums, values) in sums.iter_mut().zip(value_sums.chunks_exact(dim_head)) {
            sums.finish(highest, values, tokens);
        }
        (sums, highest)
    }

    /// Numerators `[rows, dim_head]` and denominators of one head's block of queries, whose
    /// features are in `scratch.features`: rows of `dim_head + 1` in `scratch.partial`.
    fn query_context(&self, sums: &KeySums, rows: usize, scratch: &mut Scratch) {
        let PerformerSizes { dim_head, features, .. } = self.sizes;
        let wide = dim_head + 1;
        let out = resized(&mut scratch.partial, rows * wide);
        let queries = View::rows(&scratch.features, features);
        multiply([rows, wide, features], 1.0, queries, View::rows(&sums.context, wide), out, wide);
    }

    /// Features of one head's queries of a block, in `scratch.features`; returns the rows.
    fn query_features(&self, layer: &Layer, head: usize, scratch: &mut Scratch) -> usize {
        let rows = self.exponents(layer, head, self.inner(), scratch);
        let added = FEATURE_EPS as f32;
        favor_features(&mut scratch.features, self.sizes.features, &scratch.halves, None, added);
        rows
    }

    /// Attention and feed-forward of a block of rows, in place.
    fn block(&self, layer: &Layer, sums: &[KeySums], rows: &mut [f32], scratch: &mut Scratch) {
        let PerformerSizes { width, dim_head, ffn, .. } = self.sizes;
        let inner = self.inner();
        let count = rows.len() / width;
        self.project_normed(&layer.attention_norm, &layer.query, rows, scratch);
        resized(&mut scratch.context, count * inner);
        for (h, sums) in sums.iter().enumerate() {
            self.query_features(layer, h, scratch);
            self.query_context(sums, count, scratch);
            for (row, found) in
                scratch.context.chunks_exact_mut(inner).zip(scratch.partial.chunks(dim_head + 1))
            {
                let inverse = 1.0 / found[dim_head];
                let own = &mut row[h * dim_head..][..dim_head];
                own.iter_mut().zip(found).for_each(|(o, f)| *o = f * inverse);
            }
        }
        let branch = resized(&mut scratch.branch, rows.len());
        project(&layer.output, &scratch.context, inner, branch);
        add_branch(rows, branch, &layer.output.bias);

        let normed = resized(&mut scratch.normed, rows.len());
        normed.copy_from_slice(rows);
        norm_rows(normed, &layer.ffn_norm);
        let between = resized(&mut scratch.inner, count * ffn);
        project(&layer.intermediate, normed, width, between);
        bias_gelu(between, &layer.intermediate.bias);
        project(&layer.ffn_output, between, ffn, branch);
        add_branch(rows, branch, &layer.ffn_output.bias);
    }

    fn layer(&self, layer: &Layer, sums: &[KeySums], x: &mut [f32], scratch: &mut Scratch) {
        for rows in x.chunks_mut(BLOCK * self.sizes.width) {
            self.block(layer, sums, rows, scratch);
        }
    }

    fn run_one(&self, mut x: Vec<f32>, scratch: &mut Scratch) -> Vec<f32> {
        for layer in &self.layers {
            let (sums, _) = self.key_sums(layer, &x, scratch);
            self.layer(layer, &sums, &mut x, scratch);
        }
        x
    }

    /// Adds one layer's attention to `total`.
    fn add_attention(
        &self,
        layer: &Layer,
        x: &[f32],
        positions: &[usize],
        (sums, highest): (&[KeySums], f32),
        scratch: &mut Scratch,
        total: &mut FavorSums,
    ) {
        let PerformerSizes { width, heads, features, dim_head, .. } = self.sizes;
        let mut all = vec![vec![0f64; features]; heads];
        for block in x.chunks(BLOCK * width) {
            self.project_normed(&layer.attention_norm, &layer.query, block, scratch);
            for (h, all) in all.iter_mut().enumerate() {
                self.divided_queries(layer, &sums[h], h, scratch);
                for row in scratch.features.chunks_exact(features) {
                    all.iter_mut().zip(row).for_each(|(a, v)| *a += f64::from(*v));
                }
            }
        }
        let chosen: Vec<f32> =
            positions.iter().flat_map(|p| x[p * width..][..width].to_vec()).collect();
        for (h, all) in all.iter().enumerate() {
            self.project_normed(&layer.attention_norm, &layer.query, &chosen, scratch);
            self.divided_queries(layer, &sums[h], h, scratch);
            let queries = scratch.features.clone();
            self.project_normed(&layer.attention_norm, &layer.key_value, &chosen, scratch);
            self.exponents(layer, h, 2 * heads * dim_head, scratch);
            let added = FEATURE_EPS as f32;
            let s = &scratch.halves;
            favor_features(&mut scratch.features, features, s, Some(highest), added);
            total.add_head(&queries, &scratch.features, all);
        }
    }

    /// Query features of a block divided by their denominators, in `scratch.features`.
    fn divided_queries(&self, layer: &Layer, sums: &KeySums, head: usize, scratch: &mut Scratch) {
        let PerformerSizes { dim_head, features, .. } = self.sizes;
        let rows = self.query_features(layer, head, scratch);
        self.query_context(sums, rows, scratch);
        let found = scratch.partial.chunks_exact(dim_head + 1);
        for (row, found) in scratch.features.chunks_exact_mut(features).zip(found) {
            let inverse = 1.0 / found[dim_head];
            row.iter_mut().for_each(|v| *v *= inverse);
        }
    }
}

impl KeySums {
    /// Raises the running maximum to at least `found`; the sums so far shrink accordingly.
    fn raise(&mut self, found: f32) {
        if found > self.highest {
            let shrink = (self.highest - found).exp();
            self.context.iter_mut().for_each(|v| *v *= shrink);
            self.highest = found;
        }
    }

    /// Adds a block: features times values `[features, dim_head]`, and features `[rows, features]`.
    fn add(&mut self, product: &[f32], features: &[f32], dim_head: usize) {
        let wide = dim_head + 1;
        for (sums, product) in self.context.chunks_exact_mut(wide).zip(product.chunks(dim_head)) {
            sums.iter_mut().zip(product).for_each(|(s, p)| *s += p);
        }
        let count = self.context.len() / wide;
        let mut columns = vec![0f32; count];
        for row in features.chunks_exact(count) {
            columns.iter_mut().zip(row).for_each(|(c, v)| *c += v);
        }
        for (sums, column) in self.context.chunks_exact_mut(wide).zip(columns) {
            sums[dim_head] += column;
        }
    }

    /// Makes the sums relative to the maximum over all heads and adds what every feature has.
    fn finish(&mut self, highest: f32, value_sums: &[f64], tokens: usize) {
        let shrink = (self.highest - highest).exp();
        let wide = value_sums.len() + 1;
        for sums in self.context.chunks_exact_mut(wide) {
            for (sum, values) in sums.iter_mut().zip(value_sums) {
                *sum = *sum * shrink + (FEATURE_EPS * values) as f32;
            }
            let last = &mut sums[wide - 1];
            *last = *last * shrink + (FEATURE_EPS * tokens as f64) as f32;
        }
    }
}

impl PerformerStack for FusedPerformer {
    fn run(&self, cells: Vec<Vec<f32>>) -> Vec<Vec<f32>> {
        let one = |scratch: &mut Scratch, x| self.run_one(x, scratch);
        cells.into_par_iter().with_max_len(1).map_init(Scratch::default, one).collect()
    }

    fn attention(&self, mut x: Vec<f32>, positions: &[usize]) -> Attention {
        let mut scratch = Scratch::default();
        let mut total = FavorSums::new(positions.len());
        for layer in &self.layers {
            let (sums, highest) = self.key_sums(layer, &x, &mut scratch);
            let keys = (sums.as_slice(), highest);
            self.add_attention(layer, &x, positions, keys, &mut scratch, &mut total);
            self.layer(layer, &sums, &mut x, &mut scratch);
        }
        total.mean(self.sizes.heads * self.layers.len())
    }
}
