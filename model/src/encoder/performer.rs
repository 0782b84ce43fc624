//! A stack of Performer layers behind one trait: scBERT's body and scFoundation's decoder.

use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData};

use super::error::EncoderError;
use super::performer_fused::FusedPerformer;
use super::stack::Attention;
use crate::device::Device;
use crate::families::Kernels;
use crate::nets::performer::{KeyMaximum, Performer, PerformerSizes};

/// Performer layers on one device, with the maximum of the keys taken over each cell: a cell's
/// result depends on that cell only.
pub trait PerformerStack: Send + Sync {
    /// All layers on each cell, row-major `[tokens, width]`, of any length; without a norm after.
    ///
    /// # Panics
    /// If a cell is no whole number of rows.
    fn run(&self, cells: Vec<Vec<f32>>) -> Vec<Vec<f32>>;

    /// Attention of all layers in one cell, between and towards `positions`, averaged over heads
    /// and then layers. The map of all tokens against all is never made.
    fn attention(&self, cell: Vec<f32>, positions: &[usize]) -> Attention;
}

/// The layers of a net: fused kernels on the CPU unless Burn's are asked for, Burn's elsewhere.
///
/// # Errors
/// [`EncoderError::WeightSize`] when the layers are not of these sizes.
pub fn of<B: Backend>(
    net: &Performer<B>,
    sizes: &PerformerSizes,
    device: Device,
    kernels: Kernels,
    burn_device: &B::Device,
) -> Result<Box<dyn PerformerStack>, EncoderError> {
    if device == Device::Cpu && kernels == Kernels::Fused {
        return Ok(Box::new(FusedPerformer::new(net, sizes)?));
    }
    let width = sizes.width;
    Ok(Box::new(BurnPerformer { net: net.clone(), width, on: burn_device.clone() }))
}

/// Adds up attention whose map is a product of features: `a_ij = q_i k_j / (q_i z)`.
pub(super) struct FavorSums {
    between: Vec<f64>,
    received: Vec<f64>,
}

impl FavorSums {
    pub fn new(positions: usize) -> Self {
        Self { between: vec![0.0; positions * positions], received: vec![0.0; positions] }
    }

    /// Adds one head of one layer.
    ///
    /// # Shapes
    /// `queries` and `keys`: `[positions, features]` of the chosen positions, queries already
    /// divided by their denominator; `all_queries`: `[features]`, the sum of such queries over the
    /// whole cell.
    pub fn add_head(&mut self, queries: &[f32], keys: &[f32], all_queries: &[f64]) {
        let (features, n) = (all_queries.len(), self.received.len());
        for (j, key) in keys.chunks_exact(features).enumerate() {
            let all = all_queries.iter().zip(key).map(|(q, k)| q * f64::from(*k));
            self.received[j] += all.sum::<f64>();
            for (i, query) in queries.chunks_exact(features).enumerate() {
                let one = query.iter().zip(key).map(|(q, k)| f64::from(*q) * f64::from(*k));
                self.between[i * n + j] += one.sum::<f64>();
            }
        }
    }

    /// The sums over `count` heads and layers together.
    pub fn mean(self, count: usize) -> Attention {
        let mean = |sums: Vec<f64>| sums.iter().map(|s| (s / count as f64) as f32).collect();
        Attention { between: mean(self.between), received: mean(self.received) }
    }
}

/// Burn's own layers, one cell at a time.
struct BurnPerformer<B: Backend> {
    net: Performer<B>,
    width: usize,
    on: B::Device,
}

impl<B: Backend> BurnPerformer<B> {
    fn tensor(&self, cell: Vec<f32>) -> Tensor<B, 3> {
        let tokens = cell.len() / self.width;
        Tensor::from_data(TensorData::new(cell, [1, tokens, self.width]), &self.on)
    }
}

impl<B: Backend> PerformerStack for BurnPerformer<B> {
    fn run(&self, cells: Vec<Vec<f32>>) -> Vec<Vec<f32>> {
        let one = |cell| {
            let x = self.net.forward(self.tensor(cell), KeyMaximum::Cell);
            x.into_data().iter::<f32>().collect()
        };
        cells.into_iter().map(one).collect()
    }

