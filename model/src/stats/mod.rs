//! Statistics shared by screens and evaluation: ranks, tests, intervals, correlation.
//!
//! Everything works in `f64`, sums in the order of its input, and never looks at a clock or a
//! global random source, so that a result depends on its arguments only.

mod correlation;
mod fdr;
mod interval;
mod mixture;
mod precision;
mod ranks;
mod ranksum;
mod resample;

pub use correlation::{pearson, spearman};
pub use fdr::benjamini_hochberg;
pub use interval::{
    ClusteredT, Interval, IntervalKind, cell_interval, clustered_t, donor_interval,
};
pub use mixture::{TwoComponents, fit_two_components};
pub use precision::{auroc, average_precision};
pub use ranks::average_ranks;
pub use ranksum::{RankSum, rank_sum, rank_sum_sorted};
pub use resample::{BootstrapInterval, bootstrap, quantile};

/// Arithmetic mean; `None` for an empty slice.
pub fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// Sample standard deviation (n - 1 in the denominator); `None` below two values.
pub fn sample_sd(values: &[f64]) -> Option<f64> {
    let centre = mean(values)?;
    (values.len() > 1).then(|| {
        let squares: f64 = values.iter().map(|v| (v - centre).powi(2)).sum();
        (squares / (values.len() - 1) as f64).sqrt()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mean_and_sd_are_absent_where_they_are_not_defined() {
        assert_eq!(mean(&[]), None);
        assert_eq!(sample_sd(&[2.0]), None);
        assert_eq!(mean(&[1.0, 2.0, 6.0]), Some(3.0));
        assert!((sample_sd(&[1.0, 2.0, 6.0]).unwrap() - 7f64.sqrt()).abs() < 1e-12);
    }
}
