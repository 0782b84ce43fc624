//! What a screen will run, known before it starts.

use std::collections::BTreeSet;
use std::ops::Range;

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::edit::TokenLayout;
use super::{CellState, Perturbation, ScreenError, ScreenSpec};
use crate::cells::CellMatrix;
use crate::families::geneformer::GeneformerConfig;
use crate::families::geneformer::tokenizer::{RankValueEncoder, Vocabulary};

/// Arithmetic a shard should take: some seconds on two cores.
const FLOP_PER_SHARD: f64 = 2e11;
/// Most genes in a shard, so that small screens still show progress.
const MOST_GENES_PER_SHARD: usize = 64;

/// The chosen cells, the shards and the cost of a screen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScreenPlan {
    /// Rows of the start cells to perturb, ascending.
    pub cells: Vec<usize>,
    /// Rows of the cells of the goal state, ascending.
    pub goal_cells: Vec<usize>,
    /// Ranges of [`ScreenSpec::genes`], one a shard: a shard's rows are final.
    pub shards: Vec<Range<usize>>,
    /// Genes of the screen that the vocabulary does not have.
    pub unknown_genes: Vec<String>,
    /// Forwards of the model, original cells included.
    pub forwards: usize,
    /// Arithmetic of all forwards, in floating-point operations (an estimate).
    pub flop: f64,
}

/// Tokens of one start cell.
pub(super) struct EncodedCell {
    pub row: usize,
    pub tokens: Vec<u32>,
    /// Expressed genes that the context had no room for, ascending.
    pub cut_away: BTreeSet<u32>,
}

/// Plans a screen without running the model.
///
/// # Errors
/// [`ScreenError`] for a spec that asks for nothing or twice the same, an unknown column, value or
/// layer, or cells without a known gene.
pub fn plan(
    spec: &ScreenSpec,
    cells: &CellMatrix,
    vocabulary: &Vocabulary,
    config: &GeneformerConfig,
) -> Result<ScreenPlan, ScreenError> {
    check_spec(spec)?;
    hidden_state(spec.emb_layer, config.num_hidden_layers)?;
    let layout = layout(vocabulary, config);
    let start = choose(usable(&spec.start, cells, vocabulary, layout)?, spec);
    let goal = usable(&spec.goal, cells, vocabulary, layout)?;
    if let Some(column) = &spec.donor_column {
        donors(cells, column, &[])?;
    }
    let tokens: Vec<Option<u32>> = spec.genes.iter().map(|id| vocabulary.token(id)).collect();
    let cost = |length: usize| flop(config, spec.emb_layer, length);
    let base: f64 = start.iter().chain(&goal).map(|cell| cost(cell.tokens.len())).sum();
    let per_gene: Vec<(usize, f64)> =
        tokens.iter().map(|token| gene_cost(spec, &start, layout, *token, &cost)).collect();
    let names = spec.genes.iter().zip(&tokens);
    Ok(ScreenPlan {
        forwards: start.len() + goal.len() + per_gene.iter().map(|(n, _)| n).sum::<usize>(),
        flop: base + per_gene.iter().map(|(_, flop)| flop).sum::<f64>(),
        shards: shards(&per_gene),
        unknown_genes: names.filter(|(_, t)| t.is_none()).map(|(id, _)| id.clone()).collect(),
        cells: start.iter().map(|cell| cell.row).collect(),
        goal_cells: goal.iter().map(|cell| cell.row).collect(),
    })
}

/// Index into the hidden states of `emb_layer` (0 the last, -1 the second to last).
///
/// # Errors
/// [`ScreenError::NoSuchLayer`].
pub fn hidden_state(emb_layer: i32, layers: usize) -> Result<usize, ScreenError> {
    usize::try_from(layers as i64 + i64::from(emb_layer))
        .ok()
        .filter(|index| emb_layer <= 0 && *index <= layers)
        .ok_or(ScreenError::NoSuchLayer { emb_layer, layers })
}

/// Layout of cells for a vocabulary and a model.
pub fn layout(vocabulary: &Vocabulary, config: &GeneformerConfig) -> TokenLayout {
    TokenLayout { specials: vocabulary.cls().is_some(), max_len: config.max_position_embeddings }
}

/// Donor of each of `rows`.
pub(super) fn donors(
    cells: &CellMatrix,
    column: &str,
    rows: &[usize],
) -> Result<Vec<String>, ScreenError> {
    let found = cells.obs.get(column).ok_or_else(|| crate::cells::CellsError::UnknownColumn {
        column: column.to_owned(),
        available: cells.obs.keys().cloned().collect(),
    })?;
    let name = |&row: &usize| match found {
        crate::cells::ObsColumn::Numeric(values) => values[row].to_string(),
        labels => labels.label(row).unwrap_or("").to_owned(),
    };
    Ok(rows.iter().map(name).collect())
}

