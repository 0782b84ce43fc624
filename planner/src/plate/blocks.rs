//! All plates of a round: blocked randomisation over donors, plates and wells.
//!
//! A block is one donor's plate set: every candidate once, with controls of its own on every
//! plate, at positions drawn anew for the block. Replicates go first to other donors, then to
//! other plates; only when too few plates are allowed do two of a donor's replicates share one.

use std::collections::BTreeSet;

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::layout::layout_after;
use super::replicates::Earlier;
use super::{CandidateWell, Content, ControlCounts, LayoutRequest, Plate, PlateError, PlateFormat};

/// A gene that the round tests.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Gene {
    /// Gene symbol.
    pub symbol: String,
    /// Ensembl gene id without version; empty when not known.
    pub ensembl_id: String,
}

/// What the plates of a round shall hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoundLayout {
    /// Size of every plate.
    pub format: PlateFormat,
    /// Candidates, in any order.
    pub genes: Vec<Gene>,
    /// Donors of the cells, each once; an empty list is one unnamed donor.
    pub donors: Vec<String>,
    /// Wells of every candidate in every donor, at least 1.
    pub replicates: u16,
    /// Reagent names of non-targeting controls; they take turns when they are more than wells.
    pub non_targeting: Vec<String>,
    /// Reagent names of positive controls; they take turns likewise.
    pub positive: Vec<String>,
    /// Control wells of every plate.
    pub controls: ControlCounts,
    /// Plates that may be used; as many as the blocks need when `None`.
    pub max_plates: Option<usize>,
    /// Start of every barcode: plate 1 is `<stem>-1`.
    pub barcode_stem: String,
    /// Seed; plate k (from 0) is laid out with seed + k.
    pub seed: u64,
}

/// One plate of a round.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockPlate {
    /// Donor of the cells; empty when not known.
    pub donor: String,
    /// The plate.
    pub plate: Plate,
}

/// Lays out every plate of a round; the same request gives the same plates, whatever the order of
/// its genes.
///
/// # Errors
/// [`PlateError`] when a gene or donor is listed twice, there are no genes, the controls leave no
/// room, the allowed plates do not hold the round, or a plate cannot be laid out.
pub fn lay_out_round(request: &RoundLayout) -> Result<Vec<BlockPlate>, PlateError> {
    let genes = checked_genes(request)?;
    let donors = match request.donors.as_slice() {
        [] => vec![String::new()],
        donors => donors.to_vec(),
    };
    let each = plates_of_a_donor(request, genes.len(), donors.len())?;
    let mut earlier = Earlier::new();
    let mut laid: Vec<BlockPlate> = Vec::new();
    for (index, donor) in donors.iter().enumerate() {
        for candidates in deal(&genes, request, each, index as u64) {
            let number = laid.len();
            let mut plate =
                layout_after(&plate_request(request, donor, number, candidates), &earlier)?;
            if each.plates == 1 && request.replicates > 1 {
                plate.notes.push(format!(
                    "all {} replicates of a donor are on this plate: no other plate may be used",
                    request.replicates
                ));
            }
            for held in plate.wells.iter().filter(|held| held.content == Content::Candidate) {
                let gene = (held.symbol.clone(), held.ensembl_id.clone());
                earlier.entry(gene).or_default().push(held.well);
            }
            laid.push(BlockPlate { donor: donor.clone(), plate });
        }
    }
    Ok(laid)
}

fn checked_genes(request: &RoundLayout) -> Result<Vec<Gene>, PlateError> {
    let mut genes = request.genes.clone();
    genes.sort();
    if let Some(pair) = genes.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(PlateError::DuplicateCandidate {
            symbol: pair[0].symbol.clone(),
            ensembl_id: pair[0].ensembl_id.clone(),
            replicate: 1,
        });
    }
    if genes.is_empty() {
        return Err(PlateError::NoCandidates);
    }
    let mut seen = BTreeSet::new();
    if let Some(twice) = request.donors.iter().find(|donor| !seen.insert(*donor)) {
        return Err(PlateError::DuplicateDonor { donor: twice.clone() });
    }
    Ok(genes)
}

/// The plates that one donor gets.
#[derive(Clone, Copy)]
struct Share {
    plates: usize,
    /// Plates of a block, when every replicate has plates of its own.
    block: Option<usize>,
}

fn plates_of_a_donor(
    request: &RoundLayout,
    genes: usize,
    donors: usize,
) -> Result<Share, PlateError> {
    let wells = usize::from(request.format.wells());
    let room = wells.saturating_sub(request.controls.total());
    if room == 0 {
        return Err(PlateError::NoRoom { controls: request.controls.total(), wells });
    }
    let replicates = usize::from(request.replicates.max(1));
    let block = genes.div_ceil(room);
    let allowed = request.max_plates.unwrap_or(usize::MAX);
    if donors * replicates * block <= allowed {
        return Ok(Share { plates: replicates * block, block: Some(block) });
    }
    let fewest = (genes * replicates).div_ceil(room);
    let plates = allowed / donors;
    if plates < fewest {
        return Err(PlateError::TooFewPlates {
            needed: donors * fewest,
            allowed,
            donors,
            replicates,
            candidates: genes,
        });
    }
    Ok(Share { plates, block: None })
}

/// The candidate wells of each plate of a donor.
fn deal(
    genes: &[Gene],
    request: &RoundLayout,
    share: Share,
    donor: u64,
) -> Vec<Vec<CandidateWell>> {
    let replicates = request.replicates.max(1);
    let mut plates = vec![Vec::new(); share.plates];
    // Which plate a gene goes to is drawn apart from where on the plate it goes.
    let mut rng = ChaCha8Rng::seed_from_u64(!request.seed.wrapping_add(donor << 32));
    let mut order: Vec<&Gene> = genes.iter().collect();
    let well = |gene: &Gene, replicate| CandidateWell {
        symbol: gene.symbol.clone(),
        ensembl_id: gene.ensembl_id.clone(),
        replicate,
    };
    let Some(block) = share.block else {
        order.shuffle(&mut rng);
        // A gene's replicates are neighbours in this row, so they go to plates in turn.
        let wells = order.iter().flat_map(|gene| (1..=replicates).map(|r| well(gene, r)));
        for (index, candidate) in wells.enumerate() {
            plates[index % share.plates].push(candidate);
        }
        return plates;
    };
    for replicate in 1..=replicates {
        order.shuffle(&mut rng);
        let first = usize::from(replicate - 1) * block;
        for (index, gene) in order.iter().enumerate() {
            plates[first + index % block].push(well(gene, replicate));
        }
    }
    plates
}

fn plate_request(
    request: &RoundLayout,
    donor: &str,
    number: usize,
    candidates: Vec<CandidateWell>,
) -> LayoutRequest {
    let ControlCounts { non_targeting, positive, untreated } = request.controls;
    let turn = |names: &[String], wells: usize| -> Vec<String> {
        names
            .iter()
            .cycle()
            .skip(number * wells % names.len().max(1))
            .take(wells)
            .cloned()
            .collect()
    };
    LayoutRequest {
        format: request.format,
        barcode: format!("{}-{}", request.barcode_stem, number + 1),
        candidates,
        non_targeting: turn(&request.non_targeting, non_targeting),
        positive: turn(&request.positive, positive),
        untreated,
        donor: donor.to_owned(),
        // A seed is printed on the sheet and stored as a signed number.
        seed: request.seed.wrapping_add(number as u64) & (i64::MAX as u64),
    }
}

#[cfg(test)]
#[path = "block_tests.rs"]
mod tests;
