//! Randomised layout of one plate.
//!
//! Controls are placed first by seeded rejection sampling ([`super::controls`]), then candidates
//! are shuffled over the remaining wells and replicates of one gene are swapped apart
//! ([`super::replicates`]). On 96 wells and more the outer ring stays empty when all wells fit
//! inside. Every rule that could not be kept is written to [`Plate::notes`].

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::{Content, Plate, PlateError, PlateFormat, PlateWell, Well, controls, replicates};

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
    /// Seed of the random positions.
    pub seed: u64,
}

/// Lays out one plate; same request, same plate, whatever the order of its candidates.
///
/// # Errors
/// [`PlateError`] when the barcode cannot be used, a candidate well is listed twice, there are no
/// candidates, fewer than [`MIN_NON_TARGETING`] non-targeting wells, or more wells than the plate has.
pub fn layout(request: &LayoutRequest) -> Result<Plate, PlateError> {
    let candidates = checked_candidates(request)?;
    let mut rng = ChaCha8Rng::seed_from_u64(request.seed);
    let mut notes = Vec::new();
    let usable = usable_wells(request, &mut notes);
    let [non_targeting, positive] = controls::place(
        request.format,
        &usable,
        [request.non_targeting.len(), request.positive.len()],
        &mut rng,
        &mut notes,
    );
    let mut free: Vec<Well> = usable
        .into_iter()
        .filter(|well| !non_targeting.contains(well) && !positive.contains(well))
        .collect();
    free.shuffle(&mut rng);
    replicates::separate(&candidates, &mut free, &mut rng, &mut notes);

    let mut wells: Vec<PlateWell> = Vec::with_capacity(request.format.wells().into());
    for (candidate, well) in candidates.iter().zip(free) {
        wells.push(PlateWell {
            well,
            content: Content::Candidate,
            symbol: candidate.symbol.clone(),
            ensembl_id: candidate.ensembl_id.clone(),
            guide_id: String::new(),
            donor: String::new(),
            replicate: candidate.replicate,
        });
    }
    wells.extend(control_wells(Content::NonTargeting, &request.non_targeting, non_targeting));
    wells.extend(control_wells(Content::Positive, &request.positive, positive));
    wells.sort_by_key(|held| held.well);
    Ok(Plate {
        barcode: request.barcode.clone(),
        format: request.format,
        seed: request.seed,
        wells,
        notes,
    })
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
    request.candidates.len() + request.non_targeting.len() + request.positive.len()
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
    names: &[String],
    wells: Vec<Well>,
) -> impl Iterator<Item = PlateWell> {
    names.iter().zip(wells).enumerate().map(move |(index, (name, well))| PlateWell {
        well,
        content,
        symbol: String::new(),
        ensembl_id: String::new(),
        guide_id: name.clone(),
        donor: String::new(),
        replicate: u16::try_from(index + 1).unwrap_or(u16::MAX),
    })
}

#[cfg(test)]
#[path = "layout_tests.rs"]
mod tests;
