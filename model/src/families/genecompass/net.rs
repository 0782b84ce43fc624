//! GeneCompass: a BERT encoder over genes ranked by expression, whose embeddings join what the
//! gene is, how much of it there is, and prior knowledge of it in the cell's species.
//!
//! Source: Yang et al. 2024, Cell Research 34 (GeneCompass).

use burn::module::{Initializer, Module, Param};
use burn::nn::{Embedding, LayerNorm, Linear};
use burn::tensor::activation::sigmoid;
use burn::tensor::backend::Backend;
use burn::tensor::{Int, Tensor, TensorData};

use super::config::GeneCompassConfig;
use super::homologues::Homologues;
use crate::families::{CellTokens, Species};
use crate::nets::bert::{Activation, EncoderLayer, LayerSizes, key_mask, linear, norm};

/// Epsilon of the norm inside [`Mix`]: torch's default, whatever the configuration says.
const MIX_EPS: f64 = 1e-5;

/// Prior knowledge of one kind: a fixed vector per gene, and a map to the width of the net.
#[derive(Module, Debug)]
pub struct Prior<B: Backend> {
    /// `[vocab, width]`; not trained.
    pub table: Param<Tensor<B, 2>>,
    /// `width -> hidden`.
    pub linear: Linear<B>,
}

impl<B: Backend> Prior<B> {
    fn init(config: &GeneCompassConfig, width: usize, device: &B::Device) -> Self {
        let std = config.initializer_range;
        Self {
            table: Initializer::Normal { mean: 0.0, std }.init([config.vocab_size, width], device),
            linear: linear(width, config.hidden_size, std, device),
        }
    }

    /// `ids` `[batch, tokens]` to `[batch, tokens, hidden]`.
    fn forward(&self, ids: Tensor<B, 2, Int>) -> Tensor<B, 3> {
        self.linear.forward(burn::tensor::module::embedding(self.table.val(), ids))
    }
}

/// Joins the parts of an embedding: map, layer norm, `x sigmoid(1.702 x)`, map.
#[derive(Module, Debug)]
pub struct Mix<B: Backend> {
    /// All parts side by side to `hidden`.
    pub fc: Linear<B>,
    /// Norm between the maps.
    pub norm: LayerNorm<B>,
    /// `hidden -> hidden`.
    pub projection: Linear<B>,
}

impl<B: Backend> Mix<B> {
    fn forward(&self, x: Tensor<B, 3>) -> Tensor<B, 3> {
        let x = self.norm.forward(self.fc.forward(x));
        let gate = sigmoid(x.clone().mul_scalar(1.702));
        self.projection.forward(x * gate)
    }
}

/// Everything that becomes hidden state 0 of the genes.
#[derive(Module, Debug)]
pub struct Embeddings<B: Backend> {
    /// One vector per token, `[vocab, hidden]`, shared by homologous genes.
    pub word: Embedding<B>,
    /// Promoter sequences.
    pub promoter: Option<Prior<B>>,
    /// Co-expression.
    pub co_exp: Option<Prior<B>>,
    /// Gene families.
    pub gene_family: Option<Prior<B>>,
    /// Gene regulation (PECA).
    pub peca_grn: Option<Prior<B>>,
    /// Joins the parts.
    pub mix: Mix<B>,
    /// One vector per position, `[positions, hidden]`.
    pub position: Embedding<B>,
    /// One vector per token type; row 0 is added everywhere.
    pub token_type: Embedding<B>,
    /// Norm of the sum.
    pub norm: LayerNorm<B>,
    /// Whether values are among the parts.
    pub use_values: bool,
    /// Factor of the prior knowledge.
    pub alpha: f32,
}

/// Cells as the net reads them, padded on the right with `<pad>` and value 0.
#[derive(Debug, Clone)]
pub struct Batch<B: Backend> {
    /// Tokens `[batch, tokens]`.
    pub ids: Tensor<B, 2, Int>,
    /// Tokens whose prior knowledge is used, `[batch, tokens]`: `ids` of a human cell, of a mouse
    /// cell those of the mouse genes ([`Homologues`]).
    pub prior_ids: Tensor<B, 2, Int>,
    /// Expression values `[batch, tokens]`, log2(1 + count / median).
    pub values: Tensor<B, 2>,
    /// Genes of each cell.
    pub lengths: Vec<usize>,
    /// Species of each cell.
    pub species: Vec<Species>,
}

