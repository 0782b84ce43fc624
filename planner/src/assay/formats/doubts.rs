//! The genes of a table, each with its doubts.

use std::collections::HashMap;

use serde::Serialize;

use super::context::Context;
use super::finding::{Finding, Findings};
use super::genes::{GeneMatch, GeneStatus, day_and_month, is_control_name};
use crate::assay::results::IssueCode;
use crate::assay::results::issue::clip;

/// What was made of the gene of one row. Rows whose text is the current symbol are not listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GeneRow {
    /// Row of the file.
    pub row: u64,
    /// Text of the cell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub given: Option<String>,
    /// What the cell holds when it is no text, such as `date 1 March`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub found: Option<String>,
    /// How it was found.
    pub status: GeneStatus,
    /// The gene, when there is no doubt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub symbol: Option<String>,
    /// Ensembl gene id of `symbol`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ensembl_id: Option<String>,
    /// Genes to choose from, best first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub candidates: Vec<String>,
}

/// A few names that no table knows are in every screen; a file is refused from this many on …
const FEW_UNKNOWN: usize = 3;
/// … when they are more than this part of all names.
const MANY_UNKNOWN: usize = 5;

/// A gene cell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum GeneCell<'a> {
    Text(&'a str),
    /// A date cell, as `2026-03-01`.
    Date(&'a str),
}

/// Looks up the genes of a table, row by row; a text is looked up once.
pub(super) struct Doubts<'a> {
    context: &'a Context<'a>,
    column: String,
    /// Controls are listed (they are rows of their own in a table of genes).
    list_controls: bool,
    known: HashMap<String, GeneMatch>,
    rows: Vec<GeneRow>,
    /// Names that are no gene, the first of them, and all names that are no control.
    unknown: usize,
    /// Names that fit but for case and separators: one by one a slip, all of them another species.
    proposed: usize,
    first_unknown: String,
    names: usize,
}

impl<'a> Doubts<'a> {
    /// For the gene column named `column` of a table with a row a gene.
    pub(super) fn of_genes(context: &'a Context<'a>, column: &str) -> Self {
        Self {
            context,
            column: column.to_owned(),
            list_controls: true,
            known: HashMap::new(),
            rows: Vec::new(),
            unknown: 0,
            proposed: 0,
            first_unknown: String::new(),
            names: 0,
        }
    }

    /// What was found, in row order. A column in which too many names are no genes is an error: it
    /// is another column, or of another species.
    pub(super) fn finish(self, findings: &mut Findings) -> Vec<GeneRow> {
        let wrong = self.unknown + self.proposed;
        let many = wrong >= FEW_UNKNOWN && wrong * MANY_UNKNOWN > self.names;
        if many || (self.unknown > 0 && self.unknown == self.names) {
            findings.error(
                Finding::new(
                    IssueCode::GeneUnknown,
                    format!(
                        "{wrong} of {} names in column `{}` are no human genes as they are written (first: `{}`): check that it is the column of genes, and that the cells are human",
                        self.names, clip(&self.column), clip(&self.first_unknown)
                    ),
                )
                .column(&self.column)
                .found(&self.first_unknown),
            );
        }
        self.rows
    }

    /// For a table with several rows a gene: each text is listed at its first row, controls are not.
    pub(super) fn of_guides(context: &'a Context<'a>, column: &str) -> Self {
        Self { list_controls: false, ..Self::of_genes(context, column) }
    }

    /// Looks one cell up and reports its doubt.
    pub(super) fn check(&mut self, row: u64, cell: GeneCell<'_>, findings: &mut Findings) {
        let text = match cell {
            GeneCell::Text(text) | GeneCell::Date(text) => text,
        };
        let repeated = self.known.contains_key(text);
        if text.is_empty() || (repeated && !self.list_controls) {
            return;
        }
        let Some(found) = self.resolve(text, cell) else { return };
        if found.status == GeneStatus::Approved
            || (found.status == GeneStatus::Control && !self.list_controls)
        {
            return;
        }
        report(row, text, &self.column, &found, findings);
        let date = match cell {
            GeneCell::Date(date) => day_and_month(date).map(|date| format!("date {date}")),
            GeneCell::Text(_) => None,
        };
        if self.rows.len() < self.context.max_findings {
            self.rows.push(GeneRow {
                row,
                given: date.is_none().then(|| clip(text)),
                found: date,
                status: found.status,
                symbol: found.symbol,
                ensembl_id: None,
                candidates: found.candidates,
            });
        }
    }

    fn resolve(&mut self, text: &str, cell: GeneCell<'_>) -> Option<GeneMatch> {
        if let Some(known) = self.known.get(text) {
            return Some(known.clone());
        }
        let control = matches!(cell, GeneCell::Text(text) if is_control_name(text));
        let found = if control {
            GeneMatch {
                status: GeneStatus::Control,
                symbol: None,
                ensembl_id: None,
                candidates: Vec::new(),
            }
        } else {
            let names = self.context.genes?;
            let serial = super::genes::date_of_serial(text);
            names.resolve(serial.as_deref().unwrap_or(text))
        };
        self.names += usize::from(!control);
        let proposed = found.status == GeneStatus::Folded;
        if proposed || matches!(found.status, GeneStatus::Unknown | GeneStatus::Withdrawn) {
            self.unknown += usize::from(!proposed);
            self.proposed += usize::from(proposed);
            if self.first_unknown.is_empty() {
                self.first_unknown = text.to_owned();
            }
        }
        self.known.insert(text.to_owned(), found.clone());
        Some(found)
    }
}

