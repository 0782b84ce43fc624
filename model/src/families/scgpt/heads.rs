//! scGPT's heads: decoders of expression, the classifier of cells, and the similarity loss.

use burn::module::{Initializer, Module};
use burn::nn::{LayerNorm, Linear};
use burn::tensor::activation::{leaky_relu, relu, sigmoid};
use burn::tensor::backend::Backend;
use burn::tensor::{Int, Tensor};

use crate::nets::bert::{LayerSizes, linear, norm};

/// Slope of torch's LeakyReLU below zero.
const LEAK: f64 = 0.01;

/// A value per gene, and the probability that it is not a zero where the model says so.
#[derive(Debug, Clone)]
pub struct Decoded<B: Backend> {
    /// Predicted values, `[batch, tokens]`.
    pub values: Tensor<B, 2>,
    /// What the reference calls zero probabilities, `[batch, tokens]`.
    pub zero_probabilities: Option<Tensor<B, 2>>,
}

/// Linear, LeakyReLU, linear, LeakyReLU, linear to one number.
#[derive(Module, Debug)]
pub struct NumberDecoder<B: Backend> {
    /// First map.
    pub input: Linear<B>,
    /// Second map.
    pub hidden: Linear<B>,
    /// To one number.
    pub output: Linear<B>,
}

impl<B: Backend> NumberDecoder<B> {
    fn init(width: usize, sizes: &LayerSizes, device: &B::Device) -> Self {
        Self {
            input: linear(width, sizes.hidden, sizes.std, device),
            hidden: linear(sizes.hidden, sizes.hidden, sizes.std, device),
            output: linear(sizes.hidden, 1, sizes.std, device),
        }
    }

    fn forward(&self, x: Tensor<B, 3>) -> Tensor<B, 2> {
        let x = leaky_relu(self.input.forward(x), LEAK);
        let x = leaky_relu(self.hidden.forward(x), LEAK);
        self.output.forward(x).squeeze_dim(2)
    }
}

/// Expression from the hidden state of each gene.
#[derive(Module, Debug)]
pub struct ExprDecoder<B: Backend> {
    /// The value.
    pub value: NumberDecoder<B>,
    /// The logit of a zero.
    pub zero: Option<NumberDecoder<B>>,
}

impl<B: Backend> ExprDecoder<B> {
    /// A fresh decoder; with `batch_labels` it reads the batch's vector beside the gene's.
    pub fn init(sizes: &LayerSizes, batch_labels: bool, zero: bool, device: &B::Device) -> Self {
        let width = sizes.hidden * (1 + usize::from(batch_labels));
        let fresh = || NumberDecoder::init(width, sizes, device);
        Self { value: fresh(), zero: zero.then(fresh) }
    }

    /// # Shapes
    /// - `hidden`: `[batch, tokens, hidden]`; `batch`: `[batch, hidden]`, the batches' vectors
    pub fn forward(&self, hidden: Tensor<B, 3>, batch: Option<Tensor<B, 2>>) -> Decoded<B> {
        let x = match batch {
            None => hidden,
            Some(batch) => {
                let [_, tokens, _] = hidden.dims();
                let batch = batch.unsqueeze_dim::<3>(1).repeat_dim(1, tokens);
                Tensor::cat(vec![hidden, batch], 2)
            }
        };
        Decoded {
            zero_probabilities: self.zero.as_ref().map(|zero| sigmoid(zero.forward(x.clone()))),
            values: self.value.forward(x),
        }
    }
}

/// Expression after a perturbation: coefficient times control expression, plus a bias.
#[derive(Module, Debug)]
pub struct AffineDecoder<B: Backend> {
    /// The coefficient.
    pub coefficient: ExprDecoder<B>,
    /// The bias.
    pub bias: ExprDecoder<B>,
    /// Whether the bias is scaled by the mean of the cell's non-zero values.
    pub adaptive_bias: bool,
}

impl<B: Backend> AffineDecoder<B> {
    /// A fresh decoder.
    pub fn init(sizes: &LayerSizes, zero: bool, adaptive_bias: bool, device: &B::Device) -> Self {
        let fresh = || ExprDecoder::init(sizes, false, zero, device);
        Self { coefficient: fresh(), bias: fresh(), adaptive_bias }
    }

    /// # Shapes
    /// - `hidden`: `[batch, tokens, hidden]`; `control`: log expression, `[batch, tokens]`
    pub fn forward(&self, hidden: Tensor<B, 3>, control: Tensor<B, 2>) -> Decoded<B> {
        let coefficient = self.coefficient.forward(hidden.clone(), None);
        let mut bias = self.bias.forward(hidden, None).values;
        if self.adaptive_bias {
            let count = control.clone().not_equal_elem(0.0).float().sum_dim(1);
            // A cell of zeros has no mean; the reference divides by zero there.
            bias = bias * (control.clone().sum_dim(1) / count.clamp_min(1.0));
        }
        Decoded {
            values: coefficient.values * control + bias,
            zero_probabilities: coefficient.zero_probabilities,
        }
    }
}

