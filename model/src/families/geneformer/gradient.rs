//! What deleting each gene of a cell does to its embedding, to first order: one forward and one
//! backward pass for all genes at once.
//!
//! Deleting the token at position `i` changes three things, and each is followed by its derivative:
//!
//! - **attention**: no token attends to `i` any more. A gate `g` on each key, added to all
//!   attention scores as `ln g`, goes from 1 to 0; to first order the effect is minus the
//!   derivative by `ln g` at `g = 1`, summed over layers. This is how much the output depends on
//!   the attention paid to `i`, softmax renormalisation included.
//! - **the mean over genes** (not for `<cls>`): it loses row `i`, which moves it by
//!   `(mean - row_i) / (n - 1)`.
//! - **positions**: every later token moves up by one, which changes its input from
//!   `norm(word + position_j)` to `norm(word + position_(j-1))`. That is no small change where
//!   neighbouring positions have unlike vectors, so the effect of moving all tokens after `i` is
//!   run exactly for a few `i`, and followed between them by the derivative by the input.
//!
//! Of the embedding `E` the shift `d . E / |E|` is followed, whose derivative is
//! `(d - (d . u) u) / |E|` with `u = E / |E|`. The backward pass goes layer by layer from kept
//! inputs, so that memory holds the attention of one layer only.

use std::path::Path;

use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData};

use super::kinds::reading;
use super::net::{Geneformer, pad_batch};
use super::tokenizer::VocabularyVersion;
use super::{GeneformerConfig, Loaded, load, read_config, vocabulary_of};
use crate::device::{CpuAutodiff, Device};
use crate::encoder::Pooling;
use crate::encoder::stack::{self, LayerStack};
use crate::families::{CellTokens, FamilyError, FirstOrder, Kernels};

/// Places at which moving all later tokens is run exactly.
const ANCHORS: usize = 8;

type B = CpuAutodiff;
type Inner = <B as burn::tensor::backend::AutodiffBackend>::InnerBackend;

/// A checkpoint ready for first-order estimates, on the CPU.
struct Gradients {
    net: Geneformer<B>,
    /// The same weights without the graph, for the embedding output.
    plain: Geneformer<Inner>,
    /// The same layers, fused, for forward passes.
    stack: Box<dyn LayerStack>,
    version: VocabularyVersion,
    eps: f32,
    hidden: usize,
}

/// Opens a checkpoint for first-order estimates.
///
/// # Errors
/// As [`super::open`].
pub fn first_order(dir: &Path) -> Result<Box<dyn FirstOrder>, FamilyError> {
    let version = vocabulary_of(dir, &read_config(dir)?)?.version();
    let device = Default::default();
    let Loaded { config, net, .. } = load::<B>(dir, &device)?;
    Ok(Box::new(Gradients::new(&config, net, version)?))
}

impl FirstOrder for Gradients {
    fn deletion_shifts(
        &self,
        cell: &CellTokens,
        kind: &str,
        direction: &[f64],
    ) -> Result<Vec<f64>, FamilyError> {
        let (layer, pooling) = reading(kind, self.version, self.plain.layers.len())?;
        let n = cell.ids.len();
        let genes = match self.version {
            VocabularyVersion::V1 => 0..n,
            VocabularyVersion::V2 => 1..n.saturating_sub(1),
        };
        if genes.len() < 2 {
            return Ok(vec![0.0; n]);
        }
        let states = self.states(&cell.ids, layer);
        let last = &states[layer];
        let read = match pooling {
            Pooling::Position(at) => at..at + 1,
            Pooling::MeanOfGenes { .. } => genes.clone(),
        };
        let slope = self.slope(last, read.clone(), direction);
        let mut shifts = vec![0.0; n];
        if matches!(pooling, Pooling::MeanOfGenes { .. }) {
            self.add_pooling(last, genes.clone(), &slope, &mut shifts);
        }
        let mut seed = vec![0f32; n * self.hidden];
        for row in read.clone() {
            for (value, slope) in seed[row * self.hidden..][..self.hidden].iter_mut().zip(&slope) {
                *value = (slope / read.len() as f64) as f32;
            }
        }
        let input = self.backward(&states, seed, &mut shifts);
        let moved = self.moved(&cell.ids);
        let anchors = anchors(n);
        let lasts = self.moving(&states[0], &moved, &anchors, layer);
        let exact: Vec<f64> =
            lasts.iter().map(|last| self.along(last, read.clone(), direction)).collect();
        let steps = match pooling {
            Pooling::Position(_) => along_rows(&moved, &input, self.hidden),
            Pooling::MeanOfGenes { .. } => {
                let mut steps = self.own_steps(&anchors, &lasts, &slope, n);
                steps.iter_mut().for_each(|step| *step /= read.len() as f64);
                steps
            }
        };
        add_positions(&anchors, &exact, &steps, &mut shifts);
        for (place, shift) in shifts.iter_mut().enumerate() {
            if !genes.contains(&place) {
                *shift = 0.0;
            }
        }
        Ok(shifts)
    }
}

