//! Effects without a goal state: how similar an edited cell stays to the original.

use super::ScreenError;
use super::edit::{Edit, TokenLayout};
use super::effect::UnitVector;
use crate::encoder::Encoder;

/// Similarity of an edited cell to its original; 1 = no effect.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// Of the cell: with special tokens the cosine of `<cls>` (V2), otherwise the mean of the
    /// cosines of the genes that both cells hold (V1).
    pub cell: f64,
    /// Cosine of each gene that both cells hold and that was not perturbed, in the original's
    /// order.
    pub genes: Vec<(u32, f64)>,
}

/// Compares an edited cell with its original, position by position.
///
/// `perturbed` are the edited genes, left out on both sides; the original loses as many last genes
/// as the edit did. `hidden` is the index into the hidden states.
///
/// # Errors
/// [`ScreenError::EmbeddingNotFinite`]; [`ScreenError::Empty`] if no gene is left to compare;
/// whatever the encoder refuses.
pub fn compare(
    encoder: &dyn Encoder,
    layout: TokenLayout,
    cell: &[u32],
    edit: &Edit,
    perturbed: &[u32],
    hidden: usize,
) -> Result<Comparison, ScreenError> {
    let original = layout.shorten(cell, edit.overflow);
    let states = encoder.hidden_at(&[&original, &edit.tokens], hidden)?;
    let width = encoder.config().hidden_size;
    let first = usize::from(layout.specials);
    let kept = |tokens: &[u32]| -> Vec<usize> {
        let genes = layout.genes(tokens).iter().enumerate();
        genes.filter(|(_, token)| !perturbed.contains(token)).map(|(at, _)| at + first).collect()
    };
    let cosine = |before: usize, after: usize| -> Result<f64, ScreenError> {
        let before = UnitVector::new(&states[0][before * width..][..width], "a cell's position")?;
        let after = UnitVector::new(&states[1][after * width..][..width], "an edited position")?;
        Ok(before.cosine(&after))
    };
    let pairs = kept(&original).into_iter().zip(kept(&edit.tokens));
    let genes = pairs
        .map(|(before, after)| Ok((original[before], cosine(before, after)?)))
        .collect::<Result<Vec<_>, ScreenError>>()?;
    let cell = if layout.specials {
        cosine(0, 0)?
    } else if genes.is_empty() {
        return Err(ScreenError::Empty { what: "gene beside the perturbed ones" });
    } else {
        genes.iter().map(|(_, cosine)| cosine).sum::<f64>() / genes.len() as f64
    };
    Ok(Comparison { cell, genes })
}
