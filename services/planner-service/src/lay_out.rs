//! Plates of a round: where every pick and control goes, as rows and as the plate map file.
//! The placing itself is `nextwell_planner::plate::layout`.

use nextwell_planner::plate::{self, CandidateWell, Content, LayoutRequest, PlateFormat};
use nextwell_store::campaigns::Campaign;
use nextwell_store::{Uuid, candidates, controls, plates, rounds};

use crate::error::ApiError;
use crate::wire;

/// Candidates that fit on one plate beside all controls.
///
/// # Errors
/// A 422 problem when the controls leave no room.
pub fn room(campaign: &Campaign, controls: &[controls::Control]) -> Result<usize, ApiError> {
    let format = format(campaign.plate_format)?;
    let non_targeting = named(controls, controls::ControlKind::NonTargeting);
    let positive = positive_wells(named(controls, controls::ControlKind::Positive));
    let taken = non_targeting.len() + positive.len();
    match usize::from(format.wells()).saturating_sub(taken) {
        0 => {
            let detail = "the controls fill the whole plate; use fewer controls or a larger plate";
            Err(ApiError::unprocessable("no_room_on_plate", detail, Vec::new()))
        }
        room => Ok(room),
    }
}

fn named(controls: &[controls::Control], kind: controls::ControlKind) -> Vec<String> {
    let of_kind = controls.iter().filter(|control| control.kind == kind);
    of_kind.map(|control| control.name.clone()).collect()
}

/// As many plates as the picks need, each with all controls.
///
/// # Errors
/// A 422 problem when the controls leave no room or the planner cannot place them.
pub fn lay_out(
    campaign: &Campaign,
    round: &rounds::NewRound,
    picked: &[&candidates::Candidate],
    controls: &[controls::Control],
) -> Result<Vec<(plates::Plate, Vec<plates::Well>)>, ApiError> {
    let format = format(campaign.plate_format)?;
    let non_targeting = named(controls, controls::ControlKind::NonTargeting);
    let positive = positive_wells(named(controls, controls::ControlKind::Positive));
    let room = room(campaign, controls)?;
    let chunks = picked.chunks(room).enumerate();
    chunks
        .map(|(index, chunk)| {
            let request = LayoutRequest {
                format,
                barcode: barcode(campaign.id, round.number, index + 1),
                candidates: chunk
                    .iter()
                    .map(|gene| CandidateWell {
                        symbol: gene.symbol.clone(),
                        ensembl_id: gene.ensembl_id.clone().unwrap_or_default(),
                        replicate: 1,
                    })
                    .collect(),
                non_targeting: non_targeting.clone(),
                positive: positive.clone(),
                seed: layout_seed(campaign, round.number, index),
            };
            let laid = plate::layout(&request).map_err(|error| {
                ApiError::unprocessable("no_layout", error.to_string(), Vec::new())
            })?;
            Ok(plate_rows(round.id, campaign.plate_format, &laid))
        })
        .collect()
}

/// Four wells of positive control in all, so that the plate's quality can be judged.
fn positive_wells(names: Vec<String>) -> Vec<String> {
    let wells = if names.is_empty() { 0 } else { names.len().max(4) };
    names.iter().cycle().take(wells).cloned().collect()
}

/// `NW`, six letters of the campaign's id, round and plate: at most 16 characters.
fn barcode(campaign: Uuid, round: i32, plate: usize) -> String {
    let id = campaign.simple().to_string().to_uppercase();
    format!("NW{}-{round}-{plate}", &id[id.len() - 6..])
}

fn layout_seed(campaign: &Campaign, round: i32, plate: usize) -> u64 {
    wire::seed(campaign.seed)
        .wrapping_mul(1_000_003)
        .wrapping_add(u64::from(round.unsigned_abs()) * 1_000 + plate as u64)
        // A seed is printed on the sheet and stored as a signed number.
        & (i64::MAX as u64)
}

fn plate_rows(
    round_id: Uuid,
    format: i32,
    laid: &plate::Plate,
) -> (plates::Plate, Vec<plates::Well>) {
    let plate = plates::Plate {
        id: Uuid::now_v7(),
        round_id,
        barcode: laid.barcode.clone(),
        format,
        seed: laid.seed.cast_signed(),
    };
    let wells = laid.wells.iter().map(|held| {
        let reagent = held.content != Content::Candidate;
        let name = if reagent { &held.guide_id } else { &held.symbol };
        plates::Well {
            well: held.well.to_string(),
            content: stored_content(held.content),
            symbol: Some(name.clone()).filter(|name| !name.is_empty()),
            ensembl_id: Some(held.ensembl_id.clone()).filter(|id| !id.is_empty()),
            replicate: i32::from(held.replicate),
        }
    });
    (plate, wells.collect())
}

fn stored_content(content: Content) -> plates::WellContent {
    match content {
        Content::Candidate => plates::WellContent::Candidate,
        Content::NonTargeting => plates::WellContent::NonTargeting,
        Content::Positive => plates::WellContent::Positive,
        Content::Untreated => plates::WellContent::Untreated,
        Content::Empty => plates::WellContent::Empty,
    }
}

/// A stored plate format as the planner's.
pub fn format(wells: i32) -> Result<PlateFormat, ApiError> {
    PlateFormat::new(wire::small(wells))
        .map_err(|error| ApiError::unprocessable("plate_format", error.to_string(), Vec::new()))
}

/// The plate map file of a stored plate.
pub fn plate_map(plate: &plates::Plate, wells: &[plates::Well]) -> Result<String, ApiError> {
    let held = wells.iter().map(|well| {
        let content = planner_content(well.content);
        let name = well.symbol.clone().unwrap_or_default();
        let reagent = content != Content::Candidate;
        let (symbol, guide_id) =
            if reagent { (String::new(), name) } else { (name, String::new()) };
        Ok(plate::PlateWell {
            well: planner_well(&well.well)?,
            content,
            symbol,
            ensembl_id: well.ensembl_id.clone().unwrap_or_default(),
            guide_id,
            donor: String::new(),
            replicate: u16::try_from(well.replicate).unwrap_or(u16::MAX),
        })
    });
    let mut wells = held.collect::<Result<Vec<_>, ApiError>>()?;
    wells.sort_by_key(|held| held.well);
    Ok(plate::map_csv(&plate::Plate {
        barcode: plate.barcode.clone(),
        format: format(plate.format)?,
        seed: wire::seed(plate.seed),
        wells,
        notes: Vec::new(),
    }))
}

/// A stored well name as the planner's.
pub fn planner_well(name: &str) -> Result<plate::Well, ApiError> {
    name.parse().map_err(|error: plate::PlateError| ApiError::internal(error.to_string()))
}

/// A stored content as the planner's.
pub fn planner_content(content: plates::WellContent) -> Content {
    match content {
        plates::WellContent::Candidate => Content::Candidate,
        plates::WellContent::NonTargeting => Content::NonTargeting,
        plates::WellContent::Positive => Content::Positive,
        plates::WellContent::Untreated => Content::Untreated,
        plates::WellContent::Empty => Content::Empty,
    }
}