impl Gradients {
    fn new(
        config: &GeneformerConfig,
        net: Geneformer<B>,
        version: VocabularyVersion,
    ) -> Result<Self, FamilyError> {
        let plain = burn::module::AutodiffModule::valid(&net);
        let sizes = config.layer_sizes();
        let stack =
            stack::of(&plain.layers, &sizes, Device::Cpu, Kernels::Fused, &Default::default())?;
        let (eps, hidden) = (config.layer_norm_eps as f32, config.hidden_size);
        Ok(Self { net, plain, stack, version, eps, hidden })
    }

    /// Hidden states 0 to `layer`, each `[tokens, hidden]`.
    fn states(&self, ids: &[u32], layer: usize) -> Vec<Vec<f32>> {
        let (ids, _) = pad_batch::<Inner>(&[ids], 0, &Default::default());
        let mut states = vec![values(&self.plain.embed(ids))];
        for layer in 0..layer {
            let x = states[layer].clone();
            states.extend(self.stack.run(vec![x], layer, layer + 1));
        }
        states
    }

    /// Derivative of `direction . E / |E|` by the embedding `E`, the mean of some rows.
    fn slope(&self, last: &[f32], read: std::ops::Range<usize>, direction: &[f64]) -> Vec<f64> {
        let mean = self.mean(last, read);
        let length = mean.iter().map(|v| v * v).sum::<f64>().sqrt().max(f64::MIN_POSITIVE);
        let along: f64 = mean.iter().zip(direction).map(|(e, d)| e / length * d).sum();
        let pairs = mean.iter().zip(direction);
        pairs.map(|(e, d)| (d - along * e / length) / length).collect()
    }

    /// The mean loses a row. The slope is at right angles to the mean itself.
    fn add_pooling(
        &self,
        last: &[f32],
        genes: std::ops::Range<usize>,
        slope: &[f64],
        shifts: &mut [f64],
    ) {
        let others = (genes.len() - 1) as f64;
        for place in genes {
            let row = &last[place * self.hidden..][..self.hidden];
            let along: f64 = row.iter().zip(slope).map(|(&v, s)| f64::from(v) * s).sum();
            shifts[place] -= along / others;
        }
    }

    /// Adds the gates' part and returns the derivative by hidden state 0, `[tokens, hidden]`.
    fn backward(&self, states: &[Vec<f32>], seed: Vec<f32>, shifts: &mut [f64]) -> Vec<f32> {
        let device = Default::default();
        let n = shifts.len();
        let shape = [1, n, self.hidden];
        let mut slope = Tensor::<Inner, 3>::from_data(TensorData::new(seed, shape), &device);
        for (layer, x) in self.net.layers.iter().zip(&states[..states.len() - 1]).rev() {
            let x = Tensor::<B, 3>::from_data(TensorData::new(x.clone(), shape), &device);
            let x = x.require_grad();
            let gates = Tensor::<B, 4>::zeros([1, 1, 1, n], &device).require_grad();
            let out = layer.forward(x.clone(), Some(&gates));
            let followed = (out * Tensor::from_inner(slope.clone())).sum();
            let found = followed.backward();
            if let Some(by_gate) = gates.grad(&found) {
                let by_gate = by_gate.into_data();
                let by_gate = by_gate.iter::<f32>();
                shifts.iter_mut().zip(by_gate).for_each(|(sum, gate)| *sum -= f64::from(gate));
            }
            if let Some(by_input) = x.grad(&found) {
                slope = by_input;
            }
        }
        values(&slope)
    }

    /// `direction . E / |E|` for the embedding `E`, the mean of some rows.
    fn along(&self, last: &[f32], read: std::ops::Range<usize>, direction: &[f64]) -> f64 {
        let mean = self.mean(last, read);
        let length = mean.iter().map(|v| v * v).sum::<f64>().sqrt().max(f64::MIN_POSITIVE);
        mean.iter().zip(direction).map(|(e, d)| e * d).sum::<f64>() / length
    }

    fn mean(&self, last: &[f32], read: std::ops::Range<usize>) -> Vec<f64> {
        let mut mean = vec![0.0; self.hidden];
        let n = read.len() as f64;
        for row in read {
            let row = &last[row * self.hidden..][..self.hidden];
            mean.iter_mut().zip(row).for_each(|(sum, &value)| *sum += f64::from(value));
        }
        mean.iter_mut().for_each(|sum| *sum /= n);
        mean
    }

    /// Hidden state `layer` after all tokens from each of `from` on moved up by one position.
    fn moving(&self, input: &[f32], moved: &[f32], from: &[usize], layer: usize) -> Vec<Vec<f32>> {
        let shifted = |&start: &usize| {
            let mut x = input.to_vec();
            let start = start * self.hidden;
            x[start..].iter_mut().zip(&moved[start..]).for_each(|(x, m)| *x += m);
            x
        };
        self.stack.run(from.iter().map(shifted).collect(), 0, layer)
    }

