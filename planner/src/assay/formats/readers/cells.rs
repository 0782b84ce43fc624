//! Perturb-seq (`.h5ad`): which convention its `obs` follows, and how many cells each perturbation
//! has. HDF5 is opened by the caller.

use std::collections::BTreeMap;

use serde::Serialize;

use super::super::context::Context;
use super::super::finding::{Finding, Findings};
use super::super::id::FormatId;
use super::super::import::{Candidate, Confidence, Content, Import};
use crate::assay::results::IssueCode;

/// An opened h5ad.
pub trait CellFile: Sync {
    /// Number of cells.
    fn n_obs(&self) -> usize;
    /// Number of measured genes.
    fn n_vars(&self) -> usize;
    /// Names of the obs columns.
    fn columns(&self) -> Vec<String>;
    /// An obs column as a label for each cell; `None` when there is no such column.
    fn labels(&self, column: &str) -> Option<Vec<Option<String>>>;
}

/// Cells of a Perturb-seq file.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CellTable {
    /// Number of cells.
    pub n_obs: usize,
    /// Number of measured genes.
    pub n_vars: usize,
    /// The obs column with the perturbation.
    pub perturbation_column: String,
    /// Its value for control cells.
    pub control: String,
    /// Cells of each perturbation. Pairs are unordered, written sorted and joined with `+`.
    pub cells_per_perturbation: BTreeMap<String, usize>,
    /// Cells without a perturbation, which are left out.
    #[serde(skip_serializing_if = "is_zero")]
    pub unassigned_cells: usize,
}

fn is_zero(count: &usize) -> bool {
    *count == 0
}

struct Convention {
    format: FormatId,
    column: &'static str,
    control: &'static str,
}

const CONVENTIONS: [Convention; 3] = [
    Convention { format: FormatId::H5adGears, column: "condition", control: "ctrl" },
    Convention { format: FormatId::H5adScperturb, column: "perturbation", control: "control" },
    Convention { format: FormatId::H5adCellEval, column: "target_gene", control: "non-targeting" },
];

/// Summarises the cells of an HDF5 file.
pub(in crate::assay::formats) fn read_cells(
    context: &Context<'_>,
    import: &mut Import,
    findings: &mut Findings,
) {
    let Some(file) = context.cells else {
        findings.error(Finding::new(
            IssueCode::NotText,
            "the file is HDF5, as h5ad files of cells are; it is read in a step of its own: upload it as a data set",
        ));
        return;
    };
    let mut found: Vec<(&Convention, Vec<Option<String>>)> = Vec::new();
    for convention in &CONVENTIONS {
        let Some(labels) = file.labels(convention.column) else { continue };
        let controls = labels.iter().flatten().filter(|label| *label == convention.control).count();
        let confidence = if controls > 0 { Confidence::Yes } else { Confidence::Maybe };
        import.candidates.push(Candidate {
            format: convention.format,
            confidence,
            reason: format!(
                "obs has `{}`, and {controls} cells are `{}`",
                convention.column, convention.control
            ),
            sheet: None,
        });
        if context.format.map_or(controls > 0, |chosen| chosen == convention.format) {
            found.push((convention, labels));
        }
    }
    let (convention, labels) = match &mut found[..] {
        [(convention, labels)] => (*convention, std::mem::take(labels)),
        several => {
            let shown: Vec<String> = CONVENTIONS
                .iter()
                .map(|c| format!("`{}` with `{}`", c.column, c.control))
                .collect();
            findings.error(Finding::new(
                IssueCode::UnknownFormat,
                format!(
                    "{} of the known conventions fit (obs column with control cells: {}; found: {}); choose one, or name the column and its controls so",
                    several.len(),
                    shown.join(", "),
                    file.columns().join(", ")
                ),
            ));
            return;
        }
    };
    import.format = convention.format;
    import.reason =
        format!("obs has `{}` with control cells `{}`", convention.column, convention.control);
    import.content = Content::Cells(summarise(file, convention, &labels, findings));
}

