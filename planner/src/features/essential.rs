//! Core-essential genes, whose knock-out kills the cell and tells little about the readout.

use super::sources::DEPMAP;

/// Whether the mean DepMap gene effect of `symbol` (exact spelling) is at most -1, the median of
/// known common-essential genes by construction of that scale.
///
/// The bundled table covers 3,465 genes; a gene it does not know counts as not essential.
#[must_use]
pub fn is_core_essential(symbol: &str) -> bool {
    DEPMAP.genes.get(symbol).is_some_and(|gene| {
        let effects = DEPMAP.row(gene);
        effects.iter().sum::<f64>() / effects.len().max(1) as f64 <= -1.0
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ribosomes_are_core_essential_and_immune_receptors_are_not() {
        assert!(is_core_essential("RPL3"));
        assert!(!is_core_essential("IL2RA"));
        assert!(!is_core_essential("no such gene"));
    }
}
