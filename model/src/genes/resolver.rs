//! Which gene a text means.

use std::collections::{HashMap, HashSet};
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use crate::genes::dates::texts_behind_date;
use crate::genes::ensembl_gene_id;
use crate::genes::nearest::nearest;
use crate::genes::table::Table;

/// How a text led to a gene, or why it did not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResolutionStatus {
    /// The current symbol.
    Approved,
    /// An earlier symbol of exactly one gene: accepted with a warning.
    Previous,
    /// Another name of exactly one gene: accepted with a warning.
    Alias,
    /// An Ensembl gene id; the symbol may be unknown.
    EnsemblId,
    /// Several genes: a person chooses among the candidates.
    Ambiguous,
    /// Withdrawn without a successor.
    Withdrawn,
    /// A date made of a symbol by a spreadsheet: a person chooses or confirms.
    DateDamaged,
    /// Nothing known; the candidates are the nearest names, never taken by themselves.
    Unknown,
}

/// What a text means.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resolution {
    /// How it was found.
    pub status: ResolutionStatus,
    /// Current symbol, when exactly one gene was found.
    pub symbol: Option<String>,
    /// Ensembl gene id without version, when exactly one gene was found and has one.
    pub ensembl_id: Option<String>,
    /// Symbols to choose from, best first, when none or several were found.
    pub candidates: Vec<String>,
}

/// Finds genes by symbol, earlier symbol, alias, Ensembl id and HGNC number.
///
/// Order: Ensembl id or `HGNC:n`; approved symbol; previous symbol of one gene that is no other
/// gene's alias; alias of one gene; else ambiguous with the previous-symbol match first. Matches
/// are exact: `p53` is not `TP53`, because upper-casing makes human genes of mouse ones.
#[derive(Debug)]
pub struct GeneResolver {
    table: Table,
    /// Made at the first question.
    folded: OnceLock<HashMap<String, Vec<usize>>>,
}

