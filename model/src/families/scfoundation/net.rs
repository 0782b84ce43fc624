//! scFoundation (xTrimoGene, read-depth aware): a transformer over the expressed genes, then a
//! Performer over all of them.
//!
//! Source: Hao et al. 2024, Nature Methods 21:1481; layout as in the authors' `mae_autobin.py`.

use burn::module::{Initializer, Module};
use burn::nn::{Embedding, LayerNorm, Linear};
use burn::tensor::activation::{leaky_relu, softmax};
use burn::tensor::backend::Backend;
use burn::tensor::{Int, Tensor, TensorData};

use super::config::{EPS, ScFoundationConfig};
use crate::nets::bert::{EncoderLayer, key_mask, linear, norm};
use crate::nets::performer::{KeyMaximum, Performer};

/// Slope of the leaky ReLU in the value embedding.
const SLOPE: f64 = 0.1;
/// Standard deviation of fresh weights.
const STD: f64 = 0.02;

/// Embeds a number as a mixture of learned bins, without hard edges.
///
/// `a = leaky_relu(W1 v + b1)`, `w = softmax(alpha a + W2 a + b2)`, result `w E`; the two reserved
/// values have a vector of their own. Zero goes the same way as any other value.
#[derive(Module, Debug)]
pub struct ValueEmbedding<B: Backend> {
    /// `1 -> bins`
    pub first: Linear<B>,
    /// `bins -> bins`
    pub second: Linear<B>,
    /// One vector per bin, `[bins, hidden]`.
    pub bins: Embedding<B>,
    /// Vector of a masked gene, `[1, hidden]`.
    pub mask: Embedding<B>,
    /// Vector of padding, `[1, hidden]`.
    pub pad: Embedding<B>,
    #[module(skip)]
    alpha: f64,
    #[module(skip)]
    mask_id: f64,
    #[module(skip)]
    pad_id: f64,
}

impl<B: Backend> ValueEmbedding<B> {
    fn init(config: &ScFoundationConfig, device: &B::Device) -> Self {
        let (bins, hidden) = (config.bin_num, config.encoder.hidden_dim);
        Self {
            first: linear(1, bins, STD, device),
            second: linear(bins, bins, STD, device),
            bins: table(bins, hidden, device),
            mask: table(1, hidden, device),
            pad: table(1, hidden, device),
            alpha: config.bin_alpha,
            mask_id: config.mask_token_id,
            pad_id: config.pad_token_id,
        }
    }

    /// Share of each bin: `values` `[batch, tokens]` to `[batch, tokens, bins]`, summing to 1.
    pub fn weights(&self, values: Tensor<B, 2>) -> Tensor<B, 3> {
        let a = leaky_relu(self.first.forward(values.unsqueeze_dim(2)), SLOPE);
        softmax(a.clone() * self.alpha + self.second.forward(a), 2)
    }

    /// `values` `[batch, tokens]` to `[batch, tokens, hidden]`.
    pub fn forward(&self, values: Tensor<B, 2>) -> Tensor<B, 3> {
        let [batch, tokens] = values.dims();
        let table = self.bins.weight.val();
        let [bins, hidden] = table.dims();
        let weights = self.weights(values.clone()).reshape([batch * tokens, bins]);
        let mut x = weights.matmul(table).reshape([batch, tokens, hidden]);
        for (id, vector) in [(self.mask_id, &self.mask), (self.pad_id, &self.pad)] {
            let reserved = values.clone().equal_elem(id as f32).unsqueeze_dim::<3>(2);
            let vector = vector.weight.val().unsqueeze::<3>();
            let shape = [batch, tokens, hidden];
            x = x.mask_where(reserved.expand(shape), vector.expand(shape));
        }
        x
    }
}

fn table<B: Backend>(rows: usize, width: usize, device: &B::Device) -> Embedding<B> {
    let normal = Initializer::Normal { mean: 0.0, std: STD };
    Embedding { weight: normal.init([rows, width], device) }
}

/// The whole net.
#[derive(Module, Debug)]
pub struct ScFoundation<B: Backend> {
    /// Embedding of values.
    pub values: ValueEmbedding<B>,
    /// One vector per gene, for T, S and padding: `[genes + 3, hidden]`.
    pub positions: Embedding<B>,
    /// Encoder layers (post-norm), first to last.
    pub layers: Vec<EncoderLayer<B>>,
    /// Norm after the encoder.
    pub encoder_norm: LayerNorm<B>,
    /// From the encoder's width to the decoder's.
    pub decoder_embed: Linear<B>,
    /// Decoder layers (pre-norm, FAVOR+).
    pub decoder: Performer<B>,
    /// Norm that belongs to the decoder.
    pub decoder_norm: LayerNorm<B>,
    /// Norm of the model, after the decoder's own.
    pub norm: LayerNorm<B>,
    /// From a gene's context to its expression.
    pub to_final: Linear<B>,
}

impl ScFoundationConfig {
    /// A fresh net, drawn lazily from the backend's generator; see [`crate::nets::seeded`].
    pub fn init<B: Backend>(&self, device: &B::Device) -> ScFoundation<B> {
        let (hidden, width) = (self.encoder.hidden_dim, self.decoder.hidden_dim);
        let sizes = self.layer_sizes();
        let layers = (0..self.encoder.depth).map(|_| EncoderLayer::init(&sizes, device));
        ScFoundation {
            values: ValueEmbedding::init(self, device),
            positions: table(self.seq_len + 1, hidden, device),
            layers: layers.collect(),
            encoder_norm: norm(hidden, EPS, device),
            decoder_embed: linear(hidden, width, STD, device),
            decoder: Performer::init(&self.performer_sizes(), device),
            decoder_norm: norm(width, EPS, device),
            norm: norm(width, EPS, device),
            to_final: linear(width, 1, STD, device),
        }
    }
}

