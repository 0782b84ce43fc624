//! What the effect head reads of a gene: its contextual embedding, its word embedding and its
//! expression in the reference state.

use std::sync::atomic::{AtomicBool, Ordering};

use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData};
use rayon::prelude::*;

use super::LearnError;
use super::reference::ReferenceCells;
use super::tensors::Tensors;
use super::top_layer::{TopLayer, TopTensors};
use crate::device::{Cpu, CpuAutodiff};
use crate::encoder::Encoder;

/// Numbers of expression per gene.
pub const EXPRESSION_FEATURES: usize = 2;

/// Genes whose sequences form one tensor.
const GENES_PER_CHUNK: usize = 8;

/// Sequences given to the encoder at once.
const GENES_PER_BATCH: usize = 16;

/// Inputs of the top layer for some genes, computed once: the layers below are frozen.
pub struct TopInputs {
    chunks: Vec<Chunk>,
    genes: usize,
}

/// Inputs of some genes, padded to one length.
struct Chunk {
    genes: usize,
    cells: usize,
    tokens: usize,
    width: usize,
    position: usize,
    inputs: Vec<f32>,
    padding: Vec<f32>,
}

/// Reads genes in the reference cells through the frozen layers.
pub struct GeneReader<'a> {
    /// The model.
    pub encoder: &'a dyn Encoder,
    /// The background.
    pub reference: &'a ReferenceCells,
    /// Set by the caller to stop.
    pub cancel: &'a AtomicBool,
}

impl GeneReader<'_> {
    /// Inputs of the top layer for each gene's sequences; `progress` gets genes done.
    ///
    /// # Errors
    /// Whatever the encoder refuses; [`LearnError::Cancelled`].
    pub fn inputs(&self, genes: &[u32], progress: &dyn Fn(usize)) -> Result<TopInputs, LearnError> {
        let below = self.encoder.config().num_hidden_layers.saturating_sub(1);
        let mut chunks = Vec::new();
        let mut done = 0;
        for batch in genes.chunks(GENES_PER_BATCH) {
            if self.cancel.load(Ordering::Relaxed) {
                return Err(LearnError::Cancelled);
            }
            let sequences: Vec<Vec<u32>> =
                batch.iter().flat_map(|&gene| self.reference.sequences(gene)).collect();
            let views: Vec<&[u32]> = sequences.iter().map(Vec::as_slice).collect();
            let hidden = self.encoder.hidden_at(&views, below)?;
            let per_chunk = GENES_PER_CHUNK * self.reference.count();
            for some in hidden.chunks(per_chunk) {
                let width = self.encoder.config().hidden_size;
                chunks.push(Chunk::pad(some, width, self.reference));
            }
            done += batch.len();
            progress(done);
        }
        Ok(TopInputs { chunks, genes: genes.len() })
    }
}

impl Chunk {
    fn pad(rows: &[Vec<f32>], width: usize, reference: &ReferenceCells) -> Self {
        let tokens = rows.iter().map(|row| row.len() / width).max().unwrap_or(0);
        let mut inputs = vec![0.0; rows.len() * tokens * width];
        let mut padding = vec![0.0; rows.len() * tokens];
        for (index, row) in rows.iter().enumerate() {
            inputs[index * tokens * width..][..row.len()].copy_from_slice(row);
            padding[index * tokens..][row.len() / width..tokens].fill(-1e9);
        }
        let (cells, position) = (reference.count(), reference.position());
        Self { genes: rows.len() / cells, cells, tokens, width, position, inputs, padding }
    }

    /// Contextual embedding of each gene of the chunk, `[genes, width]`.
    fn contexts<B: Backend>(&self, layer: &TopTensors<B>, device: &B::Device) -> Tensor<B, 2> {
        let sequences = self.genes * self.cells;
        let inputs = TensorData::new(self.inputs.clone(), [sequences, self.tokens, self.width]);
        let padding = TensorData::new(self.padding.clone(), [sequences, 1, self.tokens]);
        let inputs = Tensor::<B, 3>::from_data(inputs, device);
        let padding = Tensor::<B, 3>::from_data(padding, device);
        let at = layer.at_position(inputs, padding, self.position);
        let by_cell = at.reshape([self.genes, self.cells, self.width]);
        by_cell.mean_dim(1).reshape([self.genes, self.width])
    }
}

