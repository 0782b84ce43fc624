//! A prepared screen and the running of its shards.

use std::sync::Arc;

use super::batch::{Reading, Watch, embed_all};
use super::edit::TokenLayout;
use super::effect::UnitVector;
use super::plan::{EncodedCell, donors, encode, hidden_state, layout, plan};
use super::row::{CellShift, RowParts, ScreenRow, ShardResult};
use super::state::StateEmbedding;
use super::{Perturbation, ScreenError, ScreenPlan, ScreenSpec};
use crate::cells::CellMatrix;
use crate::encoder::Encoder;
use crate::families::geneformer::tokenizer::Vocabulary;

/// Everything the shards of a screen share, computed once: the encoded cells, their embeddings
/// and the goal state.
pub struct ScreenContext {
    spec: ScreenSpec,
    plan: ScreenPlan,
    encoder: Arc<dyn Encoder>,
    layout: TokenLayout,
    reading: Reading,
    cells: Vec<PreparedCell>,
    goal: UnitVector,
    tokens: Vec<Option<u32>>,
}

struct PreparedCell {
    encoded: EncodedCell,
    donor: Option<String>,
    original: UnitVector,
    /// The cell without its last gene, for comparison with an edit that had to drop it.
    shortened: Option<UnitVector>,
}

/// One forward of a shard.
struct Job {
    row: usize,
    cell: usize,
    shortened: bool,
}

impl ScreenContext {
    /// Plans the screen and embeds its original cells and the goal state.
    ///
    /// # Errors
    /// As [`plan`]; whatever the encoder refuses; [`ScreenError::Cancelled`].
    pub fn prepare(
        spec: ScreenSpec,
        cells: &CellMatrix,
        vocabulary: &Vocabulary,
        encoder: Arc<dyn Encoder>,
        watch: Watch<'_>,
    ) -> Result<Self, ScreenError> {
        let config = encoder.config();
        let plan = plan(&spec, cells, vocabulary, config)?;
        let layout = layout(vocabulary, config);
        let layer = hidden_state(spec.emb_layer, config.num_hidden_layers)?;
        let pooling = layout.pooling();
        let reading = Reading { layer, pooling };
        let goal_cells = encode(&plan.goal_cells, cells, vocabulary, layout)?;
        let goal_cells: Vec<Vec<u32>> = goal_cells.into_iter().map(|cell| cell.tokens).collect();
        let goal = StateEmbedding::of(&spec.goal, &goal_cells, encoder.as_ref(), reading, watch)?
            .unit("the goal state")?;
        let encoded = encode(&plan.cells, cells, vocabulary, layout)?;
        let donor = match &spec.donor_column {
            Some(column) => donors(cells, column, &plan.cells)?.into_iter().map(Some).collect(),
            None => vec![None; encoded.len()],
        };
        let overexpress = spec.perturbations.contains(&Perturbation::OverExpression);
        let cells = Originals { layout, reading, overexpress, watch }.embed(
            encoded,
            donor,
            encoder.as_ref(),
        )?;
        let tokens = spec.genes.iter().map(|id| vocabulary.token(id)).collect();
        Ok(Self { spec, plan, encoder, layout, reading, cells, goal, tokens })
    }

    /// The plan.
    pub fn plan(&self) -> &ScreenPlan {
        &self.plan
    }

    /// The spec.
    pub fn spec(&self) -> &ScreenSpec {
        &self.spec
    }

    /// Runs shard `shard`; the same rows bit for bit whenever and in whatever order.
    ///
    /// # Errors
    /// [`ScreenError::NoSuchShard`]; [`ScreenError::EmbeddingNotFinite`] naming gene and cell;
    /// [`ScreenError::Cancelled`]; whatever the encoder refuses.
    pub fn run_shard(&self, shard: usize, watch: Watch<'_>) -> Result<ShardResult, ScreenError> {
        let shards = self.plan.shards.len();
        let genes = self
            .plan
            .shards
            .get(shard)
            .cloned()
            .ok_or(ScreenError::NoSuchShard { shard, shards })?;
        let mut rows: Vec<OpenRow> = genes
            .flat_map(|gene| self.spec.perturbations.iter().map(move |kind| (gene, *kind)))
            .map(|(gene, perturbation)| OpenRow::new(gene, perturbation))
            .collect();
        let (mut jobs, mut sequences) = (Vec::new(), Vec::new());
        for (number, row) in rows.iter_mut().enumerate() {
            self.edit_cells(number, row, &mut jobs, &mut sequences);
        }
        let embeddings = embed_all(self.encoder.as_ref(), &sequences, self.reading, watch)?;
        for (job, embedding) in jobs.iter().zip(&embeddings) {
            let shift = self.shift(job, &rows[job.row], embedding)?;
            rows[job.row].shifts.push((job.cell, shift));
        }
        Ok(ShardResult { shard, rows: rows.into_iter().map(|row| self.close(row)).collect() })
    }