/// Cells as tensors, padded on the right.
#[derive(Debug, Clone)]
pub struct Batch<B: Backend> {
    /// `[cells, tokens]`, the pad id where there is no token.
    pub values: Tensor<B, 2>,
    /// Gene of each token, `[cells, tokens]`; one past S where there is no token.
    pub ids: Tensor<B, 2, Int>,
    /// Tokens of each cell.
    pub lengths: Vec<usize>,
}

impl<B: Backend> Batch<B> {
    /// Pads cells, each `(ids, values)`, to the longest of them.
    pub fn new(
        cells: &[(&[u32], &[f32])],
        config: &ScFoundationConfig,
        device: &B::Device,
    ) -> Self {
        let lengths: Vec<usize> = cells.iter().map(|(ids, _)| ids.len()).collect();
        let longest = lengths.iter().copied().max().unwrap_or(0);
        let (pad_id, pad_value) = (config.seq_len as i64, config.pad_token_id as f32);
        let (mut all_ids, mut all_values) = (Vec::new(), Vec::new());
        for (ids, values) in cells {
            let padding = longest - ids.len();
            all_ids.extend(ids.iter().map(|&id| i64::from(id)));
            all_ids.extend(std::iter::repeat_n(pad_id, padding));
            all_values.extend_from_slice(values);
            all_values.extend(std::iter::repeat_n(pad_value, padding));
        }
        let shape = [cells.len(), longest];
        Self {
            values: Tensor::from_data(TensorData::new(all_values, shape), device),
            ids: Tensor::from_data(TensorData::new(all_ids, shape), device),
            lengths,
        }
    }
}

impl<B: Backend> ScFoundation<B> {
    /// Input of the encoder, `[cells, tokens, hidden]`: values plus positions.
    pub fn embed(&self, batch: &Batch<B>) -> Tensor<B, 3> {
        self.values.forward(batch.values.clone()) + self.positions.forward(batch.ids.clone())
    }

    /// Output of the encoder, `[cells, tokens, hidden]`; padded places hold values that mean
    /// nothing.
    pub fn encode(&self, batch: &Batch<B>) -> Tensor<B, 3> {
        let tokens = batch.ids.dims()[1];
        let mask = key_mask(&batch.lengths, tokens, &batch.ids.device());
        let x = self.embed(batch);
        let x = self.layers.iter().fold(x, |x, layer| layer.forward(x, mask.as_ref()));
        self.encoder_norm.forward(x)
    }

    /// Input of the decoder for one cell, over all genes, T and S: `[genes + 2, width]`.
    ///
    /// `encoded` `[tokens, hidden]` is the cell's output of the encoder, `ids` its genes. Genes
    /// that are not expressed have the embedding of the value 0.
    pub fn decoder_input(&self, encoded: Tensor<B, 2>, ids: &[u32]) -> Tensor<B, 2> {
        let device = encoded.device();
        let [rows, hidden] = self.positions.weight.val().dims();
        let genes = rows - 1;
        let zero = self.values.forward(Tensor::zeros([1, 1], &device)).reshape([1, hidden]);
        // Row 0 stands for all genes that are not expressed, row `i + 1` for token `i`.
        let mut row = vec![0i64; genes];
        for (token, &gene) in (1..).zip(ids) {
            row[gene as usize] = token;
        }
        let row: Tensor<B, 1, Int> = Tensor::from_data(TensorData::new(row, [genes]), &device);
        let values = Tensor::cat(vec![zero, encoded], 0).select(0, row);
        let positions = self.positions.weight.val().slice([0..genes, 0..hidden]);
        self.decoder_embed.forward(values + positions)
    }

    /// What follows the decoder's layers: both norms, on any rows `[.., width]`.
    pub fn finish<const D: usize>(&self, decoded: Tensor<B, D>) -> Tensor<B, D> {
        self.norm.forward(self.decoder_norm.forward(decoded))
    }

    /// Genes in the context of their cell, `[cells, genes + 2, width]`: of all genes, then T and S.
    ///
    /// `encoded` is what [`encode`](Self::encode) gives for cells with these `ids`. With
    /// [`KeyMaximum::Batch`] a cell's result depends on the others, as in the reference when it is
    /// given several cells at once.
    pub fn decode(
        &self,
        encoded: Tensor<B, 3>,
        ids: &[&[u32]],
        maximum: KeyMaximum,
    ) -> Tensor<B, 3> {
        let hidden = encoded.dims()[2];
        let inputs = ids.iter().enumerate().map(|(cell, ids)| {
            let own = encoded.clone().slice([cell..cell + 1, 0..ids.len(), 0..hidden]);
            self.decoder_input(own.reshape([ids.len(), hidden]), ids)
        });
        let inputs = Tensor::stack(inputs.collect(), 0);
        self.finish(self.decoder.forward(inputs, maximum))
    }

    /// Expression of each row of a gene's context: `[rows, width]` to `[rows]`.
    pub fn expression(&self, context: Tensor<B, 2>) -> Tensor<B, 1> {
        let [rows, _] = context.dims();
        self.to_final.forward(context).reshape([rows])
    }
}
