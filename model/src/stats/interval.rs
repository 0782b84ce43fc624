//! Intervals for a mean effect over cells, with or without donors.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, StudentsT};

use super::{mean, sample_sd};

/// What an interval's spread was taken over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IntervalKind {
    /// Cells taken as independent: too narrow when several cells come from one donor.
    Cells,
    /// Donors taken as independent, cells of a donor as a cluster.
    Donors,
}

/// A 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// What the spread was taken over.
    pub kind: IntervalKind,
}

/// Fewest donors for which a donor interval is given.
const FEWEST_DONORS: usize = 3;

/// 95 % t-interval of the mean over cells; `None` below two cells.
pub fn cell_interval(values: &[f64]) -> Option<Interval> {
    let error = sample_sd(values)? / (values.len() as f64).sqrt();
    around(mean(values)?, error, values.len() - 1, IntervalKind::Cells)
}

/// 95 % interval of the mean over cells whose spread is taken over donors.
///
/// `donors[i]` is the donor of `values[i]`. With `G` donors, `n` cells, `m` their mean and `t_g`
/// the sum of `value - m` over donor `g`, the standard error is
/// `sqrt(G / (G - 1) * sum_g t_g^2) / n` (cluster-robust), used with `G - 1` degrees of freedom.
/// `None` below three donors or for different lengths: use [`cell_interval`] then and say so.
pub fn donor_interval(values: &[f64], donors: &[&str]) -> Option<Interval> {
    let (error, groups) = clustered_error(values, donors)?;
    around(mean(values)?, error, groups - 1, IntervalKind::Donors)
}

/// Test of a mean over cells against 0 with donors as clusters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ClusteredT {
    /// Mean over its cluster-robust standard error.
    pub t: f64,
    /// Two-sided p from Student's t with one degree of freedom less than there are donors.
    pub p: f64,
}

/// Two-sided test that the mean over cells is 0, donors taken as independent (Cameron and Miller
/// 2015, section VI: cluster-robust t with `G - 1` degrees of freedom); the standard error is that
/// of [`donor_interval`]. `None` below three donors, or where nothing varies.
pub fn clustered_t(values: &[f64], donors: &[&str]) -> Option<ClusteredT> {
    let (error, groups) = clustered_error(values, donors)?;
    let t = mean(values)? / error;
    let student = StudentsT::new(0.0, 1.0, (groups - 1) as f64).ok()?;
    t.is_finite().then(|| ClusteredT { t, p: (2.0 * student.cdf(-t.abs())).min(1.0) })
}

/// Cluster-robust standard error of the mean and the number of donors.
fn clustered_error(values: &[f64], donors: &[&str]) -> Option<(f64, usize)> {
    if values.len() != donors.len() {
        return None;
    }
    let centre = mean(values)?;
    let mut totals: BTreeMap<&str, f64> = BTreeMap::new();
    for (value, donor) in values.iter().zip(donors) {
        *totals.entry(donor).or_default() += value - centre;
    }
    let groups = totals.len();
    if groups < FEWEST_DONORS {
        return None;
    }
    let squares: f64 = totals.values().map(|t| t * t).sum();
    let error = (squares * groups as f64 / (groups - 1) as f64).sqrt() / values.len() as f64;
    Some((error, groups))
}

fn around(centre: f64, error: f64, freedom: usize, kind: IntervalKind) -> Option<Interval> {
    let t = StudentsT::new(0.0, 1.0, freedom as f64).ok()?;
    let half = t.inverse_cdf(0.975) * error;
    Some(Interval { low: centre - half, high: centre + half, kind })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cell_interval_equals_the_textbook_value() {
        let found = cell_interval(&[1.0, 2.0, 3.0, 4.0]).unwrap();
        // t(0.975, 3) = 3.182446, sd = 1.290994, n = 4.
        assert!((found.low - (2.5 - 3.182_446 * 1.290_994 / 2.0)).abs() < 1e-4);
        assert_eq!(cell_interval(&[1.0]), None);
    }

    #[test]
    fn donors_that_differ_widen_the_interval() {
        let values = [0.0, 0.1, 1.0, 1.1, 2.0, 2.1];
        let donors = ["a", "a", "b", "b", "c", "c"];
        let by_donor = donor_interval(&values, &donors).unwrap();
        let by_cell = cell_interval(&values).unwrap();
        assert!(by_donor.high - by_donor.low > by_cell.high - by_cell.low);
        assert_eq!(by_donor.kind, IntervalKind::Donors);
    }

    #[test]
    fn one_cell_a_donor_gives_the_cell_interval() {
        let values = [0.3, 0.9, 0.1, 0.5];
        let by_donor = donor_interval(&values, &["a", "b", "c", "d"]).unwrap();
        let by_cell = cell_interval(&values).unwrap();
        assert!((by_donor.low - by_cell.low).abs() < 1e-9);
        assert_eq!(donor_interval(&values, &["a", "b", "a", "b"]), None);
    }

    #[test]
    fn the_clustered_test_is_the_t_test_where_each_donor_has_one_cell() {
        // t = mean / (sd / sqrt(n)) = 1.05 / (0.369685 / 2) = 5.680, p(df = 3) = 0.01081.
        let values = [0.8, 0.7, 1.2, 1.5];
        let found = clustered_t(&values, &["a", "b", "c", "d"]).unwrap();
        assert!((found.t - 5.6805).abs() < 1e-3 && (found.p - 0.0108).abs() < 1e-4, "{found:?}");
        assert_eq!(clustered_t(&values, &["a", "b", "a", "b"]), None, "two donors");
        assert_eq!(clustered_t(&[1.0; 3], &["a", "b", "c"]), None, "nothing varies");
        let same = [1.0, 1.1, 0.9, 1.0, 1.1, 0.9, -0.2, -0.1, 0.0];
        let donors = ["a", "a", "a", "b", "b", "b", "c", "c", "c"];
        assert!(clustered_t(&same, &donors).unwrap().p > 0.1, "one donor disagrees");
    }
}
