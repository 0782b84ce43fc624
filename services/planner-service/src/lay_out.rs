//! Plates of a round: where every pick and control goes, as rows and as the plate map file.
//! The placing itself is `nextwell_planner::plate::lay_out_round`.

use std::collections::HashMap;

use nextwell_planner::plate::{
    self, BlockPlate, Content, ControlCounts, Gene, PlateFormat, RoundLayout,
};
use nextwell_store::campaigns::Campaign;
use nextwell_store::plate_designs::PlateDesign;
use nextwell_store::{Uuid, candidates, controls, plates, rounds};

use crate::error::ApiError;
use crate::wire;

/// Candidates that fit on one plate beside all controls.
///
/// # Errors
/// A 422 problem when the controls leave no room.
pub fn room(
    campaign: &Campaign,
    design: &PlateDesign,
    controls: &[controls::Control],
) -> Result<usize, ApiError> {
    let format = format(campaign.plate_format)?;
    let taken = control_counts(format, design, controls).total();
    match usize::from(format.wells()).saturating_sub(taken) {
        0 => {
            let detail = "the controls fill the whole plate; use fewer controls or a larger plate";
            Err(ApiError::unprocessable("no_room_on_plate", detail, Vec::new()))
        }
        room => Ok(room),
    }
}

/// Wells that one pick takes: every replicate in every donor.
pub fn wells_of_a_pick(design: &PlateDesign) -> usize {
    design.donors.len().max(1) * wire::small(design.replicates).max(1) as usize
}

fn control_counts(
    format: PlateFormat,
    design: &PlateDesign,
    controls: &[controls::Control],
) -> ControlCounts {
    let named = |kind| controls.iter().filter(|control| control.kind == kind).count();
    let usual = ControlCounts::of_reagents(
        format,
        named(controls::ControlKind::NonTargeting),
        named(controls::ControlKind::Positive),
    );
    let or = |given: Option<i32>, usual| given.map_or(usual, |wells| wire::small(wells) as usize);
    ControlCounts {
        non_targeting: or(design.non_targeting_wells, usual.non_targeting),
        positive: or(design.positive_wells, usual.positive),
        untreated: or(design.untreated_wells, usual.untreated),
    }
}

fn named(controls: &[controls::Control], kind: controls::ControlKind) -> Vec<String> {
    let of_kind = controls.iter().filter(|control| control.kind == kind);
    of_kind.map(|control| control.name.clone()).collect()
}

/// A plate set for every donor and replicate, each plate with its own controls.
///
/// # Errors
/// A 422 problem when the controls leave no room or the planner cannot place them.
pub fn lay_out(
    campaign: &Campaign,
    design: &PlateDesign,
    round: &rounds::NewRound,
    picked: &[&candidates::Candidate],
    controls: &[controls::Control],
) -> Result<Vec<(plates::Plate, Vec<plates::Well>)>, ApiError> {
    let format = format(campaign.plate_format)?;
    let gene = |gene: &&candidates::Candidate| Gene {
        symbol: gene.symbol.clone(),
        ensembl_id: gene.ensembl_id.clone().unwrap_or_default(),
    };
    let request = RoundLayout {
        format,
        genes: picked.iter().map(gene).collect(),
        donors: design.donors.clone(),
        replicates: u16::try_from(design.replicates).unwrap_or(1),
        non_targeting: named(controls, controls::ControlKind::NonTargeting),
        positive: named(controls, controls::ControlKind::Positive),
        controls: control_counts(format, design, controls),
        max_plates: None,
        barcode_stem: barcode_stem(campaign.id, round.number),
        seed: layout_seed(campaign, round.number),
    };
    let laid = plate::lay_out_round(&request)
        .map_err(|error| ApiError::unprocessable("no_layout", error.to_string(), Vec::new()))?;
    Ok(laid.iter().map(|laid| plate_rows(round.id, campaign.plate_format, laid)).collect())
}

/// `NW`, six letters of the campaign's id and the round; with `-` and the number of the plate at
/// most 16 characters.
fn barcode_stem(campaign: Uuid, round: i32) -> String {
    let id = campaign.simple().to_string().to_uppercase();
    format!("NW{}-{round}", &id[id.len() - 6..])
}

fn layout_seed(campaign: &Campaign, round: i32) -> u64 {
    wire::seed(campaign.seed)
        .wrapping_mul(1_000_003)
        .wrapping_add(u64::from(round.unsigned_abs()) * 1_000)
        // A seed is printed on the sheet and stored as a signed number.
        & (i64::MAX as u64)
}

fn plate_rows(
    round_id: Uuid,
    format: i32,
    laid: &BlockPlate,
) -> (plates::Plate, Vec<plates::Well>) {
    let plate = plates::Plate {
        id: Uuid::now_v7(),
        round_id,
        barcode: laid.plate.barcode.clone(),
        format,
        seed: laid.plate.seed.cast_signed(),
        donor: laid.donor.clone(),
        notes: laid.plate.notes.clone(),
    };
    let wells = laid.plate.wells.iter().map(|held| {
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

/// The plate map file of a stored plate; `guides` names the guide of a candidate's well where the
/// library says so.
pub fn plate_map(
    plate: &plates::Plate,
    wells: &[plates::Well],
    guides: &HashMap<String, String>,
) -> Result<String, ApiError> {
    let guide = |well: &str| guides.get(well).cloned().unwrap_or_default();
    let held = wells.iter().map(|well| {
        let content = planner_content(well.content);
        let name = well.symbol.clone().unwrap_or_default();
        let reagent = content != Content::Candidate;
        let (symbol, guide_id) =
            if reagent { (String::new(), name) } else { (name, guide(&well.well)) };
        Ok(plate::PlateWell {
            well: planner_well(&well.well)?,
            content,
            symbol,
            ensembl_id: well.ensembl_id.clone().unwrap_or_default(),
            guide_id,
            donor: plate.donor.clone(),
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
