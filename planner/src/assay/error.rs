//! What can be wrong with assay values.

use thiserror::Error;

/// Why a plate could not be normalised or hits could not be called.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum AssayError {
    /// Too few wells of a kind were measured.
    #[error(
        "plate {plate} has {found} measured {kind} wells, {needed} are needed: exclude the plate or measure it with more {kind} wells"
    )]
    TooFewWells {
        /// Barcode.
        plate: String,
        /// Kind of wells, such as `non-targeting`.
        kind: &'static str,
        /// Measured wells.
        found: usize,
        /// Needed wells.
        needed: usize,
    },
    /// The wells that define the scale all have (nearly) the same value.
    #[error(
        "the {found} {kind} wells of plate {plate} have no spread ({measure} is 0), so no z can be computed: check whether values were capped, rounded or copied, or exclude the plate"
    )]
    NoSpread {
        /// Barcode.
        plate: String,
        /// Kind of wells.
        kind: &'static str,
        /// Measured wells.
        found: usize,
        /// `MAD`, `SD` or the like.
        measure: &'static str,
    },
    /// A value is NaN or infinite.
    #[error(
        "well {well} of plate {plate} holds {found}; expected a finite number: leave the well out"
    )]
    NotFinite {
        /// Barcode.
        plate: String,
        /// Well.
        well: String,
        /// The value.
        found: f64,
    },
    /// A logarithm of zero or less was asked for.
    #[error(
        "well {well} of plate {plate} holds {found}, which has no logarithm: use the values as they are, or subtract less background"
    )]
    NotPositive {
        /// Barcode.
        plate: String,
        /// Well.
        well: String,
        /// The value.
        found: f64,
    },
    /// A p value outside 0 to 1.
    #[error("p value {index} is {found}; expected a number from 0 to 1")]
    NotAProbability {
        /// Index from 0.
        index: usize,
        /// The value.
        found: f64,
    },
    /// A hit rule that calls everything or nothing.
    #[error("the hit threshold is {found}; expected a number above 0, such as 3")]
    Threshold {
        /// The value.
        found: f64,
    },
}
