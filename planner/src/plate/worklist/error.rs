//! What keeps a worklist from being written.

use thiserror::Error;

/// Why a worklist was refused.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum WorklistError {
    /// A robot cannot run an empty list.
    #[error(
        "there is nothing to transfer; expected at least one well with a reagent: choose another plate"
    )]
    NoTransfers,
    /// A volume that no robot can move.
    #[error(
        "the volume for well {well} of {plate} is {found} nl; expected a number above 0: correct the transfer volume"
    )]
    Volume {
        /// Destination plate.
        plate: String,
        /// Destination well.
        well: String,
        /// Volume asked for, in nl.
        found: f64,
    },
    /// An acoustic dispenser moves whole droplets.
    #[error(
        "the volume for well {well} of {plate} is {found} nl; expected a multiple of {step} nl: round the transfer volume"
    )]
    Droplets {
        /// Destination plate.
        plate: String,
        /// Destination well.
        well: String,
        /// Volume asked for, in nl.
        found: f64,
        /// Volume of a droplet, in nl.
        step: f64,
    },
    /// A label that the robot's file cannot hold.
    #[error("the label `{found}` cannot be used; expected {expected}: rename the plate")]
    Label {
        /// The label.
        found: String,
        /// What the format allows.
        expected: &'static str,
    },
    /// Column names of a free table.
    #[error(
        "{found} column names were given; expected {expected}, each once: list them separated by commas"
    )]
    Columns {
        /// What was given.
        found: usize,
        /// What is needed, in order.
        expected: &'static str,
    },
}
