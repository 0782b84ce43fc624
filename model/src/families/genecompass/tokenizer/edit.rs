//! Edits of an encoded cell.
//!
//! | edit | what happens |
//! |---|---|
//! | knock-out | the gene's token and value are removed; no other gene moves up into the context |
//! | knock-down, activation | its counts are multiplied before the encoding, which sorts again |
//! | over-expression | it gets the cell's highest value and the first place, expressed or not |
//! | over-expression as published | its value is multiplied by 10,000 and the cell sorted again; a gene that is not expressed stays so |

use crate::families::{CellTokens, Edit};

/// What the reference multiplies the value of an over-expressed gene by.
const PUBLISHED_FACTOR: f32 = 10_000.0;
/// Value of an over-expressed gene in a cell without any other: a count at the gene's median.
const VALUE_ALONE: f32 = 1.0;

/// Product of the factors on the counts of `token`.
pub(super) fn factor(edits: &[(u32, Edit)], token: u32) -> f64 {
    let factor = |edit: &Edit| match edit {
        Edit::KnockDown(factor) | Edit::Activate(factor) if *factor > 0.0 => f64::from(*factor),
        _ => 1.0,
    };
    edits.iter().filter(|(edited, _)| *edited == token).map(|(_, edit)| factor(edit)).product()
}

/// Removes knocked-out genes, and those knocked down to nothing.
pub(super) fn delete(cell: &mut CellTokens, edits: &[(u32, Edit)]) {
    let gone = |edit: &Edit| match edit {
        Edit::KnockOut => true,
        Edit::KnockDown(factor) => *factor <= 0.0,
        Edit::Activate(_) | Edit::OverExpress => false,
    };
    let deleted: Vec<u32> =
        edits.iter().filter(|(_, edit)| gone(edit)).map(|(token, _)| *token).collect();
    retain(cell, |token| !deleted.contains(&token));
}

/// Puts over-expressed genes first, in their order, with the highest value of the cell.
pub(super) fn raise(cell: &mut CellTokens, edits: &[(u32, Edit)], max_len: usize) {
    let raised = over_expressed(edits);
    if raised.is_empty() {
        return;
    }
    let highest = cell.values.first().copied().unwrap_or(VALUE_ALONE);
    retain(cell, |token| !raised.contains(&token));
    cell.values.splice(0..0, std::iter::repeat_n(highest, raised.len()));
    cell.ids.splice(0..0, raised);
    cell.truncated += cell.ids.len().saturating_sub(max_len);
    cell.ids.truncate(max_len);
    cell.values.truncate(max_len);
}

/// Multiplies the values of over-expressed genes as the reference does, and sorts again.
pub(super) fn multiply_values(cell: &mut CellTokens, edits: &[(u32, Edit)]) {
    let raised = over_expressed(edits);
    let mut ranked: Vec<(u32, f32)> = cell
        .ids
        .iter()
        .zip(&cell.values)
        .map(|(&id, &v)| (id, if raised.contains(&id) { v * PUBLISHED_FACTOR } else { v }))
        .collect();
    // Stable: genes that are not edited keep their order.
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1));
    (cell.ids, cell.values) = ranked.into_iter().unzip();
}

fn over_expressed(edits: &[(u32, Edit)]) -> Vec<u32> {
    let mut tokens = Vec::new();
    for (token, edit) in edits {
        if *edit == Edit::OverExpress && !tokens.contains(token) {
            tokens.push(*token);
        }
    }
    tokens
}

fn retain(cell: &mut CellTokens, keep: impl Fn(u32) -> bool) {
    let ids = std::mem::take(&mut cell.ids);
    let values = std::mem::take(&mut cell.values);
    (cell.ids, cell.values) = ids.into_iter().zip(values).filter(|(id, _)| keep(*id)).unzip();
}