impl GeneResolver {
    /// The resolver over the bundled HGNC table, loaded at the first call.
    pub fn bundled() -> &'static Self {
        static BUNDLED: OnceLock<GeneResolver> = OnceLock::new();
        BUNDLED.get_or_init(|| Self {
            table: Table::bundled().expect("the bundled HGNC table is whole, as a test checks"),
            folded: OnceLock::new(),
        })
    }

    /// Every approved gene that has an Ensembl id: the id and the symbol, in the table's order.
    pub fn ensembl_genes(&self) -> impl Iterator<Item = (&str, &str)> {
        self.table
            .rows
            .iter()
            .filter_map(|row| Some((row.ensembl.as_deref()?, row.symbol.as_str())))
    }

    /// Resolves a text; surrounding spaces are ignored.
    pub fn resolve(&self, text: &str) -> Resolution {
        let text = text.trim();
        if let Some(found) = self.lookup(text) {
            return found;
        }
        let damaged = self.behind_date(text);
        if !damaged.is_empty() {
            return unresolved(ResolutionStatus::DateDamaged, damaged);
        }
        if self.table.withdrawn.contains_key(text) {
            return unresolved(ResolutionStatus::Withdrawn, Vec::new());
        }
        let names = self.table.rows.iter().map(|row| row.symbol.as_str());
        let near = nearest(text, names, 3).into_iter().map(str::to_owned).collect();
        unresolved(ResolutionStatus::Unknown, near)
    }

    /// The only gene with a name that is written as the text when case, `-`, `_`, `.` and spaces are
    /// ignored (`TBET`, `GATA-3`, `P53`): to be proposed, never to be taken, because it also makes
    /// human genes of mouse ones. `None` when there is none, or several.
    pub fn folded(&self, text: &str) -> Option<Resolution> {
        let index = self.folded.get_or_init(|| self.fold_names());
        match index.get(&fold(text))?[..] {
            [row] => Some(self.one(ResolutionStatus::Alias, row)),
            _ => None,
        }
    }

    /// Rows by the folded approved symbol; names that no approved symbol folds to, by the others.
    fn fold_names(&self) -> HashMap<String, Vec<usize>> {
        let mut index: HashMap<String, Vec<usize>> = HashMap::new();
        for (name, &row) in &self.table.approved {
            index.entry(fold(name)).or_default().push(row);
        }
        let approved: HashSet<String> = index.keys().cloned().collect();
        let others = self.table.previous.iter().chain(&self.table.alias);
        for (name, rows) in others {
            let name = fold(name);
            if !approved.contains(&name) {
                index.entry(name).or_default().extend(rows);
            }
        }
        for rows in index.values_mut() {
            rows.sort_unstable();
            rows.dedup();
        }
        index
    }

    /// As [`GeneResolver::resolve`], but `None` instead of a search for near names: for whole
    /// columns of a file.
    pub(crate) fn lookup(&self, text: &str) -> Option<Resolution> {
        use ResolutionStatus::{Alias, Ambiguous, Approved, EnsemblId, Previous};
        if let Some(id) = ensembl_gene_id(text) {
            return Some(match self.table.ensembl.get(&id) {
                Some(&row) => self.one(EnsemblId, row),
                None => Resolution {
                    status: EnsemblId,
                    symbol: None,
                    ensembl_id: Some(id),
                    candidates: Vec::new(),
                },
            });
        }
        let by_number = text.strip_prefix("HGNC:").and_then(|number| self.table.hgnc.get(number));
        if let Some(&row) = by_number.or_else(|| self.table.approved.get(text)) {
            return Some(self.one(Approved, row));
        }
        let previous = self.sorted(self.table.previous.get(text));
        let mut rows = previous.clone();
        for row in self.sorted(self.table.alias.get(text)) {
            if !rows.contains(&row) {
                rows.push(row);
            }
        }
        match rows[..] {
            [] => None,
            [row] if previous.is_empty() => Some(self.one(Alias, row)),
            [row] => Some(self.one(Previous, row)),
            _ => Some(unresolved(Ambiguous, self.symbols(&rows))),
        }
    }

    fn behind_date(&self, text: &str) -> Vec<String> {
        let mut rows = Vec::new();
        for text in texts_behind_date(text) {
            rows.extend(self.table.approved.get(&text));
            rows.extend(self.sorted(self.table.previous.get(&text)));
            rows.extend(self.sorted(self.table.alias.get(&text)));
        }
        let mut seen = Vec::new();
        rows.retain(|row| {
            let new = !seen.contains(row);
            seen.push(*row);
            new
        });
        self.symbols(&rows)
    }

    /// Rows in the alphabetical order of their symbols.
    fn sorted(&self, rows: Option<&Vec<usize>>) -> Vec<usize> {
        let mut rows = rows.cloned().unwrap_or_default();
        rows.sort_by(|&a, &b| self.table.rows[a].symbol.cmp(&self.table.rows[b].symbol));
        rows.dedup();
        rows
    }

    fn symbols(&self, rows: &[usize]) -> Vec<String> {
        rows.iter().map(|&row| self.table.rows[row].symbol.clone()).collect()
    }

    fn one(&self, status: ResolutionStatus, row: usize) -> Resolution {
        let row = &self.table.rows[row];
        Resolution {
            status,
            symbol: Some(row.symbol.clone()),
            ensembl_id: row.ensembl.clone(),
            candidates: Vec::new(),
        }
    }
}

fn fold(text: &str) -> String {
    let letters = text.chars().filter(|c| !matches!(c, '-' | '_' | '.' | ' '));
    letters.flat_map(char::to_uppercase).collect()
}

fn unresolved(status: ResolutionStatus, candidates: Vec<String>) -> Resolution {
    Resolution { status, symbol: None, ensembl_id: None, candidates }
}

#[cfg(test)]
mod tests {
    use super::ResolutionStatus::*;
    use super::*;

    fn resolve(text: &str) -> Resolution {
        GeneResolver::bundled().resolve(text)
    }

