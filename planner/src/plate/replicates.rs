//! Keeps replicates of one candidate off the same row and column.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::{CandidateWell, Well};

/// Passes over all clashing wells before what is left is noted.
const PASSES: usize = 30;
/// Swaps tried for one clashing well in one pass.
const SWAPS: usize = 40;

/// Swaps wells until no two replicates of a gene share a row or column, as far as possible.
///
/// `candidates` are sorted (replicates of a gene adjacent); `wells` has one entry a candidate
/// first, then the unused wells, which take part in the swaps.
pub(super) fn separate(
    candidates: &[CandidateWell],
    wells: &mut [Well],
    rng: &mut ChaCha8Rng,
    notes: &mut Vec<String>,
) {
    let genes = gene_ranges(candidates);
    for _ in 0..PASSES {
        let mut clashing = false;
        for index in 0..candidates.len() {
            if clashes(&genes, wells, index) > 0 {
                clashing = true;
                swap_apart(&genes, wells, index, rng);
            }
        }
        if !clashing {
            return;
        }
    }
    let left = (0..candidates.len()).filter(|index| clashes(&genes, wells, *index) > 0).count();
    if left > 0 {
        notes.push(format!(
            "{left} candidate wells share a row or column with a replicate of the same gene"
        ));
    }
}

/// For each candidate well, the range of wells of its gene.
fn gene_ranges(candidates: &[CandidateWell]) -> Vec<std::ops::Range<usize>> {
    let mut ranges = Vec::with_capacity(candidates.len());
    let same = |a: &CandidateWell, b: &CandidateWell| {
        (&a.symbol, &a.ensembl_id) == (&b.symbol, &b.ensembl_id)
    };
    for gene in candidates.chunk_by(same) {
        let start = ranges.len();
        ranges.extend(std::iter::repeat_n(start..start + gene.len(), gene.len()));
    }
    ranges
}

/// How many replicates of the same gene share the row or column of this well.
fn clashes(genes: &[std::ops::Range<usize>], wells: &[Well], index: usize) -> usize {
    let Some(gene) = genes.get(index) else {
        return 0;
    };
    let here = wells[index];
    gene.clone()
        .filter(|other| *other != index)
        .filter(|other| wells[*other].row == here.row || wells[*other].col == here.col)
        .count()
}

fn swap_apart(
    genes: &[std::ops::Range<usize>],
    wells: &mut [Well],
    index: usize,
    rng: &mut ChaCha8Rng,
) {
    for _ in 0..SWAPS {
        let other = rng.random_range(0..wells.len());
        let before = clashes(genes, wells, index) + clashes(genes, wells, other);
        wells.swap(index, other);
        let after = clashes(genes, wells, index) + clashes(genes, wells, other);
        if after < before {
            return;
        }
        wells.swap(index, other);
    }
}
