//! Effects without a goal state: how similar an edited cell stays to the original.

use std::collections::HashMap;

use super::ScreenError;
use super::effect::UnitVector;

/// Genes of one cell with their embeddings in context, in the order of the model's input.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct GeneStates {
    /// Tokens.
    pub tokens: Vec<u32>,
    /// One embedding per token.
    pub states: Vec<Vec<f32>>,
}

/// Cosine between each gene's embedding before and after an edit, for the genes that both cells
/// hold and that were not perturbed, in the order of the original.
///
/// # Errors
/// [`ScreenError::EmbeddingNotFinite`].
pub fn gene_cosines(
    original: &GeneStates,
    edited: &GeneStates,
    perturbed: &[u32],
) -> Result<Vec<(u32, f64)>, ScreenError> {
    let after: HashMap<u32, &Vec<f32>> =
        edited.tokens.iter().copied().zip(&edited.states).collect();
    let mut cosines = Vec::with_capacity(original.tokens.len());
    for (token, before) in original.tokens.iter().zip(&original.states) {
        let Some(after) = after.get(token).filter(|_| !perturbed.contains(token)) else {
            continue;
        };
        let before = UnitVector::new(before, "a gene of a cell")?;
        cosines.push((*token, before.cosine(&UnitVector::new(after, "a gene of an edited cell")?)));
    }
    Ok(cosines)
}

/// Mean of the cosines: the reference's effect on a cell without `<cls>`; 1 = no effect.
///
/// # Errors
/// [`ScreenError::Empty`] if no gene is left to compare.
pub fn mean_cosine(cosines: &[(u32, f64)]) -> Result<f64, ScreenError> {
    if cosines.is_empty() {
        return Err(ScreenError::Empty { what: "gene beside the perturbed ones" });
    }
    Ok(cosines.iter().map(|(_, cosine)| cosine).sum::<f64>() / cosines.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn genes_are_compared_by_token_without_the_perturbed_ones() {
        let original = GeneStates {
            tokens: vec![7, 8, 9],
            states: vec![vec![1.0, 0.0], vec![0.0, 1.0], vec![1.0, 1.0]],
        };
        let edited =
            GeneStates { tokens: vec![9, 8], states: vec![vec![1.0, 1.0], vec![1.0, 0.0]] };
        let cosines = gene_cosines(&original, &edited, &[7]).unwrap();
        assert_eq!(cosines.iter().map(|(token, _)| *token).collect::<Vec<_>>(), [8, 9]);
        assert!(cosines[0].1.abs() < 1e-12 && (cosines[1].1 - 1.0).abs() < 1e-12);
        assert!((mean_cosine(&cosines).unwrap() - 0.5).abs() < 1e-12);
        let none = gene_cosines(&original, &edited, &[7, 8, 9]).unwrap();
        assert!(mean_cosine(&none).is_err());
    }
}
