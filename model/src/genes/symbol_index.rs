//! A fixed list of symbols, and which of them a gene of a matrix is.

use std::collections::HashMap;

use super::{GeneResolver, ResolutionStatus};
use crate::cells::Gene;

/// The genes of a model that knows them by symbol.
///
/// A gene of a matrix is found by its Ensembl id; then by its symbol as the list spells it; then by
/// what HGNC knows of the symbol (previous symbol or alias of one gene). The list's own symbols are
/// those of the time of training, so they go through HGNC, too. A name that several genes have is
/// never guessed.
#[derive(Debug, Clone)]
pub struct SymbolIndex {
    ensembl: Vec<Option<String>>,
    by_symbol: HashMap<String, u32>,
    /// By the symbol that HGNC now gives the gene.
    by_current: HashMap<String, u32>,
    by_ensembl: HashMap<String, u32>,
}

impl SymbolIndex {
    /// An index of these symbols, numbered from 0.
    ///
    /// # Errors
    /// The first symbol that is listed twice.
    pub fn new<S: AsRef<str>>(symbols: &[S]) -> Result<Self, String> {
        let resolver = GeneResolver::bundled();
        let mut by_symbol = HashMap::with_capacity(symbols.len());
        let mut ids = Vec::with_capacity(symbols.len());
        let (mut by_current, mut by_ensembl) = (OneMeaning::default(), OneMeaning::default());
        for (number, symbol) in (0_u32..).zip(symbols) {
            let symbol = symbol.as_ref();
            if by_symbol.insert(symbol.to_owned(), number).is_some() {
                return Err(symbol.to_owned());
            }
            let meaning = resolver.lookup(symbol);
            let approved = meaning.as_ref().is_some_and(|m| m.status == ResolutionStatus::Approved);
            let ensembl = meaning.as_ref().and_then(|m| m.ensembl_id.clone());
            if let Some(current) = meaning.and_then(|m| m.symbol) {
                by_current.add(current, number, approved);
            }
            if let Some(id) = &ensembl {
                by_ensembl.add(id.clone(), number, approved);
            }
            ids.push(ensembl);
        }
        let (by_current, by_ensembl) = (by_current.finish(), by_ensembl.finish());
        Ok(Self { ensembl: ids, by_symbol, by_current, by_ensembl })
    }

    /// Ensembl id that HGNC gives the symbol with this number.
    pub fn ensembl(&self, number: u32) -> Option<&str> {
        self.ensembl.get(number as usize)?.as_deref()
    }

    /// Number of a gene of a matrix.
    pub fn find(&self, gene: &Gene) -> Option<u32> {
        let by_id = gene.ensembl.as_ref().and_then(|id| self.by_ensembl.get(id));
        let found = by_id.or_else(|| self.by_symbol.get(&gene.symbol)).copied();
        found.or_else(|| {
            let current = GeneResolver::bundled().lookup(&gene.symbol)?.symbol?;
            self.by_current.get(&current).copied()
        })
    }
}

/// Names on their way into a map: an approved symbol wins over earlier ones of the same gene, and
/// two of the same standing leave the name without a meaning.
#[derive(Default)]
struct OneMeaning(HashMap<String, Meaning>);

#[derive(Clone, Copy)]
struct Meaning {
    number: u32,
    approved: bool,
    certain: bool,
}

impl OneMeaning {
    fn add(&mut self, name: String, number: u32, approved: bool) {
        let new = Meaning { number, approved, certain: true };
        let entry = self.0.entry(name).or_insert(new);
        if entry.number != number {
            match (entry.approved, approved) {
                (false, true) => *entry = new,
                (true, false) => {}
                _ => entry.certain = false,
            }
        }
    }

    fn finish(self) -> HashMap<String, u32> {
        let certain = self.0.into_iter().filter(|(_, meaning)| meaning.certain);
        certain.map(|(name, meaning)| (name, meaning.number)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gene(symbol: &str, ensembl: Option<&str>) -> Gene {
        Gene { symbol: symbol.into(), ensembl: ensembl.map(Into::into) }
    }

    #[test]
    fn a_gene_is_found_by_id_symbol_and_what_the_symbol_was_called() {
        let index = SymbolIndex::new(&["GATA3", "MARCH1", "VSIR"]).unwrap();
        assert_eq!(index.find(&gene("whatever", Some("ENSG00000107485"))), Some(0));
        assert_eq!(index.find(&gene("GATA3", None)), Some(0));
        assert_eq!(index.find(&gene("MARCH1", None)), Some(1));
        assert_eq!(index.find(&gene("MARCHF1", None)), Some(1));
        assert_eq!(index.find(&gene("C10orf54", None)), Some(2));
        assert_eq!(index.find(&gene("Gata3", None)), None);
    }

    #[test]
    fn names_of_several_genes_are_not_guessed() {
        let index = SymbolIndex::new(&["TAFAZZIN", "WWTR1", "KMT2D"]).unwrap();
        assert_eq!(index.find(&gene("TAZ", None)), None);
        assert_eq!(index.find(&gene("MLL2", None)), None);
    }

    #[test]
    fn an_approved_symbol_wins_over_an_earlier_one_of_the_same_gene() {
        let index = SymbolIndex::new(&["MARCH1", "MARCHF1"]).unwrap();
        let id = index.ensembl(1).unwrap().to_owned();
        assert_eq!(index.find(&gene("x", Some(&id))), Some(1));
        assert_eq!(index.find(&gene("MARCH1", None)), Some(0));
    }

    #[test]
    fn a_symbol_listed_twice_is_named() {
        assert_eq!(SymbolIndex::new(&["GATA3", "TP53", "GATA3"]).unwrap_err(), "GATA3");
    }
}
