//! Measurements as a surrogate sees them.

use serde::{Deserialize, Serialize};

use crate::error::PlanError;
use crate::features::FeatureTable;
use crate::target::Tail;

/// One measured candidate.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Observed {
    /// Index into the table's candidates.
    pub candidate: usize,
    /// Robust z against the controls.
    pub robust_z: f64,
    /// Standard error of `robust_z`, when replicates gave one.
    pub se: Option<f64>,
}

/// Targets of the measured candidates, one row per candidate, in the table's canonical order.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainingSet {
    pub(crate) rows: Vec<usize>,
    pub(crate) target: Vec<f64>,
    /// Noise variance above that of a typical row, in squared target units.
    pub(crate) extra_noise: Vec<f64>,
    pub(crate) tail: Tail,
}

impl TrainingSet {
    /// Check and order `observed`; repeated measurements of a candidate are averaged.
    ///
    /// A standard error beyond the median one adds its excess variance to that row's noise, by the
    /// delta method `dy = dz / (1 + |z|)`.
    ///
    /// # Errors
    /// [`PlanError::UnknownCandidate`]; [`PlanError::NotFinite`] naming the gene.
    pub fn new(table: &FeatureTable, observed: &[Observed], tail: Tail) -> Result<Self, PlanError> {
        let mut rows: Vec<(usize, f64, Option<f64>)> = Vec::with_capacity(observed.len());
        for o in observed {
            let row = table.row("observed", o.candidate)?;
            let refuse = |what, value: f64| PlanError::NotFinite {
                what,
                symbol: table.symbol(row).to_owned(),
                value: value.to_string(),
            };
            if !o.robust_z.is_finite() {
                return Err(refuse("robust z", o.robust_z));
            }
            if let Some(se) = o.se.filter(|se| !(se.is_finite() && *se >= 0.0)) {
                return Err(refuse("standard error", se));
            }
            rows.push((row, o.robust_z, o.se));
        }
        // By value within a row too, so that sums do not depend on the order of the upload.
        rows.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
        let mut out = Self { rows: vec![], target: vec![], extra_noise: vec![], tail };
        let mut variances = Vec::new();
        for group in rows.chunk_by(|a, b| a.0 == b.0) {
            let n = group.len() as f64;
            let z = group.iter().map(|g| g.1).sum::<f64>() / n;
            let se = group.iter().map(|g| g.2).collect::<Option<Vec<f64>>>();
            let slope = 1.0 / (1.0 + z.abs());
            variances.push(se.map(|s| s.iter().map(|v| (v * slope).powi(2)).sum::<f64>() / n / n));
            out.rows.push(group[0].0);
            out.target.push(tail.target(z));
        }
        let mut known: Vec<f64> = variances.iter().flatten().copied().collect();
        known.sort_by(f64::total_cmp);
        let typical = known.get(known.len() / 2).copied().unwrap_or(0.0);
        out.extra_noise =
            variances.iter().map(|v| v.map_or(0.0, |v| (v - typical).max(0.0))).collect();
        Ok(out)
    }

    /// Measured candidates.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether nothing was measured yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Mean and population sd of the target; the null scale before any measurement, sd 1 when all
    /// targets are equal.
    #[must_use]
    pub fn scale(&self) -> (f64, f64) {
        if self.rows.len() < 2 {
            return self.tail.null_scale();
        }
        let n = self.target.len() as f64;
        let mean = self.target.iter().sum::<f64>() / n;
        let sd = (self.target.iter().map(|y| (y - mean).powi(2)).sum::<f64>() / n).sqrt();
        (mean, if sd > 1e-12 { sd } else { 1.0 })
    }
}
