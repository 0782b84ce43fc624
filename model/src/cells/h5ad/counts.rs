//! Which matrix of the file holds the raw counts.

use super::columns::DataFrame;
use super::matrix::{Content, Entry, read};
use super::node::Node;
use super::rows::Csr;
use crate::cells::{CellsError, ReadLimits};

/// The matrix of counts and the genes that are its columns.
#[derive(Debug)]
pub(super) struct Found {
    pub csr: Csr,
    /// `X`, `layers/counts`, `raw/X`, `layers/...`.
    pub source: String,
    pub variables: DataFrame,
    pub warnings: Vec<String>,
}

/// Tries `X`, `layers/counts`, `raw/X`, then the other layers by name, and takes the first that
/// holds only whole numbers.
pub(super) fn find(
    root: &Node,
    cells: &[String],
    limits: &ReadLimits,
) -> Result<Found, CellsError> {
    let mut tried: Vec<String> = Vec::new();
    for (group, name) in candidates(root)? {
        let (parent, is_raw) = match group {
            Some(group) => (&root.child(group)?, group == "raw"),
            None => (root, false),
        };
        let source = parent.path_of(&name);
        let var_parent = if is_raw { parent } else { root };
        let variables =
            DataFrame::open(var_parent, "var", limits.max_genes, "genes", limits.max_columns)?;
        match read(parent, &name, (cells.len(), variables.rows), limits)? {
            Content::Counts(csr) => {
                let warnings = not_from_x(&source, &tried).into_iter().collect();
                return Ok(Found { csr, source, variables, warnings });
            }
            Content::NotWhole(entry) => {
                let (cell, gene) = names(entry, cells, &variables)?;
                let value = entry.value;
                tried.push(format!("{source} holds {value} for cell {cell}, gene {gene}"));
            }
            Content::Bad(entry) => {
                let (cell, gene) = names(entry, cells, &variables)?;
                return Err(CellsError::BadCount {
                    source_name: source,
                    cell,
                    gene,
                    value: entry.value,
                });
            }
        }
    }
    if tried.is_empty() {
        tried.push("nothing: the file has no X, layers or raw.X".to_owned());
    }
    Err(CellsError::NoCounts { tried })
}

/// The matrices of the file in the order they are tried: group and name.
fn candidates(root: &Node) -> Result<Vec<(Option<&'static str>, String)>, CellsError> {
    let mut found = Vec::new();
    if root.has("X") {
        found.push((None, "X".to_owned()));
    }
    let layers = if root.is_group("layers") { root.child("layers")?.children } else { Vec::new() };
    let (counts, others): (Vec<_>, Vec<_>) = layers.into_iter().partition(|name| name == "counts");
    found.extend(counts.into_iter().map(|name| (Some("layers"), name)));
    if root.is_group("raw") && root.child("raw")?.has("X") {
        found.push((Some("raw"), "X".to_owned()));
    }
    found.extend(others.into_iter().map(|name| (Some("layers"), name)));
    Ok(found)
}

fn not_from_x(source: &str, tried: &[String]) -> Option<String> {
    (source != "X").then(|| {
        let why = if tried.is_empty() { "there is no X".to_owned() } else { tried.join("; ") };
        format!("counts were taken from {source}: {why}")
    })
}

/// Names of the cell and gene of an entry.
fn names(
    entry: Entry,
    cells: &[String],
    variables: &DataFrame,
) -> Result<(String, String), CellsError> {
    let gene = variables.index()?.into_iter().nth(entry.column);
    Ok((cells[entry.row].clone(), gene.unwrap_or_default()))
}