    fn attention(&self, cell: Vec<f32>, positions: &[usize]) -> Attention {
        let mut x = self.tensor(cell);
        let mut sums = FavorSums::new(positions.len());
        let mut heads = 0;
        for layer in &self.net.layers {
            let normed = layer.attention_norm.forward(x.clone());
            let (queries, keys) = layer.attention.features(normed, KeyMaximum::Cell);
            let [_, count, tokens, features] = queries.dims();
            heads += count;
            let total = keys.clone().sum_dim(2).swap_dims(2, 3);
            let queries = queries.clone() / queries.matmul(total);
            let flat = |t: Tensor<B, 4>| t.into_data().iter::<f32>().collect::<Vec<f32>>();
            let (queries, keys) = (flat(queries), flat(keys));
            for (q, k) in queries.chunks(tokens * features).zip(keys.chunks(tokens * features)) {
                let mut all = vec![0f64; features];
                for row in q.chunks_exact(features) {
                    all.iter_mut().zip(row).for_each(|(a, v)| *a += f64::from(*v));
                }
                let rows = |from: &[f32]| -> Vec<f32> {
                    positions
                        .iter()
                        .flat_map(|p| from[p * features..][..features].to_vec())
                        .collect()
                };
                sums.add_head(&rows(q), &rows(k), &all);
            }
            x = layer.forward(x, KeyMaximum::Cell);
        }
        sums.mean(heads)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::Cpu;
    use crate::nets::seeded::seeded;

    fn stacks(qkv_bias: bool) -> [Box<dyn PerformerStack>; 2] {
        let sizes = PerformerSizes {
            width: 20,
            depth: 2,
            heads: 3,
            dim_head: 8,
            features: 17,
            ffn: 40,
            qkv_bias,
            eps: 1e-5,
            std: 0.2,
        };
        let on = Default::default();
        let net = seeded::<Cpu, _>(Performer::init(&sizes, &on), 4, 0.3, 0.1);
        [Kernels::Fused, Kernels::Burn]
            .map(|kernels| of(&net, &sizes, Device::Cpu, kernels, &on).unwrap())
    }

    fn cells() -> Vec<Vec<f32>> {
        let value = |i: usize| ((i * 37 % 101) as f32 / 50.0 - 1.0).sin();
        [5, 700, 1].map(|tokens| (0..tokens * 20).map(|i| value(i + tokens)).collect()).into()
    }

    fn largest(a: &[f32], b: &[f32]) -> f32 {
        assert_eq!(a.len(), b.len());
        a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
    }

    #[test]
    fn fused_layers_equal_burns_with_and_without_biases() {
        for qkv_bias in [true, false] {
            let [fused, burn] = stacks(qkv_bias);
            for (a, b) in fused.run(cells()).iter().zip(&burn.run(cells())) {
                assert!(largest(a, b) < 1e-5, "{}", largest(a, b));
            }
        }
    }

    #[test]
    fn a_cell_has_the_same_bits_alone_and_in_company() {
        for stack in stacks(true) {
            let together = stack.run(cells());
            for (cell, expected) in cells().into_iter().zip(together) {
                assert_eq!(stack.run(vec![cell]), [expected]);
            }
        }
    }

    #[test]
    fn attention_is_a_distribution_over_the_cell_and_alike_in_both() {
        let [fused, burn] = stacks(true);
        let cell = &cells()[1];
        let all: Vec<usize> = (0..700).collect();
        let found = fused.attention(cell.clone(), &all);
        for row in found.between.chunks_exact(700) {
            assert!((row.iter().sum::<f32>() - 1.0).abs() < 1e-4);
        }
        let (a, b) =
            (fused.attention(cell.clone(), &[3, 650]), burn.attention(cell.clone(), &[3, 650]));
        assert!(largest(&a.between, &b.between) < 1e-6);
        assert!(largest(&a.received, &b.received) < 1e-4);
        assert!((a.received[1] - found.received[650]).abs() < 1e-5);
        let column: f32 = found.between.chunks_exact(700).map(|row| row[650]).sum();
        assert!((column - a.received[1]).abs() < 1e-3, "{column} {}", a.received[1]);
    }
}
