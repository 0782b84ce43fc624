//! Conditioning on measurements.

use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::cholesky::llt::factor::{cholesky_in_place, cholesky_in_place_scratch};
use faer::{Mat, Par};

use super::kernel::Kernel;
use crate::error::PlanError;
use crate::gauss::HALF_LN_TWO_PI;
use crate::surrogate::linalg::Factor;

/// The mean before any measurement.
#[derive(Debug, Clone, PartialEq)]
pub enum Mean {
    /// The same everywhere.
    Constant(f64),
    /// `constant + weight x_column`: a model's score whose weight may be 0.
    Prior {
        /// Column of the score.
        column: usize,
        /// Mean of a candidate with score 0.
        constant: f64,
        /// Slope.
        weight: f64,
    },
    /// One constant per task, by the number in a column.
    PerTask {
        /// Column of the task.
        column: usize,
        /// Constants.
        values: Vec<f64>,
    },
}

impl Mean {
    /// Mean of a candidate whose prior score is 0; 0 where every task has its own.
    #[must_use]
    pub fn constant(&self) -> f64 {
        match self {
            Self::Constant(constant) | Self::Prior { constant, .. } => *constant,
            Self::PerTask { .. } => 0.0,
        }
    }

    fn of(&self, x: &[f64]) -> f64 {
        match self {
            Self::Constant(constant) => *constant,
            Self::Prior { column, constant, weight } => constant + weight * x[*column],
            Self::PerTask { column, values } => values[x[*column] as usize],
        }
    }
}

/// `y_i = m(x_i) + f(x_i) + e_i`, `f ~ GP(0, k)`, `e_i ~ N(0, noise_i)`, conditioned on the
/// measurements.
#[derive(Debug, Clone)]
pub struct ExactGp {
    kernel: Kernel,
    mean: Mean,
    noise: Vec<f64>,
    x: Vec<Vec<f64>>,
    y: Vec<f64>,
    factor: Factor,
    alpha: Vec<f64>,
}

/// Derivatives of the log marginal likelihood by the parameters themselves.
#[derive(Debug, Clone, PartialEq)]
pub struct GpGradient {
    /// By a noise variance that all measurements share.
    pub noise: f64,
    /// By the mean's constant.
    pub constant: f64,
    /// By the weight of [`Mean::Prior`]; 0 for other means.
    pub weight: f64,
    /// By the kernel's parameters, in the order of [`Kernel::names`].
    pub kernel: Vec<f64>,
}

impl ExactGp {
    /// Conditions on `y` measured at `x` with known `noise` variances, one each.
    ///
    /// # Errors
    /// [`PlanError::LengthMismatch`]; [`PlanError::NotFinite`] naming the row;
    /// [`PlanError::NotPositiveDefinite`].
    pub fn condition(
        kernel: Kernel,
        mean: Mean,
        noise: Vec<f64>,
        x: Vec<Vec<f64>>,
        y: Vec<f64>,
    ) -> Result<Self, PlanError> {
        check_rows(&x, &y, &noise)?;
        let factor = factorise(|| {
            let mut sigma = kernel.matrix(&x, &x);
            for (i, noise) in noise.iter().enumerate() {
                // A product of norms may miss the exact value on the diagonal.
                sigma[(i, i)] = kernel.value(&x[i], &x[i]) + noise;
            }
            sigma
        })?;
        let residual: Vec<f64> = x.iter().zip(&y).map(|(x, y)| y - mean.of(x)).collect();
        let alpha = factor.solve(&residual);
        Ok(Self { kernel, mean, noise, x, y, factor, alpha })
    }

    /// The same process with more measurements: real ones, or imagined outcomes of what is pending.
    ///
    /// # Errors
    /// As [`Self::condition`].
    pub fn with(&self, x: &[Vec<f64>], y: &[f64], noise: f64) -> Result<Self, PlanError> {
        let all = |a: &[f64], b: &[f64]| [a, b].concat();
        Self::condition(
            self.kernel.clone(),
            self.mean.clone(),
            all(&self.noise, &vec![noise; y.len()]),
            [self.x.as_slice(), x].concat(),
            all(&self.y, y),
        )
    }

    /// The same with candidates believed to give their posterior mean (kriging believer): means
    /// stay, variances shrink.
    ///
    /// # Errors
    /// As [`Self::condition`].
    pub fn believing(&self, x: &[Vec<f64>], noise: f64) -> Result<Self, PlanError> {
        let (mean, _) = self.posterior(x);
        self.with(x, &mean, noise)
    }

