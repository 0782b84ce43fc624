//! Covariances of pairs of candidates.

use faer::Mat;

use super::exponential::exp_negative;

/// Pairs from which one matrix product is worth its lost digits.
const MANY: usize = 1 << 18;

/// A kernel: a leaf over some columns of the features, or a combination.
#[derive(Debug, Clone, PartialEq)]
pub enum Kernel {
    /// `exp(-u^2 / 2)`, `u^2 = sum_j (x_j - x'_j)^2 / l_j^2`.
    Rbf {
        /// Columns.
        dims: Vec<usize>,
        /// One length per column.
        lengthscale: Vec<f64>,
    },
    /// Matern with smoothness 1/2, 3/2 or 5/2, given as 1, 3 or 5: rougher functions than [`Self::Rbf`].
    Matern {
        /// Twice the smoothness.
        twice_nu: u8,
        /// Columns.
        dims: Vec<usize>,
        /// One length per column.
        lengthscale: Vec<f64>,
    },
    /// `variance <x, x'>`: Bayesian ridge.
    Linear {
        /// Columns.
        dims: Vec<usize>,
        /// Prior variance of every weight.
        variance: f64,
    },
    /// `<x, x'> / (|x|^2 + |x'|^2 - <x, x'>)` of non-negative features such as pathway membership;
    /// 1 for two empty sets.
    Tanimoto {
        /// Columns.
        dims: Vec<usize>,
    },
    /// Covariance of tasks (read-outs, donors, earlier screens) by the number in a column: the
    /// task's factor of an intrinsic coregionalisation model.
    Task {
        /// Column that holds the task's number, from 0.
        column: usize,
        /// `W W^T + diag(v)`, row by row.
        covariance: Vec<Vec<f64>>,
    },
    /// `outputscale` times another.
    Scaled {
        /// Factor.
        outputscale: f64,
        /// The other.
        kernel: Box<Kernel>,
    },
    /// Additive evidence.
    Sum(Vec<Kernel>),
    /// All must agree.
    Product(Vec<Kernel>),
}

impl Kernel {
    /// Covariance of two candidates.
    #[must_use]
    pub fn value(&self, a: &[f64], b: &[f64]) -> f64 {
        match self {
            Self::Rbf { dims, lengthscale } => (-0.5 * square(a, b, dims, lengthscale)).exp(),
            Self::Matern { twice_nu, dims, lengthscale } => {
                matern(*twice_nu, square(a, b, dims, lengthscale)).0
            }
            Self::Linear { dims, variance } => variance * inner(a, b, dims),
            Self::Tanimoto { dims } => {
                let (ab, aa, bb) = (inner(a, b, dims), inner(a, a, dims), inner(b, b, dims));
                if aa + bb == 0.0 { 1.0 } else { ab / (aa + bb - ab) }
            }
            Self::Task { column, covariance } => {
                let task = |x: &[f64]| x[*column] as usize;
                covariance[task(a)][task(b)]
            }
            Self::Scaled { outputscale, kernel } => outputscale * kernel.value(a, b),
            Self::Sum(parts) => parts.iter().map(|part| part.value(a, b)).sum(),
            Self::Product(parts) => parts.iter().map(|part| part.value(a, b)).product(),
        }
    }

    /// Covariances of one candidate with many.
    #[must_use]
    pub fn row(&self, a: &[f64], many: &[Vec<f64>]) -> Vec<f64> {
        let Self::Rbf { dims, lengthscale } = self else {
            return many.iter().map(|b| self.value(a, b)).collect();
        };
        let mut row: Vec<f64> =
            many.iter().map(|b| -0.5 * square(a, b, dims, lengthscale)).collect();
        exp_negative(&mut row);
        row
    }

    /// Covariances `[a, b]`. Many pairs of a bare [`Self::Rbf`] take one matrix product, which
    /// keeps about half the digits of tiny distances.
    #[must_use]
    pub fn matrix(&self, a: &[Vec<f64>], b: &[Vec<f64>]) -> Mat<f64> {
        match self {
            Self::Rbf { dims, lengthscale } if a.len() * b.len() > MANY => {
                rbf_matrix(a, b, dims, lengthscale)
            }
            _ => Mat::from_fn(a.len(), b.len(), |i, j| self.value(&a[i], &b[j])),
        }
    }

