//! Burn's own forward pass behind the encoder trait: the definition, and the way to a GPU.

use std::collections::BTreeMap;

use burn::tensor::backend::Backend;

use super::error::{EncoderError, check_input};
use super::pooling::Pooling;
use super::stack::{Attention, burn_attention};
use super::{Encoder, GeneformerConfig};
use crate::device::Device;
use crate::families::geneformer::Geneformer;
use crate::families::geneformer::net::pad_batch;

/// Attention scores held at once: 2^28 numbers, 1 GiB.
const SCORES_AT_ONCE: usize = 1 << 28;

/// Geneformer by Burn on any backend; sequences of equal length share a batch, so nothing is
/// padded and nothing is masked.
pub struct BurnEncoder<B: Backend> {
    config: GeneformerConfig,
    net: Geneformer<B>,
    burn_device: B::Device,
    device: Device,
}

impl<B: Backend> BurnEncoder<B> {
    /// `net` must be of the sizes that `config` says and live on `burn_device`.
    pub fn new(
        config: GeneformerConfig,
        net: Geneformer<B>,
        burn_device: B::Device,
        device: Device,
    ) -> Self {
        Self { config, net, burn_device, device }
    }

    /// Sequences per batch at this length.
    fn batch_size(&self, tokens: usize) -> usize {
        if self.device == Device::Cpu {
            return 1; // A batch gains nothing there, and could change a cell's last bits.
        }
        let scores = self.config.num_attention_heads * tokens * tokens;
        (SCORES_AT_ONCE / scores.max(1)).max(1)
    }
}

impl<B: Backend> Encoder for BurnEncoder<B> {
    fn config(&self) -> &GeneformerConfig {
        &self.config
    }

    fn device(&self) -> Device {
        self.device
    }

    fn hidden_at(&self, sequences: &[&[u32]], layer: usize) -> Result<Vec<Vec<f32>>, EncoderError> {
        check_input(&self.config, sequences, layer)?;
        let mut by_length: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (index, sequence) in sequences.iter().enumerate() {
            by_length.entry(sequence.len()).or_default().push(index);
        }
        let mut results = vec![Vec::new(); sequences.len()];
        for (tokens, indices) in by_length {
            for batch in indices.chunks(self.batch_size(tokens)) {
                let together: Vec<&[u32]> = batch.iter().map(|&i| sequences[i]).collect();
                let (ids, lengths) =
                    pad_batch::<B>(&together, self.config.pad_token_id, &self.burn_device);
                let state = self.net.forward_at(ids, &lengths, layer);
                let values: Vec<f32> = state.into_data().iter::<f32>().collect();
                let size = tokens * self.config.hidden_size;
                for (&index, row) in batch.iter().zip(values.chunks_exact(size)) {
                    results[index] = row.to_vec();
                }
            }
        }
        Ok(results)
    }

    fn pooled(
        &self,
        sequences: &[&[u32]],
        layer: usize,
        pooling: Pooling,
    ) -> Result<Vec<Vec<f32>>, EncoderError> {
        check_input(&self.config, sequences, layer)?;
        pooling.check(sequences)?;
        let hidden = self.config.hidden_size;
        let states = self.hidden_at(sequences, layer)?;
        Ok(states.iter().map(|state| pooling.apply(state, hidden)).collect())
    }

    fn attention(&self, sequence: &[u32], positions: &[usize]) -> Result<Attention, EncoderError> {
        check_input(&self.config, &[sequence], 0)?;
        let (ids, _) = pad_batch::<B>(&[sequence], self.config.pad_token_id, &self.burn_device);
        let state = self.net.embed(ids);
        Ok(burn_attention(&self.net.layers, state, self.config.num_attention_heads, positions))
    }
}