fn summarise(
    file: &dyn CellFile,
    convention: &Convention,
    labels: &[Option<String>],
    findings: &mut Findings,
) -> CellTable {
    let numbers = file.labels("nperts").unwrap_or_default();
    let mut cells = BTreeMap::new();
    let mut unassigned = 0;
    for (cell, label) in labels.iter().enumerate() {
        let label = label.as_deref().map(str::trim).filter(|label| {
            !label.is_empty() && !label.eq_ignore_ascii_case("nan") && *label != "None"
        });
        let Some(label) = label else {
            unassigned += 1;
            continue;
        };
        let n_perts = numbers.get(cell).cloned().flatten();
        let n_perts = n_perts.and_then(|number| number.parse::<f64>().ok()).map(|n| n as usize);
        *cells.entry(perturbation(label, convention, n_perts)).or_insert(0) += 1;
    }
    if unassigned > 0 {
        let mut finding = Finding::new(
            IssueCode::PerturbationMissing,
            format!(
                "{unassigned} of {} cells have no perturbation in `{}`: left out",
                labels.len(),
                convention.column
            ),
        )
        .column(convention.column);
        finding.cells = Some(unassigned);
        findings.warn(finding);
    }
    CellTable {
        n_obs: file.n_obs(),
        n_vars: file.n_vars(),
        perturbation_column: convention.column.into(),
        control: convention.control.into(),
        cells_per_perturbation: cells,
        unassigned_cells: unassigned,
    }
}

/// The perturbation in one spelling: a pair is sorted, a pair with the control is a single.
///
/// GEARS joins with `+`. scPerturb mostly joins with `_`, which gene names hold as well: only where
/// `nperts` says so many is the name taken apart.
fn perturbation(label: &str, convention: &Convention, n_perts: Option<usize>) -> String {
    let by_plus: Vec<&str> = label.split('+').map(str::trim).collect();
    let mut parts = match (convention.format, n_perts) {
        (FormatId::H5adGears, _) => by_plus,
        (_, Some(n)) if n > 1 && by_plus.len() == n => by_plus,
        (_, Some(n)) if n > 1 && label.split('_').count() == n => label.split('_').collect(),
        _ => vec![label],
    };
    if parts.len() > 1 {
        parts.retain(|part| *part != convention.control);
    }
    if parts.is_empty() {
        return convention.control.to_owned();
    }
    parts.sort_unstable();
    parts.join("+")
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Columns(Vec<(&'static str, Vec<Option<&'static str>>)>);

    impl CellFile for Columns {
        fn n_obs(&self) -> usize {
            self.0[0].1.len()
        }
        fn n_vars(&self) -> usize {
            20
        }
        fn columns(&self) -> Vec<String> {
            self.0.iter().map(|(name, _)| (*name).into()).collect()
        }
        fn labels(&self, column: &str) -> Option<Vec<Option<String>>> {
            let (_, labels) = self.0.iter().find(|(name, _)| *name == column)?;
            Some(labels.iter().map(|label| label.map(str::to_owned)).collect())
        }
    }

    fn read(file: &Columns) -> Import {
        let context = Context { cells: Some(file), ..Context::default() };
        super::super::super::read(b"\x89HDF\r\n\x1a\n rest", &context)
    }

    fn counts(import: &Import) -> Vec<(&str, usize)> {
        let Content::Cells(table) = &import.content else { panic!("expected cells") };
        table.cells_per_perturbation.iter().map(|(name, n)| (name.as_str(), *n)).collect()
    }

    #[test]
    fn pairs_with_the_control_are_singles_and_pairs_are_unordered() {
        let labels = ["ctrl", "GATA3+ctrl", "ctrl+GATA3", "GATA3+BATF", "BATF+GATA3"];
        let import = read(&Columns(vec![("condition", labels.map(Some).to_vec())]));
        assert_eq!(import.format, FormatId::H5adGears);
        assert_eq!(counts(&import), [("BATF+GATA3", 2), ("GATA3", 2), ("ctrl", 1)]);
    }

    #[test]
    fn an_underscore_parts_a_pair_only_where_the_number_says_so() {
        let file = Columns(vec![
            ("perturbation", vec![Some("control"), Some("A_B"), Some("C_D"), None, Some("nan")]),
            ("nperts", vec![Some("0"), Some("2"), Some("1"), None, None]),
        ]);
        let import = read(&file);
        assert_eq!(counts(&import), [("A+B", 1), ("C_D", 1), ("control", 1)]);
        assert_eq!(import.warnings[0].cells, Some(2));
    }

    #[test]
    fn a_file_without_control_cells_is_not_guessed() {
        let import = read(&Columns(vec![("condition", vec![Some("A"), Some("B")])]));
        assert_eq!(import.errors[0].code, IssueCode::UnknownFormat);
        assert!(import.errors[0].message.contains("found: condition"));
        assert_eq!(import.candidates[0].confidence, Confidence::Maybe);
    }
}