    /// Names of the parameters, in the order of [`Self::gradient`].
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let lengths = |n: usize| (0..n).map(|j| format!("lengthscale.{j}")).collect();
        match self {
            Self::Rbf { lengthscale, .. } | Self::Matern { lengthscale, .. } => {
                lengths(lengthscale.len())
            }
            Self::Linear { .. } => vec!["variance".into()],
            Self::Tanimoto { .. } | Self::Task { .. } => Vec::new(),
            Self::Scaled { kernel, .. } => {
                std::iter::once("outputscale".into()).chain(kernel.names()).collect()
            }
            Self::Sum(parts) | Self::Product(parts) => {
                let of = |(i, part): (usize, &Self)| {
                    part.names().into_iter().map(move |name| format!("kernels.{i}.{name}"))
                };
                parts.iter().enumerate().flat_map(of).collect()
            }
        }
    }

    /// Derivatives of [`Self::value`] by the parameters themselves.
    #[must_use]
    pub fn gradient(&self, a: &[f64], b: &[f64]) -> Vec<f64> {
        match self {
            Self::Rbf { dims, lengthscale } => {
                // -2 dk/d(u^2) = k.
                by_length(a, b, dims, lengthscale, self.value(a, b))
            }
            Self::Matern { twice_nu, dims, lengthscale } => {
                let slope = matern(*twice_nu, square(a, b, dims, lengthscale)).1;
                by_length(a, b, dims, lengthscale, -2.0 * slope)
            }
            Self::Linear { dims, .. } => vec![inner(a, b, dims)],
            Self::Tanimoto { .. } | Self::Task { .. } => Vec::new(),
            Self::Scaled { outputscale, kernel } => {
                let inside = kernel.gradient(a, b).into_iter().map(|g| outputscale * g);
                std::iter::once(kernel.value(a, b)).chain(inside).collect()
            }
            Self::Sum(parts) => parts.iter().flat_map(|part| part.gradient(a, b)).collect(),
            Self::Product(parts) => {
                let values: Vec<f64> = parts.iter().map(|part| part.value(a, b)).collect();
                let others = |i: usize| -> f64 {
                    values.iter().enumerate().filter(|(j, _)| *j != i).map(|(_, v)| v).product()
                };
                let of = |(i, part): (usize, &Self)| {
                    let rest = others(i);
                    part.gradient(a, b).into_iter().map(move |g| rest * g)
                };
                parts.iter().enumerate().flat_map(of).collect()
            }
        }
    }
}

/// `exp(a . b - |a|^2 / 2 - |b|^2 / 2)` of features centred on the middle of `a` and divided by
/// their lengths.
fn rbf_matrix(a: &[Vec<f64>], b: &[Vec<f64>], dims: &[usize], lengthscale: &[f64]) -> Mat<f64> {
    let middle: Vec<f64> =
        dims.iter().map(|&j| a.iter().map(|a| a[j]).sum::<f64>() / a.len() as f64).collect();
    let scaled = |of: &[Vec<f64>]| {
        Mat::from_fn(of.len(), dims.len(), |i, j| (of[i][dims[j]] - middle[j]) / lengthscale[j])
    };
    let half = |of: &Mat<f64>| -> Vec<f64> {
        (0..of.nrows())
            .map(|i| 0.5 * (0..of.ncols()).map(|j| of[(i, j)].powi(2)).sum::<f64>())
            .collect()
    };
    let (a, b) = (scaled(a), scaled(b));
    let (half_a, half_b) = (half(&a), half(&b));
    let mut out = &a * b.transpose();
    for (j, half_b) in half_b.iter().enumerate() {
        let column = out.col_as_slice_mut(j);
        column.iter_mut().zip(&half_a).for_each(|(k, half_a)| *k -= half_a + half_b);
        exp_negative(column);
    }
    out
}

fn inner(a: &[f64], b: &[f64], dims: &[usize]) -> f64 {
    dims.iter().map(|&j| a[j] * b[j]).sum()
}

fn square(a: &[f64], b: &[f64], dims: &[usize], lengthscale: &[f64]) -> f64 {
    // Differences, not norms: points that nearly coincide keep their digits.
    dims.iter().zip(lengthscale).map(|(&j, l)| ((a[j] - b[j]) / l).powi(2)).sum()
}

/// `dk/dl_j = (-2 dk/d(u^2)) (x_j - x'_j)^2 / l_j^3`.
fn by_length(a: &[f64], b: &[f64], dims: &[usize], lengthscale: &[f64], slope: f64) -> Vec<f64> {
    let one = |(&j, l): (&usize, &f64)| slope * (a[j] - b[j]).powi(2) / l.powi(3);
    dims.iter().zip(lengthscale).map(one).collect()
}

