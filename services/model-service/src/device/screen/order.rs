//! From what people order to what the engine runs.

use nextwell_contract::{CellStateOrder, ScreenOrder, TargetsOrder};
use nextwell_model::families::Species;
use nextwell_model::genes::GeneResolver;
use nextwell_model::screen::{CellState, ScreenError, ScreenSpec, StateSummary, Targets};

use crate::failure::Failure;

/// The spec of an order, and the names that no gene has.
///
/// # Errors
/// 422 for a setting that makes no sense, or when no name is a gene's.
pub fn spec(order: &ScreenOrder) -> Result<(ScreenSpec, Vec<String>), Failure> {
    let mut names = Names { unknown: Vec::new() };
    let targets = match &order.targets {
        TargetsOrder::All => Targets::All,
        TargetsOrder::TranscriptionFactors => {
            return Err(bad("targets", "transcription_factors", "a list of genes by now"));
        }
        TargetsOrder::Each { genes } => Targets::Each { genes: names.resolve(genes) },
        TargetsOrder::Group { genes } => Targets::Group { genes: names.resolve(genes) },
        TargetsOrder::Pairs { genes } => Targets::Pairs { genes: names.resolve(genes) },
        TargetsOrder::Anchor { anchor, genes } => {
            let anchor = names
                .resolve(std::slice::from_ref(anchor))
                .pop()
                .ok_or_else(|| bad("anchor", anchor, "the symbol or Ensembl id of a gene"))?;
            Targets::Anchor { anchor, genes: genes.as_deref().map(|genes| names.resolve(genes)) }
        }
    };
    let perturbations =
        order.perturbations.iter().map(|kind| kind.parse()).collect::<Result<_, ScreenError>>()?;
    let spec = ScreenSpec {
        start: state(&order.start),
        goal: order.goal.as_ref().map(state),
        alternatives: order.alternatives.iter().map(state).collect(),
        null: order.null.as_ref().map(state),
        targets,
        perturbations,
        embedding: order.embedding.clone(),
        emb_layer: order.emb_layer,
        state_summary: match order.state_summary.as_str() {
            "mean" => StateSummary::Mean,
            "median" => StateSummary::Median,
            other => return Err(bad("state_summary", other, "mean or median")),
        },
        species: match order.species.as_str() {
            "human" => Species::Human,
            "mouse" => Species::Mouse,
            other => return Err(bad("species", other, "human or mouse")),
        },
        max_len: None,
        max_cells: order.max_cells.map(|most| most as usize),
        donor_column: order.donor_column.clone(),
        gene_shifts: order.gene_shifts,
        seed: order.seed,
    };
    spec.check()?;
    Ok((spec, names.unknown))
}

fn state(order: &CellStateOrder) -> CellState {
    CellState { column: order.column.clone(), value: order.value.clone() }
}

fn bad(setting: &str, found: &str, expected: &str) -> Failure {
    Failure::new(422, "bad_screen", "This screen cannot be run")
        .detail(format!("{setting} = {found} is not usable; expected {expected}"))
}

struct Names {
    unknown: Vec<String>,
}

impl Names {
    /// Ensembl ids, each once; an id of another species or an unlisted one stays as it is.
    fn resolve(&mut self, names: &[String]) -> Vec<String> {
        let mut ids = Vec::new();
        for name in names.iter().map(|name| name.trim()).filter(|name| !name.is_empty()) {
            let found = GeneResolver::bundled().resolve(name);
            let id = found.ensembl_id.or_else(|| name.starts_with("ENS").then(|| name.to_owned()));
            match id {
                Some(id) if ids.contains(&id) => {}
                Some(id) => ids.push(id),
                None => self.unknown.push(name.to_owned()),
            }
        }
        ids
    }
}
