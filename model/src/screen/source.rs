//! The cells of a matrix as a screen's model reads them.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::{CellState, Perturbation, ScreenError, ScreenSpec};
use crate::cells::{CellMatrix, ObsColumn};
use crate::families::{
    CellEncoder, CellModel, CellTokens, Direction, Edit, Edited, EncodeOptions, at_percentile,
};
use crate::uses::encoder_for;

/// Cells, their encoding, and the names of their genes in the model.
pub struct Source {
    cells: Arc<CellMatrix>,
    encoder: Box<dyn CellEncoder>,
    /// Columns with their tokens, of columns with the same token the first.
    known: Vec<(usize, u32)>,
    tokens: HashMap<String, u32>,
    /// Column of each token.
    column: HashMap<u32, usize>,
}

/// A cell before any edit.
pub struct Original {
    /// As the model reads it.
    pub tokens: CellTokens,
    /// Genes it expresses, by token.
    pub expressed: HashSet<u32>,
    /// Genes among them that the model's input holds.
    pub present: HashSet<u32>,
}

impl Source {
    /// Prepares the encoding of `cells` for `model`.
    ///
    /// # Errors
    /// No gene is known to the model, or an option of the spec that it cannot follow.
    pub fn new(
        model: &dyn CellModel,
        cells: Arc<CellMatrix>,
        spec: &ScreenSpec,
    ) -> Result<Self, ScreenError> {
        let options = EncodeOptions {
            species: spec.species,
            max_len: spec.max_len,
            ..EncodeOptions::default()
        };
        let encoder = encoder_for(model, &cells, &options)?;
        let mut first = HashSet::new();
        let columns = (0..cells.n_genes()).filter_map(|column| {
            let token = encoder.token_of_column(column)?;
            first.insert(token).then_some((column, token))
        });
        let known: Vec<(usize, u32)> = columns.collect();
        let mut tokens = HashMap::new();
        for gene in model.genes() {
            tokens.insert(gene.symbol.clone(), gene.token);
        }
        for gene in model.genes() {
            tokens.extend(gene.ensembl.clone().map(|id| (id, gene.token)));
        }
        for (column, token) in &known {
            let gene = &cells.genes[*column];
            tokens.insert(gene.symbol.clone(), *token);
        }
        for (column, token) in &known {
            tokens.extend(cells.genes[*column].ensembl.clone().map(|id| (id, *token)));
        }
        let column = known.iter().map(|&(column, token)| (token, column)).collect();
        Ok(Self { cells, encoder, known, tokens, column })
    }

    /// The matrix.
    pub fn matrix(&self) -> &CellMatrix {
        &self.cells
    }

    /// Token of a gene by its Ensembl id or symbol.
    pub fn token(&self, gene: &str) -> Option<u32> {
        self.tokens.get(gene).copied()
    }

    /// Columns of the matrix that the model reads, with their tokens.
    pub fn known_columns(&self) -> &[(usize, u32)] {
        &self.known
    }

    /// Name of a column's gene: its Ensembl id, or its symbol where it has none.
    pub fn name(&self, column: usize) -> &str {
        let gene = &self.cells.genes[column];
        gene.ensembl.as_deref().unwrap_or(&gene.symbol)
    }

    /// The cell before any edit.
    pub fn original(&self, row: usize) -> Original {
        let (columns, counts) = self.cells.row(row);
        let tokens = self.encoder.encode(row, columns, counts, self.cells.total_counts[row]);
        let expressed = columns.iter().zip(counts).filter(|(_, count)| **count > 0.0);
        let expressed: HashSet<u32> = expressed
            .filter_map(|(&column, _)| self.encoder.token_of_column(column as usize))
            .collect();
        // Only families whose ids are gene tokens cut anything away.
        let present = if tokens.truncated == 0 {
            expressed.clone()
        } else {
            let ids: HashSet<u32> = tokens.ids.iter().copied().collect();
            expressed.intersection(&ids).copied().collect()
        };
        Original { tokens, expressed, present }
    }

    /// The cell with the genes of `tokens` perturbed together.
    pub fn perturbed(&self, row: usize, tokens: &[u32], perturbation: Perturbation) -> Edited {
        let (columns, counts) = self.cells.row(row);
        let total = self.cells.total_counts[row];
        let edited = |edit: Edit| {
            let edits: Vec<(u32, Edit)> = tokens.iter().map(|&token| (token, edit)).collect();
            self.encoder.encode_edited(row, columns, counts, total, &edits)
        };
        let (percentile, direction) = match perturbation {
            Perturbation::KnockOut => return edited(Edit::KnockOut),
            Perturbation::OverExpression => return edited(Edit::OverExpress),
            Perturbation::Inhibit(percentile) => (percentile, Direction::Down),
            Perturbation::Activate(percentile) => (percentile, Direction::Up),
        };
        let before = self.encoder.encode(row, columns, counts, total);
        if let Some(edited) = self.encoder.at_rank(&before, tokens, percentile, direction) {
            return edited;
        }
        let moved: Vec<usize> = tokens.iter().filter_map(|t| self.column.get(t).copied()).collect();
        let (columns, counts) = at_percentile((columns, counts), &moved, percentile, direction);
        let cell = self.encoder.encode(row, &columns, &counts, total);
        let changed = cell.ids != before.ids || cell.values != before.values;
        Edited { cell, changed }
    }

    /// What an edited cell is compared with when the edit had to drop genes for room: the
    /// original without as many of its last genes.
    pub fn comparable(&self, original: &CellTokens, edited: &CellTokens) -> Option<CellTokens> {
        self.encoder.comparable(original, edited)
    }

    /// Rows of the cells of a state that hold a gene of the model, ascending.
    ///
    /// # Errors
    /// An unknown column or value; [`ScreenError::NoUsableCell`].
    pub fn rows(&self, state: &CellState) -> Result<Vec<usize>, ScreenError> {
        let mut rows = self.cells.cells_where(&state.column, &state.value)?;
        rows.retain(|&row| {
            let columns = self.cells.row(row).0;
            columns.iter().any(|&c| self.encoder.token_of_column(c as usize).is_some())
        });
        if rows.is_empty() {
            return Err(ScreenError::NoUsableCell {
                column: state.column.clone(),
                value: state.value.clone(),
            });
        }
        Ok(rows)
    }

    /// Donor of each of `rows`.
    ///
    /// # Errors
    /// An unknown column.
    pub fn donors(&self, column: &str, rows: &[usize]) -> Result<Vec<String>, ScreenError> {
        let unknown = || crate::cells::CellsError::UnknownColumn {
            column: column.to_owned(),
            available: self.cells.obs.keys().cloned().collect(),
        };
        let found = self.cells.obs.get(column).ok_or_else(unknown)?;
        let name = |&row: &usize| match found {
            ObsColumn::Numeric(values) => values[row].to_string(),
            labels => labels.label(row).unwrap_or("").to_owned(),
        };
        Ok(rows.iter().map(name).collect())
    }
}