    /// What each token adds when it moves up itself: between the anchors around it, its own row
    /// changes from where it has not moved to where it has.
    fn own_steps(
        &self,
        anchors: &[usize],
        lasts: &[Vec<f32>],
        slope: &[f64],
        n: usize,
    ) -> Vec<f64> {
        let mut steps = vec![0.0; n];
        for (pair, lasts) in anchors.windows(2).zip(lasts.windows(2)) {
            for (place, step) in steps.iter_mut().enumerate().take(pair[1]).skip(pair[0]) {
                let row = place * self.hidden..(place + 1) * self.hidden;
                let change = lasts[0][row.clone()].iter().zip(&lasts[1][row]).zip(slope);
                *step = change.map(|((a, b), s)| (f64::from(*a) - f64::from(*b)) * s).sum();
            }
        }
        steps
    }

    /// Change of each token's input when it moves up by one position; 0 for the first.
    fn moved(&self, ids: &[u32]) -> Vec<f32> {
        let table = &self.plain.embeddings;
        let (words, positions) =
            (rows(&table.word.weight.val(), ids), values(&table.position.weight.val()));
        let kind = values(&table.token_type.weight.val());
        let gamma = values(&table.norm.gamma.val());
        let beta =
            table.norm.beta.as_ref().map_or(vec![0.0; self.hidden], |beta| values(&beta.val()));
        let input = |place: usize, position: usize| -> Vec<f32> {
            let word = &words[place * self.hidden..][..self.hidden];
            let position = &positions[position * self.hidden..][..self.hidden];
            let sum: Vec<f32> =
                word.iter().zip(position).zip(&kind).map(|((w, p), k)| w + p + k).collect();
            let mean = sum.iter().sum::<f32>() / self.hidden as f32;
            let variance = sum.iter().map(|v| (v - mean).powi(2)).sum::<f32>() / self.hidden as f32;
            let scale = 1.0 / (variance + self.eps).sqrt();
            let scaled = sum.iter().zip(&gamma).zip(&beta);
            scaled.map(|((v, g), b)| (v - mean) * scale * g + b).collect()
        };
        let mut moved = vec![0.0; self.hidden];
        for place in 1..ids.len() {
            let (before, after) = (input(place, place), input(place, place - 1));
            moved.extend(after.iter().zip(before).map(|(a, b)| a - b));
        }
        moved
    }
}

/// Places at even distances, the first and one past the last.
fn anchors(n: usize) -> Vec<usize> {
    let mut anchors: Vec<usize> = (0..ANCHORS).map(|i| i * n / ANCHORS).collect();
    anchors.dedup();
    anchors.push(n);
    anchors
}

/// Product of each row of `a` with that of `b`.
fn along_rows(a: &[f32], b: &[f32], width: usize) -> Vec<f64> {
    let rows = a.chunks_exact(width).zip(b.chunks_exact(width));
    rows.map(|(a, b)| a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()).collect()
}

/// Adds what moving all later tokens up does to each deletion: exact at the anchors, and between
/// them by what each token adds, corrected linearly to meet them.
fn add_positions(anchors: &[usize], exact: &[f64], steps: &[f64], shifts: &mut [f64]) {
    let n = shifts.len();
    let nothing = exact[exact.len() - 1];
    let mut moved = vec![0.0; n + 1];
    for place in (0..n).rev() {
        moved[place] = moved[place + 1] + steps[place];
    }
    for (pair, exact) in anchors.windows(2).zip(exact.windows(2)) {
        let (start, end) = (pair[0], pair[1]);
        let gap = |at: usize, exact: f64| exact - nothing - moved[at];
        let (from, to) = (gap(start, exact[0]), gap(end, exact[1]));
        for (place, shift) in shifts.iter_mut().enumerate().take(end).skip(start) {
            // Deleting `place` moves the tokens after it.
            let next = place + 1;
            let share = (next - start) as f64 / (end - start) as f64;
            *shift += moved[next] + from + share * (to - from);
        }
    }
}

fn values<C: Backend, const D: usize>(tensor: &Tensor<C, D>) -> Vec<f32> {
    tensor.clone().into_data().iter::<f32>().collect()
}

/// Rows of a table.
fn rows<C: Backend>(table: &Tensor<C, 2>, ids: &[u32]) -> Vec<f32> {
    let ids: Vec<i64> = ids.iter().map(|&id| i64::from(id)).collect();
    let n = ids.len();
    let ids =
        Tensor::<C, 1, burn::tensor::Int>::from_data(TensorData::new(ids, [n]), &table.device());
    values(&table.clone().select(0, ids))
}

#[cfg(test)]
#[path = "gradient_tests.rs"]
mod tests;
