//! Keeps the wells of one candidate off the same row, column and edge class, on the plate and
//! over the plates that were laid out before it.

use std::collections::BTreeMap;
use std::ops::Range;

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::{CandidateWell, PlateFormat, Well};

/// Passes over all clashing wells before what is left is noted.
const PASSES: usize = 30;
/// Swaps tried for one clashing well in one pass.
const SWAPS: usize = 40;

/// Where the replicates of each gene (symbol and Ensembl id) lie already on other plates.
pub(super) type Earlier = BTreeMap<(String, String), Vec<Well>>;

/// Swaps wells until no two replicates of a gene share a row or column and not all of them lie
/// on the same side of the edge ring, as far as possible.
///
/// `candidates` are sorted (replicates of a gene adjacent); `wells` has one entry a candidate
/// first, then the unused wells, which take part in the swaps.
pub(super) fn separate(
    format: PlateFormat,
    candidates: &[CandidateWell],
    earlier: &Earlier,
    wells: &mut [Well],
    rng: &mut ChaCha8Rng,
    notes: &mut Vec<String>,
) {
    let genes = Genes::new(format, candidates, earlier, wells);
    for _ in 0..PASSES {
        let mut clashing = false;
        for index in 0..candidates.len() {
            if genes.cost(wells, index) > 0 {
                clashing = true;
                genes.swap_apart(wells, index, rng);
            }
        }
        if !clashing {
            return;
        }
    }
    let indices = 0..candidates.len();
    let lines = indices.clone().filter(|index| genes.lines(wells, *index) > 0).count();
    let classes = indices.filter(|index| genes.classes(wells, *index) > 0).count();
    if lines > 0 {
        notes.push(format!(
            "{lines} candidate wells share a row or column with a replicate of the same gene"
        ));
    }
    if classes > 0 {
        notes.push(format!(
            "{classes} candidate wells lie on the same side of the edge ring as all other replicates of the gene"
        ));
    }
}

/// For each candidate well, the wells of the same gene on this plate and on earlier ones.
struct Genes<'a> {
    format: PlateFormat,
    here: Vec<Range<usize>>,
    earlier: Vec<&'a [Well]>,
    /// Whether both edge and inner wells are in use: else the classes cannot differ.
    both_classes: bool,
}

impl<'a> Genes<'a> {
    fn new(
        format: PlateFormat,
        candidates: &[CandidateWell],
        earlier: &'a Earlier,
        wells: &[Well],
    ) -> Self {
        let mut genes = Self {
            format,
            here: Vec::with_capacity(candidates.len()),
            earlier: Vec::with_capacity(candidates.len()),
            both_classes: wells.iter().any(|well| format.is_edge(*well))
                && wells.iter().any(|well| !format.is_edge(*well)),
        };
        let same = |a: &CandidateWell, b: &CandidateWell| {
            (&a.symbol, &a.ensembl_id) == (&b.symbol, &b.ensembl_id)
        };
        for gene in candidates.chunk_by(same) {
            let start = genes.here.len();
            let key = (gene[0].symbol.clone(), gene[0].ensembl_id.clone());
            let before = earlier.get(&key).map_or(&[][..], Vec::as_slice);
            genes.here.extend(std::iter::repeat_n(start..start + gene.len(), gene.len()));
            genes.earlier.extend(std::iter::repeat_n(before, gene.len()));
        }
        genes
    }

    /// The other wells of the gene; none for an unused well.
    fn others<'b>(&'b self, wells: &'b [Well], index: usize) -> impl Iterator<Item = Well> + 'b {
        let here = self.here.get(index).cloned().unwrap_or(0..0);
        let before = self.earlier.get(index).copied().unwrap_or_default();
        let on_plate = here.filter(move |other| *other != index).map(|other| wells[other]);
        on_plate.chain(before.iter().copied())
    }

    /// How many other replicates share the row or column.
    fn lines(&self, wells: &[Well], index: usize) -> usize {
        let here = wells[index];
        self.others(wells, index)
            .filter(|other| other.row == here.row || other.col == here.col)
            .count()
    }

    /// 1 when all other replicates lie on the same side of the edge ring.
    fn classes(&self, wells: &[Well], index: usize) -> usize {
        let edge = self.format.is_edge(wells[index]);
        let mut others = self.others(wells, index).peekable();
        let alone = others.peek().is_none();
        let same = others.all(|other| self.format.is_edge(other) == edge);
        usize::from(self.both_classes && !alone && same)
    }

    fn cost(&self, wells: &[Well], index: usize) -> usize {
        self.lines(wells, index) + self.classes(wells, index)
    }

    fn swap_apart(&self, wells: &mut [Well], index: usize, rng: &mut ChaCha8Rng) {
        for _ in 0..SWAPS {
            let other = rng.random_range(0..wells.len());
            let before = self.cost(wells, index) + self.cost(wells, other);
            wells.swap(index, other);
            let after = self.cost(wells, index) + self.cost(wells, other);
            if after < before {
                return;
            }
            wells.swap(index, other);
        }
    }
}
