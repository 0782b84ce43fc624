//! One number a gene from its values in several donors.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::GeneEstimate;
use crate::assay::stats;

/// Degrees of freedom of the prior that a gene varies between donors as the median gene does.
const PRIOR_DF: f64 = 3.0;

/// What all donors say about one gene.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GeneOverDonors {
    /// Mean over donors with its standard error; wells of all donors are counted.
    pub estimate: GeneEstimate,
    /// Donors that measured the gene.
    pub donors: usize,
    /// Of these, donors whose value has the sign of the mean.
    pub same_direction: usize,
}

/// Merges each gene's donors, sorted by symbol.
///
/// Donors are the replicates, wells within a donor are not: the value is the mean over donors and
/// its error sd / √n over donors. With 2 or 3 donors the spread of a gene is luck, so its
/// variance is shrunk towards the median variance over genes s₀²:
/// s² = (3 s₀² + Σ(x − mean)²) / (3 + n − 1); s₀² is 1, the variance of a non-targeting well,
/// where no gene tells. A gene of a single donor keeps its error over wells.
///
/// # Shapes and units
/// `donors`: for each donor its genes in robust z against the same plates' non-targeting wells.
///
/// # Source
/// Shrinkage as Smyth 2004 (doi:10.2202/1544-6115.1027), with a fixed prior weight.
pub fn over_donors(donors: &[Vec<GeneEstimate>]) -> Vec<GeneOverDonors> {
    let mut genes: BTreeMap<&str, Vec<&GeneEstimate>> = BTreeMap::new();
    for estimate in donors.iter().flatten() {
        genes.entry(&estimate.symbol).or_default().push(estimate);
    }
    let variances: Vec<f64> = genes
        .values()
        .filter(|values| values.len() > 1)
        .map(|values| squares(values) / (values.len() - 1) as f64)
        .collect();
    let prior = stats::median(&variances).filter(|variance| *variance > 0.0).unwrap_or(1.0);
    genes.into_iter().map(|(symbol, values)| merge(symbol, values, prior)).collect()
}

fn merge(symbol: &str, mut values: Vec<&GeneEstimate>, prior: f64) -> GeneOverDonors {
    // Sums depend on the order of their terms: sort, so that the order of donors does not matter.
    values.sort_by(|a, b| a.robust_z.total_cmp(&b.robust_z));
    let n = values.len();
    let mean = mean(&values);
    let se = match values.as_slice() {
        [one] => one.se,
        _ => {
            let variance = (PRIOR_DF * prior + squares(&values)) / (PRIOR_DF + n as f64 - 1.0);
            (variance / n as f64).sqrt()
        }
    };
    GeneOverDonors {
        donors: n,
        same_direction: values.iter().filter(|value| value.robust_z * mean > 0.0).count(),
        estimate: GeneEstimate {
            symbol: symbol.to_owned(),
            robust_z: mean,
            n_wells: values.iter().map(|value| value.n_wells).sum(),
            se,
        },
    }
}

fn mean(values: &[&GeneEstimate]) -> f64 {
    values.iter().map(|value| value.robust_z).sum::<f64>() / values.len() as f64
}

fn squares(values: &[&GeneEstimate]) -> f64 {
    let mean = mean(values);
    values.iter().map(|value| (value.robust_z - mean).powi(2)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn donor(values: &[(&str, f64)]) -> Vec<GeneEstimate> {
        let estimate = |(symbol, robust_z): &(&str, f64)| GeneEstimate {
            symbol: (*symbol).into(),
            robust_z: *robust_z,
            n_wells: 2,
            se: 0.7,
        };
        values.iter().map(estimate).collect()
    }

    #[test]
    fn a_gene_is_the_mean_over_donors_and_says_how_many_agree() {
        let merged = over_donors(&[
            donor(&[("A", 4.0), ("B", 1.0)]),
            donor(&[("A", 5.0), ("B", -4.0)]),
            donor(&[("A", 6.0)]),
        ]);
        let short: Vec<_> = merged
            .iter()
            .map(|gene| {
                let estimate = &gene.estimate;
                (
                    estimate.symbol.as_str(),
                    estimate.robust_z,
                    estimate.n_wells,
                    gene.donors,
                    gene.same_direction,
                )
            })
            .collect();
        assert_eq!(short, [("A", 5.0, 6, 3, 3), ("B", -1.5, 4, 2, 1)]);
    }

    #[test]
    fn the_spread_of_a_gene_is_shrunk_towards_that_of_the_median_gene() {
        let merged = over_donors(&[
            donor(&[("A", 1.0), ("B", 0.0), ("C", 0.0)]),
            donor(&[("A", 1.0), ("B", 2.0), ("C", 20.0)]),
        ]);
        // Variances 0, 2 and 200: the median is 2.
        let expected =
            [(3.0 * 2.0 + 0.0) / 4.0, (3.0 * 2.0 + 2.0) / 4.0, (3.0 * 2.0 + 200.0) / 4.0];
        for (gene, variance) in merged.iter().zip(expected) {
            assert!((gene.estimate.se - (variance / 2.0f64).sqrt()).abs() < 1e-12);
        }
    }

    #[test]
    fn one_donor_keeps_the_error_over_wells_and_total_agreement_is_not_certainty() {
        let alone = &over_donors(&[donor(&[("A", 3.0)])])[0];
        assert_eq!((alone.estimate.robust_z, alone.estimate.se, alone.donors), (3.0, 0.7, 1));
        let agreed = &over_donors(&[donor(&[("A", 3.0)]), donor(&[("A", 3.0)])])[0];
        assert!(agreed.estimate.se > 0.5);
    }

    #[test]
    fn the_order_of_donors_does_not_matter() {
        let (a, b, c) = (donor(&[("A", 0.1)]), donor(&[("A", 0.2)]), donor(&[("A", 0.7)]));
        let forwards = over_donors(&[a.clone(), b.clone(), c.clone()]);
        assert_eq!(forwards, over_donors(&[c, a, b]));
    }
}