/// Expression of each gene from the cell embedding: an inner product with a query made of the
/// static gene embedding.
#[derive(Module, Debug)]
pub struct MvcDecoder<B: Backend> {
    /// From gene embedding to query, before the sigmoid.
    pub query: Linear<B>,
    /// From query to the cell's space; without bias.
    pub value: Linear<B>,
    /// The same for the logit of a zero.
    pub zero: Option<Linear<B>>,
}

impl<B: Backend> MvcDecoder<B> {
    /// A fresh decoder; with `batch_labels` the cell embedding has the batch's vector appended.
    pub fn init(sizes: &LayerSizes, batch_labels: bool, zero: bool, device: &B::Device) -> Self {
        let (hidden, std) = (sizes.hidden, sizes.std);
        let width = hidden * (1 + usize::from(batch_labels));
        let weight = Initializer::Normal { mean: 0.0, std }.init([hidden, width], device);
        Self {
            query: linear(hidden, hidden, std, device),
            value: Linear { weight, bias: None },
            zero: zero.then(|| linear(hidden, width, std, device)),
        }
    }

    /// # Shapes
    /// - `cells`: `[batch, hidden]` (or twice, with the batch's vector); `genes`:
    ///   `[batch, tokens, hidden]`, static
    pub fn forward(&self, cells: Tensor<B, 2>, genes: Tensor<B, 3>) -> Decoded<B> {
        let queries = sigmoid(self.query.forward(genes));
        let cells = cells.unsqueeze_dim::<3>(2);
        let product =
            |map: &Linear<B>| map.forward(queries.clone()).matmul(cells.clone()).squeeze_dim(2);
        Decoded {
            values: product(&self.value),
            zero_probabilities: self.zero.as_ref().map(|map| sigmoid(product(map))),
        }
    }
}

/// A place in torch's sequence of the classifier: a map, a norm, or (both absent) a ReLU.
#[derive(Module, Debug)]
pub struct Step<B: Backend> {
    /// The map.
    pub linear: Option<Linear<B>>,
    /// The norm.
    pub norm: Option<LayerNorm<B>>,
}

/// Classifier of cells: blocks of linear, ReLU and norm, then a map to classes.
#[derive(Module, Debug)]
pub struct ClsDecoder<B: Backend> {
    /// The blocks, flat.
    pub steps: Vec<Step<B>>,
    /// To class logits.
    pub output: Linear<B>,
}

impl<B: Backend> ClsDecoder<B> {
    /// A fresh classifier with `maps` linear maps, the last one included.
    pub fn init(sizes: &LayerSizes, maps: usize, classes: usize, device: &B::Device) -> Self {
        let hidden = sizes.hidden;
        let step = |place: usize| Step {
            linear: place.is_multiple_of(3).then(|| linear(hidden, hidden, sizes.std, device)),
            norm: (place % 3 == 2).then(|| norm(hidden, sizes.eps, device)),
        };
        let steps = (0..3 * maps.saturating_sub(1)).map(step).collect();
        Self { steps, output: linear(hidden, classes, sizes.std, device) }
    }

    /// `[batch, hidden]` to logits `[batch, classes]`.
    pub fn forward(&self, cells: Tensor<B, 2>) -> Tensor<B, 2> {
        let through = |x: Tensor<B, 2>, step: &Step<B>| match (&step.linear, &step.norm) {
            (Some(map), _) => map.forward(x),
            (None, Some(norm)) => norm.forward(x),
            (None, None) => relu(x),
        };
        self.output.forward(self.steps.iter().fold(cells, through))
    }
}

/// Rows scaled to length 1 (`torch.nn.functional.normalize`: lengths below 1e-12 count as that).
pub fn l2_normalised<B: Backend>(x: Tensor<B, 2>) -> Tensor<B, 2> {
    let length = x.clone().powi_scalar(2).sum_dim(1).sqrt().clamp_min(1e-12);
    x / length
}

/// Elastic cell similarity: `mean(1 - (max(cos, 0) - threshold)^2)` over all pairs of cells, with
/// 0 as the cosine of a cell with itself. `cells`: `[batch, hidden]`; a loss of training.
pub fn elastic_cell_similarity<B: Backend>(cells: Tensor<B, 2>, threshold: f32) -> Tensor<B, 1> {
    let [batch, _] = cells.dims();
    let device = cells.device();
    let normed = l2_normalised(cells);
    let cosines = normed.clone().matmul(normed.transpose());
    let own: Tensor<B, 2, Int> = Tensor::eye(batch, &device);
    let cosines = relu(cosines.mask_fill(own.bool(), 0.0));
    cosines.sub_scalar(threshold).powi_scalar(2).neg().add_scalar(1.0).mean()
}
