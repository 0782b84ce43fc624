//! A stack of post-norm encoder layers behind one trait: what four of the families share.
//!
//! A family computes its own embeddings and pools its own way; between the two it hands the rows
//! of each cell to a [`LayerStack`].

use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData};

use super::error::EncoderError;
use super::fused::FusedStack;
use crate::device::Device;
use crate::families::Kernels;
use crate::nets::bert::{EncoderLayer, LayerSizes};

/// Attention scores held at once: 2^28 numbers, 1 GiB.
const SCORES_AT_ONCE: usize = 1 << 28;

/// Encoder layers on one device.
///
/// A cell's result depends on that cell only: not on its neighbours in the call, nor on the
/// number of threads.
pub trait LayerStack: Send + Sync {
    /// Hidden state `from` of each cell to hidden state `to` (0 is the embedding output).
    ///
    /// # Shapes
    /// Each cell is row-major `[tokens, hidden]`, of any length; so is its result.
    ///
    /// # Panics
    /// If `from > to`, `to` exceeds the number of layers, or a cell is no whole number of rows.
    fn run(&self, cells: Vec<Vec<f32>>, from: usize, to: usize) -> Vec<Vec<f32>>;

    /// Attention of all layers in one cell, given its hidden state 0, between and towards
    /// `positions`; averaged over heads, then layers.
    fn attention(&self, cell: Vec<f32>, positions: &[usize]) -> Attention;
}

/// Attention in one cell, averaged over heads and then over layers.
#[derive(Debug, Clone, PartialEq)]
pub struct Attention {
    /// Row-major `[asked for, asked for]`: how much the row's position (or gene) attends to the
    /// column's; NaN where one of them is not in the cell.
    pub between: Vec<f32>,
    /// Per position (or gene) asked for: the column sum over **all** queries of the cell, as
    /// scBERT ranks its marker genes; NaN where it is not in the cell.
    pub received: Vec<f32>,
}

impl Attention {
    /// The same for a longer list: `places[i]` is where item `i` of that list stands among what
    /// this was computed for; NaN where it does not.
    pub fn spread(&self, places: &[Option<usize>]) -> Self {
        let n = self.received.len();
        let pair = |row: Option<usize>, column: Option<usize>| match (row, column) {
            (Some(row), Some(column)) => self.between[row * n + column],
            _ => f32::NAN,
        };
        Self {
            between: places
                .iter()
                .flat_map(|&row| places.iter().map(move |&column| pair(row, column)))
                .collect(),
            received: places.iter().map(|p| p.map_or(f32::NAN, |i| self.received[i])).collect(),
        }
    }
}

/// Adds up attention row by row.
pub(crate) struct AttentionSums<'a> {
    positions: &'a [usize],
    /// Which of `positions` a token is.
    place: Vec<Option<usize>>,
    between: Vec<f64>,
    received: Vec<f64>,
}

impl<'a> AttentionSums<'a> {
    /// For a cell of `tokens` tokens, all `positions` among them.
    pub(crate) fn new(positions: &'a [usize], tokens: usize) -> Self {
        let mut place = vec![None; tokens];
        for (i, &position) in positions.iter().enumerate() {
            place[position] = Some(i);
        }
        let n = positions.len();
        Self { positions, place, between: vec![0.0; n * n], received: vec![0.0; n] }
    }

    /// Adds the probabilities `row * scale` of one query in one head of one layer.
    pub(crate) fn add_row(&mut self, query: usize, row: &[f32], scale: f32) {
        let n = self.positions.len();
        for (i, &position) in self.positions.iter().enumerate() {
            let probability = f64::from(row[position] * scale);
            self.received[i] += probability;
            if let Some(place) = self.place[query] {
                self.between[place * n + i] += probability;
            }
        }
    }

    /// The sums over `count` heads and layers together.
    pub(crate) fn mean(self, count: usize) -> Attention {
        let mean = |sums: Vec<f64>| sums.iter().map(|s| (s / count as f64) as f32).collect();
        Attention { between: mean(self.between), received: mean(self.received) }
    }
}

/// The layers of a net: fused kernels on the CPU unless Burn's are asked for, Burn's elsewhere.
///
/// # Errors
/// [`EncoderError::WeightSize`] when the layers are not of these sizes.
pub fn of<B: Backend>(
    layers: &[EncoderLayer<B>],
    sizes: &LayerSizes,
    device: Device,
    kernels: Kernels,
    burn_device: &B::Device,
) -> Result<Box<dyn LayerStack>, EncoderError> {
    if device == Device::Cpu && kernels == Kernels::Fused {
        return Ok(Box::new(FusedStack::new::<B, _>(layers, sizes)?));
    }
    let on = burn_device.clone();
    let one_by_one = device == Device::Cpu;
    Ok(Box::new(BurnStack { layers: layers.to_vec(), sizes: *sizes, on, one_by_one }))
}

/// Burn's own layers.
struct BurnStack<B: Backend> {
    layers: Vec<EncoderLayer<B>>,
    sizes: LayerSizes,
    on: B::Device,
    /// Without batches, which gain nothing on a CPU.
    one_by_one: bool,
}

impl<B: Backend> BurnStack<B> {
    /// Cells of one length as a batch; nothing is padded, so nothing is masked.
    fn run_batch(&self, cells: &[&[f32]], from: usize, to: usize) -> Vec<Vec<f32>> {
        let hidden = self.sizes.hidden;
        let tokens = cells[0].len() / hidden;
        let data = TensorData::new(cells.concat(), [cells.len(), tokens, hidden]);
        let x = Tensor::<B, 3>::from_data(data, &self.on);
        let x = self.layers[from..to].iter().fold(x, |x, layer| layer.forward(x, None));
        let values: Vec<f32> = x.into_data().iter::<f32>().collect();
        values.chunks_exact(tokens * hidden).map(<[f32]>::to_vec).collect()
    }

