//! How many wells of a plate are controls.

use serde::{Deserialize, Serialize};

use super::PlateFormat;

/// Control wells of one plate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ControlCounts {
    /// Wells with a guide without a target.
    pub non_targeting: usize,
    /// Wells with a perturbation known to move the read-out.
    pub positive: usize,
    /// Wells with cells but without a guide.
    pub untreated: usize,
}

impl ControlCounts {
    /// The numbers for a plate whose lab gives none: 8 non-targeting, 4 positive and 2 untreated
    /// on 96 wells, 24/12/8 on 384, in between and beyond to scale; on plates below 96 the
    /// fewest that can still be normalised.
    pub fn of_format(format: PlateFormat) -> Self {
        let [non_targeting, positive, untreated] = match format {
            PlateFormat::W6 => [3, 1, 0],
            PlateFormat::W12 => [3, 1, 1],
            PlateFormat::W24 => [4, 2, 1],
            PlateFormat::W48 => [6, 2, 1],
            PlateFormat::W96 => [8, 4, 2],
            PlateFormat::W384 => [24, 12, 8],
            PlateFormat::W1536 => [64, 32, 16],
        };
        Self { non_targeting, positive, untreated }
    }

    /// [`of_format`](Self::of_format), with a well for every named reagent as long as
    /// non-targeting wells are no more than a quarter and positive wells no more than an eighth
    /// of the plate; a kind without a reagent has no wells.
    pub fn of_reagents(format: PlateFormat, non_targeting: usize, positive: usize) -> Self {
        let wells = usize::from(format.wells());
        let usual = Self::of_format(format);
        let enough = |named: usize, usual: usize, most: usize| match named {
            0 => 0,
            named => usual.max(named.min(most)),
        };
        Self {
            non_targeting: enough(non_targeting, usual.non_targeting, wells / 4),
            positive: enough(positive, usual.positive, wells / 8),
            untreated: usual.untreated,
        }
    }

    /// All control wells.
    pub fn total(self) -> usize {
        self.non_targeting + self.positive + self.untreated
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_numbers_leave_room_on_every_plate_and_can_be_normalised() {
        for wells in [6, 12, 24, 48, 96, 384, 1536] {
            let format = PlateFormat::new(wells).unwrap();
            let counts = ControlCounts::of_format(format);
            assert!(counts.total() < format.wells().into(), "{wells}");
            assert!(counts.non_targeting >= super::super::MIN_NON_TARGETING, "{wells}");
        }
    }

    #[test]
    fn every_named_reagent_has_a_well_as_far_as_a_quarter_of_the_plate() {
        let of = |named| ControlCounts::of_reagents(PlateFormat::W96, named, 1).non_targeting;
        assert_eq!([of(0), of(3), of(24), of(40)], [0, 8, 24, 24]);
        let counts = ControlCounts::of_reagents(PlateFormat::W384, 3, 0);
        assert_eq!((counts.non_targeting, counts.positive, counts.untreated), (24, 0, 8));
    }
}