/// Encodes `rows`, leaving out cells without a known gene.
pub(super) fn encode(
    rows: &[usize],
    cells: &CellMatrix,
    vocabulary: &Vocabulary,
    layout: TokenLayout,
) -> Result<Vec<EncodedCell>, ScreenError> {
    // Encoded without a limit first: what is cut away is counted as truncated, not as absent.
    let encoder = RankValueEncoder::new(vocabulary, &cells.genes, cells.n_genes() + 2)?;
    let room = layout.max_len.saturating_sub(if layout.specials { 2 } else { 0 });
    let encoded = rows.iter().filter_map(|&row| {
        let (columns, counts) = cells.row(row);
        let all = encoder.encode(columns, counts, cells.total_counts[row]).ids;
        let genes = layout.genes(&all);
        (!genes.is_empty()).then(|| EncodedCell {
            row,
            cut_away: genes.iter().skip(room).copied().collect(),
            tokens: layout.shorten(&all, genes.len().saturating_sub(room)),
        })
    });
    Ok(encoded.collect())
}

fn usable(
    state: &CellState,
    cells: &CellMatrix,
    vocabulary: &Vocabulary,
    layout: TokenLayout,
) -> Result<Vec<EncodedCell>, ScreenError> {
    let rows = cells.cells_where(&state.column, &state.value)?;
    let encoded = encode(&rows, cells, vocabulary, layout)?;
    if encoded.is_empty() {
        return Err(ScreenError::NoUsableCell {
            column: state.column.clone(),
            value: state.value.clone(),
        });
    }
    Ok(encoded)
}

fn choose(mut cells: Vec<EncodedCell>, spec: &ScreenSpec) -> Vec<EncodedCell> {
    if let Some(most) = spec.max_cells.filter(|most| *most < cells.len()) {
        cells.shuffle(&mut ChaCha8Rng::seed_from_u64(spec.seed));
        cells.truncate(most.max(1));
        cells.sort_by_key(|cell| cell.row);
    }
    cells
}

fn check_spec(spec: &ScreenSpec) -> Result<(), ScreenError> {
    if spec.genes.is_empty() {
        return Err(ScreenError::Empty { what: "gene" });
    }
    if spec.perturbations.is_empty() {
        return Err(ScreenError::Empty { what: "perturbation" });
    }
    let mut seen = BTreeSet::new();
    if let Some(gene) = spec.genes.iter().find(|gene| !seen.insert(*gene)) {
        return Err(ScreenError::Duplicate { what: gene.clone() });
    }
    let mut seen = BTreeSet::new();
    match spec.perturbations.iter().find(|perturbation| !seen.insert(**perturbation)) {
        Some(perturbation) => Err(ScreenError::Duplicate { what: format!("{perturbation:?}") }),
        None => Ok(()),
    }
}

fn gene_cost(
    spec: &ScreenSpec,
    cells: &[EncodedCell],
    layout: TokenLayout,
    token: Option<u32>,
    cost: &dyn Fn(usize) -> f64,
) -> (usize, f64) {
    let Some(token) = token else { return (0, 0.0) };
    let mut total = (0, 0.0);
    for perturbation in &spec.perturbations {
        for cell in cells {
            let knocked_out = *perturbation == Perturbation::KnockOut;
            if !knocked_out || layout.genes(&cell.tokens).contains(&token) {
                total = (total.0 + 1, total.1 + cost(cell.tokens.len()));
            }
        }
    }
    total
}

/// Arithmetic of one forward to the needed layer; attention and the two linear blocks.
fn flop(config: &GeneformerConfig, emb_layer: i32, length: usize) -> f64 {
    let layers = (config.num_hidden_layers as f64 + f64::from(emb_layer)).max(0.0);
    let (n, h, f) = (length as f64, config.hidden_size as f64, config.intermediate_size as f64);
    layers * (8.0 * n * h * h + 4.0 * n * h * f + 4.0 * n * n * h)
}

fn shards(per_gene: &[(usize, f64)]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let (mut start, mut flop) = (0, 0.0);
    for (gene, (_, cost)) in per_gene.iter().enumerate() {
        let full = flop + cost > FLOP_PER_SHARD || gene - start >= MOST_GENES_PER_SHARD;
        if gene > start && full {
            found.push(start..gene);
            (start, flop) = (gene, 0.0);
        }
        flop += cost;
    }
    found.push(start..per_gene.len());
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_cover_every_gene_once_in_order() {
        let per_gene: Vec<(usize, f64)> =
            (0..200).map(|gene| (1, if gene % 50 == 0 { 3e11 } else { 1e9 })).collect();
        let found = shards(&per_gene);
        assert_eq!(found.first().unwrap().start, 0);
        assert_eq!(found.last().unwrap().end, 200);
        assert!(found.windows(2).all(|pair| pair[0].end == pair[1].start));
        assert!(found.iter().all(|range| (1..=MOST_GENES_PER_SHARD).contains(&range.len())));
        assert!(found.len() >= 8);
    }

    #[test]
    fn layers_count_from_the_last_one() {
        assert_eq!(hidden_state(0, 6).unwrap(), 6);
        assert_eq!(hidden_state(-1, 6).unwrap(), 5);
        let message = hidden_state(-7, 6).unwrap_err().to_string();
        assert!(message.contains("-7") && message.contains('6'), "{message}");
        assert!(hidden_state(1, 6).is_err());
    }
}
