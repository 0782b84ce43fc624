//! The usable guides of a library, and the best of them for the genes of a round.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde::{Deserialize, Serialize};

use super::controls::ControlKind;
use super::error::PooledError;
use super::finding::listed;
use super::guide::Guide;
use super::oligo::Adapters;
use super::sites::{self, Enzyme};

/// Genes named in an error.
const NAMED: usize = 12;

/// A guide that cannot be ordered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// Its name.
    pub guide_id: String,
    /// What it targets.
    pub target: String,
    /// Machine word: `cloning_site`, `terminator`, `other_length` or `same_sequence`.
    pub code: String,
    /// Why, in words.
    pub reason: String,
}

/// A gene with fewer usable guides than asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TooFew {
    /// Gene symbol.
    pub symbol: String,
    /// Usable guides.
    pub found: usize,
}

/// Guides of a round.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chosen {
    /// Places in the library, each once: genes in the order of the round, best guide first, then
    /// non-targeting and safe-targeting ones.
    pub guides: Vec<usize>,
    /// Of these, non-targeting ones.
    pub non_targeting: usize,
    /// Of these, safe-targeting ones.
    pub safe_targeting: usize,
}

/// A library sorted for choosing.
#[derive(Debug)]
pub struct Shelf<'a> {
    guides: &'a [Guide],
    adapters: &'a Adapters,
    with_g: bool,
    refused: Vec<Refused>,
    by_gene: BTreeMap<&'a str, Vec<usize>>,
    controls: BTreeMap<ControlKind, Vec<usize>>,
}

impl<'a> Shelf<'a> {
    /// Sets aside, by name, what cannot be ordered: sites of the enzyme and TTTT in the insert or
    /// across its junctions, protospacers of another length than most (oligos of one order have
    /// equal lengths), and a sequence that is there under another name (reads could not tell them
    /// apart). The rest is sorted by score, best first, guides without one last, then by the order
    /// of the file.
    pub fn new(guides: &'a [Guide], adapters: &'a Adapters, enzyme: Enzyme) -> Self {
        let length = usual_length(guides);
        let of_length = || {
            let sequences = guides.iter().map(|guide| guide.protospacer.as_str());
            sequences.filter(|sequence| sequence.len() == length)
        };
        let with_g = adapters.needs_g(of_length());
        let mut shelf = Self {
            guides,
            adapters,
            with_g,
            refused: Vec::new(),
            by_gene: BTreeMap::new(),
            controls: BTreeMap::new(),
        };
        let mut sequences: HashMap<&str, &str> = HashMap::new();
        for (place, guide) in guides.iter().enumerate() {
            match shelf.objection(guide, length, enzyme, &mut sequences) {
                Some((code, reason)) => shelf.refused.push(Refused {
                    guide_id: guide.guide_id.clone(),
                    target: guide.target(),
                    code: code.into(),
                    reason,
                }),
                None => shelf.put(place, guide),
            }
        }
        shelf.sort();
        shelf
    }

    fn objection(
        &self,
        guide: &'a Guide,
        length: usize,
        enzyme: Enzyme,
        sequences: &mut HashMap<&'a str, &'a str>,
    ) -> Option<(&'static str, String)> {
        let sequence = guide.protospacer.as_str();
        if sequence.len() != length {
            let found = sequence.len();
            let reason = format!("{found} letters, the other guides have {length}");
            return Some(("other_length", reason));
        }
        let oligo = self.adapters.oligo(self.with_g, sequence);
        let insert = self.adapters.insert(self.with_g, sequence);
        if let Some(found) = sites::forbidden(&oligo, insert, enzyme) {
            let stops = found.0.sequence == "TTTT";
            let code = if stops { "terminator" } else { "cloning_site" };
            return Some((code, sites::words(found)));
        }
        if let Some(other) = sequences.insert(sequence, &guide.guide_id) {
            sequences.insert(sequence, other);
            return Some(("same_sequence", format!("the same sequence as guide {other}")));
        }
        None
    }

