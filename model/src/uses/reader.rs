//! The cells of a matrix as one model reads them, a bounded batch at a time.

use std::collections::HashMap;

use rand::SeedableRng;
use rand::seq::index::sample;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::error::proceed;
use super::{UseError, Watch};
use crate::cells::{CellMatrix, Gene};
use crate::families::{
    CellEncoder, CellModel, CellTokens, Edit, Edited, EncodeOptions, FamilyError,
    PerturbationPredictor, Species,
};
use crate::genes::{GeneResolver, MouseAsHuman, mouse_as_human};

/// Cells encoded together, in parallel.
const CELLS_AT_ONCE: usize = 64;
/// Tokens given to the model at once: enough to keep every core busy, few enough that a cancelled
/// run stops soon.
const TOKENS_AT_ONCE: usize = 32_768;

/// Encodes the cells of one matrix for one model.
pub struct CellReader<'a> {
    cells: &'a CellMatrix,
    encoder: Box<dyn CellEncoder>,
}

impl<'a> CellReader<'a> {
    /// Prepares the encoding; genes of mouse cells are translated where the model only reads human
    /// ones ([`translation`]).
    ///
    /// # Errors
    /// No gene is known to the model, or an option it cannot follow.
    pub fn new(
        model: &dyn CellModel,
        cells: &'a CellMatrix,
        options: &EncodeOptions,
    ) -> Result<Self, UseError> {
        Ok(Self { cells, encoder: encoder_for(model, cells, options)? })
    }

    /// As [`new`](Self::new), for control cells of a predictor of perturbations.
    pub(super) fn of_controls(
        model: &dyn CellModel,
        predictor: &dyn PerturbationPredictor,
        cells: &'a CellMatrix,
        options: &EncodeOptions,
    ) -> Result<Self, UseError> {
        let human = translation(model, cells, options);
        let genes = human.as_ref().map_or(&cells.genes, |human| &human.genes);
        Ok(Self { cells, encoder: predictor.control_encoder(genes)? })
    }

    /// Genes of the model that the matrix measures.
    pub fn known_genes(&self) -> usize {
        self.encoder.known_genes()
    }

    /// Token of a column, if the model reads its gene.
    pub fn token(&self, column: usize) -> Option<u32> {
        self.encoder.token_of_column(column)
    }

    /// Columns whose genes the model reads, with their tokens, by column; of columns with the same
    /// token the first.
    pub fn known_columns(&self) -> Vec<(usize, u32)> {
        let mut first = HashMap::new();
        let columns = (0..self.cells.n_genes()).filter_map(|column| {
            let token = self.token(column)?;
            (*first.entry(token).or_insert(column) == column).then_some((column, token))
        });
        columns.collect()
    }

    /// The cell in the model's encoding.
    pub fn cell(&self, row: usize) -> CellTokens {
        let (columns, counts) = self.cells.row(row);
        self.encoder.encode(row, columns, counts, self.cells.total_counts[row])
    }

    /// The cell after edits.
    pub fn edited(&self, row: usize, edits: &[(u32, Edit)]) -> Edited {
        let (columns, counts) = self.cells.row(row);
        self.encoder.encode_edited(row, columns, counts, self.cells.total_counts[row], edits)
    }

    /// Whether the cell expresses any gene that the model reads.
    pub fn sees(&self, row: usize) -> bool {
        self.cells.row(row).0.iter().any(|&column| self.token(column as usize).is_some())
    }

    /// The rows with and without a gene that the model reads.
    pub fn seen_and_blank(&self) -> (Vec<usize>, Vec<usize>) {
        (0..self.cells.n_cells()).partition(|&row| self.sees(row))
    }

    /// Encodes `rows` and gives them to `each` in order, a bounded number at a time.
    pub(super) fn batches(
        &self,
        rows: &[usize],
        watch: Watch<'_>,
        mut each: impl FnMut(&[usize], &[CellTokens]) -> Result<(), UseError>,
    ) -> Result<(), UseError> {
        let mut done = 0;
        for chunk in rows.chunks(CELLS_AT_ONCE) {
            let encoded: Vec<CellTokens> = chunk.par_iter().map(|&row| self.cell(row)).collect();
            let mut start = 0;
            while start < chunk.len() {
                proceed(watch)?;
                let end = batch_end(&encoded, start);
                each(&chunk[start..end], &encoded[start..end])?;
                start = end;
                (watch.progress)(done + end, rows.len());
            }
            done += chunk.len();
        }
        Ok(())
    }
}

/// The encoding of a matrix for a model; genes of mouse cells are translated where the model only
/// reads human ones ([`translation`]).
///
/// # Errors
/// No gene is known to the model, or an option it cannot follow.
pub fn encoder_for(
    model: &dyn CellModel,
    cells: &CellMatrix,
    options: &EncodeOptions,
) -> Result<Box<dyn CellEncoder>, FamilyError> {
    match translation(model, cells, options) {
        None => model.encoder(&cells.genes, options),
        Some(human) => {
            let options = EncodeOptions { species: Species::Human, ..options.clone() };
            model.encoder(&human.genes, &options)
        }
    }
}

