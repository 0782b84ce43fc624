//! Genes of a `var` data frame: Ensembl ids and symbols wherever the file keeps them.

use std::collections::HashSet;

use super::columns::DataFrame;
use crate::cells::{CellsError, Gene};
use crate::genes::{GeneResolver, ResolutionStatus, ensembl_gene_id};

/// Names of columns with Ensembl ids, best first, lower case.
const ENSEMBL_COLUMNS: [&str; 9] = [
    "ensembl_id",
    "ensembl",
    "ensembl_gene_id",
    "ensembl_ids",
    "gene_ids",
    "gene_id",
    "ensemblid",
    "feature_id",
    "gene_ensembl",
];
/// Names of columns with symbols, best first, lower case.
const SYMBOL_COLUMNS: [&str; 9] = [
    "gene_symbol",
    "gene_symbols",
    "symbol",
    "symbols",
    "gene_name",
    "gene_names",
    "feature_name",
    "hgnc_symbol",
    "name",
];

/// The genes of a file, one per column of its matrix.
#[derive(Debug)]
pub(super) struct Variables {
    pub genes: Vec<Gene>,
    /// Genes whose Ensembl id was looked up by symbol.
    pub mapped_by_symbol: usize,
    pub warnings: Vec<String>,
}

impl Variables {
    /// Reads the genes of `var` (or of `raw/var`).
    pub fn read(var: &DataFrame) -> Result<Self, CellsError> {
        let index = var.index()?;
        let from_index: Vec<Option<String>> = index.iter().map(|t| ensembl_gene_id(t)).collect();
        let index_is_ensembl = mostly_known(&from_index);
        let mut ids = if index_is_ensembl { from_index } else { vec![None; index.len()] };
        if !index_is_ensembl && let Some(found) = ensembl_column(var)? {
            ids = found;
        }
        let symbols = if index_is_ensembl { symbol_column(var)? } else { None };
        let resolver = GeneResolver::bundled();
        let genes = ids.into_iter().zip(index).enumerate().map(|(row, (ensembl, name))| {
            let listed = symbols.as_ref().and_then(|labels| labels[row].clone());
            let looked_up = || match (&ensembl, index_is_ensembl) {
                (Some(id), true) => resolver.lookup(id).and_then(|found| found.symbol),
                _ => None,
            };
            let symbol = listed.filter(|text| !text.is_empty()).or_else(looked_up).unwrap_or(name);
            Gene { ensembl, symbol }
        });
        let mut genes: Vec<Gene> = genes.collect();
        let mapped_by_symbol = map_by_symbol(&mut genes, resolver);
        let warnings = other_species(&genes).into_iter().collect();
        Ok(Self { genes, mapped_by_symbol, warnings })
    }
}

/// Gives genes without an Ensembl id the one of their symbol; returns how many.
///
/// Earlier symbols and aliases are used only where no other column already is that gene: else a
/// column that shares an old name would be added to it.
fn map_by_symbol(genes: &mut [Gene], resolver: &GeneResolver) -> usize {
    let mut taken: HashSet<String> = genes.iter().filter_map(|gene| gene.ensembl.clone()).collect();
    let mut mapped = 0;
    for current in [true, false] {
        for gene in genes.iter_mut().filter(|gene| gene.ensembl.is_none()) {
            let Some(found) = resolver.lookup(&gene.symbol) else { continue };
            let usable = match found.status {
                ResolutionStatus::Approved => current,
                ResolutionStatus::Previous | ResolutionStatus::Alias => {
                    !current && found.ensembl_id.as_ref().is_some_and(|id| !taken.contains(id))
                }
                _ => false,
            };
            if let Some(id) = found.ensembl_id.filter(|_| usable) {
                taken.insert(id.clone());
                gene.ensembl = Some(id);
                mapped += 1;
            }
        }
    }
    mapped
}

/// Whether more than half of the non-empty values are Ensembl ids.
fn mostly_known(ids: &[Option<String>]) -> bool {
    ids.iter().flatten().count() * 2 > ids.len()
}

fn ensembl_column(var: &DataFrame) -> Result<Option<Vec<Option<String>>>, CellsError> {
    for name in columns_named(var, &ENSEMBL_COLUMNS) {
        let labels = var.labels(name)?;
        let filled = labels.iter().flatten().filter(|text| !text.is_empty()).count();
        let ids: Vec<Option<String>> =
            labels.iter().map(|text| text.as_deref().and_then(ensembl_gene_id)).collect();
        if ids.iter().flatten().count() * 2 > filled {
            return Ok(Some(ids));
        }
    }
    Ok(None)
}

fn symbol_column(var: &DataFrame) -> Result<Option<Vec<Option<String>>>, CellsError> {
    match columns_named(var, &SYMBOL_COLUMNS).first() {
        Some(name) => Ok(Some(var.labels(name)?)),
        None => Ok(None),
    }
}

/// Columns that have one of the names, in the order of the names.
fn columns_named<'a>(var: &'a DataFrame, names: &[&str]) -> Vec<&'a str> {
    let folded = |column: &str| column.to_ascii_lowercase().replace([' ', '-'], "_");
    names.iter().filter_map(|name| var.names().find(|column| folded(column) == *name)).collect()
}

/// Warns when most Ensembl ids are not human.
fn other_species(genes: &[Gene]) -> Option<String> {
    let ids = || genes.iter().filter_map(|gene| gene.ensembl.as_deref());
    let other = ids().filter(|id| !id.starts_with("ENSG")).count();
    (other * 2 > ids().count()).then(|| {
        format!("{other} Ensembl ids are not human (ENSG...): human vocabularies do not know them")
    })
}
