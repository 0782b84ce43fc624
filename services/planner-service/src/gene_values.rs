//! One number a gene from all plates of a round: robust z against the same plate's non-targeting
//! wells, merged within each donor, then over donors.

use std::collections::BTreeMap;

use nextwell_planner::assay::AssayError;
use nextwell_planner::assay::hits::{GeneOverDonors, estimate_genes, over_donors};
use nextwell_planner::assay::normalise::{
    MeasuredPlate, MeasuredWell, Method, NormalisedWell, normalise,
};
use nextwell_planner::assay::results::{ExpectedPlate, ExpectedWell};
use nextwell_store::measurements::Measurement;

/// A measured plate with its donor.
#[derive(Debug, Clone)]
pub struct DonorPlate {
    /// Donor of the cells; empty when the campaign names none.
    pub donor: String,
    /// Its wells with their values.
    pub plate: MeasuredPlate,
}

/// A plate with the values of its wells; `None` while none is measured.
pub fn donor_plate(
    plate: &ExpectedPlate,
    donor: &str,
    values: &[Measurement],
) -> Option<DonorPlate> {
    let values: BTreeMap<&str, f64> =
        values.iter().map(|value| (value.well.as_str(), value.value)).collect();
    let well = |held: &ExpectedWell| {
        Some(MeasuredWell {
            well: held.well,
            content: held.content,
            symbol: held.symbol.clone(),
            value: *values.get(held.well.to_string().as_str())?,
        })
    };
    let wells: Vec<MeasuredWell> = plate.wells.iter().filter_map(well).collect();
    let measured = MeasuredPlate { barcode: plate.barcode.clone(), format: plate.format, wells };
    let any = !measured.wells.is_empty();
    any.then(|| DonorPlate { donor: donor.to_owned(), plate: measured })
}

/// The genes of a round from the plates that are measured so far, by symbol.
///
/// # Errors
/// [`AssayError`] when a plate cannot be normalised.
pub fn gene_values(plates: &[DonorPlate]) -> Result<Vec<GeneOverDonors>, AssayError> {
    let mut donors: BTreeMap<&str, Vec<NormalisedWell>> = BTreeMap::new();
    for measured in plates {
        let wells = normalise(&measured.plate, Method::RobustZ)?;
        donors.entry(&measured.donor).or_default().extend(wells);
    }
    let donors: Vec<_> = donors.values().map(|wells| estimate_genes(wells)).collect();
    Ok(over_donors(&donors))
}

#[cfg(test)]
mod tests {
    use nextwell_planner::plate::{Content, PlateFormat, Well};

    use super::*;

    /// A plate whose non-targeting wells lie around `level`, with one gene `shift` above it.
    fn plate(donor: &str, barcode: &str, level: f64, shift: f64) -> DonorPlate {
        let well = |col: u8, content, symbol: &str, value| MeasuredWell {
            well: Well { row: 0, col },
            content,
            symbol: symbol.into(),
            value,
        };
        let mut wells: Vec<MeasuredWell> = (0..8)
            .map(|col| well(col, Content::NonTargeting, "NTC", level + f64::from(col) - 3.5))
            .collect();
        wells.push(well(9, Content::Candidate, "GATA3", level + shift));
        DonorPlate {
            donor: donor.into(),
            plate: MeasuredPlate { barcode: barcode.into(), format: PlateFormat::W96, wells },
        }
    }

    #[test]
    fn a_donors_level_does_not_matter_and_donors_are_the_replicates() {
        let plates = [plate("D1", "P1", 100.0, 10.0), plate("D2", "P2", 9000.0, 10.0)];
        let genes = gene_values(&plates).unwrap();
        assert_eq!((genes[0].donors, genes[0].same_direction), (2, 2));
        let one = gene_values(&plates[..1]).unwrap();
        assert!((genes[0].estimate.robust_z - one[0].estimate.robust_z).abs() < 1e-9);
        assert!(genes[0].estimate.se < one[0].estimate.se);
    }

    #[test]
    fn two_plates_of_one_donor_are_one_value() {
        let plates = [plate("D1", "P1", 0.0, 10.0), plate("D1", "P2", 50.0, 20.0)];
        let genes = gene_values(&plates).unwrap();
        assert_eq!((genes[0].donors, genes[0].estimate.n_wells), (1, 2));
    }
}
