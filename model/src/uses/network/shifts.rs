//! Shifts of gene embeddings when a factor is knocked out.

use serde::{Deserialize, Serialize};

use super::super::error::{check_size, proceed};
use super::super::reader::choose;
use super::super::{CellReader, UseError, Watch};
use crate::cells::CellMatrix;
use crate::families::{CellModel, Edit, EncodeOptions};

/// Fewest cells in which a gene must be found to be ranked, unless fewer are looked at.
const FEWEST_CELLS: usize = 5;

/// How far to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NetworkSettings {
    /// Most cells that express the factor.
    pub max_cells: usize,
    /// Seed of the choice of cells.
    pub seed: u64,
}

impl Default for NetworkSettings {
    fn default() -> Self {
        Self { max_cells: 100, seed: 0 }
    }
}

/// Genes ranked by their shift.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Network {
    /// Column of the factor.
    pub factor: usize,
    /// Symbol of the factor.
    pub symbol: String,
    /// Cells that express the factor.
    pub cells_expressing: usize,
    /// Of these, cells chosen and with the factor in the model's input.
    pub cells: usize,
    /// Chosen cells whose input had no room for the factor.
    pub cells_truncated: usize,
    /// Genes, largest shift first.
    pub genes: Vec<GeneShift>,
}

/// A gene and its shift.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GeneShift {
    /// Column of the matrix.
    pub column: usize,
    /// Symbol.
    pub symbol: String,
    /// Ensembl gene id, where known.
    pub ensembl: Option<String>,
    /// Cells with the gene in the input before and after.
    pub cells: usize,
    /// Mean over these cells of 1 - cosine between the gene's embedding in context before and
    /// after the factor's knock-out; 0 to 2.
    pub shift: f64,
}

/// Knocks the factor out of cells that express it and ranks the other genes by the shift of their
/// embeddings in context.
///
/// Ranked are genes found in at least five cells (in all, where fewer are looked at); ties keep
/// the order of the matrix. One cell at a time, so memory is that of one cell's gene embeddings.
///
/// # Errors
/// A factor the model does not have; no cell with the factor in the input; cancellation.
pub fn network(
    model: &dyn CellModel,
    cells: &CellMatrix,
    factor: usize,
    settings: NetworkSettings,
    options: &EncodeOptions,
    watch: Watch<'_>,
) -> Result<Network, UseError> {
    let reader = CellReader::new(model, cells, options)?;
    let symbol = cells.genes[factor].symbol.clone();
    let token = reader.token(factor).ok_or_else(|| UseError::GeneNotInModel {
        gene: symbol.clone(),
        family: model.card().family,
    })?;
    let expresses = |row: &usize| cells.row(*row).0.binary_search(&(factor as u32)).is_ok();
    let expressing: Vec<usize> = (0..cells.n_cells()).filter(expresses).collect();
    let chosen = choose(&expressing, settings.max_cells, settings.seed);
    let mut known = reader.known_columns();
    known.retain(|(_, other)| *other != token);
    let tokens: Vec<u32> = known.iter().map(|(_, token)| *token).collect();
    let mut shifts =
        Shifts { model, tokens: &tokens, sums: vec![(0.0, 0); tokens.len()], cells: 0 };
    for (done, &row) in chosen.iter().enumerate() {
        proceed(watch)?;
        let edited = reader.edited(row, &[(token, Edit::KnockOut)]);
        if edited.changed {
            shifts.add(&[reader.cell(row), edited.cell])?;
        }
        (watch.progress)(done + 1, chosen.len());
    }
    if shifts.cells == 0 {
        let which = format!("with {symbol} in the model's input");
        return Err(UseError::TooFewCells { found: 0, which, needed: 1 });
    }
    let fewest = FEWEST_CELLS.min(shifts.cells);
    let found = known.iter().zip(&shifts.sums).filter(|(_, (_, n))| *n >= fewest);
    let mut genes: Vec<GeneShift> = found
        .map(|((column, _), (sum, n))| GeneShift {
            column: *column,
            symbol: cells.genes[*column].symbol.clone(),
            ensembl: cells.genes[*column].ensembl.clone(),
            cells: *n,
            shift: sum / *n as f64,
        })
        .collect();
    genes.sort_by(|a, b| b.shift.total_cmp(&a.shift));
    Ok(Network {
        factor,
        symbol,
        cells_expressing: expressing.len(),
        cells: shifts.cells,
        cells_truncated: chosen.len() - shifts.cells,
        genes,
    })
}