/// Value and derivative by `u^2`; the derivative of smoothness 1/2 at 0 has no limit and is given
/// as 0.
fn matern(twice_nu: u8, square: f64) -> (f64, f64) {
    let u = square.max(0.0).sqrt();
    match twice_nu {
        1 => {
            let k = (-u).exp();
            (k, if u > 0.0 { -k / (2.0 * u) } else { 0.0 })
        }
        3 => {
            let s = 3.0_f64.sqrt() * u;
            ((1.0 + s) * (-s).exp(), -1.5 * (-s).exp())
        }
        _ => {
            let s = 5.0_f64.sqrt() * u;
            let e = (-s).exp();
            ((1.0 + s + 5.0 * square / 3.0) * e, -5.0 / 6.0 * (1.0 + s) * e)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> Kernel {
        let leaf =
            |twice_nu| Kernel::Matern { twice_nu, dims: vec![0, 1], lengthscale: vec![0.7, 1.3] };
        Kernel::Sum(vec![
            Kernel::Scaled {
                outputscale: 1.4,
                kernel: Box::new(Kernel::Rbf { dims: vec![0, 2], lengthscale: vec![0.5, 2.0] }),
            },
            Kernel::Product(vec![leaf(1), leaf(3), leaf(5)]),
            Kernel::Linear { dims: vec![1, 2], variance: 0.3 },
            Kernel::Tanimoto { dims: vec![0, 1, 2] },
        ])
    }

    /// The kernel with its parameter number `at` moved by `by`.
    fn moved(kernel: &Kernel, at: usize, by: f64) -> Kernel {
        fn walk(kernel: &mut Kernel, at: &mut isize, by: f64) {
            let mut touch = |value: &mut f64| {
                if *at == 0 {
                    *value += by;
                }
                *at -= 1;
            };
            match kernel {
                Kernel::Rbf { lengthscale, .. } | Kernel::Matern { lengthscale, .. } => {
                    lengthscale.iter_mut().for_each(touch);
                }
                Kernel::Linear { variance, .. } => touch(variance),
                Kernel::Tanimoto { .. } | Kernel::Task { .. } => {}
                Kernel::Scaled { outputscale, kernel } => {
                    touch(outputscale);
                    walk(kernel, at, by);
                }
                Kernel::Sum(parts) | Kernel::Product(parts) => {
                    parts.iter_mut().for_each(|part| walk(part, at, by));
                }
            }
        }
        let (mut kernel, mut at) = (kernel.clone(), at as isize);
        walk(&mut kernel, &mut at, by);
        kernel
    }

    #[test]
    fn every_derivative_is_that_of_a_small_step() {
        let (kernel, a, b) = (all(), [0.3, 0.9, 0.1], [0.8, 0.2, 0.5]);
        let found = kernel.gradient(&a, &b);
        assert_eq!(found.len(), kernel.names().len());
        for (at, (gradient, name)) in found.iter().zip(kernel.names()).enumerate() {
            let step = 1e-6;
            let value = |by| moved(&kernel, at, by).value(&a, &b);
            let numeric = (value(step) - value(-step)) / (2.0 * step);
            assert!((gradient - numeric).abs() < 1e-8, "{name}: {gradient} {numeric}");
        }
    }

    #[test]
    fn the_product_of_many_pairs_is_what_each_pair_gives() {
        let points = |n: u32, shift: f64| -> Vec<Vec<f64>> {
            (0..n).map(|i| vec![f64::from(i) / 500.0, shift, f64::from(i % 7)]).collect()
        };
        let kernel = Kernel::Rbf { dims: vec![0, 2], lengthscale: vec![0.4, 1.5] };
        let (a, b) = (points(520, 1.0), points(510, 2.0));
        let all = kernel.matrix(&a, &b);
        for (i, j) in [(0, 0), (17, 300), (519, 509), (40, 41)] {
            assert!((all[(i, j)] - kernel.value(&a[i], &b[j])).abs() < 1e-13);
        }
    }

    #[test]
    fn empty_sets_resemble_each_other_and_nothing_else() {
        let kernel = Kernel::Tanimoto { dims: vec![0, 1] };
        assert_eq!(kernel.value(&[0.0, 0.0], &[0.0, 0.0]), 1.0);
        assert_eq!(kernel.value(&[0.0, 0.0], &[1.0, 0.0]), 0.0);
        assert_eq!(kernel.value(&[1.0, 1.0], &[1.0, 0.0]), 0.5);
    }
}
