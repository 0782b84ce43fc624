//! One number a gene over donors.
//!
//! Donors are the replicates; wells within a donor are not. What is passed here was blocked before:
//! the same donor's non-targeting level is subtracted ([`block_by_donor`]), because donors differ
//! by more than most perturbations do.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use statrs::function::beta::checked_beta_reg;
use statrs::function::gamma::ln_gamma;

use crate::assay::AssayError;
use crate::assay::stats;

/// Fewest donors for [`paired_ssmd`].
const MIN_PAIRED: usize = 3;

/// A value of a gene in a donor, on a scale on which differences mean the same everywhere (log2 of
/// a signal that spans decades).
#[derive(Debug, Clone, PartialEq)]
pub struct DonorValue<'a> {
    /// Gene symbol; ignored for controls.
    pub gene: &'a str,
    /// Donor.
    pub donor: &'a str,
    /// Non-targeting control.
    pub is_control: bool,
    /// The value.
    pub value: f64,
}

/// A gene over donors.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DonorEstimate {
    /// Gene symbol.
    pub gene: String,
    /// Difference to the donor's non-targeting level, one a donor, donors in alphabetical order.
    pub per_donor: Vec<f64>,
    /// Their mean.
    pub mean: f64,
    /// Standard error over donors, SD / √n; `None` for one donor.
    pub se: Option<f64>,
    /// mean / se; `None` without a spread.
    pub t: Option<f64>,
    /// Two-sided p of `t` with n − 1 degrees of freedom. With 2 or 3 donors the SD is luck.
    pub p: Option<f64>,
    /// [`paired_ssmd`] over donors.
    pub ssmd: Option<f64>,
    /// Donors whose difference has the sign of the mean.
    pub donors_same_sign: usize,
}