    fn assert_one(text: &str, status: ResolutionStatus, symbol: &str) {
        let found = resolve(text);
        assert_eq!((found.status, found.symbol.as_deref()), (status, Some(symbol)), "{text}");
    }

    #[test]
    fn the_bundled_table_is_whole() {
        let table = Table::bundled().unwrap();
        assert_eq!((table.rows.len(), table.ensembl.len()), (43_842, 39_955));
    }

    #[test]
    fn an_approved_symbol_is_itself_even_where_old_papers_meant_another() {
        assert_one("CCL3L1", Approved, "CCL3L1");
        let gata3 = resolve(" GATA3 ");
        assert_eq!(gata3.ensembl_id.as_deref(), Some("ENSG00000107485"));
    }

    #[test]
    fn previous_symbols_and_aliases_of_one_gene_are_accepted() {
        assert_one("MARCH1", Previous, "MARCHF1");
        assert_one("C10orf54", Previous, "VSIR");
        assert_one("WARS", Previous, "WARS1");
        assert_one("T-bet", Alias, "TBX21");
    }

    #[test]
    fn a_name_of_several_genes_is_ambiguous_with_the_previous_symbol_first() {
        for (text, candidates) in [
            ("TAZ", vec!["TAFAZZIN", "WWTR1"]),
            ("MLL2", vec!["KMT2D", "KMT2B"]),
            ("DEC1", vec!["DELEC1", "BHLHE40"]),
            ("SEPT2", vec!["SEPTIN2", "SEPTIN6"]),
            ("PD1", vec!["PDCD1", "SNCA", "SPATA2"]),
        ] {
            let found = resolve(text);
            assert_eq!((found.status, found.symbol), (Ambiguous, None), "{text}");
            assert_eq!(found.candidates, candidates, "{text}");
        }
    }

    #[test]
    fn identifiers_with_and_without_version_are_found() {
        assert_one("ENSG00000107485.18", EnsemblId, "GATA3");
        assert_one("HGNC:11577", Approved, "TAFAZZIN");
        let unknown = resolve("ENSG99999999999");
        assert_eq!((unknown.status, unknown.symbol), (EnsemblId, None));
    }

    #[test]
    fn dates_list_the_symbols_they_may_have_been() {
        for (text, candidates) in [
            ("1-Mar", vec!["MARCHF1", "MTARC1"]),
            ("2-Sep", vec!["SEPTIN2", "SEPTIN6", "SEPTIN8"]),
            ("2026-09-07", vec!["SEPTIN7"]),
            ("Dec-01", vec!["DELEC1", "BHLHE40"]),
            ("15.Sep", vec!["SELENOF"]),
            ("9 March", vec!["MARCHF9"]),
        ] {
            let found = resolve(text);
            assert_eq!(
                (found.status, &found.candidates[..]),
                (DateDamaged, &candidates.iter().map(|s| s.to_string()).collect::<Vec<_>>()[..]),
                "{text}"
            );
        }
    }

    #[test]
    fn withdrawn_and_unknown_names_are_never_corrected() {
        assert_eq!(resolve("A12M1").status, Withdrawn);
        let unknown = resolve("GATA-33");
        assert_eq!((unknown.status, unknown.symbol), (Unknown, None));
        assert_eq!(unknown.candidates.len(), 3);
        assert_eq!(unknown.candidates[0], "GATA3");
    }

    #[test]
    fn a_name_that_differs_in_case_and_separators_is_proposed_when_it_is_the_only_one() {
        let folded = |text: &str| GeneResolver::bundled().folded(text)?.symbol;
        for (text, symbol) in [("TBET", "TBX21"), ("GATA-3", "GATA3"), ("P53", "TP53")] {
            assert_eq!(folded(text).as_deref(), Some(symbol), "{text}");
        }
        // Two genes, and none.
        assert_eq!((folded("pd-1"), folded("XYZ99")), (None, None));
    }

    #[test]
    fn a_mouse_symbol_is_not_made_a_human_one() {
        assert_eq!(resolve("Gata3").status, Unknown);
    }
}
