//! A Gaussian posterior over all candidates, in dual form.

use faer::Mat;
use rand_chacha::ChaCha8Rng;

use super::linalg::{Factor, cholesky};
use super::process::Process;
use super::training::TrainingSet;
use crate::error::PlanError;
use crate::features::FeatureTable;
use crate::gauss::draw_normal;

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

/// Hyperparameters of the block process, all on the standardised target.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Hyper {
    /// One kernel weight per block of the table.
    pub weights: Vec<f64>,
    pub noise: f64,
    /// Slope of the mean on the prior's normal score.
    pub prior_slope: f64,
}

/// `f ~ GP(m, k)` conditioned on the measurements; by default `m = c + slope z(prior)` and
/// `k = sum_b w_b F_b F_b^T`.
///
/// Numbers come out in target units, `ln(1 + |z|)` of a robust z for two-sided assays.
#[derive(Debug, Clone)]
pub struct Posterior<'t> {
    pub(crate) table: &'t FeatureTable,
    pub(crate) process: Process,
    pub(crate) noise: f64,
    pub(crate) rows: Vec<usize>,
    pub(crate) factor: Factor,
    /// Noise variance of each measured row.
    row_noise: Vec<f64>,
    alpha: Vec<f64>,
    mean: PriorMean,
    /// Mean and sd of the target.
    pub(crate) scale: (f64, f64),
}

/// Mean of a candidate before any measurement, on the standardised target.
#[derive(Debug, Clone)]
enum PriorMean {
    /// `constant + slope z(prior)`.
    Assay { constant: f64, slope: f64 },
    /// One number per row.
    Given(Vec<f64>),
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
        let Hyper { weights, noise, prior_slope } = hyper;
        Self::of(table, data, Process::Blocks { weights }, noise, prior_slope)
    }

    /// A process conditioned on `data`, its mean `c + prior_slope z(prior)`.
    pub(crate) fn of(
        table: &'t FeatureTable,
        data: &TrainingSet,
        process: Process,
        noise: f64,
        prior_slope: f64,
    ) -> Result<Self, PlanError> {
        let scale = data.scale();
        let (constant, residual) = residuals(table, data, prior_slope);
        let mut sigma = process.cross(table, &data.rows, &data.rows);
        let mut row_noise = Vec::with_capacity(data.rows.len());
        for (i, extra) in data.extra_noise.iter().enumerate() {
            let own = noise + extra / (scale.1 * scale.1);
            sigma[(i, i)] += own;
            row_noise.push(own);
        }
        let factor = cholesky(&sigma)?;
        let alpha = factor.solve(&residual);
        let rows = data.rows.clone();
        let mean = PriorMean::Assay { constant, slope: prior_slope };
        Ok(Self { table, process, noise, rows, factor, row_noise, alpha, mean, scale })
    }

    /// A process that has seen the measurements already; `mean` by row, standardised.
    pub(crate) fn given(
        table: &'t FeatureTable,
        process: Process,
        mean: Vec<f64>,
        noise: f64,
        scale: (f64, f64),
    ) -> Self {
        let factor = Factor { lower: Mat::zeros(0, 0), jitter: 0.0 };
        let mean = PriorMean::Given(mean);
        let (rows, row_noise, alpha) = (vec![], vec![], vec![]);
        Self { table, process, noise, rows, factor, row_noise, alpha, mean, scale }
    }

    /// Standard deviation of one measurement's noise, in target units.
    #[must_use]
    pub fn noise_sd(&self) -> f64 {
        self.noise.sqrt() * self.scale.1
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
        let covariance = self.covariance(&rows);
        let unit = self.scale.1 * self.scale.1;
        let q = rows.len();
        let flat = (0..q * q).map(|i| covariance[(i / q, i % q)] * unit).collect();
        Ok((mean, flat))
    }

    fn canonical(&self, candidates: &[usize]) -> Result<Vec<usize>, PlanError> {
        candidates.iter().map(|&c| self.table.row("posterior", c)).collect()
    }

    /// Posterior covariance of rows, on the standardised target.
    pub(crate) fn covariance(&self, rows: &[usize]) -> Mat<f64> {
        let v = self.whitened(rows);
        let prior = self.process.cross(self.table, rows, rows);
        prior - v.transpose() * &v
    }

    /// `L^-1 k(observed, rows)`.
    pub(crate) fn whitened(&self, rows: &[usize]) -> Mat<f64> {
        let mut v = self.process.cross(self.table, &self.rows, rows);
        self.factor.solve_lower(&mut v);
        v
    }

    /// Joint samples less their mean, `[rows, samples]`, on the standardised target.
    ///
    /// A prior draw minus what the measurements would have corrected of it (Matheron's rule): its
    /// cost grows with the rows, not with their cube. A dense process has no finite features and
    /// takes the root of the posterior covariance instead.
    ///
    /// # Errors
    /// [`PlanError::NotPositiveDefinite`] for a dense process.
    /// # Source
    /// Wilson et al. 2020, arXiv:2002.09309.
    pub(crate) fn deviations(
        &self,
        rows: &[usize],
        samples: usize,
        rng: &mut ChaCha8Rng,
    ) -> Result<Mat<f64>, PlanError> {
        let mut normals =
            |n: usize| Mat::from_fn(samples, n, |_, _| draw_normal(rng)).transpose().to_owned();
        if !self.process.is_linear() {
            return Ok(cholesky(&self.covariance(rows))?.lower * normals(rows.len()));
        }
        let points = self.process.points(self.table, rows);
        let z = normals(points.ncols());
        let mut drawn = points * &z;
        if !self.rows.is_empty() {
            let mut seen = self.process.points(self.table, &self.rows) * &z;
            let noise = normals(self.rows.len());
            for s in 0..samples {
                for (i, variance) in self.row_noise.iter().enumerate() {
                    seen[(i, s)] += variance.sqrt() * noise[(i, s)];
                }
            }
            self.factor.solve_lower(&mut seen);
            drawn -= self.whitened(rows).transpose() * seen;
        }
        Ok(drawn)
    }

    pub(crate) fn latent_rows(&self, rows: &[usize]) -> Marginals {
        let mut out = Marginals { mean: Vec::new(), sd: Vec::new() };
        let prior = self.table.prior_rows();
        for chunk in rows.chunks(CHUNK) {
            let mut v = self.process.cross(self.table, &self.rows, chunk);
            for (j, &row) in chunk.iter().enumerate() {
                let shift: f64 = self.alpha.iter().enumerate().map(|(i, a)| a * v[(i, j)]).sum();
                let standard = match &self.mean {
                    PriorMean::Assay { constant, slope } => constant + slope * prior[row] + shift,
                    PriorMean::Given(mean) => mean[row],
                };
                out.mean.push(self.scale.0 + self.scale.1 * standard);
            }
            self.factor.solve_lower(&mut v);
            let diagonal = self.process.diagonal(self.table, chunk);
            for (j, prior_variance) in diagonal.iter().enumerate() {
                let explained: f64 = (0..v.nrows()).map(|i| v[(i, j)] * v[(i, j)]).sum();
                out.sd.push(self.scale.1 * (prior_variance - explained).max(0.0).sqrt());
            }
        }
        out
    }
}
