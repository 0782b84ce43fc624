//! Moves weights between a container and a Burn module, parameter by parameter.

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData};

use super::container::{RawTensor, Weights};
use super::error::{Misshaped, Problems};
use super::keys::{KeyMap, Kind, published_name};

/// Fills `module` from `weights`, taking what it uses out of them; anything wrong is added to
/// `problems` and the parameter left as it was.
pub(super) fn fill<B: Backend, M: Module<B>>(
    module: M,
    map: KeyMap,
    weights: &mut Weights,
    read: &mut Vec<String>,
    problems: &mut Problems,
) -> M {
    module.map(&mut Fill { map, path: Vec::new(), weights, read, problems })
}

/// All parameters of `module` under their published names.
pub(super) fn collect<B: Backend, M: Module<B>>(module: &M, map: KeyMap, into: &mut Weights) {
    module.visit(&mut Collect { map, path: Vec::new(), into });
}

struct Fill<'a> {
    map: KeyMap,
    path: Vec<String>,
    weights: &'a mut Weights,
    read: &'a mut Vec<String>,
    problems: &'a mut Problems,
}

impl Fill<'_> {
    /// Takes the values for `key`, if they are what `expected` (as stored) asks for.
    fn take(&mut self, key: &str, expected: Vec<usize>) -> Option<Vec<f32>> {
        let Some(raw) = self.weights.remove(key) else {
            self.problems.missing.push(key.into());
            return None;
        };
        if raw.shape != expected {
            self.problems.misshaped.push(Misshaped { key: key.into(), found: raw.shape, expected });
            return None;
        }
        let Some(values) = raw.values else {
            self.problems.not_float.push(key.into());
            return None;
        };
        if !values.iter().all(|v| v.is_finite()) {
            self.problems.not_finite.push(key.into());
            return None;
        }
        self.read.push(key.into());
        Some(values)
    }
}

impl<B: Backend> ModuleMapper<B> for Fill<'_> {
    fn enter_module(&mut self, name: &str, _container: &str) {
        self.path.push(name.into());
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.pop();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<B, D>>) -> Param<Tensor<B, D>> {
        let Some((key, kind)) = published_name(self.map, &self.path) else {
            self.problems.missing.push(self.path.join("."));
            return param;
        };
        let shape: Vec<usize> = param.lazy_shape().iter().copied().collect();
        let turned = kind == Kind::Linear && D == 2;
        let stored = if turned { vec![shape[1], shape[0]] } else { shape.clone() };
        let Some(mut values) = self.take(&key, stored) else {
            return param;
        };
        if turned {
            values = transpose(&values, shape[1], shape[0]);
        }
        let data = TensorData::new(values, shape);
        let tensor = Tensor::from_data(data, &param.lazy_device());
        Param::initialized(param.id, tensor.require_grad())
    }
}

struct Collect<'a> {
    map: KeyMap,
    path: Vec<String>,
    into: &'a mut Weights,
}

impl<B: Backend> ModuleVisitor<B> for Collect<'_> {
    fn enter_module(&mut self, name: &str, _container: &str) {
        self.path.push(name.into());
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<B, D>>) {
        let Some((key, kind)) = published_name(self.map, &self.path) else {
            return;
        };
        let tensor = param.val();
        let mut shape = tensor.dims().to_vec();
        let mut values: Vec<f32> = tensor.into_data().iter::<f32>().collect();
        if kind == Kind::Linear && D == 2 {
            values = transpose(&values, shape[0], shape[1]);
            shape.swap(0, 1);
        }
        self.into.insert(key, RawTensor { shape, values: Some(values) });
    }
}

/// Row-major `[rows, columns]` to row-major `[columns, rows]`.
fn transpose(values: &[f32], rows: usize, columns: usize) -> Vec<f32> {
    (0..columns).flat_map(|c| (0..rows).map(move |r| values[r * columns + c])).collect()
}