    /// The kernel.
    #[must_use]
    pub fn kernel(&self) -> &Kernel {
        &self.kernel
    }

    /// The mean before any measurement.
    #[must_use]
    pub fn mean(&self) -> &Mean {
        &self.mean
    }

    /// Number of measurements.
    pub(super) fn measured(&self) -> usize {
        self.y.len()
    }

    /// Latent means at `at`, and `L^-1 k(measured, at)`.
    pub(crate) fn whitened(&self, at: &[Vec<f64>]) -> (Vec<f64>, Mat<f64>) {
        let mut v = self.kernel.matrix(&self.x, at);
        let mean = (0..at.len())
            .map(|j| {
                let shift: f64 = v.col(j).iter().zip(&self.alpha).map(|(v, a)| v * a).sum();
                self.mean.of(&at[j]) + shift
            })
            .collect();
        self.factor.solve_lower(&mut v);
        (mean, v)
    }

    /// Latent mean `[m]` and covariance `[m, m]` (row-major) at `at`.
    #[must_use]
    pub fn posterior(&self, at: &[Vec<f64>]) -> (Vec<f64>, Vec<f64>) {
        let m = at.len();
        let (mean, v) = self.whitened(at);
        let explained = v.transpose() * &v;
        let mut covariance = Vec::with_capacity(m * m);
        for i in 0..m {
            for j in 0..m {
                let value = self.kernel.value(&at[i], &at[j]) - explained[(i, j)];
                covariance.push(if i == j { value.max(0.0) } else { value });
            }
        }
        (mean, covariance)
    }

    /// Log density of the measurements.
    #[must_use]
    pub fn log_marginal_likelihood(&self) -> f64 {
        let residual = self.x.iter().zip(&self.y).map(|(x, y)| y - self.mean.of(x));
        let fit: f64 = residual.zip(&self.alpha).map(|(r, a)| r * a).sum();
        -0.5 * (fit + self.factor.log_det()) - self.y.len() as f64 * HALF_LN_TWO_PI
    }

    /// Its derivatives: `dl/dtheta = tr((a a^T - K^-1) dK/dtheta) / 2`.
    #[must_use]
    pub fn gradient(&self) -> GpGradient {
        let n = self.y.len();
        let inverse = self.factor.inverse();
        let outer = |i: usize, j: usize| self.alpha[i] * self.alpha[j] - inverse[(i, j)];
        let mut kernel = vec![0.0; self.kernel.names().len()];
        for i in 0..n {
            for j in 0..=i {
                // The matrix is symmetric: each pair off the diagonal counts twice.
                let weight = if i == j { 0.5 } else { 1.0 } * outer(i, j);
                let part = self.kernel.gradient(&self.x[i], &self.x[j]);
                kernel.iter_mut().zip(part).for_each(|(sum, g)| *sum += weight * g);
            }
        }
        let weight = match &self.mean {
            Mean::Prior { column, .. } => {
                self.x.iter().zip(&self.alpha).map(|(x, a)| x[*column] * a).sum()
            }
            _ => 0.0,
        };
        GpGradient {
            noise: 0.5 * (0..n).map(|i| outer(i, i)).sum::<f64>(),
            constant: self.alpha.iter().sum(),
            weight,
            kernel,
        }
    }

    /// Leave-one-out mean and latent-plus-noise sd of every measurement, without refits.
    ///
    /// # Source
    /// Rasmussen and Williams 2006, section 5.4.2.
    #[must_use]
    pub fn leave_one_out(&self) -> Vec<(f64, f64)> {
        let inverse = self.factor.inverse();
        let one = |i: usize| {
            let precision = inverse[(i, i)];
            (self.y[i] - self.alpha[i] / precision, (1.0 / precision).sqrt())
        };
        (0..self.y.len()).map(one).collect()
    }
}

/// Relative jitters tried one after another, in units of the mean diagonal.
const JITTER: [f64; 5] = [0.0, 1e-10, 1e-8, 1e-6, 1e-4];