impl TopInputs {
    /// Contextual embedding of each gene with the given top layer, in order.
    ///
    /// # Errors
    /// [`LearnError::NotFinite`] for a model whose weights are bad.
    pub fn contexts(&self, layer: &TopLayer) -> Result<Vec<Vec<f64>>, LearnError> {
        let rows = self.chunks.par_iter().map(|chunk| {
            let device = Default::default();
            let tensor = chunk.contexts(&layer.on::<Cpu>(&device), &device);
            let values = tensor.into_data().to_vec::<f32>().unwrap_or_default();
            let rows = values.chunks(chunk.width.max(1));
            rows.map(|row| row.iter().map(|&v| f64::from(v)).collect()).collect::<Vec<Vec<f64>>>()
        });
        let rows: Vec<Vec<f64>> = rows.collect::<Vec<_>>().into_iter().flatten().collect();
        if rows.len() != self.genes || rows.iter().flatten().any(|value| !value.is_finite()) {
            return Err(LearnError::NotFinite { what: "an embedding of a gene".to_owned() });
        }
        Ok(rows)
    }

    /// Gradient of `loss` of the contextual embeddings with respect to the top layer.
    ///
    /// Chunks run in parallel, each with its own graph; losses and gradients are summed in the
    /// order of the chunks, so the result repeats bit for bit. `loss` gets the index of the chunk's
    /// first gene and its embeddings `[genes, width]`, and returns one number.
    pub(super) fn gradient<F>(&self, layer: &TopLayer, loss: F) -> (f64, Vec<Vec<f32>>)
    where
        F: Fn(usize, Tensor<CpuAutodiff, 2>) -> Tensor<CpuAutodiff, 1> + Sync,
    {
        let parts: Vec<(f64, Vec<Vec<f32>>)> = self
            .chunks
            .par_iter()
            .enumerate()
            .map(|(number, chunk)| {
                let device = Default::default();
                let mut tensors = layer.on::<CpuAutodiff>(&device);
                tensors.tensors = tensors.tensors.into_iter().map(Tensor::require_grad).collect();
                let contexts = chunk.contexts(&tensors, &device);
                let loss = loss(number * GENES_PER_CHUNK, contexts);
                let value = f64::from(loss.clone().into_scalar());
                let gradients = loss.backward();
                let flat =
                    |(tensor, values): (&Tensor<CpuAutodiff, 2>, &super::tensors::Values)| {
                        let gradient =
                            tensor.grad(&gradients).map(|g| g.into_data().to_vec::<f32>());
                        // The key bias has no influence, so it has no gradient.
                        gradient
                            .and_then(Result::ok)
                            .unwrap_or_else(|| vec![0.0; values.data.len()])
                    };
                let gradients = tensors.tensors.iter().zip(&layer.values).map(flat).collect();
                (value, gradients)
            })
            .collect();
        let mut total = 0.0;
        let mut sum: Vec<Vec<f32>> =
            layer.values.iter().map(|values| vec![0.0; values.data.len()]).collect();
        for (value, gradients) in parts {
            total += value;
            for (sum, gradient) in sum.iter_mut().flatten().zip(gradients.into_iter().flatten()) {
                *sum += gradient;
            }
        }
        (total, sum)
    }
}

/// Word embedding of each gene's token.
///
/// # Errors
/// [`LearnError::BadSetting`] if the checkpoint has no word embeddings of that size.
pub fn word_embeddings(tensors: &Tensors, genes: &[u32]) -> Result<Vec<Vec<f64>>, LearnError> {
    let refuse = |found: String| LearnError::BadSetting {
        setting: "parent model",
        found,
        expected: "a checkpoint with bert.embeddings.word_embeddings.weight of its vocabulary",
    };
    let table = ["bert.", ""]
        .iter()
        .find_map(|prefix| tensors.get(&format!("{prefix}embeddings.word_embeddings.weight")))
        .ok_or_else(|| refuse("no word embeddings".to_owned()))?;
    let width = table.shape.get(1).copied().unwrap_or(0);
    let row = |&gene: &u32| {
        let start = gene as usize * width;
        let values = table.data.get(start..start + width);
        let values = values.ok_or_else(|| refuse(format!("no row for token {gene}")))?;
        Ok(values.iter().map(|&v| f64::from(v)).collect())
    };
    genes.iter().map(row).collect()
}