fn report(row: u64, text: &str, column: &str, found: &GeneMatch, findings: &mut Findings) {
    use GeneStatus::{
        Alias, Ambiguous, Approved, Control, DateDamaged, EnsemblId, Folded, Previous, Unknown,
        Withdrawn,
    };
    let symbol = found.symbol.as_deref().unwrap_or("?");
    let choices = found.candidates.join(", ");
    let shown = clip(text);
    let (code, message) = match found.status {
        Approved | EnsemblId | Control => return,
        Previous => (
            IssueCode::GenePrevious,
            format!("row {row}: `{shown}` is an earlier symbol of {symbol} and was taken for it"),
        ),
        Alias => (
            IssueCode::GeneAlias,
            format!("row {row}: `{shown}` is another name of {symbol} and was taken for it"),
        ),
        Ambiguous => (
            IssueCode::GeneAmbiguous,
            format!(
                "row {row}: `{shown}` may mean {choices}: choose one; the row waits until then"
            ),
        ),
        Folded => (
            IssueCode::GeneFolded,
            format!(
                "row {row}: no gene is written `{shown}`, but {choices} is written nearly so: confirm it; the row waits until then"
            ),
        ),
        DateDamaged if choices.is_empty() => (
            IssueCode::DateDamagedSymbol,
            format!(
                "row {row}: a spreadsheet made the date `{shown}` of a symbol; type the symbol in, the row waits until then"
            ),
        ),
        DateDamaged => (
            IssueCode::DateDamagedSymbol,
            format!(
                "row {row}: a spreadsheet made the date `{shown}` of a symbol, which may have been {choices}: choose one; the row waits until then"
            ),
        ),
        Withdrawn => (
            IssueCode::GeneWithdrawn,
            format!(
                "row {row}: `{shown}` was withdrawn and has no successor: the row stays out until the symbol is corrected"
            ),
        ),
        Unknown => (
            IssueCode::GeneUnknown,
            format!(
                "row {row}: no gene is named `{shown}`{}: the row stays out until the symbol is corrected",
                if choices.is_empty() { String::new() } else { format!(" (nearest: {choices})") }
            ),
        ),
    };
    let mut finding = Finding::new(code, message).row(row).column(column).found(text);
    finding.gene = Some(shown);
    findings.warn(finding);
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Small;

    impl super::super::genes::GeneNames for Small {
        fn resolve(&self, text: &str) -> GeneMatch {
            let one = |status, symbol: &str| GeneMatch {
                status,
                symbol: Some(symbol.into()),
                ensembl_id: None,
                candidates: Vec::new(),
            };
            let several = |status, names: &[&str]| GeneMatch {
                status,
                symbol: None,
                ensembl_id: None,
                candidates: names.iter().map(|name| (*name).into()).collect(),
            };
            match text {
                "GATA3" => one(GeneStatus::Approved, "GATA3"),
                "MARCH1" => one(GeneStatus::Previous, "MARCHF1"),
                "SEPT2" => several(GeneStatus::Ambiguous, &["SEPTIN2", "SEPTIN6"]),
                "2026-03-01" => several(GeneStatus::DateDamaged, &["MARCHF1", "MTARC1"]),
                _ => several(GeneStatus::Unknown, &["GATA3"]),
            }
        }
    }

    #[test]
    fn every_doubt_is_listed_with_its_row() {
        let context = Context { genes: Some(&Small), ..Context::default() };
        let mut findings = Findings::new(100);
        let mut doubts = Doubts::of_genes(&context, "id");
        let cells = ["GATA3", "MARCH1", "SEPT2", "NTC", "46082", "XYZ", ""];
        for (row, cell) in (2..).zip(cells) {
            doubts.check(row, GeneCell::Text(cell), &mut findings);
        }
        doubts.check(9, GeneCell::Date("2026-03-01"), &mut findings);
        let rows = doubts.finish(&mut findings);
        let statuses: Vec<(u64, GeneStatus)> =
            rows.iter().map(|row| (row.row, row.status)).collect();
        assert_eq!(
            statuses,
            [
                (3, GeneStatus::Previous),
                (4, GeneStatus::Ambiguous),
                (5, GeneStatus::Control),
                (6, GeneStatus::DateDamaged),
                (7, GeneStatus::Unknown),
                (9, GeneStatus::DateDamaged),
            ]
        );
        assert_eq!(rows[5].found.as_deref(), Some("date 1 March"));
        assert_eq!((findings.warnings.len(), findings.errors.len()), (5, 0));
        assert!(findings.warnings[3].message.contains("nearest: GATA3"));
    }

    #[test]
    fn a_column_in_which_most_names_are_no_genes_is_refused() {
        let context = Context { genes: Some(&Small), ..Context::default() };
        let refused = |names: &[&str]| {
            let mut findings = Findings::new(100);
            let mut doubts = Doubts::of_genes(&context, "Gene");
            for (row, name) in (2..).zip(names) {
                doubts.check(row, GeneCell::Text(name), &mut findings);
            }
            doubts.finish(&mut findings);
            findings.errors.first().map(|finding| finding.message.clone())
        };
        assert_eq!(refused(&["GATA3", "Q1", "Q2", "NTC"]), None);
        assert!(refused(&["GATA3", "Q1", "Q2", "Q3"]).unwrap().contains("3 of 4 names"));
        assert!(refused(&["Gata3"]).unwrap().contains("`Gata3`"));
    }

    #[test]
    fn a_table_of_guides_lists_a_doubt_once() {
        let context = Context { genes: Some(&Small), ..Context::default() };
        let mut findings = Findings::new(100);
        let mut doubts = Doubts::of_guides(&context, "Gene");
        for row in 2..6 {
            doubts.check(row, GeneCell::Text("SEPT2"), &mut findings);
            doubts.check(row, GeneCell::Text("NTC"), &mut findings);
        }
        assert_eq!((doubts.finish(&mut findings).len(), findings.warnings.len()), (1, 1));
    }
}