impl<B: Backend> Batch<B> {
    /// Lays `cells` out on a device, each padded to `width` genes.
    ///
    /// # Panics
    /// If a cell has not one value per id or more than `width` ids.
    pub fn of(
        cells: &[&CellTokens],
        homologues: &Homologues,
        width: usize,
        device: &B::Device,
    ) -> Self {
        let (mut ids, mut prior_ids, mut values) = (Vec::new(), Vec::new(), Vec::new());
        for cell in cells {
            assert_eq!(cell.ids.len(), cell.values.len(), "one value per id");
            let padding = width.checked_sub(cell.ids.len()).expect("no cell is wider");
            let prior = |id: &u32| i64::from(homologues.prior_of(*id, cell.species));
            ids.extend(cell.ids.iter().map(|id| i64::from(*id)));
            prior_ids.extend(cell.ids.iter().map(prior));
            values.extend(&cell.values);
            ids.extend(std::iter::repeat_n(0, padding));
            prior_ids.extend(std::iter::repeat_n(0, padding));
            values.extend(std::iter::repeat_n(0.0, padding));
        }
        let shape = [cells.len(), width];
        let integers = |data: Vec<i64>| Tensor::from_data(TensorData::new(data, shape), device);
        Self {
            ids: integers(ids),
            prior_ids: integers(prior_ids),
            values: Tensor::from_data(TensorData::new(values, shape), device),
            lengths: cells.iter().map(|cell| cell.ids.len()).collect(),
            species: cells.iter().map(|cell| cell.species).collect(),
        }
    }
}

impl<B: Backend> Embeddings<B> {
    fn init(config: &GeneCompassConfig, widths: [usize; 4], device: &B::Device) -> Self {
        let (hidden, std) = (config.hidden_size, config.initializer_range);
        let table = |rows: usize| Embedding {
            weight: Initializer::Normal { mean: 0.0, std }.init([rows, hidden], device),
        };
        let on = config.priors();
        let prior = |kind: usize| on[kind].then(|| Prior::init(config, widths[kind], device));
        let priors = on.iter().filter(|on| **on).count();
        let parts = hidden * (1 + priors) + usize::from(config.use_values);
        Self {
            word: table(config.vocab_size),
            promoter: prior(0),
            co_exp: prior(1),
            gene_family: prior(2),
            peca_grn: prior(3),
            mix: Mix {
                fc: linear(parts, hidden, std, device),
                norm: norm(hidden, MIX_EPS, device),
                projection: linear(hidden, hidden, std, device),
            },
            position: table(config.max_position_embeddings),
            token_type: table(config.type_vocab_size),
            norm: norm(hidden, config.layer_norm_eps, device),
            use_values: config.use_values,
            alpha: 1.0,
        }
    }

    /// Hidden state 0 of the genes, `[batch, tokens, hidden]`.
    ///
    /// Ids must lie in the vocabulary and `tokens` within the positions: the backend decides what
    /// happens otherwise, so callers check first.
    pub fn forward(&self, batch: &Batch<B>) -> Tensor<B, 3> {
        let mut parts = vec![self.word.forward(batch.ids.clone())];
        let [_, tokens, hidden] = parts[0].dims();
        if self.use_values {
            parts.push(batch.values.clone().unsqueeze_dim(2));
        }
        let priors = [&self.promoter, &self.co_exp, &self.gene_family, &self.peca_grn];
        for prior in priors.into_iter().flatten() {
            parts.push(prior.forward(batch.prior_ids.clone()).mul_scalar(self.alpha));
        }
        let mixed = self.mix.forward(Tensor::cat(parts, 2));
        let positions = self.position.weight.val().slice([0..tokens, 0..hidden]);
        let kind = self.token_type.weight.val().slice([0..1, 0..hidden]);
        self.norm.forward(mixed + (positions + kind).unsqueeze::<3>())
    }
}

/// The encoder without any head.
#[derive(Module, Debug)]
pub struct GeneCompass<B: Backend> {
    /// Embedding block.
    pub embeddings: Embeddings<B>,
    /// Class token of each species, `[2, hidden]`: human, mouse.
    pub class: Option<Embedding<B>>,
    /// Encoder layers, first to last.
    pub layers: Vec<EncoderLayer<B>>,
}

impl GeneCompassConfig {
    /// A fresh encoder with weights of `N(0, initializer_range)`; `widths` are those of the prior
    /// knowledge (promoter, co-expression, gene family, regulation), of which the ones that are
    /// switched off are not used.
    pub fn init<B: Backend>(&self, widths: [usize; 4], device: &B::Device) -> GeneCompass<B> {
        let sizes = self.layer_sizes();
        let normal = Initializer::Normal { mean: 0.0, std: self.initializer_range };
        let class = || Embedding { weight: normal.init([2, self.hidden_size], device) };
        GeneCompass {
            embeddings: Embeddings::init(self, widths, device),
            class: self.use_cls_token.then(class),
            layers: (0..self.num_hidden_layers)
                .map(|_| EncoderLayer::init(&sizes, device))
                .collect(),
        }
    }
}

