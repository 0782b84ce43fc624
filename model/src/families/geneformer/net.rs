//! Geneformer: a BERT encoder over genes ranked by expression.
//!
//! Source: Theodoris et al. 2023, Nature 618; layout as in Hugging Face `BertModel`.

use burn::module::{Initializer, Module};
use burn::nn::{Dropout, DropoutConfig, Embedding, LayerNorm};
use burn::tensor::backend::Backend;
use burn::tensor::{Int, Tensor, TensorData};

use super::config::GeneformerConfig;
use crate::nets::bert::{EncoderLayer, key_mask, norm};

/// Token, position and type embeddings, summed and normed.
#[derive(Module, Debug)]
pub struct Embeddings<B: Backend> {
    /// One vector per token, `[vocab, hidden]`.
    pub word: Embedding<B>,
    /// One vector per position, `[positions, hidden]`.
    pub position: Embedding<B>,
    /// One vector per token type; row 0 is added everywhere.
    pub token_type: Embedding<B>,
    /// Norm of the sum.
    pub norm: LayerNorm<B>,
    /// Dropout after the norm, when training.
    pub dropout: Dropout,
}

impl<B: Backend> Embeddings<B> {
    fn init(config: &GeneformerConfig, device: &B::Device) -> Self {
        let table = |rows: usize| Embedding {
            weight: Initializer::Normal { mean: 0.0, std: config.initializer_range }
                .init([rows, config.hidden_size], device),
        };
        Self {
            word: table(config.vocab_size),
            position: table(config.max_position_embeddings),
            token_type: table(config.type_vocab_size),
            norm: norm(config.hidden_size, config.layer_norm_eps, device),
            dropout: DropoutConfig::new(0.0).init(),
        }
    }

    /// `ids` `[batch, tokens]` to `[batch, tokens, hidden]`.
    pub fn forward(&self, ids: Tensor<B, 2, Int>) -> Tensor<B, 3> {
        let [_, tokens] = ids.dims();
        let words = self.word.forward(ids);
        let [_, _, hidden] = words.dims();
        let positions = self.position.weight.val().slice([0..tokens, 0..hidden]);
        let kind = self.token_type.weight.val().slice([0..1, 0..hidden]);
        let sum = words + (positions + kind).unsqueeze::<3>();
        self.dropout.forward(self.norm.forward(sum))
    }
}

/// The encoder without any head.
///
/// Dropout is off until [`with_dropout`](Self::with_dropout), and Burn applies it only on an
/// autodiff backend.
#[derive(Module, Debug)]
pub struct Geneformer<B: Backend> {
    /// Embedding block.
    pub embeddings: Embeddings<B>,
    /// Encoder layers, first to last.
    pub layers: Vec<EncoderLayer<B>>,
}

impl GeneformerConfig {
    /// A fresh encoder with weights of `N(0, initializer_range)`; drawn lazily, from the backend's
    /// generator. See [`crate::nets::seeded`] for weights that depend on a seed only.
    pub fn init<B: Backend>(&self, device: &B::Device) -> Geneformer<B> {
        let sizes = self.layer_sizes();
        Geneformer {
            embeddings: Embeddings::init(self, device),
            layers: (0..self.num_hidden_layers)
                .map(|_| EncoderLayer::init(&sizes, device))
                .collect(),
        }
    }
}

impl<B: Backend> Geneformer<B> {
    /// The same net with dropout rates set, for training on an autodiff backend.
    pub fn with_dropout(mut self, hidden: f64, attention: f64) -> Self {
        self.embeddings.dropout.prob = hidden;
        for layer in &mut self.layers {
            layer.set_dropout(hidden, attention);
        }
        self
    }

    /// Layer `index`, counted from 0; `None` past the last. Hidden state `index` is its input.
    pub fn layer(&self, index: usize) -> Option<&EncoderLayer<B>> {
        self.layers.get(index)
    }

    /// Hidden state 0: `ids` `[batch, tokens]` to `[batch, tokens, hidden]`.
    ///
    /// Ids must lie in the vocabulary and `tokens` within the positions: the backend decides what
    /// happens otherwise, so callers check first (as [`crate::encoder`] does).
    pub fn embed(&self, ids: Tensor<B, 2, Int>) -> Tensor<B, 3> {
        self.embeddings.forward(ids)
    }

