//! What to screen.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Perturbation, ScreenError};
use crate::families::Species;

/// The cells whose `obs` column has a value: a state such as `disease = Tumor`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct CellState {
    /// Column of `obs`.
    pub column: String,
    /// Value of that column.
    pub value: String,
}

/// Which genes are perturbed, and which of them together.
///
/// A gene is named by its Ensembl id, or by its symbol where the cells have none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Targets {
    /// Every gene of the model that a start cell expresses, one by one.
    All,
    /// Each gene of a list, one by one.
    Each {
        /// The genes, each once.
        genes: Vec<String>,
    },
    /// A list of genes, all together.
    Group {
        /// The genes, in the order in which over-expression puts them in front.
        genes: Vec<String>,
    },
    /// One gene together with each other one: the joint effect, both singles, the difference.
    Anchor {
        /// The gene of every pair.
        anchor: String,
        /// Its partners; every gene that a start cell expresses when absent.
        genes: Option<Vec<String>>,
    },
    /// All pairs of a list: the joint effects, the singles, the differences.
    Pairs {
        /// The genes, at least two.
        genes: Vec<String>,
    },
}

impl Targets {
    /// The genes that are named; none for [`Targets::All`].
    pub fn named(&self) -> Vec<&String> {
        match self {
            Self::All => Vec::new(),
            Self::Each { genes } | Self::Group { genes } | Self::Pairs { genes } => {
                genes.iter().collect()
            }
            Self::Anchor { anchor, genes } => {
                std::iter::once(anchor).chain(genes.iter().flatten()).collect()
            }
        }
    }
}

/// How the cells of a state become one embedding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StateSummary {
    /// The exact mean of all its cells.
    #[default]
    Mean,
    /// The exact median of all its cells, value by value.
    Median,
}

/// An in-silico perturbation screen: all that determines its numbers, beside model and cells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScreenSpec {
    /// State of the cells to perturb.
    pub start: CellState,
    /// State to move towards. Absent: the effect is the similarity to the original cell.
    #[serde(default)]
    pub goal: Option<CellState>,
    /// Other states to which the shift is measured too; only with a goal.
    #[serde(default)]
    pub alternatives: Vec<CellState>,
    /// Cells that get the same perturbations, against which those of `start` are tested.
    #[serde(default)]
    pub null: Option<CellState>,
    /// Which genes.
    pub targets: Targets,
    /// Kinds of perturbation, each at most once.
    pub perturbations: Vec<Perturbation>,
    /// Kind of embedding, of those that the model's card lists; absent: what `emb_layer` says.
    #[serde(default)]
    pub embedding: Option<String>,
    /// Layer of the default embedding: 0 the last, -1 the second to last.
    #[serde(default)]
    pub emb_layer: i32,
    /// How a state becomes one embedding.
    #[serde(default)]
    pub state_summary: StateSummary,
    /// Species of the cells.
    #[serde(default)]
    pub species: Species,
    /// Longest model input in tokens; the model's own context when absent.
    #[serde(default)]
    pub max_len: Option<usize>,
    /// At most this many start cells (and null cells), chosen by `seed`; all if absent.
    #[serde(default)]
    pub max_cells: Option<usize>,
    /// Column of `obs` that names the donor or sample, for donor-aware intervals and tests.
    #[serde(default)]
    pub donor_column: Option<String>,
    /// Also measure how far every other gene's embedding moves.
    #[serde(default)]
    pub gene_shifts: bool,
    /// Seed of the choice of cells.
    #[serde(default)]
    pub seed: u64,
}

impl ScreenSpec {
    /// A screen of single genes towards a goal, everything else at its default.
    pub fn towards(start: CellState, goal: CellState, targets: Targets) -> Self {
        Self {
            start,
            goal: Some(goal),
            alternatives: Vec::new(),
            null: None,
            targets,
            perturbations: vec![Perturbation::KnockOut],
            embedding: None,
            emb_layer: 0,
            state_summary: StateSummary::Mean,
            species: Species::Human,
            max_len: None,
            max_cells: None,
            donor_column: None,
            gene_shifts: false,
            seed: 0,
        }
    }