impl<B: Backend> GeneCompass<B> {
    /// Tokens before the first gene: 1 with a class token, else 0.
    pub fn before_genes(&self) -> usize {
        usize::from(self.class.is_some())
    }

    /// Hidden state 0: the genes' embeddings after the class token of the species, which has
    /// neither position nor norm. `[batch, before + tokens, hidden]`.
    pub fn embed(&self, batch: &Batch<B>) -> Tensor<B, 3> {
        with_class(self.class.as_ref(), &batch.species, self.embeddings.forward(batch))
    }

    /// All hidden states: index 0 is the embedding output, `i` the output of layer `i - 1`; each
    /// `[batch, before + tokens, hidden]`. Padded positions hold values that mean nothing.
    pub fn forward_hidden(&self, batch: &Batch<B>) -> Vec<Tensor<B, 3>> {
        let mut x = self.embed(batch);
        let lengths: Vec<usize> = batch.lengths.iter().map(|l| l + self.before_genes()).collect();
        let mask = key_mask(&lengths, x.dims()[1], &x.device());
        let mut states = Vec::with_capacity(self.layers.len() + 1);
        for layer in &self.layers {
            states.push(x.clone());
            x = layer.forward(x, mask.as_ref());
        }
        states.push(x);
        states
    }

    /// The word table `[vocab, hidden]`, which the id head is tied to.
    pub fn word_embeddings(&self) -> Tensor<B, 2> {
        self.embeddings.word.weight.val()
    }
}

/// Puts the class token of each cell's species before its genes; `class` is absent in models
/// without one.
pub fn with_class<B: Backend>(
    class: Option<&Embedding<B>>,
    species: &[Species],
    genes: Tensor<B, 3>,
) -> Tensor<B, 3> {
    let Some(class) = class else {
        return genes;
    };
    let rows: Vec<i64> = species.iter().map(|species| *species as i64).collect();
    let rows = TensorData::new(rows, [species.len(), 1]);
    Tensor::cat(vec![class.forward(Tensor::from_data(rows, &genes.device())), genes], 1)
}

/// Head that predicts a masked gene's expression value.
#[derive(Module, Debug)]
pub struct ValueHead<B: Backend> {
    /// Square map before the norm.
    pub dense: Linear<B>,
    /// Norm before the last map.
    pub norm: LayerNorm<B>,
    /// `hidden -> 1`.
    pub decoder: Linear<B>,
    /// Activation after the square map.
    #[module(skip)]
    pub activation: Activation,
}

impl<B: Backend> ValueHead<B> {
    /// A fresh head.
    pub fn init(sizes: &LayerSizes, device: &B::Device) -> Self {
        Self {
            dense: linear(sizes.hidden, sizes.hidden, sizes.std, device),
            norm: norm(sizes.hidden, sizes.eps, device),
            decoder: linear(sizes.hidden, 1, sizes.std, device),
            activation: sizes.activation,
        }
    }

    /// Last hidden state at `m` chosen positions `[m, hidden]` to values `[m]`.
    pub fn forward(&self, hidden: Tensor<B, 2>) -> Tensor<B, 1> {
        let x = self.norm.forward(self.activation.forward(self.dense.forward(hidden)));
        self.decoder.forward(x).squeeze_dim(1)
    }
}

/// Loss of the pre-training task over `m` masked genes.
#[derive(Debug, Clone)]
pub struct MaskedLoss<B: Backend> {
    /// Mean cross-entropy of the gene's identity, `[1]`.
    pub id: Tensor<B, 1>,
    /// Mean squared error of its value, `[1]`.
    pub value: Tensor<B, 1>,
    /// `0.2 id + 0.8 value`, `[1]`.
    pub total: Tensor<B, 1>,
}

/// The loss of the pre-training task.
///
/// # Shapes
/// All over the masked genes only: `logits` `[m, vocab]`, `predicted` `[m]`, `ids` `[m]` and
/// `values` `[m]` as they were before masking.
pub fn masked_loss<B: Backend>(
    logits: Tensor<B, 2>,
    predicted: Tensor<B, 1>,
    ids: Tensor<B, 1, Int>,
    values: Tensor<B, 1>,
) -> MaskedLoss<B> {
    let log_probabilities = burn::tensor::activation::log_softmax(logits, 1);
    let id = log_probabilities.gather(1, ids.unsqueeze_dim(1)).mean().neg();
    let value = (predicted - values).powi_scalar(2).mean();
    let total = id.clone().mul_scalar(0.2) + value.clone().mul_scalar(0.8);
    MaskedLoss { id, value, total }
}
