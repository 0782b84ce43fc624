//! The lab's guide library as a file (CSV or TSV): every error with its row, or every guide.

mod columns;
mod row;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use super::finding::{Finding, MOST, shown};
use super::guide::Guide;
use crate::assay::results::TextTable;
use columns::Columns;

/// A guide library as read.
#[derive(Debug, Clone, PartialEq)]
pub struct LibraryFile {
    /// Guides in the order of the file; all that could be read, also when there are errors.
    pub guides: Vec<Guide>,
    /// Row of each guide, from 1, header included.
    pub rows: Vec<u64>,
    /// Everything that keeps the file from being used, in row order (the first 1,000).
    pub errors: Vec<Finding>,
    /// Columns that are not used, as written.
    pub unknown_columns: Vec<String>,
}

/// Reads a guide library: `guide_id`, `symbol` or `ensembl_id`, `protospacer`, and optionally
/// `pam`, `strand`, `position`, `score`, under these names or those of common design tools.
///
/// A guide may target two genes, written `A;B`, `A|B` or `A+B`. `is_gene` says which names are
/// genes of the campaign, whatever they look like; other names of controls make control guides.
pub fn read_library(bytes: &[u8], is_gene: impl Fn(&str) -> bool) -> LibraryFile {
    let mut file = LibraryFile {
        guides: Vec::new(),
        rows: Vec::new(),
        errors: Vec::new(),
        unknown_columns: Vec::new(),
    };
    let table = match TextTable::read(bytes) {
        Ok(table) => table,
        Err(issue) => {
            let code = match issue.code {
                crate::assay::results::IssueCode::EmptyFile => "empty_file",
                _ => "not_text",
            };
            file.errors.push(Finding::new(code, issue.message));
            return file;
        }
    };
    let (columns, unknown) = Columns::find(&table, &mut file.errors);
    file.unknown_columns = unknown;
    let Some(columns) = columns else { return file };
    let mut first_row: HashMap<String, u64> = HashMap::new();
    for (row, cells) in &table.rows {
        if file.errors.len() >= MOST {
            let more =
                format!("reading stopped at row {row} after {MOST} errors; mend these first");
            file.errors.push(Finding::new("stopped_early", more).at(*row));
            break;
        }
        let Some(guide) = row::read(*row, cells, &columns, &is_gene, &mut file.errors) else {
            continue;
        };
        if let Some(first) = first_row.insert(guide.guide_id.clone(), *row) {
            let message = format!(
                "guide {} is in row {first} already; every guide needs a name of its own",
                shown(&guide.guide_id)
            );
            file.errors.push(Finding::new("duplicate_guide", message).at(*row));
            first_row.insert(guide.guide_id.clone(), first);
            continue;
        }
        file.guides.push(guide);
        file.rows.push(*row);
    }
    if table.rows.is_empty() {
        let message = "the file has a header and no guide; export it again";
        file.errors.push(Finding::new("empty_file", message));
    }
    file
}
