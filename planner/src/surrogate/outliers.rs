//! Surrogates that do not follow single wells too far.

use super::choice::Outliers;
use super::report::SurrogateReport;
use super::{Fitted, Surrogate, TrainingSet};
use crate::error::PlanError;
use crate::features::FeatureTable;

/// Robust z at which [`Outliers::Winsorise`] cuts.
const CUT: f64 = 5.0;
/// Degrees of freedom of the Student t likelihood.
const FREEDOM: f64 = 4.0;
/// Rounds of reweighting; weights settle to a few percent.
const ROUNDS: usize = 4;

/// A surrogate whose measurements are cut or reweighted first.
pub(crate) struct Robust {
    pub inner: Box<dyn Surrogate>,
    pub outliers: Outliers,
}

impl Surrogate for Robust {
    fn name(&self) -> &'static str {
        self.inner.name()
    }

    fn fit<'t>(
        &self,
        table: &'t FeatureTable,
        data: &TrainingSet,
    ) -> Result<Fitted<'t>, PlanError> {
        match self.outliers {
            Outliers::Keep => self.inner.fit(table, data),
            Outliers::Winsorise => self.inner.fit(table, &winsorised(data)),
            Outliers::StudentT => self.reweighted(table, data),
        }
    }

    fn add_intervals(
        &self,
        table: &FeatureTable,
        data: &TrainingSet,
        report: &mut SurrogateReport,
    ) -> Result<(), PlanError> {
        match self.outliers {
            Outliers::Keep => self.inner.add_intervals(table, data, report),
            Outliers::Winsorise => self.inner.add_intervals(table, &winsorised(data), report),
            // The curvature would be that of the wells before they were reweighted.
            Outliers::StudentT => Ok(()),
        }
    }
}

/// Targets beyond that of a robust z of 5 are set to it.
fn winsorised(data: &TrainingSet) -> TrainingSet {
    let mut out = data.clone();
    let most = CUT.ln_1p();
    out.target.iter_mut().for_each(|y| *y = y.clamp(-most, most));
    out
}

impl Robust {
    /// Expectation maximisation over the scale mixture behind a Student t: a well whose expected
    /// squared residual is `e` noise variances has the weight `(nu + 1) / (nu + e)`, and its noise
    /// is divided by it. Weights above 1 are not used: no well is taken for better than typical.
    ///
    /// Source: the EM view of t regression, Lange, Little and Taylor 1989.
    fn reweighted<'t>(
        &self,
        table: &'t FeatureTable,
        data: &TrainingSet,
    ) -> Result<Fitted<'t>, PlanError> {
        let mut fitted = self.inner.fit(table, data)?;
        if data.len() < 2 {
            return Ok(fitted);
        }
        for _ in 0..ROUNDS {
            let posterior = &fitted.posterior;
            let noise = posterior.noise_sd().powi(2);
            let at = posterior.latent_rows(&data.rows);
            let mut next = data.clone();
            for (i, extra) in next.extra_noise.iter_mut().enumerate() {
                let square = (data.target[i] - at.mean[i]).powi(2) + at.sd[i].powi(2);
                let weight = (FREEDOM + 1.0) / (FREEDOM + square / noise.max(1e-300));
                *extra += noise * (1.0 / weight.min(1.0) - 1.0);
            }
            fitted = self.inner.fit(table, &next)?;
        }
        Ok(fitted)
    }
}
