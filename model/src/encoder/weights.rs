//! Weights of a Burn module, exported once into the layout that the fast path reads.

use burn::nn::{LayerNorm, Linear};
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

use super::error::EncoderError;
use super::kernels::Norm;
use crate::families::geneformer::{Geneformer, GeneformerConfig};
use crate::nets::bert::{EncoderLayer, LayerSizes};

/// A linear map, `[input, output]` row-major.
pub(super) struct Map {
    pub weight: Vec<f32>,
    pub bias: Vec<f32>,
}

/// One encoder layer; query, key and value side by side as `[hidden, 3 * hidden]`.
pub(super) struct Layer {
    pub qkv: Map,
    pub output: Map,
    pub attention_norm: Norm,
    pub intermediate: Map,
    pub ffn_output: Map,
    pub output_norm: Norm,
}

/// Geneformer's embedding block.
pub(super) struct Embeddings {
    /// `[vocab, hidden]`
    pub words: Vec<f32>,
    /// `[positions, hidden]`
    pub positions: Vec<f32>,
    /// Row 0 of the token-type table, `[hidden]`.
    pub kind: Vec<f32>,
    pub norm: Norm,
}

impl Embeddings {
    pub fn new<B: Backend>(
        config: &GeneformerConfig,
        net: &Geneformer<B>,
    ) -> Result<Self, EncoderError> {
        let (hidden, eps) = (config.hidden_size, config.layer_norm_eps as f32);
        let table =
            |what: &str, t: Tensor<B, 2>, rows: usize| sized(what, values(t), rows * hidden);
        let e = &net.embeddings;
        let mut kind = table("token types", e.token_type.weight.val(), config.type_vocab_size)?;
        kind.truncate(hidden);
        let positions = config.max_position_embeddings;
        Ok(Self {
            words: table("word embeddings", e.word.weight.val(), config.vocab_size)?,
            positions: table("position embeddings", e.position.weight.val(), positions)?,
            kind,
            norm: norm(&e.norm, hidden, eps)?,
        })
    }
}

pub(super) fn layer<B: Backend>(
    sizes: &LayerSizes,
    layer: &EncoderLayer<B>,
) -> Result<Layer, EncoderError> {
    let (hidden, inner) = (sizes.hidden, sizes.intermediate);
    let eps = sizes.eps as f32;
    let attention = &layer.attention;
    let parts = [
        map(&attention.query, hidden, hidden)?,
        map(&attention.key, hidden, hidden)?,
        map(&attention.value, hidden, hidden)?,
    ];
    Ok(Layer {
        qkv: beside(&parts),
        output: map(&attention.output, hidden, hidden)?,
        attention_norm: norm(&layer.attention_norm, hidden, eps)?,
        intermediate: map(&layer.intermediate, hidden, inner)?,
        ffn_output: map(&layer.output, inner, hidden)?,
        output_norm: norm(&layer.output_norm, hidden, eps)?,
    })
}

/// Maps of the same input as one, their outputs side by side.
pub(super) fn beside(parts: &[Map]) -> Map {
    let bias: Vec<f32> = parts.iter().flat_map(|part| part.bias.iter().copied()).collect();
    let inputs = parts.first().map_or(0, |part| part.weight.len() / part.bias.len().max(1));
    let mut weight = Vec::with_capacity(inputs * bias.len());
    for row in 0..inputs {
        for part in parts {
            let width = part.bias.len();
            weight.extend_from_slice(&part.weight[row * width..][..width]);
        }
    }
    Map { weight, bias }
}

pub(super) fn map<B: Backend>(
    linear: &Linear<B>,
    input: usize,
    output: usize,
) -> Result<Map, EncoderError> {
    let bias = match &linear.bias {
        Some(bias) => values(bias.val()),
        None => vec![0.0; output],
    };
    Ok(Map {
        weight: sized("linear weight", values(linear.weight.val()), input * output)?,
        bias: sized("linear bias", bias, output)?,
    })
}

pub(super) fn norm<B: Backend>(
    norm: &LayerNorm<B>,
    width: usize,
    eps: f32,
) -> Result<Norm, EncoderError> {
    let beta = match &norm.beta {
        Some(beta) => values(beta.val()),
        None => vec![0.0; width],
    };
    Ok(Norm {
        gamma: sized("norm weight", values(norm.gamma.val()), width)?,
        beta: sized("norm bias", beta, width)?,
        eps,
    })
}

pub(super) fn values<B: Backend, const D: usize>(tensor: Tensor<B, D>) -> Vec<f32> {
    tensor.into_data().iter::<f32>().collect()
}

pub(super) fn sized(
    what: &str,
    values: Vec<f32>,
    expected: usize,
) -> Result<Vec<f32>, EncoderError> {
    if values.len() == expected {
        return Ok(values);
    }
    Err(EncoderError::WeightSize { what: what.into(), found: values.len(), expected })
}
