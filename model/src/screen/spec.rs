//! What to screen.

use serde::{Deserialize, Serialize};

/// The cells whose `obs` column has a value: a state such as `disease = Tumor`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CellState {
    /// Column of `obs`.
    pub column: String,
    /// Value of that column.
    pub value: String,
}

/// A kind of in-silico perturbation of one gene.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Perturbation {
    /// The gene's token is removed; only cells that have it.
    KnockOut,
    /// The gene's token goes to the front; every chosen cell.
    OverExpression,
}

/// An in-silico perturbation screen of single genes from a start towards a goal state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScreenSpec {
    /// State of the cells to perturb.
    pub start: CellState,
    /// State to move towards.
    pub goal: CellState,
    /// Ensembl ids of the genes to perturb, each at most once.
    pub genes: Vec<String>,
    /// Kinds of perturbation, each at most once.
    pub perturbations: Vec<Perturbation>,
    /// Layer of the embedding: 0 the last, -1 the second to last.
    pub emb_layer: i32,
    /// At most this many start cells, chosen by `seed`; all if absent.
    #[serde(default)]
    pub max_cells: Option<usize>,
    /// Column of `obs` that names the donor, for donor-aware intervals.
    #[serde(default)]
    pub donor_column: Option<String>,
    /// Keep each cell's shift in the rows (needed for rank-sum tests).
    #[serde(default)]
    pub keep_cell_shifts: bool,
    /// Seed of the choice of start cells.
    pub seed: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spec_reads_back_from_its_json() {
        let json = r#"{"start":{"column":"disease","value":"Tumor"},
            "goal":{"column":"disease","value":"NAT"},"genes":["ENSG00000111537"],
            "perturbations":["knock_out","over_expression"],"emb_layer":-1,"seed":7}"#;
        let spec: ScreenSpec = serde_json::from_str(json).unwrap();
        assert_eq!(spec.perturbations[1], Perturbation::OverExpression);
        assert_eq!(spec.max_cells, None);
        let back: ScreenSpec =
            serde_json::from_str(&serde_json::to_string(&spec).unwrap()).unwrap();
        assert_eq!(back, spec);
    }
}
