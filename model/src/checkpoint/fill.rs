//! Moves weights between a container and a Burn module, parameter by parameter.

use std::collections::BTreeMap;
use std::path::PathBuf;

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData};

use super::container::{RawTensor, Weights};
use super::error::{CheckpointError, Misshaped, Problems};
use super::keys::{KeyMap, Kind, published_name};

/// Which keys a container held.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LoadReport {
    /// The container that was read.
    pub file: PathBuf,
    /// Keys that became weights.
    pub read: Vec<String>,
    /// Known keys that nothing depends on, left unread.
    pub ignored: Vec<String>,
}

/// A container on its way into modules: takes what each module needs and keeps account.
pub struct Filling {
    file: PathBuf,
    weights: Weights,
    read: Vec<String>,
    problems: Problems,
}

impl Filling {
    /// Starts with all `weights` of `file` unused.
    pub fn new(file: PathBuf, weights: Weights) -> Self {
        Self { file, weights, read: Vec::new(), problems: Problems::default() }
    }

    /// True if a key that is not used yet starts with `prefix`.
    pub fn holds(&self, prefix: &str) -> bool {
        self.weights.keys().any(|key| key.starts_with(prefix))
    }

    /// Takes a tensor that is no parameter of a module, such as a table of indices.
    pub fn take(&mut self, key: &str) -> Option<RawTensor> {
        let raw = self.weights.remove(key)?;
        self.read.push(key.to_owned());
        Some(raw)
    }

    /// Takes a table of integers of the shape `expected`; anything wrong is kept for
    /// [`finish`](Self::finish).
    pub fn integers(&mut self, key: &str, expected: &[usize]) -> Option<Vec<i64>> {
        let Some(raw) = self.weights.remove(key) else {
            self.problems.missing.push(key.into());
            return None;
        };
        if raw.shape != expected {
            let expected = expected.to_vec();
            self.problems.misshaped.push(Misshaped { key: key.into(), found: raw.shape, expected });
            return None;
        }
        if raw.integers.is_none() {
            self.problems.not_integer.push(key.into());
            return None;
        }
        self.read.push(key.into());
        raw.integers
    }

    /// Fills `module`; anything wrong is kept for [`finish`](Self::finish) and the parameter left
    /// as it was.
    pub fn module<B: Backend, M: Module<B>>(&mut self, module: M, map: KeyMap) -> M {
        module.map(&mut Fill { map, path: Vec::new(), filling: self })
    }

    /// Ends the account: what is left must be optional, and is listed as ignored after `ignored`.
    ///
    /// # Errors
    /// [`CheckpointError::Keys`] with every wrong key at once.
    pub fn finish(
        mut self,
        mut ignored: Vec<String>,
        is_optional: impl Fn(&str) -> bool,
    ) -> Result<LoadReport, CheckpointError> {
        for key in self.weights.into_keys() {
            let list = if is_optional(&key) { &mut ignored } else { &mut self.problems.extra };
            list.push(key);
        }
        if !self.problems.is_empty() {
            let problems = Box::new(self.problems);
            return Err(CheckpointError::Keys { path: self.file, problems });
        }
        Ok(LoadReport { file: self.file, read: self.read, ignored })
    }

    /// Takes the values for `key`, if they are what `expected` (the parameter's shape as stored)
    /// asks for.
    fn values(&mut self, key: &str, kind: Kind, expected: Vec<usize>) -> Option<Vec<f32>> {
        let Kind::InProj(part) = kind else {
            return self.whole(key, expected);
        };
        let size: usize = expected.iter().product();
        let mut fused = expected.clone();
        fused[0] *= 3;
        // All three parts have the same faults: only the first reports them.
        let fits = |raw: &RawTensor| raw.shape == fused && raw.values.is_some();
        if part == 0 && !self.weights.get(key).is_some_and(fits) {
            return self.whole(key, fused);
        }
        let values = self.weights.get(key)?.values.as_ref()?[part * size..][..size].to_vec();
        if part == 2 {
            self.whole(key, fused)?;
        }
        Some(values)
    }

    fn whole(&mut self, key: &str, expected: Vec<usize>) -> Option<Vec<f32>> {
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

/// Adds all parameters of `module` under their published names.
pub fn collect<B: Backend, M: Module<B>>(module: &M, map: KeyMap, into: &mut Weights) {
    module.visit(&mut Collect { map, path: Vec::new(), into });
}

/// Shapes, as stored, of all parameters of `module` under their published names; computes no
/// value, so a module of any declared size costs nothing.
pub fn shapes_of<B: Backend, M: Module<B>>(
    module: &M,
    map: KeyMap,
) -> BTreeMap<String, Vec<usize>> {
    let mut shapes = Shapes { map, path: Vec::new(), found: BTreeMap::new() };
    module.visit(&mut shapes);
    shapes.found
}

struct Shapes {
    map: KeyMap,
    path: Vec<String>,
    found: BTreeMap<String, Vec<usize>>,
}

impl<B: Backend> ModuleVisitor<B> for Shapes {
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
        let mut shape: Vec<usize> = param.lazy_shape().iter().copied().collect();
        if kind != Kind::Plain && D == 2 {
            shape.swap(0, 1);
        }
        if matches!(kind, Kind::InProj(_)) {
            shape[0] *= 3;
        }
        self.found.insert(key, shape);
    }
}

struct Fill<'a> {
    map: KeyMap,
    path: Vec<String>,
    filling: &'a mut Filling,
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
            self.filling.problems.missing.push(self.path.join("."));
            return param;
        };
        let shape: Vec<usize> = param.lazy_shape().iter().copied().collect();
        let turned = kind != Kind::Plain && D == 2;
        let stored = if turned { vec![shape[1], shape[0]] } else { shape.clone() };
        let Some(mut values) = self.filling.values(&key, kind, stored) else {
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
        if kind != Kind::Plain && D == 2 {
            values = transpose(&values, shape[0], shape[1]);
            shape.swap(0, 1);
        }
        match self.into.get_mut(&key).filter(|_| matches!(kind, Kind::InProj(1 | 2))) {
            Some(RawTensor { shape: fused, values: Some(before), .. }) => {
                fused[0] += shape[0];
                before.extend(values);
            }
            _ => {
                self.into.insert(key, RawTensor::floats(shape, values));
            }
        }
    }
}

/// Row-major `[rows, columns]` to row-major `[columns, rows]`.
fn transpose(values: &[f32], rows: usize, columns: usize) -> Vec<f32> {
    (0..columns).flat_map(|c| (0..rows).map(move |r| values[r * columns + c])).collect()
}
