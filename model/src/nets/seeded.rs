//! Weights that depend on a seed only, whatever the backend or thread.

use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Redraws every weight of `module`: matrices from `N(0, matrix_std)`, vectors (biases, norms)
/// from `N(their value, vector_std)`.
pub fn seeded<B: Backend, M: Module<B>>(
    module: M,
    seed: u64,
    matrix_std: f32,
    vector_std: f32,
) -> M {
    module.map(&mut Draw { rng: ChaCha8Rng::seed_from_u64(seed), matrix_std, vector_std })
}

struct Draw {
    rng: ChaCha8Rng,
    matrix_std: f32,
    vector_std: f32,
}

impl Draw {
    /// One standard normal number (Box and Muller 1958).
    fn normal(&mut self) -> f32 {
        let radius = (-2.0 * (1.0 - self.rng.random::<f64>()).ln()).sqrt();
        (radius * (std::f64::consts::TAU * self.rng.random::<f64>()).cos()) as f32
    }
}

impl<B: Backend> ModuleMapper<B> for Draw {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<B, D>>) -> Param<Tensor<B, D>> {
        let shape = param.lazy_shape();
        let device = param.lazy_device();
        let std = if D == 1 { self.vector_std } else { self.matrix_std };
        let noise: Vec<f32> = (0..shape.num_elements()).map(|_| self.normal() * std).collect();
        let noise = Tensor::from_data(TensorData::new(noise, shape), &device);
        let value = if D == 1 { param.val() + noise } else { noise };
        Param::initialized(param.id, value.detach().require_grad())
    }
}
