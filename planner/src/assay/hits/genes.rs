//! One number a gene from its wells.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::assay::normalise::NormalisedWell;
use crate::assay::stats;
use crate::plate::Content;

/// Degrees of freedom of the prior that a well of robust z has variance 1.
const PRIOR_DF: f64 = 3.0;
/// √(π/2): standard error of a median relative to a mean, for normal values.
const MEDIAN_LOSS: f64 = 1.253_314_137_315_500_3;

/// What the wells say about one gene.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GeneEstimate {
    /// Gene symbol.
    pub symbol: String,
    /// Merged robust z: the well, the mean of 2, the median of 3 and more.
    pub robust_z: f64,
    /// Number of wells merged.
    pub n_wells: usize,
    /// Standard error of `robust_z`, see [`estimate_genes`].
    pub se: f64,
}

/// Merges the candidate wells of each gene, sorted by symbol; controls are left out.
///
/// The standard error is s / √n (times √(π/2) for a median). With 2 or 3 wells the spread of a
/// gene is luck, so s² is shrunk towards 1, the variance of a non-targeting well in robust-z
/// units: s² = (3 · 1 + Σ(x − mean)²) / (3 + n − 1). A single well has s = 1.
///
/// # Shapes and units
/// `wells`: normalised with [`Method::RobustZ`](crate::assay::normalise::Method::RobustZ), of one
/// read-out, from any number of plates.
pub fn estimate_genes(wells: &[NormalisedWell]) -> Vec<GeneEstimate> {
    let mut genes: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for held in wells.iter().filter(|held| held.content == Content::Candidate) {
        genes.entry(&held.symbol).or_default().push(held.normalised);
    }
    genes.into_iter().map(|(symbol, values)| merge(symbol, values)).collect()
}

fn merge(symbol: &str, mut values: Vec<f64>) -> GeneEstimate {
    // Sums depend on the order of their terms: sort, so that the order of rows does not matter.
    values.sort_by(f64::total_cmp);
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    let s = ((PRIOR_DF + squares) / (PRIOR_DF + n - 1.0)).sqrt();
    let (robust_z, loss) = match values.len() {
        0..=2 => (mean, 1.0),
        _ => (stats::median(&values).unwrap_or(mean), MEDIAN_LOSS),
    };
    GeneEstimate {
        symbol: symbol.to_owned(),
        robust_z,
        n_wells: values.len(),
        se: loss * s / n.sqrt(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plate::Well;

    fn wells(symbol: &str, content: Content, values: &[f64]) -> Vec<NormalisedWell> {
        let well = |value: &f64| NormalisedWell {
            plate: "P".into(),
            well: Well { row: 0, col: 0 },
            content,
            symbol: symbol.into(),
            raw: 0.0,
            normalised: *value,
        };
        values.iter().map(well).collect()
    }

    #[test]
    fn two_wells_are_averaged_and_three_give_their_median() {
        let mut all = wells("B", Content::Candidate, &[1.0, 4.0]);
        all.extend(wells("A", Content::Candidate, &[1.0, 9.0, 2.0]));
        all.extend(wells("", Content::NonTargeting, &[7.0]));
        let genes = estimate_genes(&all);
        let short: Vec<(&str, f64, usize)> =
            genes.iter().map(|g| (g.symbol.as_str(), g.robust_z, g.n_wells)).collect();
        assert_eq!(short, [("A", 2.0, 3), ("B", 2.5, 2)]);
    }

    #[test]
    fn a_single_well_has_the_error_of_a_control_well_and_agreement_shrinks_it() {
        let one = &estimate_genes(&wells("A", Content::Candidate, &[3.0]))[0];
        assert_eq!((one.robust_z, one.se), (3.0, 1.0));
        let two = &estimate_genes(&wells("A", Content::Candidate, &[3.0, 3.0]))[0];
        assert!((two.se - (0.75f64 / 2.0).sqrt()).abs() < 1e-12);
        let apart = &estimate_genes(&wells("A", Content::Candidate, &[-6.0, 6.0]))[0];
        assert!(apart.se > 2.0);
    }
}