    fn put(&mut self, place: usize, guide: &'a Guide) {
        match guide.control {
            Some(kind) => self.controls.entry(kind).or_default().push(place),
            None => guide
                .symbols
                .iter()
                .for_each(|symbol| self.by_gene.entry(symbol).or_default().push(place)),
        }
    }

    fn sort(&mut self) {
        let guides = self.guides;
        let best_first = |a: &usize, b: &usize| {
            let score = |place: &usize| guides[*place].score.unwrap_or(f64::NEG_INFINITY);
            score(b).total_cmp(&score(a)).then(a.cmp(b))
        };
        let lists = self.by_gene.values_mut().chain(self.controls.values_mut());
        lists.for_each(|places| places.sort_by(best_first));
    }

    /// Guides that cannot be ordered, in the order of the library.
    pub fn refused(&self) -> &[Refused] {
        &self.refused
    }

    /// Whether a G goes before every protospacer.
    pub fn with_g(&self) -> bool {
        self.with_g
    }

    /// Genes with at least one usable guide.
    pub fn genes(&self) -> usize {
        self.by_gene.len()
    }

    /// Usable guides of a gene.
    pub fn of_gene(&self, symbol: &str) -> usize {
        self.by_gene.get(symbol).map_or(0, Vec::len)
    }

    /// Usable control guides of a kind.
    pub fn of_kind(&self, kind: ControlKind) -> usize {
        self.controls.get(&kind).map_or(0, Vec::len)
    }

    /// Genes of a list with fewer than `wanted` usable guides.
    pub fn too_few<'s>(
        &self,
        symbols: impl IntoIterator<Item = &'s str>,
        wanted: usize,
    ) -> Vec<TooFew> {
        let counted = symbols.into_iter().map(|symbol| (symbol, self.of_gene(symbol)));
        counted
            .filter(|(_, found)| *found < wanted)
            .map(|(symbol, found)| TooFew { symbol: symbol.to_owned(), found })
            .collect()
    }

    /// The best guides for genes and controls. A guide that targets two of the genes counts for
    /// both and is there once.
    ///
    /// # Errors
    /// [`PooledError::TooFewGuides`] naming the genes, [`PooledError::TooFewControls`].
    pub fn choose(
        &self,
        genes: &[&str],
        per_gene: usize,
        controls: [(ControlKind, usize); 2],
    ) -> Result<Chosen, PooledError> {
        let short = self.too_few(genes.iter().copied(), per_gene);
        if !short.is_empty() {
            let names: Vec<String> =
                short.iter().map(|gene| format!("{} ({})", gene.symbol, gene.found)).collect();
            return Err(PooledError::TooFewGuides {
                genes: listed(&names, NAMED),
                wanted: per_gene,
            });
        }
        let mut taken = HashSet::new();
        let mut chosen = Chosen { guides: Vec::new(), non_targeting: 0, safe_targeting: 0 };
        for gene in genes {
            let best = self.by_gene.get(gene).into_iter().flatten().take(per_gene);
            chosen.guides.extend(best.copied().filter(|place| taken.insert(*place)));
        }
        for (kind, wanted) in controls {
            let found = self.of_kind(kind);
            if found < wanted {
                return Err(PooledError::TooFewControls { kind: kind.word(), found, wanted });
            }
            let places = self.controls.get(&kind).into_iter().flatten().take(wanted);
            chosen.guides.extend(places);
            match kind {
                ControlKind::NonTargeting => chosen.non_targeting = wanted,
                ControlKind::SafeTargeting => chosen.safe_targeting = wanted,
            }
        }
        Ok(chosen)
    }
}

/// The most common length; the shorter of equals.
fn usual_length(guides: &[Guide]) -> usize {
    let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
    for guide in guides {
        *counts.entry(guide.protospacer.len()).or_default() += 1;
    }
    let most =
        counts.into_iter().max_by_key(|(length, count)| (*count, std::cmp::Reverse(*length)));
    most.map_or(0, |(length, _)| length)
}