/// Factorises a covariance in its own memory and builds it anew where that fails: 5,000 measurements
/// take 200 MB each time they are copied.
fn factorise(covariance: impl Fn() -> Mat<f64>) -> Result<Factor, PlanError> {
    let (mut rows, mut added) = (0, 0.0);
    for relative in JITTER {
        let mut sigma = covariance();
        let n = sigma.nrows();
        let mean = (0..n).map(|i| sigma[(i, i)]).sum::<f64>() / n.max(1) as f64;
        let jitter = relative * mean;
        (0..n).for_each(|i| sigma[(i, i)] += jitter);
        (rows, added) = (n, jitter);
        let (par, params) = (Par::Seq, Default::default());
        let mut buffer = MemBuffer::new(cholesky_in_place_scratch::<f64>(n, par, params));
        let stack = MemStack::new(&mut buffer);
        if cholesky_in_place(sigma.as_mut(), Default::default(), par, stack, params).is_ok() {
            return Ok(Factor { lower: sigma, jitter });
        }
    }
    Err(PlanError::NotPositiveDefinite { rows, jitter: added })
}

/// Refuses slices of unequal length and numbers that are not finite.
pub(super) fn check_rows(x: &[Vec<f64>], y: &[f64], noise: &[f64]) -> Result<(), PlanError> {
    for (right, len) in [("y", y.len()), ("noise", noise.len())] {
        if len != x.len() {
            let (left, left_len) = ("x", x.len());
            return Err(PlanError::LengthMismatch { left, left_len, right, right_len: len });
        }
    }
    let rows = x.iter().zip(y).zip(noise).enumerate();
    for (row, ((x, y), noise)) in rows {
        if let Some(bad) = x.iter().chain([y, noise]).find(|value| !value.is_finite()) {
            let (symbol, value) = (format!("row {row}"), bad.to_string());
            return Err(PlanError::NotFinite { what: "measurement", symbol, value });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gp(n: usize) -> ExactGp {
        let x: Vec<Vec<f64>> = (0..n).map(|i| vec![i as f64 / 3.0]).collect();
        let y = x.iter().map(|x| x[0].sin()).collect();
        let kernel = Kernel::Rbf { dims: vec![0], lengthscale: vec![1.0] };
        ExactGp::condition(kernel, Mean::Constant(0.0), vec![0.01; n], x, y).unwrap()
    }

    #[test]
    fn leaving_one_out_is_refitting_without_it() {
        let all = gp(8);
        let (x, y) = (all.x.clone(), all.y.clone());
        let kept = |v: &[f64]| [&v[..3], &v[4..]].concat();
        let rest: Vec<Vec<f64>> = [&x[..3], &x[4..]].concat();
        let noise = vec![0.01; 7];
        let without =
            ExactGp::condition(all.kernel.clone(), all.mean.clone(), noise, rest, kept(&y))
                .unwrap();
        let (mean, covariance) = without.posterior(&x[3..4]);
        let (loo_mean, loo_sd) = all.leave_one_out()[3];
        assert!((mean[0] - loo_mean).abs() < 1e-10);
        assert!(((covariance[0] + 0.01).sqrt() - loo_sd).abs() < 1e-10);
    }

    #[test]
    fn believing_leaves_means_and_shrinks_variances() {
        let gp = gp(5);
        let at = [vec![2.2], vec![0.4]];
        let (before, wide) = gp.posterior(&at);
        let (after, narrow) = gp.believing(&at[..1], 0.01).unwrap().posterior(&at);
        assert!(before.iter().zip(&after).all(|(a, b)| (a - b).abs() < 1e-10));
        assert!(narrow[0] < wide[0] && narrow[3] <= wide[3] + 1e-12);
    }

    #[test]
    fn equal_rows_without_noise_are_rescued_by_jitter() {
        let kernel = Kernel::Rbf { dims: vec![0], lengthscale: vec![1.0] };
        let x = vec![vec![0.3]; 5];
        let gp =
            ExactGp::condition(kernel, Mean::Constant(0.0), vec![0.0; 5], x.clone(), vec![1.0; 5]);
        let gp = gp.unwrap();
        assert!(gp.factor.jitter > 0.0);
        let (mean, variance) = gp.posterior(&x[..1]);
        assert!((mean[0] - 1.0).abs() < 1e-3 && variance[0] < 1e-3);
    }

    #[test]
    fn a_hole_in_the_data_is_refused_with_its_row() {
        let kernel = Kernel::Rbf { dims: vec![0], lengthscale: vec![1.0] };
        let refused = ExactGp::condition(
            kernel.clone(),
            Mean::Constant(0.0),
            vec![0.1; 2],
            vec![vec![0.0], vec![f64::NAN]],
            vec![1.0, 2.0],
        );
        assert!(refused.unwrap_err().to_string().contains("row 1"));
        let short =
            ExactGp::condition(kernel, Mean::Constant(0.0), vec![], vec![vec![0.0]], vec![1.0]);
        assert!(matches!(short, Err(PlanError::LengthMismatch { .. })));
    }
}
