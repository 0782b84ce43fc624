//! From raw values to comparable ones, plate by plate.
//!
//! Every function returns one number a measured well, in the order of [`MeasuredPlate::wells`].
//! `N` are the non-targeting, `P` the positive, `S` the candidate wells of the same plate.
//! Active-learning plates are full of picked hits, so the default is robust z against `N`.

mod median_polish;
mod plate;
mod scores;

pub use median_polish::{MedianPolish, b_score, median_polish};
pub use plate::{MeasuredPlate, MeasuredWell, NormalisedWell};
pub use scores::{
    MIN_CONTROLS, npi, percent_of_control, robust_z, robust_z_against_candidates, single_well_ssmd,
    z_against_candidates,
};

use serde::{Deserialize, Serialize};

use super::AssayError;

/// How the raw values of a plate are normalised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// [`robust_z`], against non-targeting wells.
    #[default]
    RobustZ,
    /// [`robust_z_against_candidates`], for screens of mostly inactive candidates.
    RobustZAgainstCandidates,
    /// [`z_against_candidates`].
    Z,
    /// [`percent_of_control`].
    PercentOfControl,
    /// [`npi`].
    Npi,
    /// [`b_score`].
    BScore,
}

/// Normalises a plate; wells that the method gives no number (a B-score without a fitted row or
/// column) are left out.
///
/// # Errors
/// Those of the method: too few wells, no spread, a value that is not finite.
pub fn normalise(plate: &MeasuredPlate, method: Method) -> Result<Vec<NormalisedWell>, AssayError> {
    let all = |values: Vec<f64>| values.into_iter().map(Some).collect::<Vec<_>>();
    let values = match method {
        Method::RobustZ => all(robust_z(plate)?),
        Method::RobustZAgainstCandidates => all(robust_z_against_candidates(plate)?),
        Method::Z => all(z_against_candidates(plate)?),
        Method::PercentOfControl => all(percent_of_control(plate)?),
        Method::Npi => all(npi(plate)?),
        Method::BScore => b_score(plate)?,
    };
    let wells = plate.wells.iter().zip(values).filter_map(|(measured, value)| {
        Some(NormalisedWell {
            plate: plate.barcode.clone(),
            well: measured.well,
            content: measured.content,
            symbol: measured.symbol.clone(),
            raw: measured.value,
            normalised: value?,
        })
    });
    Ok(wells.collect())
}
