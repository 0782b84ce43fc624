//! What a screen will run, known before it starts.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::ops::Range;

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::shards::{CellCost, shards};
use super::source::{Original, Source};
use super::{CellState, Perturbation, RowId, ScreenCell, ScreenError, ScreenSpec, Target, Targets};
use crate::families::CellModel;

/// A state whose cells are embedded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedState {
    /// Which.
    pub state: CellState,
    /// Its rows, ascending.
    pub rows: Vec<usize>,
}

/// A block of a screen: some cells × some targets, computed and kept as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shard {
    /// Range of [`ScreenPlan::cells`].
    pub cells: Range<usize>,
    /// Range of [`ScreenPlan::targets`].
    pub targets: Range<usize>,
}

/// The chosen cells, the targets, the shards and the cost of a screen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScreenPlan {
    /// Kind of embedding that is read.
    pub embedding: String,
    /// What is measured in each cell: the states to which the shift is taken, the goal first; or
    /// `cosine`, the similarity to the original, without a goal.
    pub measures: Vec<String>,
    /// The cells: those of the start state, then those of the null group; ascending in each.
    pub cells: Vec<ScreenCell>,
    /// The states of the measures, in their order; none without a goal.
    pub states: Vec<PlannedState>,
    /// What is perturbed.
    pub targets: Vec<Target>,
    /// What is done to each target.
    pub perturbations: Vec<Perturbation>,
    /// Genes of the screen that the model does not know.
    pub unknown_genes: Vec<String>,
    /// Blocks of the work; results do not depend on how it is cut.
    pub shards: Vec<Shard>,
    /// Forwards of the model at most, original cells included.
    pub forwards: usize,
    /// Arithmetic of all forwards, in floating-point operations (an estimate).
    pub flop: f64,
    /// Longest cell in tokens.
    pub longest: usize,
}

impl ScreenPlan {
    /// The rows of the result, in order.
    pub fn rows(&self) -> impl Iterator<Item = RowId> + '_ {
        (0..self.targets.len()).flat_map(|target| {
            self.perturbations.iter().map(move |&perturbation| RowId { target, perturbation })
        })
    }

    /// Place of a row in the result.
    pub fn place(&self, id: RowId) -> usize {
        let kind = self.perturbations.iter().position(|p| *p == id.perturbation);
        id.target * self.perturbations.len() + kind.unwrap_or(0)
    }
}

/// Name of the measure without a goal.
pub const COSINE: &str = "cosine";

/// Plans a screen without running the model.
///
/// # Errors
/// [`ScreenError`] for a spec that makes no sense, an unknown column, value, embedding or layer,
/// or cells without a known gene.
pub fn plan(
    spec: &ScreenSpec,
    model: &dyn CellModel,
    source: &Source,
) -> Result<ScreenPlan, ScreenError> {
    spec.check()?;
    let embedding = match &spec.embedding {
        Some(kind) => kind.clone(),
        None => model.screen_kind(spec.emb_layer)?,
    };
    let start = choose(source.rows(&spec.start)?, spec);
    let null = match &spec.null {
        Some(state) => choose(source.rows(state)?, spec),
        None => Vec::new(),
    };
    let cells = screen_cells(spec, source, &start, &null)?;
    let states = states(spec, source)?;
    let (targets, unknown_genes) = targets(spec, source, &cells);
    let counter = EditCounter::new(&targets, &spec.perturbations);
    let mut longest = 0;
    let per_cell: Vec<CellCost> = cells
        .iter()
        .map(|cell| {
            let Original { tokens, present, .. } = source.original(cell.row);
            longest = longest.max(tokens.ids.len());
            let per_forward = model.card().sizes.flop(tokens.ids.len());
            CellCost { per_forward, edits: counter.all(&present) }
        })
        .collect();
    let edits_of = |cell: usize| counter.by_target(&source.original(cells[cell].row).present);
    let state_rows: BTreeSet<usize> = states.iter().flat_map(|s| &s.rows).copied().collect();
    let originals_flop: f64 = per_cell.iter().map(|cost| cost.per_forward).sum();
    let mean_flop = originals_flop / cells.len().max(1) as f64;
    let edits: usize = per_cell.iter().map(|cost| cost.edits).sum();
    let edits_flop: f64 = per_cell.iter().map(CellCost::flop).sum();
    Ok(ScreenPlan {
        measures: measures(spec),
        forwards: cells.len() + state_rows.len() + edits,
        flop: edits_flop + originals_flop + mean_flop * state_rows.len() as f64,
        shards: shards(&per_cell, targets.len(), edits_of),
        longest,
        perturbations: spec.perturbations.clone(),
        embedding,
        cells,
        states,
        targets,
        unknown_genes,
    })
}

/// Counts the edits of a cell, at most: a few turn out to change nothing.
struct EditCounter<'a> {
    targets: &'a [Target],
    /// Perturbations that need the gene in the cell, and those that do not.
    some: usize,
    every: usize,
    /// Targets of one gene, by token.
    singles: HashMap<u32, usize>,
    /// Targets of more than one.
    joint: Vec<usize>,
    /// Targets with a gene that the model knows.
    known: usize,
}

impl<'a> EditCounter<'a> {
    fn new(targets: &'a [Target], kinds: &[Perturbation]) -> Self {
        let some = kinds.iter().filter(|kind| kind.needs_expression()).count();
        let every = kinds.len() - some;
        let known = targets.iter().filter(|target| !target.tokens.is_empty()).count();
        let (mut singles, mut joint) = (HashMap::new(), Vec::new());
        for (number, target) in targets.iter().enumerate() {
            match target.tokens.as_slice() {
                [] => {}
                [token] => *singles.entry(*token).or_default() += 1,
                _ => joint.push(number),
            }
        }
        Self { targets, some, every, singles, joint, known }
    }

