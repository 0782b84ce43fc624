//! Which column of a guide library is which.

use crate::assay::results::TextTable;
use crate::pooled::finding::{Finding, shown};

/// A column: place in the row and header as written.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Column {
    pub(super) at: usize,
    pub(super) name: String,
}

/// The columns that were found.
#[derive(Debug, PartialEq)]
pub(super) struct Columns {
    pub(super) width: usize,
    pub(super) guide_id: Column,
    pub(super) symbol: Option<Column>,
    pub(super) ensembl_id: Option<Column>,
    pub(super) protospacer: Column,
    pub(super) pam: Option<Column>,
    pub(super) strand: Option<Column>,
    pub(super) position: Option<Column>,
    pub(super) score: Option<Column>,
}

const GUIDE: [&str; 6] = ["guideid", "guide", "sgrna", "sgrnaid", "grnaid", "grna"];
const SYMBOL: [&str; 5] = ["symbol", "gene", "genesymbol", "targetgene", "targetgenesymbol"];
const ENSEMBL: [&str; 4] = ["ensemblid", "ensembl", "ensemblgeneid", "geneid"];
const SEQUENCE: [&str; 8] = [
    "protospacer",
    "protospacer20nt",
    "sequence",
    "guidesequence",
    "sgrnasequence",
    "sgrnatargetsequence",
    "grnasequence",
    "spacer",
];
const PAM: [&str; 2] = ["pam", "pamsequence"];
const STRAND: [&str; 2] = ["strand", "orientation"];
const POSITION: [&str; 4] = ["position", "cutposition", "genomicposition", "start"];
const SCORE: [&str; 5] = ["score", "ontargetscore", "ontarget", "efficiency", "combinedscore"];

impl Columns {
    /// Finds the columns by their headers, and the headers that mean nothing here.
    pub(super) fn find(
        table: &TextTable,
        errors: &mut Vec<Finding>,
    ) -> (Option<Self>, Vec<String>) {
        let plain: Vec<String> = table.header.iter().map(|name| letters(name)).collect();
        let mut used = vec![false; plain.len()];
        let mut find = |names: &[&str]| {
            let at = names.iter().find_map(|name| plain.iter().position(|known| known == name))?;
            used[at] = true;
            Some(Column { at, name: table.header[at].clone() })
        };
        let (guide, symbol, ensembl) = (find(&GUIDE), find(&SYMBOL), find(&ENSEMBL));
        let (sequence, pam, strand) = (find(&SEQUENCE), find(&PAM), find(&STRAND));
        let (position, score) = (find(&POSITION), find(&SCORE));
        let left =
            table.header.iter().zip(&used).filter(|(name, used)| !**used && !name.is_empty());
        let unknown = left.map(|(name, _)| name.clone()).collect();
        let mut missing = |what: &str, names: &[&str]| {
            let found: Vec<String> = table.header.iter().map(|name| shown(name)).collect();
            let message = format!(
                "no column {what} (found: {}); name it {what} or one of: {}",
                found.join(", "),
                names.join(", ")
            );
            errors.push(Finding::new("missing_column", message).at(table.header_line));
        };
        if guide.is_none() {
            missing("guide_id", &GUIDE);
        }
        if symbol.is_none() && ensembl.is_none() {
            missing("symbol or ensembl_id", &SYMBOL);
        }
        if sequence.is_none() {
            missing("protospacer", &SEQUENCE);
        }
        let (Some(guide_id), Some(protospacer)) = (guide, sequence) else { return (None, unknown) };
        if symbol.is_none() && ensembl.is_none() {
            return (None, unknown);
        }
        let ensembl_id = ensembl;
        let width = table.header.len();
        let found =
            Self { width, guide_id, symbol, ensembl_id, protospacer, pam, strand, position, score };
        (Some(found), unknown)
    }
}

/// A header without case, spaces and signs.
fn letters(name: &str) -> String {
    name.to_lowercase().chars().filter(char::is_ascii_alphanumeric).collect()
}