struct Shifts<'a> {
    model: &'a dyn CellModel,
    tokens: &'a [u32],
    /// Sum and number of shifts per token.
    sums: Vec<(f64, usize)>,
    cells: usize,
}

impl Shifts<'_> {
    /// Adds a cell before and after.
    fn add(&mut self, pair: &[crate::families::CellTokens; 2]) -> Result<(), UseError> {
        let found = self.model.embed_genes(pair, self.tokens)?;
        let [before, after] = found.as_slice() else {
            return check_size("two cells", found.len(), 2);
        };
        check_size("the genes of a cell", before.len(), self.tokens.len())?;
        check_size("the genes of a cell", after.len(), self.tokens.len())?;
        for ((sum, n), pair) in self.sums.iter_mut().zip(before.iter().zip(after)) {
            if let (Some(before), Some(after)) = pair
                && let Some(shift) = one_minus_cosine(before, after)
            {
                *sum += shift;
                *n += 1;
            }
        }
        self.cells += 1;
        Ok(())
    }
}

/// `|a/|a| - b/|b||^2 / 2`, which is 1 - cosine without its cancellation; `None` for a zero
/// vector or one that is not finite.
fn one_minus_cosine(a: &[f32], b: &[f32]) -> Option<f64> {
    let norm = |v: &[f32]| v.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>().sqrt();
    let (na, nb) = (norm(a), norm(b));
    if !(na > 0.0 && nb > 0.0 && na.is_finite() && nb.is_finite()) {
        return None;
    }
    let squares = a.iter().zip(b).map(|(x, y)| (f64::from(*x) / na - f64::from(*y) / nb).powi(2));
    Some(squares.sum::<f64>() / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;
    use crate::uses::double::{Double, FACTOR, TARGETS, quiet};

    #[test]
    fn targets_of_the_factor_come_first() {
        let (model, cells) = (Double::new(), fixtures::cells(60));
        let options = EncodeOptions::default();
        let settings = NetworkSettings { max_cells: 20, seed: 1 };
        let found = network(&model, &cells, FACTOR, settings, &options, quiet()).unwrap();
        let first: Vec<usize> = found.genes[..TARGETS.len()].iter().map(|g| g.column).collect();
        assert!(TARGETS.iter().all(|target| first.contains(target)), "{first:?}");
        assert!(found.genes[TARGETS.len()..].iter().all(|gene| gene.shift == 0.0));
        assert!(found.genes.iter().all(|gene| gene.column != FACTOR && gene.cells >= 5));
        assert_eq!((found.cells, found.cells_truncated), (20, 0));
    }

    #[test]
    fn a_factor_that_the_model_or_the_cells_do_not_have_is_refused() {
        let (model, cells) = (Double::new(), fixtures::cells(4));
        let options = EncodeOptions::default();
        let ask = |column, options: &EncodeOptions| {
            network(&model, &cells, column, NetworkSettings::default(), options, quiet())
        };
        assert!(matches!(ask(30, &options), Err(UseError::GeneNotInModel { .. })));
        let none = EncodeOptions { max_len: Some(0), ..options };
        assert!(matches!(ask(FACTOR, &none), Err(UseError::TooFewCells { found: 0, .. })));
    }

    #[test]
    fn equal_directions_have_no_shift_and_opposite_ones_two() {
        assert_eq!(one_minus_cosine(&[1.0, 2.0], &[2.0, 4.0]), Some(0.0));
        assert!((one_minus_cosine(&[1.0, 0.0], &[-3.0, 0.0]).unwrap() - 2.0).abs() < 1e-12);
        assert!((one_minus_cosine(&[1.0, 0.0], &[0.0, 5.0]).unwrap() - 1.0).abs() < 1e-12);
        assert_eq!(one_minus_cosine(&[0.0], &[1.0]), None);
    }
}
