//! Donors, replicates and control wells of a campaign: checked, stored, shown.

use std::collections::HashSet;

use nextwell_contract::{ControlsPerPlate, Issue, NewCampaign};
use nextwell_planner::plate::MIN_NON_TARGETING;
use nextwell_store::plate_designs::PlateDesign;

use crate::wire;

/// Most wells of a pick in one donor.
const MOST_REPLICATES: u32 = 24;
/// Longest name of a donor: it stands on the printed sheet.
const LONGEST_DONOR: usize = 40;

/// Every setting that cannot work.
pub fn check(new: &NewCampaign) -> Vec<Issue> {
    let mut issues = Vec::new();
    let mut bad = |column: &str, message: String| {
        issues.push(Issue {
            code: "bad_setting".into(),
            row: None,
            column: Some(column.into()),
            message,
        });
    };
    let mut seen = HashSet::new();
    for donor in new.donors.iter().map(|donor| donor.trim()) {
        if donor.is_empty() || donor.chars().count() > LONGEST_DONOR {
            bad("donors", format!("a donor needs a name of 1 to {LONGEST_DONOR} characters"));
        } else if !seen.insert(donor) {
            bad("donors", format!("donor {donor} is listed twice; list every donor once"));
        }
    }
    if !(1..=MOST_REPLICATES).contains(&new.replicates) {
        let found = new.replicates;
        bad("replicates", format!("{found} replicates; expected 1 to {MOST_REPLICATES}"));
    }
    if !(new.transfer_nl.is_finite() && new.transfer_nl > 0.0) {
        bad("transfer_nl", "must be a number of nl above 0".into());
    }
    if let Some(controls) = new.controls_per_plate {
        if (controls.non_targeting as usize) < MIN_NON_TARGETING {
            let found = controls.non_targeting;
            bad(
                "controls_per_plate",
                format!("{found} non-targeting wells; robust z needs at least {MIN_NON_TARGETING}"),
            );
        }
        if controls.positive > 0 && new.positive.is_empty() {
            bad("controls_per_plate", "positive wells need a positive control: name one".into());
        }
        let taken = [controls.non_targeting, controls.positive, controls.untreated];
        if taken.iter().map(|wells| u64::from(*wells)).sum::<u64>() >= u64::from(new.plate_format) {
            bad("controls_per_plate", "the controls leave no well for a candidate".into());
        }
    }
    issues
}

/// The row of a new campaign.
pub fn row(new: &NewCampaign) -> PlateDesign {
    let whole = |n: u32| i32::try_from(n).unwrap_or(i32::MAX);
    let controls = new.controls_per_plate;
    PlateDesign {
        donors: new.donors.iter().map(|donor| donor.trim().to_owned()).collect(),
        replicates: whole(new.replicates),
        non_targeting_wells: controls.map(|wells| whole(wells.non_targeting)),
        positive_wells: controls.map(|wells| whole(wells.positive)),
        untreated_wells: controls.map(|wells| whole(wells.untreated)),
        transfer_nl: new.transfer_nl,
    }
}

/// Control wells of a plate as the lab gave them; `None` where the size of the plate decides.
pub fn controls(design: &PlateDesign) -> Option<ControlsPerPlate> {
    Some(ControlsPerPlate {
        non_targeting: wire::small(design.non_targeting_wells?),
        positive: wire::small(design.positive_wells?),
        untreated: wire::small(design.untreated_wells?),
    })
}