    fn batch_size(&self, tokens: usize) -> usize {
        if self.one_by_one {
            return 1;
        }
        (SCORES_AT_ONCE / (self.sizes.heads * tokens * tokens).max(1)).max(1)
    }
}

impl<B: Backend> LayerStack for BurnStack<B> {
    fn run(&self, cells: Vec<Vec<f32>>, from: usize, to: usize) -> Vec<Vec<f32>> {
        let mut order: Vec<usize> = (0..cells.len()).collect();
        order.sort_by_key(|&i| cells[i].len());
        let mut results = vec![Vec::new(); cells.len()];
        for same in order.chunk_by(|&a, &b| cells[a].len() == cells[b].len()) {
            let tokens = cells[same[0]].len() / self.sizes.hidden;
            for batch in same.chunks(self.batch_size(tokens)) {
                let together: Vec<&[f32]> = batch.iter().map(|&i| cells[i].as_slice()).collect();
                for (&i, rows) in batch.iter().zip(self.run_batch(&together, from, to)) {
                    results[i] = rows;
                }
            }
        }
        results
    }

    fn attention(&self, cell: Vec<f32>, positions: &[usize]) -> Attention {
        let LayerSizes { hidden, heads, .. } = self.sizes;
        let tokens = cell.len() / hidden;
        let data = TensorData::new(cell, [1, tokens, hidden]);
        let x = Tensor::<B, 3>::from_data(data, &self.on);
        burn_attention(&self.layers, x, heads, positions)
    }
}

/// Attention of Burn's layers in one cell, from its hidden state 0 `[1, tokens, hidden]`.
pub(super) fn burn_attention<B: Backend>(
    layers: &[EncoderLayer<B>],
    mut x: Tensor<B, 3>,
    heads: usize,
    positions: &[usize],
) -> Attention {
    let tokens = x.dims()[1];
    let mut sums = AttentionSums::new(positions, tokens);
    for layer in layers {
        let (next, probabilities) = layer.forward_with_attention(x, None);
        let rows: Vec<f32> = probabilities.into_data().iter::<f32>().collect();
        for (r, row) in rows.chunks_exact(tokens).enumerate() {
            sums.add_row(r % tokens, row, 1.0);
        }
        x = next;
    }
    sums.mean(heads * layers.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::Cpu;
    use crate::nets::bert::Activation;
    use crate::nets::seeded::seeded;

    fn stacks(activation: Activation) -> [Box<dyn LayerStack>; 2] {
        let sizes =
            LayerSizes { hidden: 24, heads: 3, intermediate: 40, eps: 1e-5, std: 0.02, activation };
        let on = Default::default();
        let fresh: Vec<EncoderLayer<Cpu>> =
            (0..3).map(|_| EncoderLayer::init(&sizes, &on)).collect();
        let layers = seeded::<Cpu, _>(fresh, 5, 0.2, 0.1);
        [Kernels::Fused, Kernels::Burn]
            .map(|kernels| of(&layers, &sizes, Device::Cpu, kernels, &on).unwrap())
    }

    fn cells() -> Vec<Vec<f32>> {
        let value = |i: usize| ((i * 37 % 101) as f32 / 50.0 - 1.0).sin();
        [7, 70, 1, 7].map(|tokens| (0..tokens * 24).map(|i| value(i + tokens)).collect()).into()
    }

    fn largest(a: &[f32], b: &[f32]) -> f32 {
        assert_eq!(a.len(), b.len());
        a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
    }

    #[test]
    fn fused_layers_equal_burns_with_either_activation() {
        for activation in [Activation::Relu, Activation::Gelu] {
            let [fused, burn] = stacks(activation);
            for (from, to) in [(0, 3), (1, 2), (2, 2)] {
                let (a, b) = (fused.run(cells(), from, to), burn.run(cells(), from, to));
                for (a, b) in a.iter().zip(&b) {
                    assert!(largest(a, b) < 1e-5, "{activation:?} {from} {to}");
                }
            }
        }
    }

    #[test]
    fn a_cell_has_the_same_bits_alone_and_in_company() {
        for stack in stacks(Activation::Gelu) {
            let together = stack.run(cells(), 0, 3);
            for (cell, expected) in cells().into_iter().zip(together) {
                assert_eq!(stack.run(vec![cell], 0, 3), [expected]);
            }
        }
    }

    #[test]
    fn attention_is_a_distribution_over_the_cell_and_alike_in_both() {
        let [fused, burn] = stacks(Activation::Relu);
        let cell = &cells()[1];
        let all: Vec<usize> = (0..70).collect();
        let (a, b) = (fused.attention(cell.clone(), &all), burn.attention(cell.clone(), &all));
        assert!(largest(&a.between, &b.between) < 1e-6);
        assert!(largest(&a.received, &b.received) < 1e-5);
        for row in a.between.chunks_exact(70) {
            assert!((row.iter().sum::<f32>() - 1.0).abs() < 1e-5);
        }
        let some = fused.attention(cell.clone(), &[69, 3]);
        assert_eq!(some.received, [a.received[69], a.received[3]]);
        assert_eq!(some.between[1], a.between[69 * 70 + 3]);
    }
}
