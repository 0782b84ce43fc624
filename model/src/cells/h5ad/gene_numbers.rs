//! Numbers per gene in an AnnData file: `varm/NAME` (the genes are the variables), `obsm/NAME` or
//! a dense `X` (the genes are the observations).

use std::path::Path;

use super::columns::DataFrame;
use super::node::{Node, damaged, form};
use super::variables::Variables;
use crate::cells::{CellsError, ReadLimits};

/// Numbers per gene.
#[derive(Debug, Clone, PartialEq)]
pub struct GeneMatrix {
    /// Approved symbols where the file's names have one, else the names.
    pub genes: Vec<String>,
    /// Dimensions.
    pub width: usize,
    /// Row-major `[genes, width]`.
    pub values: Vec<f32>,
}

/// Reads the numbers per gene at `key`: `varm/NAME`, `obsm/NAME` or `X`.
///
/// # Errors
/// [`CellsError`] saying what was found there and what is expected.
pub fn read_gene_matrix(
    path: &Path,
    key: &str,
    limits: &ReadLimits,
) -> Result<GeneMatrix, CellsError> {
    let root = Node::open(path)?;
    let (frame, node, name) = match key.split_once('/') {
        Some(("varm", name)) => ("var", root.child("varm")?, name),
        Some(("obsm", name)) => ("obs", root.child("obsm")?, name),
        None if key == "X" => ("obs", root, "X"),
        _ => return Err(form(key, "varm/NAME, obsm/NAME or X", "another key")),
    };
    let genes =
        DataFrame::open(&Node::open(path)?, frame, limits.max_genes, "genes", limits.max_columns)?;
    let dataset = node.dataset(name)?;
    let shape = dataset.shape();
    let [rows, width] = shape[..] else {
        return Err(form(key, "genes x numbers, stored dense", format!("{shape:?}")));
    };
    if rows != genes.rows {
        let found = format!("{rows} rows for {} genes", genes.rows);
        return Err(form(key, "a row for every gene", found));
    }
    ReadLimits::check("numbers", rows.saturating_mul(width), limits.max_nonzeros)?;
    let values = dataset.read_raw::<f32>().map_err(damaged(key))?;
    let genes = Variables::read(&genes)?.genes.into_iter().map(|gene| gene.symbol).collect();
    Ok(GeneMatrix { genes, width, values })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cells::H5adWriter;
    use crate::cells::fixtures::small_matrix;

    #[test]
    fn numbers_per_gene_come_back_from_varm_under_the_genes_symbols() {
        let dir = tempfile::tempdir().unwrap();
        let (cells, path) = (small_matrix(), dir.path().join("genes.h5ad"));
        let mut writer = H5adWriter::create(&path, &cells).unwrap();
        let values: Vec<f64> = (0..2 * cells.genes.len()).map(|v| v as f64 / 2.0).collect();
        writer.varm("X_mine", 2, &values).unwrap();
        writer.finish().unwrap();
        let read = |key: &str| read_gene_matrix(&path, key, &ReadLimits::default());
        let found = read("varm/X_mine").unwrap();
        let symbols: Vec<&str> = cells.genes.iter().map(|gene| gene.symbol.as_str()).collect();
        assert_eq!(
            (found.genes, found.width),
            (symbols.into_iter().map(str::to_owned).collect(), 2)
        );
        assert_eq!(found.values, values.iter().map(|v| *v as f32).collect::<Vec<_>>());
        assert!(read("varm/X_other").unwrap_err().to_string().contains("X_mine"));
        assert!(read("uns/x").unwrap_err().to_string().contains("varm/NAME"));
        assert!(read("X").unwrap_err().to_string().contains('X'), "a sparse X has no dense rows");
    }
}
