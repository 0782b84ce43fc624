//! Robust rank aggregation of a gene's guides (Kolde 2012; α cut of MAGeCK, Li 2014).

use statrs::function::beta::checked_beta_reg;

use crate::assay::AssayError;

/// ρ of a gene: the smallest probability, over k, that k of n uniform ranks are as small as the k
/// smallest of the gene's guides. Only ranks of at most `alpha` are looked at; 1 if there is none.
///
/// ρ = min over k with u₍ₖ₎ ≤ α of BetaCDF(u₍ₖ₎; k, n − k + 1). Small when some guides rank high,
/// whatever the others do; one strong guide is not a gene. RRA looks at one side: rank the guides
/// both ways and run it twice. ρ is no p value: compare it with ρ of permuted guides with the same n.
///
/// # Shapes and units
/// `ranks`: one a guide, in any order, rank / number of guides, above 0 and at most 1.
/// # Errors
/// [`AssayError::NotAProbability`] with the first rank that is outside.
pub fn alpha_rra(ranks: &[f64], alpha: f64) -> Result<f64, AssayError> {
    if let Some(index) = ranks.iter().position(|rank| !(0.0..=1.0).contains(rank)) {
        return Err(AssayError::NotAProbability { index, found: ranks[index] });
    }
    let mut sorted = ranks.to_vec();
    sorted.sort_by(f64::total_cmp);
    let n = sorted.len();
    let probability = |(at, rank): (usize, &f64)| {
        let (k, rest) = ((at + 1) as f64, (n - at) as f64);
        checked_beta_reg(k, rest, *rank).unwrap_or(1.0)
    };
    let chosen = sorted.iter().enumerate().take_while(|(_, rank)| **rank <= alpha);
    Ok(chosen.map(probability).fold(1.0, f64::min))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn one_guide_has_its_rank_and_n_equal_guides_their_power() {
        assert!((alpha_rra(&[0.1], 0.25).unwrap() - 0.1).abs() < 1e-15);
        // All three below u: u³ is the smallest.
        assert!((alpha_rra(&[0.2, 0.2, 0.2], 0.25).unwrap() - 0.008).abs() < 1e-12);
        assert_eq!(alpha_rra(&[0.3, 0.9], 0.25).unwrap(), 1.0);
        assert_eq!(alpha_rra(&[], 0.25).unwrap(), 1.0);
        assert!(alpha_rra(&[0.5, 1.5], 0.25).is_err());
    }

    proptest! {
        #[test]
        fn a_better_rank_never_makes_a_gene_worse(
            ranks in prop::collection::vec(0.001f64..=1.0, 1..8),
            better in 0.0f64..1.0,
        ) {
            let before = alpha_rra(&ranks, 0.5).unwrap();
            let mut after = ranks.clone();
            after[0] *= better;
            prop_assert!(alpha_rra(&after, 0.5).unwrap() <= before + 1e-12);
        }
    }
}