/// The human genes that stand for the columns of mouse cells, when the model reads only human
/// ones: one-to-one orthologues. `None` where nothing has to be translated.
pub fn translation(
    model: &dyn CellModel,
    cells: &CellMatrix,
    options: &EncodeOptions,
) -> Option<MouseAsHuman> {
    let reads = model.card().vocabulary.species.contains(&options.species);
    (options.species == Species::Mouse && !reads).then(|| mouse_as_human(&cells.genes))
}

fn batch_end(cells: &[CellTokens], start: usize) -> usize {
    let mut tokens = 0;
    let fits = cells[start..].iter().take_while(|cell| {
        let first = tokens == 0;
        tokens += cell.ids.len().max(1);
        first || tokens <= TOKENS_AT_ONCE
    });
    start + fits.count()
}

/// Column of a gene named by symbol, earlier symbol, alias or Ensembl id.
///
/// # Errors
/// [`UseError::UnknownGene`], with what the name may mean.
pub fn find_gene(cells: &CellMatrix, name: &str) -> Result<usize, UseError> {
    let name = name.trim();
    let by = |is: &dyn Fn(&Gene) -> bool| cells.genes.iter().position(is);
    if let Some(column) = by(&|gene| gene.symbol == name || gene.ensembl.as_deref() == Some(name)) {
        return Ok(column);
    }
    let found = GeneResolver::bundled().resolve(name);
    if let Some(id) = &found.ensembl_id
        && let Some(column) = by(&|gene| gene.ensembl.as_ref() == Some(id))
    {
        return Ok(column);
    }
    let hint = match (&found.symbol, found.candidates.is_empty()) {
        (Some(symbol), _) if symbol != name => format!(" (it is {symbol} now)"),
        (None, false) => format!("; did you mean {}?", found.candidates.join(", ")),
        _ => String::new(),
    };
    Err(UseError::UnknownGene { gene: name.to_owned(), n_genes: cells.n_genes(), hint })
}

/// At most `most` of `rows`, chosen by `seed`, in their order.
pub(super) fn choose(rows: &[usize], most: usize, seed: u64) -> Vec<usize> {
    if rows.len() <= most {
        return rows.to_vec();
    }
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut places = sample(&mut rng, rows.len(), most).into_vec();
    places.sort_unstable();
    places.into_iter().map(|place| rows[place]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cells::fixtures::small_matrix;
    use crate::uses::double::{Double, quiet};
    use crate::uses::embed;

    #[test]
    fn a_gene_is_found_by_symbol_id_or_earlier_symbol() {
        let cells = small_matrix();
        for name in ["TBX21", "ENSG00000073861", " TBX21 ", "T-bet"] {
            assert_eq!(find_gene(&cells, name).unwrap(), 1, "{name}");
        }
        let message = find_gene(&cells, "GATA33").unwrap_err().to_string();
        assert!(message.contains("GATA33") && message.contains("3 genes"), "{message}");
    }

    #[test]
    fn mouse_cells_read_as_human_orthologues_give_what_human_cells_give() {
        let mut human = small_matrix();
        human.genes.truncate(2);
        human.indices = vec![0, 1, 1];
        human.counts = vec![3.0, 5.0, 2.0];
        human.indptr = vec![0, 1, 2, 3];
        let mut mouse = human.clone();
        mouse.genes[0] = Gene { ensembl: None, symbol: "Gata3".into() };
        mouse.genes[1] =
            Gene { ensembl: Some("ENSMUSG00000001444".into()), symbol: "Tbx21".into() };
        let model = Double::of(&["ENSG00000107485", "ENSG00000073861"]);
        let options = |species| EncodeOptions { species, ..EncodeOptions::default() };
        let run =
            |cells: &CellMatrix, species| embed(&model, cells, None, &options(species), quiet());
        let expected = run(&human, Species::Human).unwrap();
        assert_eq!(run(&mouse, Species::Mouse).unwrap(), expected);
        // Read as human, no gene of the mouse is known: case is not folded.
        assert_eq!(run(&mouse, Species::Human).unwrap().blank, [0, 1, 2]);
        assert_eq!(translation(&model, &mouse, &options(Species::Mouse)).unwrap().mapped, 2);
    }

    #[test]
    fn a_choice_of_rows_follows_its_seed_and_keeps_their_order() {
        let rows: Vec<usize> = (0..50).map(|n| n * 2).collect();
        let first = choose(&rows, 10, 1);
        assert_eq!(first, choose(&rows, 10, 1));
        assert_ne!(first, choose(&rows, 10, 2));
        assert!(first.is_sorted() && first.len() == 10);
        assert_eq!(choose(&rows, 50, 1), rows);
    }

    #[test]
    fn batches_are_bounded_by_tokens_and_never_empty() {
        let cell = |n: usize| CellTokens { ids: vec![0; n], ..CellTokens::default() };
        let cells = [cell(40_000), cell(20_000), cell(10_000), cell(10_000), cell(0)];
        assert_eq!(batch_end(&cells, 0), 1);
        assert_eq!(batch_end(&cells, 1), 3);
        assert_eq!(batch_end(&cells, 3), 5);
    }
}