    /// Splits the screen into shards of this many genes.
    #[cfg(test)]
    pub(super) fn reshard(&mut self, genes: usize) {
        let all = self.spec.genes.len();
        let starts = (0..all).step_by(genes);
        self.plan.shards = starts.map(|start| start..(start + genes).min(all)).collect();
    }

    fn edit_cells(
        &self,
        number: usize,
        row: &mut OpenRow,
        jobs: &mut Vec<Job>,
        sequences: &mut Vec<Vec<u32>>,
    ) {
        let Some(token) = self.tokens[row.gene] else { return };
        for (index, cell) in self.cells.iter().enumerate() {
            let edit = match row.perturbation {
                Perturbation::OverExpression => {
                    Some(self.layout.overexpress(&cell.encoded.tokens, &[token]))
                }
                Perturbation::KnockOut => {
                    row.truncated += usize::from(cell.encoded.cut_away.contains(&token));
                    self.layout.delete(&cell.encoded.tokens, &[token])
                }
            };
            let Some(edit) = edit else { continue };
            row.truncated += usize::from(edit.overflow > 0);
            jobs.push(Job { row: number, cell: index, shortened: edit.overflow > 0 });
            sequences.push(edit.tokens);
        }
    }

    fn shift(&self, job: &Job, row: &OpenRow, embedding: &[f32]) -> Result<f64, ScreenError> {
        let cell = &self.cells[job.cell];
        let what = || {
            let gene = &self.spec.genes[row.gene];
            format!("cell {} with {:?} of {gene}", cell.encoded.row, row.perturbation)
        };
        let edited = UnitVector::new(embedding, "an edited cell")
            .map_err(|_| ScreenError::EmbeddingNotFinite { what: what() })?;
        let original = match &cell.shortened {
            Some(shortened) if job.shortened => shortened,
            _ => &cell.original,
        };
        Ok(original.shift(&edited, &self.goal))
    }

    fn close(&self, row: OpenRow) -> ScreenRow {
        let donors = self.spec.donor_column.is_some().then(|| {
            let name = |(cell, _): &(usize, f64)| self.cells[*cell].donor.as_deref().unwrap_or("");
            row.shifts.iter().map(name).collect()
        });
        let at = |(cell, shift): &(usize, f64)| CellShift {
            cell: self.cells[*cell].encoded.row,
            shift: *shift,
        };
        ScreenRow::from_parts(RowParts {
            gene: &self.spec.genes[row.gene],
            perturbation: row.perturbation,
            cells: self.cells.len(),
            n_truncated: row.truncated,
            shifts: row.shifts.iter().map(at).collect(),
            donors,
            keep_cell_shifts: self.spec.keep_cell_shifts,
        })
    }
}

/// A row being filled.
struct OpenRow {
    gene: usize,
    perturbation: Perturbation,
    truncated: usize,
    /// Index of the prepared cell and its shift.
    shifts: Vec<(usize, f64)>,
}

impl OpenRow {
    fn new(gene: usize, perturbation: Perturbation) -> Self {
        Self { gene, perturbation, truncated: 0, shifts: Vec::new() }
    }
}

/// Embeds original cells.
struct Originals<'a> {
    layout: TokenLayout,
    reading: Reading,
    overexpress: bool,
    watch: Watch<'a>,
}

impl Originals<'_> {
    fn embed(
        &self,
        cells: Vec<EncodedCell>,
        donors: Vec<Option<String>>,
        encoder: &dyn Encoder,
    ) -> Result<Vec<PreparedCell>, ScreenError> {
        let full = |cell: &EncodedCell| {
            self.overexpress && cell.tokens.len() >= self.layout.max_len && cell.tokens.len() > 1
        };
        let originals: Vec<Vec<u32>> = cells.iter().map(|cell| cell.tokens.clone()).collect();
        let shortened: Vec<Vec<u32>> = cells
            .iter()
            .filter(|cell| full(cell))
            .map(|cell| self.layout.shorten(&cell.tokens, 1))
            .collect();
        let originals = embed_all(encoder, &originals, self.reading, self.watch)?;
        let mut shortened = embed_all(encoder, &shortened, self.reading, self.watch)?.into_iter();
        let mut prepared = Vec::with_capacity(cells.len());
        for ((encoded, donor), original) in cells.into_iter().zip(donors).zip(originals) {
            let what = format!("cell {}", encoded.row);
            let shortened = if full(&encoded) { shortened.next() } else { None };
            prepared.push(PreparedCell {
                original: UnitVector::new(&original, &what)?,
                shortened: shortened.map(|s| UnitVector::new(&s, &what)).transpose()?,
                encoded,
                donor,
            });
        }
        Ok(prepared)
    }
}