    /// All hidden states: index 0 is the embedding output, `i` the output of layer `i - 1`.
    ///
    /// # Shapes
    /// - `ids`: `[batch, tokens]`, padded on the right; `lengths`: real tokens of each sequence
    /// - output: `layers + 1` tensors `[batch, tokens, hidden]`; padded positions hold values
    ///   that mean nothing
    pub fn forward_hidden(&self, ids: Tensor<B, 2, Int>, lengths: &[usize]) -> Vec<Tensor<B, 3>> {
        let mask = key_mask(lengths, ids.dims()[1], &ids.device());
        let mut states = Vec::with_capacity(self.layers.len() + 1);
        let mut x = self.embed(ids);
        for layer in &self.layers {
            states.push(x.clone());
            x = layer.forward(x, mask.as_ref());
        }
        states.push(x);
        states
    }

    /// Hidden state `state` only; layers above it are not run. Shapes as in
    /// [`forward_hidden`](Self::forward_hidden).
    pub fn forward_at(
        &self,
        ids: Tensor<B, 2, Int>,
        lengths: &[usize],
        state: usize,
    ) -> Tensor<B, 3> {
        let mask = key_mask(lengths, ids.dims()[1], &ids.device());
        let x = self.embed(ids);
        self.continue_from(x, 0, state, mask.as_ref())
    }

    /// Runs layers `from..to` on hidden state `from` (for example one that was cached), giving
    /// hidden state `to`.
    pub fn continue_from(
        &self,
        x: Tensor<B, 3>,
        from: usize,
        to: usize,
        mask: Option<&Tensor<B, 4>>,
    ) -> Tensor<B, 3> {
        let count = to.saturating_sub(from);
        self.layers.iter().skip(from).take(count).fold(x, |x, layer| layer.forward(x, mask))
    }

    /// The word table `[vocab, hidden]`, which the vocabulary head is tied to.
    pub fn word_embeddings(&self) -> Tensor<B, 2> {
        self.embeddings.word.weight.val()
    }
}

/// Pads `sequences` on the right with `pad` into one `[batch, longest]` tensor; also the lengths.
pub fn pad_batch<B: Backend>(
    sequences: &[&[u32]],
    pad: u32,
    device: &B::Device,
) -> (Tensor<B, 2, Int>, Vec<usize>) {
    let lengths: Vec<usize> = sequences.iter().map(|s| s.len()).collect();
    let longest = lengths.iter().copied().max().unwrap_or(0);
    let mut ids = Vec::with_capacity(sequences.len() * longest);
    for sequence in sequences {
        ids.extend(sequence.iter().map(|&id| i64::from(id)));
        ids.extend(std::iter::repeat_n(i64::from(pad), longest - sequence.len()));
    }
    let data = TensorData::new(ids, [sequences.len(), longest]);
    (Tensor::from_data(data, device), lengths)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::Cpu;
    use crate::nets::seeded::seeded;

    fn tiny() -> (GeneformerConfig, Geneformer<Cpu>) {
        let config = GeneformerConfig::with_sizes(40, 16, 3, 4, 24, 12);
        let net = seeded::<Cpu, _>(config.init(&Default::default()), 7, 0.3, 0.1);
        (config, net)
    }

    fn values(x: Tensor<Cpu, 3>) -> Vec<f32> {
        x.into_data().to_vec().unwrap()
    }

    #[test]
    fn padding_does_not_change_a_sequence() {
        let (_, net) = tiny();
        let (short, long): (&[u32], &[u32]) = (&[5, 6, 7], &[8, 9, 10, 11, 12]);
        let device = Default::default();
        let (ids, lengths) = pad_batch::<Cpu>(&[short, long], 0, &device);
        let both = net.forward_at(ids, &lengths, 3);
        let (ids, lengths) = pad_batch::<Cpu>(&[short], 0, &device);
        let alone = values(net.forward_at(ids, &lengths, 3));
        let padded = values(both.slice([0..1, 0..3, 0..16]));
        for (a, b) in alone.iter().zip(&padded) {
            assert!((a - b).abs() < 1e-5, "{a} {b}");
        }
    }

    #[test]
    fn running_the_top_layers_on_a_cached_state_gives_the_whole_pass() {
        let (_, net) = tiny();
        let (ids, lengths) = pad_batch::<Cpu>(&[&[5, 6, 7], &[8, 9]], 0, &Default::default());
        let mask = key_mask::<Cpu>(&lengths, 3, &Default::default());
        let states = net.forward_hidden(ids, &lengths);
        assert_eq!(states.len(), 4);
        let top = net.continue_from(states[1].clone(), 1, 3, mask.as_ref());
        assert_eq!(values(top), values(states[3].clone()));
    }
}
