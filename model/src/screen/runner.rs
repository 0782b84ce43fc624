//! Running a screen's blocks.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use super::edits::{Edits, EditsOfCell, edits_of};
use super::effect::UnitVector;
use super::measure::{Measure, Measured};
use super::originals::{Originals, TOKENS_PER_BATCH};
use super::values::ShiftMoments;
use super::{RowValues, ScreenError, ScreenPlan, ScreenSpec, ShardValues, Source, Watch, plan};
use crate::cells::CellMatrix;
use crate::families::CellModel;

/// Arithmetic of the edits given to the model at once, beside the limit on tokens: a few seconds,
/// so that a cancelled screen stops soon.
const FLOP_PER_BATCH: f64 = 6e11;

/// A prepared screen: planned, with its states embedded. Blocks can be run in any order, on any
/// number of them, and give the same bits.
pub struct Screener {
    pub(super) spec: ScreenSpec,
    pub(super) plan: ScreenPlan,
    pub(super) model: Arc<dyn CellModel>,
    pub(super) source: Source,
    pub(super) originals: Originals,
    pub(super) states: Vec<UnitVector>,
    batch_tokens: usize,
}

impl Screener {
    /// Plans the screen and embeds its states and the cells to perturb.
    ///
    /// `model_digest` names the model's weights in the cache of embeddings, which is in `cache`
    /// and outlives the screen; without it embeddings are computed anew.
    ///
    /// # Errors
    /// As [`plan()`]; whatever the model refuses; [`ScreenError::Cancelled`].
    pub fn prepare(
        spec: ScreenSpec,
        model: (Arc<dyn CellModel>, &str),
        cells: Arc<CellMatrix>,
        cache: Option<&Path>,
        watch: Watch<'_>,
    ) -> Result<Self, ScreenError> {
        let (model, digest) = model;
        spec.check()?;
        let source = Source::new(model.as_ref(), cells, &spec)?;
        let plan = plan(&spec, model.as_ref(), &source)?;
        let width = model.embed_width(&plan.embedding)?;
        let originals = Originals::open(cache, model.as_ref(), digest, &plan.embedding, width)?;
        let mut rows: Vec<usize> = plan.states.iter().flat_map(|s| &s.rows).copied().collect();
        rows.extend(plan.cells.iter().map(|cell| cell.row));
        rows.sort_unstable();
        rows.dedup();
        originals.fill(model.as_ref(), &source, &rows, watch)?;
        let state = |state| originals.state(model.as_ref(), &source, state, spec.state_summary);
        let states = plan.states.iter().map(state).collect::<Result<_, _>>()?;
        let batch_tokens = TOKENS_PER_BATCH;
        Ok(Self { spec, plan, model, source, originals, states, batch_tokens })
    }

    /// Gives the model at most this many tokens at once; a single longer cell still goes.
    pub fn with_batch_tokens(mut self, tokens: usize) -> Self {
        self.batch_tokens = tokens.max(1);
        self
    }

    /// The plan.
    pub fn plan(&self) -> &ScreenPlan {
        &self.plan
    }

    /// The spec.
    pub fn spec(&self) -> &ScreenSpec {
        &self.spec
    }

    /// The model.
    pub fn model(&self) -> &dyn CellModel {
        self.model.as_ref()
    }

    /// The cells as the model reads them.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// Runs block `shard`; the same values bit for bit whenever and in whatever order.
    ///
    /// Cells are encoded on a second thread while the model runs.
    ///
    /// # Errors
    /// [`ScreenError::NoSuchShard`]; [`ScreenError::EmbeddingNotFinite`] naming cell and target;
    /// [`ScreenError::Cancelled`]; whatever the model refuses.
    pub fn run_shard(&self, shard: usize, watch: Watch<'_>) -> Result<ShardValues, ScreenError> {
        let shards = self.plan.shards.len();
        let block = self.plan.shards.get(shard).cloned();
        let block = block.ok_or(ScreenError::NoSuchShard { shard, shards })?;
        let mut values = self.run(block.cells, block.targets, watch)?;
        values.shard = shard;
        Ok(values)
    }

    /// Runs some cells with some targets.
    ///
    /// # Errors
    /// As [`run_shard`](Self::run_shard).
    pub fn run(
        &self,
        cells: Range<usize>,
        targets: Range<usize>,
        watch: Watch<'_>,
    ) -> Result<ShardValues, ScreenError> {
        let (send, receive) = sync_channel(2);
        std::thread::scope(|scope| {
            let numbers = cells.clone();
            scope.spawn(move || self.encode(numbers, targets, &send));
            self.consume(cells, receive, watch)
        })
    }

