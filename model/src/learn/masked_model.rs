//! The net in pretraining: encoder, vocabulary head and the masked-gene loss.

use burn::module::Module;
use burn::tensor::activation::log_softmax;
use burn::tensor::backend::Backend;
use burn::tensor::{Int, Tensor, TensorData};

use crate::families::geneformer::{Geneformer, GeneformerConfig};
use crate::nets::heads::MlmHead;
use crate::nets::seeded::seeded;

/// A cell with some tokens masked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MaskedCell {
    /// Tokens, some of them replaced.
    pub ids: Vec<i32>,
    /// Positions to predict.
    pub places: Vec<i32>,
    /// The token at each of them.
    pub targets: Vec<i32>,
}

/// Encoder with vocabulary head.
#[derive(Module, Debug)]
pub struct MaskedModel<B: Backend> {
    /// The encoder.
    pub net: Geneformer<B>,
    /// The head, tied to the encoder's word table.
    pub head: MlmHead<B>,
}

impl<B: Backend> MaskedModel<B> {
    /// Seeded random weights: matrices normal with the config's sd, norms 1, biases 0, and the
    /// vocabulary's bias as given.
    pub fn seeded(
        config: &GeneformerConfig,
        seed: u64,
        bias: Vec<f32>,
        device: &B::Device,
    ) -> Self {
        let fresh = Self {
            net: config.init(device),
            head: MlmHead::init(&config.layer_sizes(), config.vocab_size, device),
        };
        let mut model = seeded::<B, Self>(fresh, seed, config.initializer_range as f32, 0.0);
        let size = bias.len();
        model.head.bias = model
            .head
            .bias
            .map(|_| Tensor::from_data(TensorData::new(bias, [size]), device).require_grad());
        model
    }

    /// Sum over the masked places of `-ln p(token)`, `[1]`; logits at these places only.
    pub fn loss(&self, cell: &MaskedCell, device: &B::Device) -> Tensor<B, 1> {
        let integers = |values: &[i32]| -> Tensor<B, 1, Int> {
            Tensor::from_data(TensorData::new(values.to_vec(), [values.len()]), device)
        };
        let tokens = cell.ids.len();
        let layers = self.net.layers.len();
        let hidden = self.net.forward_at(integers(&cell.ids).unsqueeze(), &[tokens], layers);
        let [_, _, width] = hidden.dims();
        let masked = hidden.reshape([tokens, width]).select(0, integers(&cell.places));
        let logits = self.head.forward(masked, self.net.word_embeddings());
        let targets = integers(&cell.targets).reshape([cell.targets.len(), 1]);
        log_softmax(logits, 1).gather(1, targets).sum().neg()
    }
}
