//! Columns of the same gene become one.

use std::collections::HashMap;

use super::rows::Csr;
use crate::cells::Gene;

/// Adds the columns of the same gene (same Ensembl id; same symbol where neither has one) into the
/// first of them. Returns the genes, the counts and the number of columns added away.
pub(super) fn collapse(genes: Vec<Gene>, csr: Csr) -> (Vec<Gene>, Csr, usize) {
    let columns = genes.len();
    let mut first: HashMap<(bool, String), u32> = HashMap::with_capacity(columns);
    let mut kept: Vec<Gene> = Vec::with_capacity(columns);
    let target: Vec<u32> = genes
        .into_iter()
        .map(|gene| {
            let key = match &gene.ensembl {
                Some(id) => (true, id.clone()),
                None => (false, gene.symbol.clone()),
            };
            *first.entry(key).or_insert_with(|| {
                kept.push(gene);
                kept.len() as u32 - 1
            })
        })
        .collect();
    let collapsed = columns - kept.len();
    let csr = if collapsed == 0 { csr } else { csr.tidied(|column| target[column as usize]) };
    (kept, csr, collapsed)
}
