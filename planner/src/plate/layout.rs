//! Randomised layout of one plate.
//!
//! Controls are placed first by seeded rejection sampling ([`super::controls`]), then candidates
//! are shuffled over the remaining wells and replicates of one gene are swapped apart
//! ([`super::replicates`]). Several plates of a round are [`super::blocks`]' part. On 96 wells and more the outer ring stays empty when all wells fit
//! inside. Every rule that could not be kept is written to [`Plate::notes`].

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::controls::{self, Demand};
use super::replicates::{self, Earlier};
use super::{Content, Plate, PlateError, PlateFormat, PlateWell, Well};

/// Fewest non-targeting wells from which a plate can be normalised.
pub const MIN_NON_TARGETING: usize = 3;

/// One well of a candidate.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct CandidateWell {
    /// Gene symbol.
    pub symbol: String,
    /// Ensembl gene id without version.
    pub ensembl_id: String,
    /// Replicate number, from 1; each replicate of a gene is its own well.
    pub replicate: u16,
}

/// What one plate shall hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LayoutRequest {
    /// Size of the plate.
    pub format: PlateFormat,
    /// Barcode: 1 to 16 of `A-Z`, `0-9`, `-`.
    pub barcode: String,
    /// Candidate wells, in any order.
    pub candidates: Vec<CandidateWell>,
    /// Reagent name of each non-targeting well, one entry a well (repeat a name to repeat a guide).
    pub non_targeting: Vec<String>,
    /// Reagent name of each positive control well, one entry a well.
    pub positive: Vec<String>,
    /// Wells with cells but without a guide.
    pub untreated: usize,
    /// Donor of the cells, written to every well; empty when not known.
    pub donor: String,
    /// Seed of the random positions.
    pub seed: u64,
}

/// Lays out one plate; same request, same plate, whatever the order of its candidates.
///
/// # Errors
/// [`PlateError`] when the barcode cannot be used, a candidate well is listed twice, there are no
/// candidates, fewer than [`MIN_NON_TARGETING`] non-targeting wells, or more wells than the plate has.
pub fn layout(request: &LayoutRequest) -> Result<Plate, PlateError> {
    layout_after(request, &Earlier::new())
}

/// [`layout`] that also keeps candidates off the rows, columns and edge class of their wells on
/// `earlier` plates.
pub(super) fn layout_after(
    request: &LayoutRequest,
    earlier: &Earlier,
) -> Result<Plate, PlateError> {
    let candidates = checked_candidates(request)?;
    let mut rng = ChaCha8Rng::seed_from_u64(request.seed);
    let mut notes = Vec::new();
    let usable = usable_wells(request, &mut notes);
    let (format, donor) = (request.format, request.donor.as_str());
    let placed = controls::place(format, &usable, demands(request), &mut rng, &mut notes);
    let mut free: Vec<Well> =
        usable.into_iter().filter(|well| !placed.iter().flatten().any(|w| w == well)).collect();
    free.shuffle(&mut rng);
    replicates::separate(format, &candidates, earlier, &mut free, &mut rng, &mut notes);

    let [non_targeting, positive, untreated] = placed;
    let mut wells: Vec<PlateWell> = Vec::with_capacity(format.wells().into());
    for (candidate, well) in candidates.into_iter().zip(free) {
        wells.push(PlateWell {
            well,
            content: Content::Candidate,
            symbol: candidate.symbol,
            ensembl_id: candidate.ensembl_id,
            guide_id: String::new(),
            donor: donor.to_owned(),
            replicate: candidate.replicate,
        });
    }
    let no_reagent = vec![String::new(); request.untreated];
    wells.extend(control_wells(
        Content::NonTargeting,
        donor,
        &request.non_targeting,
        non_targeting,
    ));
    wells.extend(control_wells(Content::Positive, donor, &request.positive, positive));
    wells.extend(control_wells(Content::Untreated, donor, &no_reagent, untreated));
    wells.sort_by_key(|held| held.well);
    Ok(Plate { barcode: request.barcode.clone(), format, seed: request.seed, wells, notes })
}

fn demands(request: &LayoutRequest) -> [Demand; 3] {
    let demand = |kind, count, outer_half, judged| Demand { kind, count, outer_half, judged };
    [
        demand("non-targeting", request.non_targeting.len(), false, true),
        demand("positive", request.positive.len(), true, true),
        demand("untreated", request.untreated, false, false),
    ]
}

/// Candidates sorted, so that their order in the request does not matter.
fn checked_candidates(request: &LayoutRequest) -> Result<Vec<CandidateWell>, PlateError> {
    let barcode_ok = (1..=16).contains(&request.barcode.len())
        && request
            .barcode
            .bytes()
            .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'-');
    if !barcode_ok {
        return Err(PlateError::Barcode { found: request.barcode.chars().take(40).collect() });
    }
    if request.candidates.is_empty() {
        return Err(PlateError::NoCandidates);
    }
    if request.non_targeting.len() < MIN_NON_TARGETING {
        return Err(PlateError::TooFewNonTargeting {
            found: request.non_targeting.len(),
            needed: MIN_NON_TARGETING,
        });
    }
    let needed = wells_needed(request);
    if needed > usize::from(request.format.wells()) {
        return Err(PlateError::TooManyWells {
            needed,
            candidates: request.candidates.len(),
            non_targeting: request.non_targeting.len(),
            positive: request.positive.len(),
            untreated: request.untreated,
            available: request.format.wells().into(),
        });
    }
    let mut candidates = request.candidates.clone();
    candidates.sort();
    if let Some(pair) = candidates.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(PlateError::DuplicateCandidate {
            symbol: pair[0].symbol.clone(),
            ensembl_id: pair[0].ensembl_id.clone(),
            replicate: pair[0].replicate,
        });
    }
    Ok(candidates)
}

fn wells_needed(request: &LayoutRequest) -> usize {
    request.candidates.len()
        + request.non_targeting.len()
        + request.positive.len()
        + request.untreated
}

/// The wells inside the outer ring when everything fits there on 96 wells and more, else all.
fn usable_wells(request: &LayoutRequest, notes: &mut Vec<String>) -> Vec<Well> {
    let format = request.format;
    if format < PlateFormat::W96 {
        return format.iter().collect();
    }
    let inner: Vec<Well> = format.iter().filter(|well| !format.is_edge(*well)).collect();
    if wells_needed(request) <= inner.len() {
        return inner;
    }
    notes.push(format!(
        "the edge ring is used: {} wells do not fit into the {} inner wells",
        wells_needed(request),
        inner.len()
    ));
    format.iter().collect()
}

fn control_wells(
    content: Content,
    donor: &str,
    names: &[String],
    wells: Vec<Well>,
) -> impl Iterator<Item = PlateWell> {
    names.iter().zip(wells).enumerate().map(move |(index, (name, well))| PlateWell {
        well,
        content,
        symbol: String::new(),
        ensembl_id: String::new(),
        guide_id: name.clone(),
        donor: donor.to_owned(),
        replicate: u16::try_from(index + 1).unwrap_or(u16::MAX),
    })
}

#[cfg(test)]
#[path = "layout_tests.rs"]
mod tests;