    fn all(&self, present: &HashSet<u32>) -> usize {
        let singles: usize = present.iter().filter_map(|token| self.singles.get(token)).sum();
        let joint = self.joint.iter().filter(|&&t| self.targets[t].held_by(present)).count();
        self.every * self.known + self.some * (singles + joint)
    }

    fn by_target(&self, present: &HashSet<u32>) -> Vec<u32> {
        let edits = |target: &Target| {
            let every = if target.tokens.is_empty() { 0 } else { self.every };
            (every + if target.held_by(present) { self.some } else { 0 }) as u32
        };
        self.targets.iter().map(edits).collect()
    }
}

fn screen_cells(
    spec: &ScreenSpec,
    source: &Source,
    start: &[usize],
    null: &[usize],
) -> Result<Vec<ScreenCell>, ScreenError> {
    let rows: Vec<usize> = start.iter().chain(null).copied().collect();
    let donors = match &spec.donor_column {
        Some(column) => source.donors(column, &rows)?.into_iter().map(Some).collect(),
        None => vec![None; rows.len()],
    };
    let cells = rows.into_iter().zip(donors).enumerate();
    let cell = |(place, (row, donor))| ScreenCell { row, donor, null: place >= start.len() };
    Ok(cells.map(cell).collect())
}

fn states(spec: &ScreenSpec, source: &Source) -> Result<Vec<PlannedState>, ScreenError> {
    let Some(goal) = &spec.goal else { return Ok(Vec::new()) };
    let all = [goal, &spec.start].into_iter().chain(&spec.alternatives);
    all.map(|state| Ok(PlannedState { state: state.clone(), rows: source.rows(state)? })).collect()
}

fn measures(spec: &ScreenSpec) -> Vec<String> {
    let Some(goal) = &spec.goal else { return vec![COSINE.to_owned()] };
    let all = [goal, &spec.start].into_iter().chain(&spec.alternatives);
    all.map(|state| state.value.clone()).collect()
}

fn choose(mut rows: Vec<usize>, spec: &ScreenSpec) -> Vec<usize> {
    if let Some(most) = spec.max_cells.filter(|most| *most < rows.len()) {
        rows.shuffle(&mut ChaCha8Rng::seed_from_u64(spec.seed));
        rows.truncate(most);
        rows.sort_unstable();
    }
    rows
}

/// The targets and the genes that the model does not know.
fn targets(spec: &ScreenSpec, source: &Source, cells: &[ScreenCell]) -> (Vec<Target>, Vec<String>) {
    let mut list = TargetList { source, targets: Vec::new(), single: HashMap::new() };
    match &spec.targets {
        Targets::All => list.add_singles(&expressed(source, cells)),
        Targets::Each { genes } => list.add_singles(genes),
        Targets::Group { genes } => list.add(genes.clone(), Vec::new()),
        Targets::Anchor { anchor, genes } => {
            let genes = genes.clone().unwrap_or_else(|| expressed(source, cells));
            list.add_singles(std::slice::from_ref(anchor));
            for gene in genes.iter().filter(|gene| *gene != anchor) {
                list.add_singles(std::slice::from_ref(gene));
                list.add_pair(anchor, gene);
            }
        }
        Targets::Pairs { genes } => {
            list.add_singles(genes);
            for (place, first) in genes.iter().enumerate() {
                for second in &genes[place + 1..] {
                    list.add_pair(first, second);
                }
            }
        }
    }
    let named = spec.targets.named().into_iter();
    let unknown = named.filter(|gene| source.token(gene).is_none()).cloned().collect();
    (list.targets, unknown)
}

/// Every gene of the model that any start or null cell holds, by name.
fn expressed(source: &Source, cells: &[ScreenCell]) -> Vec<String> {
    let mut any = HashSet::new();
    cells.iter().for_each(|cell| any.extend(source.original(cell.row).present));
    let known = source.known_columns().iter().filter(|(_, token)| any.contains(token));
    let names: BTreeSet<String> = known.map(|(c, _)| source.name(*c).to_owned()).collect();
    names.into_iter().collect()
}

struct TargetList<'a> {
    source: &'a Source,
    targets: Vec<Target>,
    /// Number of the target that perturbs a gene alone.
    single: HashMap<String, usize>,
}

impl TargetList<'_> {
    fn add(&mut self, genes: Vec<String>, singles: Vec<usize>) {
        let tokens = genes.iter().filter_map(|gene| self.source.token(gene)).collect();
        self.targets.push(Target { genes, tokens, singles });
    }

    fn add_singles(&mut self, genes: &[String]) {
        for gene in genes {
            self.single.insert(gene.clone(), self.targets.len());
            self.add(vec![gene.clone()], Vec::new());
        }
    }

    /// A pair of two genes that are already targets; nothing if the model misses one.
    fn add_pair(&mut self, first: &str, second: &str) {
        let singles = [first, second].map(|gene| self.single.get(gene).copied());
        let known = [first, second].iter().all(|gene| self.source.token(gene).is_some());
        if let ([Some(a), Some(b)], true) = (singles, known) {
            self.add(vec![first.to_owned(), second.to_owned()], vec![a, b]);
        }
    }
}