    /// Refuses a screen that asks for nothing, twice for the same, or for what does not exist.
    ///
    /// # Errors
    /// [`ScreenError::Empty`], [`ScreenError::Duplicate`], [`ScreenError::BadSetting`].
    pub fn check(&self) -> Result<(), ScreenError> {
        let named = self.targets.named();
        if named.is_empty() && self.targets != Targets::All {
            return Err(ScreenError::Empty { what: "gene" });
        }
        if let Targets::Pairs { genes } = &self.targets
            && genes.len() < 2
        {
            return Err(ScreenError::Empty { what: "second gene of a pair" });
        }
        if self.perturbations.is_empty() {
            return Err(ScreenError::Empty { what: "perturbation" });
        }
        once(named.into_iter())?;
        once(self.perturbations.iter())?;
        if self.goal.is_none() && !self.alternatives.is_empty() {
            return Err(ScreenError::setting("alternatives", "without a goal", "a goal state"));
        }
        let states = [Some(&self.start), self.goal.as_ref(), self.null.as_ref()];
        once(states.into_iter().flatten().chain(&self.alternatives).map(StateName))?;
        if self.max_cells == Some(0) {
            return Err(ScreenError::setting("max_cells", "0", "1 or more"));
        }
        Ok(())
    }
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct StateName<'a>(&'a CellState);

impl std::fmt::Display for StateName<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} = {}", self.0.column, self.0.value)
    }
}

fn once<T: Ord + std::fmt::Display>(things: impl Iterator<Item = T>) -> Result<(), ScreenError> {
    let mut seen = BTreeSet::new();
    for thing in things {
        let name = thing.to_string();
        if !seen.insert(thing) {
            return Err(ScreenError::Duplicate { what: name });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(value: &str) -> CellState {
        CellState { column: "disease".into(), value: value.into() }
    }

    fn spec(targets: Targets) -> ScreenSpec {
        ScreenSpec::towards(state("Tumor"), state("NAT"), targets)
    }

    #[test]
    fn a_spec_reads_back_from_its_json() {
        let json = r#"{"start":{"column":"disease","value":"Tumor"},
            "goal":{"column":"disease","value":"NAT"},
            "targets":{"kind":"each","genes":["ENSG00000111537"]},
            "perturbations":["knock_out","over_expression","inhibit_25"],"emb_layer":-1,"seed":7}"#;
        let spec: ScreenSpec = serde_json::from_str(json).unwrap();
        assert_eq!(spec.perturbations[1], Perturbation::OverExpression);
        assert_eq!(spec.perturbations[2], Perturbation::Inhibit(25));
        let back: ScreenSpec =
            serde_json::from_str(&serde_json::to_string(&spec).unwrap()).unwrap();
        assert_eq!(back, spec);
    }

    #[test]
    fn specs_that_ask_for_nothing_or_twice_are_refused() {
        let refuse = |change: &dyn Fn(&mut ScreenSpec)| {
            let mut spec = spec(Targets::Each { genes: vec!["A".into()] });
            change(&mut spec);
            spec.check().unwrap_err().to_string()
        };
        assert!(refuse(&|s| s.targets = Targets::Each { genes: vec![] }).contains("no gene"));
        assert!(refuse(&|s| s.perturbations.clear()).contains("no perturbation"));
        let pair = |genes: &[&str]| Targets::Pairs {
            genes: genes.iter().map(|gene| gene.to_string()).collect(),
        };
        assert!(refuse(&|s| s.targets = pair(&["A"])).contains("pair"));
        assert!(refuse(&|s| s.targets = pair(&["A", "A"])).contains("A is named twice"));
        assert!(refuse(&|s| s.goal = Some(state("Tumor"))).contains("disease = Tumor"));
        assert!(
            refuse(&|s| {
                s.goal = None;
                s.alternatives.push(state("NAT"));
            })
            .contains("goal state")
        );
        spec(Targets::All).check().unwrap();
    }
}