    /// Encodes edits cell by cell, in pieces that fit a batch; stops when nobody reads them.
    fn encode(&self, cells: Range<usize>, targets: Range<usize>, send: &SyncSender<EditsOfCell>) {
        for cell in cells {
            let mut whole = edits_of(&self.source, &self.plan, cell, targets.clone());
            loop {
                let (piece, last) = whole.next_piece(|edits| self.fits(edits));
                if send.send(piece).is_err() {
                    return;
                }
                if last {
                    break;
                }
            }
        }
    }

    /// How many of the first edits go to the model together.
    fn fits(&self, edits: &[Edits]) -> usize {
        let (mut tokens, mut flop) = (0, 0.0);
        let least = rayon::current_num_threads();
        let fitting = edits.iter().enumerate().take_while(|(number, edit)| {
            let length = edit.cell.ids.len().max(1);
            tokens += length;
            flop += self.model.card().sizes.flop(length);
            *number == 0
                || (tokens <= self.batch_tokens && (*number < least || flop <= FLOP_PER_BATCH))
        });
        fitting.count()
    }

    fn consume(
        &self,
        cells: Range<usize>,
        receive: Receiver<EditsOfCell>,
        watch: Watch<'_>,
    ) -> Result<ShardValues, ScreenError> {
        let mut open = OpenShard::new(self.plan.measures.len());
        let mut measure: Option<(usize, Measure<'_>)> = None;
        for piece in receive {
            watch.check()?;
            let cell = piece.cell;
            let stale = measure.as_ref().is_none_or(|(of, _)| *of != cell);
            if stale && !piece.edits.is_empty() {
                measure = Some((cell, Measure::of(self, &piece.original)?));
            }
            for row in piece.truncated {
                open.row(row, &self.plan).truncated += 1;
            }
            if let Some((_, measure)) = measure.as_mut().filter(|_| !piece.edits.is_empty()) {
                let found = measure
                    .take(&piece.original, &piece.edits)
                    .map_err(|error| in_cell(error, self.plan.cells[cell].row))?;
                for (edit, found) in piece.edits.iter().zip(found) {
                    open.add(cell, edit, found, &self.plan);
                }
            }
            open.forwards += piece.edits.len();
            if piece.last {
                (watch.progress)(cell + 1 - cells.start, cells.len());
            }
        }
        Ok(open.close())
    }
}

/// The error with the cell's row, where it names none.
fn in_cell(error: ScreenError, row: usize) -> ScreenError {
    match error {
        ScreenError::EmbeddingNotFinite { what } => {
            ScreenError::EmbeddingNotFinite { what: format!("{what} (cell {row})") }
        }
        other => other,
    }
}

/// A block being filled.
struct OpenShard {
    measures: usize,
    forwards: usize,
    rows: BTreeMap<usize, RowValues>,
    gene_shifts: BTreeMap<(usize, u32), ShiftMoments>,
}

impl OpenShard {
    fn new(measures: usize) -> Self {
        Self { measures, forwards: 0, rows: BTreeMap::new(), gene_shifts: BTreeMap::new() }
    }

    fn row(&mut self, id: super::RowId, plan: &ScreenPlan) -> &mut RowValues {
        let empty = || RowValues { id, cells: Vec::new(), values: Vec::new(), truncated: 0 };
        self.rows.entry(plan.place(id)).or_insert_with(empty)
    }

    fn add(&mut self, cell: usize, edit: &Edits, found: Measured, plan: &ScreenPlan) {
        let row = self.row(edit.id, plan);
        row.cells.push(cell as u32);
        row.values.extend(found.effects);
        row.truncated += usize::from(edit.compared.is_some());
        let place = plan.place(edit.id);
        for (token, cosine) in found.gene_cosines {
            self.gene_shifts.entry((place, token)).or_default().add(cosine);
        }
    }

    fn close(self) -> ShardValues {
        let shifts = self.gene_shifts.into_iter();
        ShardValues {
            shard: 0,
            forwards: self.forwards,
            measures: self.measures,
            rows: self.rows.into_values().collect(),
            gene_shifts: shifts.map(|((row, token), moments)| (row, token, moments)).collect(),
        }
    }
}
