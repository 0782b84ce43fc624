//! The top encoder layer, read at one position only.

use burn::tensor::activation::{relu, softmax};
use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData};

use super::LearnError;
use super::tensors::{Tensors, Values};

/// Names of the layer's parameters in a Hugging Face BERT file, below the layer's prefix.
const NAMES: [&str; 16] = [
    "attention.self.query.weight",
    "attention.self.query.bias",
    "attention.self.key.weight",
    "attention.self.key.bias",
    "attention.self.value.weight",
    "attention.self.value.bias",
    "attention.output.dense.weight",
    "attention.output.dense.bias",
    "attention.output.LayerNorm.weight",
    "attention.output.LayerNorm.bias",
    "intermediate.dense.weight",
    "intermediate.dense.bias",
    "output.dense.weight",
    "output.dense.bias",
    "output.LayerNorm.weight",
    "output.LayerNorm.bias",
];

/// Parameters of the top layer as plain vectors, in the order of their names above.
#[derive(Debug, Clone, PartialEq)]
pub struct TopLayer {
    prefix: String,
    heads: usize,
    epsilon: f64,
    /// The parameters; weights `[out, in]`.
    pub values: Vec<Values>,
}

/// The parameters as tensors of a backend, for one forward.
pub struct TopTensors<B: Backend> {
    heads: usize,
    epsilon: f64,
    /// Weights `[out, in]` (biases and norms `[1, out]`).
    pub tensors: Vec<Tensor<B, 2>>,
}

impl TopLayer {
    /// Takes encoder layer `layer` out of a checkpoint's tensors.
    ///
    /// # Errors
    /// [`LearnError::BadSetting`] naming the first tensor that is missing.
    pub fn of(
        tensors: &Tensors,
        layer: usize,
        heads: usize,
        epsilon: f64,
    ) -> Result<Self, LearnError> {
        let bare = format!("encoder.layer.{layer}.");
        let prefixed = format!("bert.{bare}");
        let has = |prefix: &str| tensors.contains_key(&format!("{prefix}{}", NAMES[0]));
        let prefix = if has(&prefixed) { prefixed } else { bare };
        let values = NAMES
            .iter()
            .map(|name| {
                let key = format!("{prefix}{name}");
                tensors.get(&key).cloned().ok_or(LearnError::BadSetting {
                    setting: "parent model",
                    found: format!("no tensor {key}"),
                    expected: "a Hugging Face BERT checkpoint",
                })
            })
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Self { prefix, heads, epsilon, values })
    }

    /// Puts the parameters back into a checkpoint's tensors.
    pub fn put_into(&self, tensors: &mut Tensors) {
        for (name, values) in NAMES.iter().zip(&self.values) {
            tensors.insert(format!("{}{name}", self.prefix), values.clone());
        }
    }

    /// The parameters as tensors.
    pub fn on<B: Backend>(&self, device: &B::Device) -> TopTensors<B> {
        let tensor = |values: &Values| {
            let shape = match values.shape[..] {
                [out, inputs] => [out, inputs],
                _ => [1, values.data.len()],
            };
            Tensor::from_data(TensorData::new(values.data.clone(), shape), device)
        };
        let tensors = self.values.iter().map(tensor).collect();
        TopTensors { heads: self.heads, epsilon: self.epsilon, tensors }
    }
}

impl<B: Backend> TopTensors<B> {
    /// Output of the layer at one position.
    ///
    /// Only that position asks, so keys and values need not be formed: with `q_h` the query of head
    /// `h`, its scores are `(W_k,h^T q_h) . x_t` (the key bias adds the same number to every
    /// position and drops out of the softmax) and its result `W_v,h (sum_t p_t x_t) + b_v,h`. That
    /// is a few thousandths of the layer's arithmetic, and exact.
    ///
    /// # Shapes
    /// `inputs` `[sequences, tokens, width]`, `padding` `[sequences, 1, tokens]` (0 where there is
    /// a token, a large negative number behind the end). Returns `[sequences, width]`.
    pub fn at_position(
        &self,
        inputs: Tensor<B, 3>,
        padding: Tensor<B, 3>,
        position: usize,
    ) -> Tensor<B, 2> {
        let [sequences, tokens, width] = inputs.dims();
        let (heads, size) = (self.heads, width / self.heads);
        let first = inputs.clone().slice([0..sequences, position..position + 1]);
        let first = first.reshape([sequences, width]);
        let query = self.linear(first.clone(), 0).reshape([sequences, heads, size]);
        // [heads, sequences, size] x [heads, size, width]
        let key = self.tensors[2].clone().reshape([heads, size, width]);
        let asked = query.swap_dims(0, 1).matmul(key).swap_dims(0, 1);
        let scores = asked.matmul(inputs.clone().swap_dims(1, 2)).div_scalar((size as f64).sqrt());
        let weights = softmax(scores + padding.expand([sequences, heads, tokens]), 2);
        let mixed = weights.matmul(inputs).swap_dims(0, 1);
        let value = self.tensors[4].clone().reshape([heads, size, width]);
        let context = mixed.matmul(value.swap_dims(1, 2)).swap_dims(0, 1);
        let context = context.reshape([sequences, width]) + self.tensors[5].clone();
        let attended = self.norm(first + self.linear(context, 6), 8);
        let inner = relu(self.linear(attended.clone(), 10));
        self.norm(attended + self.linear(inner, 12), 14)
    }

    fn linear(&self, input: Tensor<B, 2>, at: usize) -> Tensor<B, 2> {
        input.matmul(self.tensors[at].clone().transpose()) + self.tensors[at + 1].clone()
    }

    fn norm(&self, input: Tensor<B, 2>, at: usize) -> Tensor<B, 2> {
        let centred = input.clone() - input.mean_dim(1);
        let variance = centred.clone().powi_scalar(2).mean_dim(1);
        let scaled = centred / (variance + self.epsilon).sqrt();
        scaled * self.tensors[at].clone() + self.tensors[at + 1].clone()
    }
}
