//! A Gaussian posterior over all candidates, in dual form.

use faer::Mat;

use super::linalg::{Factor, cholesky, kernel, kernel_diagonal};
use super::training::TrainingSet;
use crate::error::PlanError;
use crate::features::FeatureTable;

/// Candidates handled at a time; fixed, so that results do not depend on memory or threads.
const CHUNK: usize = 2048;

/// Marginals of a set of candidates, latent (no measurement noise), in target units.
#[derive(Debug, Clone, PartialEq)]
pub struct Marginals {
    /// Posterior mean of each.
    pub mean: Vec<f64>,
    /// Posterior sd of each.
    pub sd: Vec<f64>,
}

/// Hyperparameters of the posterior, all on the standardised target.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Hyper {
    /// One kernel weight per block of the table.
    pub weights: Vec<f64>,
    pub noise: f64,
    /// Slope of the mean on the prior's normal score.
    pub prior_slope: f64,
}

/// `f ~ GP(c + slope z(prior), sum_b w_b F_b F_b^T)` conditioned on the measurements.
///
/// Numbers come out in target units, `ln(1 + |z|)` of a robust z for two-sided assays.
#[derive(Debug, Clone)]
pub struct Posterior<'t> {
    pub(crate) table: &'t FeatureTable,
    pub(crate) hyper: Hyper,
    pub(crate) rows: Vec<usize>,
    pub(crate) factor: Factor,
    alpha: Vec<f64>,
    constant: f64,
    /// Mean and sd of the target.
    pub(crate) scale: (f64, f64),
}

/// Standardised residuals from the prior mean: their mean, and the centred values.
pub(crate) fn residuals(
    table: &FeatureTable,
    data: &TrainingSet,
    prior_slope: f64,
) -> (f64, Vec<f64>) {
    let (mean, sd) = data.scale();
    let prior = table.prior_rows();
    let raw: Vec<f64> = data
        .rows
        .iter()
        .zip(&data.target)
        .map(|(&row, y)| (y - mean) / sd - prior_slope * prior[row])
        .collect();
    let constant = raw.iter().sum::<f64>() / raw.len().max(1) as f64;
    (constant, raw.iter().map(|r| r - constant).collect())
}

impl<'t> Posterior<'t> {
    pub(crate) fn condition(
        table: &'t FeatureTable,
        data: &TrainingSet,
        hyper: Hyper,
    ) -> Result<Self, PlanError> {
        let scale = data.scale();
        let (constant, residual) = residuals(table, data, hyper.prior_slope);
        let mut sigma = kernel(table, &hyper.weights, &data.rows, &data.rows);
        for (i, extra) in data.extra_noise.iter().enumerate() {
            sigma[(i, i)] += hyper.noise + extra / (scale.1 * scale.1);
        }
        let factor = cholesky(&sigma)?;
        let alpha = factor.solve(&residual);
        let rows = data.rows.clone();
        Ok(Self { table, hyper, rows, factor, alpha, constant, scale })
    }

    /// Standard deviation of one measurement's noise, in target units.
    #[must_use]
    pub fn noise_sd(&self) -> f64 {
        self.hyper.noise.sqrt() * self.scale.1
    }

    /// Latent mean and sd of `candidates`.
    ///
    /// # Errors
    /// [`PlanError::UnknownCandidate`].
    pub fn latent(&self, candidates: &[usize]) -> Result<Marginals, PlanError> {
        Ok(self.latent_rows(&self.canonical(candidates)?))
    }

    /// Joint latent mean `[q]` and covariance `[q, q]` (row-major) of `candidates`.
    ///
    /// # Errors
    /// [`PlanError::UnknownCandidate`].
    pub fn joint(&self, candidates: &[usize]) -> Result<(Vec<f64>, Vec<f64>), PlanError> {
        let rows = self.canonical(candidates)?;
        let mean = self.latent_rows(&rows).mean;
        let v = self.whitened(&rows);
        let prior = kernel(self.table, &self.hyper.weights, &rows, &rows);
        let covariance = prior - v.transpose() * &v;
        let unit = self.scale.1 * self.scale.1;
        let q = rows.len();
        let flat = (0..q * q).map(|i| covariance[(i / q, i % q)] * unit).collect();
        Ok((mean, flat))
    }

    fn canonical(&self, candidates: &[usize]) -> Result<Vec<usize>, PlanError> {
        candidates.iter().map(|&c| self.table.row("posterior", c)).collect()
    }

    /// `L^-1 k(observed, rows)`.
    pub(crate) fn whitened(&self, rows: &[usize]) -> Mat<f64> {
        let mut v = kernel(self.table, &self.hyper.weights, &self.rows, rows);
        self.factor.solve_lower(&mut v);
        v
    }

    pub(crate) fn latent_rows(&self, rows: &[usize]) -> Marginals {
        let mut out = Marginals { mean: Vec::new(), sd: Vec::new() };
        let prior = self.table.prior_rows();
        for chunk in rows.chunks(CHUNK) {
            let mut v = kernel(self.table, &self.hyper.weights, &self.rows, chunk);
            for (j, &row) in chunk.iter().enumerate() {
                let shift: f64 = self.alpha.iter().enumerate().map(|(i, a)| a * v[(i, j)]).sum();
                let standard = self.constant + self.hyper.prior_slope * prior[row] + shift;
                out.mean.push(self.scale.0 + self.scale.1 * standard);
            }
            self.factor.solve_lower(&mut v);
            let diagonal = kernel_diagonal(self.table, &self.hyper.weights, chunk);
            for (j, prior_variance) in diagonal.iter().enumerate() {
                let explained: f64 = (0..v.nrows()).map(|i| v[(i, j)] * v[(i, j)]).sum();
                out.sd.push(self.scale.1 * (prior_variance - explained).max(0.0).sqrt());
            }
        }
        out
    }
}