/// Subtracts from each gene and donor the mean of the same donor's non-targeting values, and
/// compares the genes over donors; sorted by gene.
///
/// Replicates of a gene in a donor are averaged first, so that a donor with more wells does not
/// weigh more. A donor without a non-targeting value says nothing and is left out.
///
/// # Errors
/// [`AssayError::NotFinite`] for a value that is NaN or infinite; [`AssayError::TooFewWells`] when
/// no donor has a non-targeting value.
pub fn block_by_donor(values: &[DonorValue<'_>]) -> Result<Vec<DonorEstimate>, AssayError> {
    if let Some(bad) = values.iter().find(|value| !value.value.is_finite()) {
        return Err(AssayError::NotFinite {
            plate: format!("(donor {})", bad.donor),
            well: bad.gene.to_owned(),
            found: bad.value,
        });
    }
    let mut controls: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    let mut genes: BTreeMap<&str, BTreeMap<&str, Vec<f64>>> = BTreeMap::new();
    for value in values {
        let list = match value.is_control {
            true => controls.entry(value.donor).or_default(),
            false => genes.entry(value.gene).or_default().entry(value.donor).or_default(),
        };
        list.push(value.value);
    }
    if controls.is_empty() {
        return Err(AssayError::TooFewWells {
            plate: "(all)".into(),
            kind: "non-targeting",
            found: 0,
            needed: 1,
        });
    }
    let level = |donor: &str| stats::mean(controls.get(donor)?);
    let estimates = genes.into_iter().filter_map(|(gene, donors)| {
        let differences: Vec<f64> = donors
            .into_iter()
            .filter_map(|(donor, values)| Some(stats::mean(&values)? - level(donor)?))
            .collect();
        over_donors(gene, differences)
    });
    Ok(estimates.collect())
}

fn over_donors(gene: &str, per_donor: Vec<f64>) -> Option<DonorEstimate> {
    let mean = stats::mean(&per_donor)?;
    let n = per_donor.len();
    let se = stats::sd(&per_donor).map(|sd| sd / (n as f64).sqrt());
    let t = se.filter(|se| *se > 0.0).map(|se| mean / se);
    Some(DonorEstimate {
        gene: gene.to_owned(),
        mean,
        se,
        t,
        p: t.map(|t| t_p(t, (n - 1) as f64)),
        ssmd: paired_ssmd(&per_donor),
        donors_same_sign: per_donor.iter().filter(|d| (**d > 0.0) == (mean > 0.0)).count(),
        per_donor,
    })
}

/// Two-sided p of Student's t: the regularised incomplete beta I(df / (df + t²); df/2, 1/2).
///
/// NaN for a `t` that is NaN or degrees of freedom of 0 or less.
pub fn t_p(t: f64, df: f64) -> f64 {
    if t.is_nan() || df.is_nan() || df <= 0.0 {
        return f64::NAN;
    }
    if t.is_infinite() {
        return 0.0;
    }
    checked_beta_reg(0.5 * df, 0.5, df / (df + t * t)).unwrap_or(f64::NAN)
}

/// SSMD of paired differences, uniformly minimum-variance unbiased:
/// Γ((n−1)/2) / Γ((n−2)/2) · √(2/(n−1)) · mean / SD (Zhang 2007). `None` for fewer than three
/// differences, or without a spread.
pub fn paired_ssmd(differences: &[f64]) -> Option<f64> {
    let n = differences.len() as f64;
    if differences.len() < MIN_PAIRED {
        return None;
    }
    let (mean, sd) = (stats::mean(differences)?, stats::sd(differences)?);
    let factor = (ln_gamma(0.5 * (n - 1.0)) - ln_gamma(0.5 * (n - 2.0))).exp();
    Some(factor * (2.0 / (n - 1.0)).sqrt() * mean / sd).filter(|ssmd| ssmd.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value<'a>(gene: &'a str, donor: &'a str, value: f64) -> DonorValue<'a> {
        DonorValue { gene, donor, is_control: gene == "NTC", value }
    }

    #[test]
    fn a_shift_of_a_whole_donor_changes_nothing() {
        let values = |shift: f64| {
            vec![
                value("NTC", "D1", 1.0),
                value("NTC", "D2", 2.0 + shift),
                value("A", "D1", 2.0),
                value("A", "D1", 4.0),
                value("A", "D2", 4.0 + shift),
            ]
        };
        let first = block_by_donor(&values(0.0)).unwrap();
        assert_eq!(first[0].per_donor, [2.0, 2.0]);
        assert_eq!((first[0].mean, first[0].donors_same_sign), (2.0, 2));
        assert_eq!(block_by_donor(&values(8.0)).unwrap(), first);
    }

    #[test]
    fn a_donor_without_controls_says_nothing() {
        let values = [value("NTC", "D1", 1.0), value("A", "D1", 2.0), value("A", "D2", 9.0)];
        let found = &block_by_donor(&values).unwrap()[0];
        assert_eq!((found.per_donor.as_slice(), found.se, found.p), (&[1.0][..], None, None));
        assert!(block_by_donor(&values[1..]).is_err());
        assert!(block_by_donor(&[value("A", "D1", f64::NAN)]).is_err());
    }

    #[test]
    fn p_of_t_agrees_with_the_closed_forms_of_one_and_two_degrees_of_freedom() {
        let cauchy = |t: f64| 1.0 - 2.0 * t.abs().atan() / std::f64::consts::PI;
        let two = |t: f64| 1.0 - t.abs() / (2.0 + t * t).sqrt();
        for t in [-18.5, -1.0, 0.03, 0.5, 3.0] {
            assert!((t_p(t, 1.0) - cauchy(t)).abs() < 1e-12, "{t}");
            assert!((t_p(t, 2.0) - two(t)).abs() < 1e-12, "{t}");
        }
        assert_eq!((t_p(0.0, 2.0), t_p(f64::INFINITY, 2.0)), (1.0, 0.0));
        assert!(t_p(f64::NAN, 2.0).is_nan() && t_p(1.0, 0.0).is_nan());
    }

    #[test]
    fn paired_ssmd_needs_three_differences_that_differ() {
        assert_eq!(paired_ssmd(&[1.0, 2.0]), None);
        assert_eq!(paired_ssmd(&[1.0, 1.0, 1.0]), None);
        // n = 4: Γ(1.5) / Γ(1) · √(2/3), mean 2.5, SD √(5/3).
        let expected =
            0.5 * std::f64::consts::PI.sqrt() * (2.0f64 / 3.0).sqrt() * 2.5 / (5.0f64 / 3.0).sqrt();
        assert!((paired_ssmd(&[1.0, 2.0, 3.0, 4.0]).unwrap() - expected).abs() < 1e-12);
    }
}
