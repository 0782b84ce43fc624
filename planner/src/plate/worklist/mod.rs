//! Worklists: what a liquid handler moves from source plates to a destination plate.
//!
//! Every format is a pure function from [`Transfer`]s to the file's text, in the order of the
//! transfers. Volumes are held in nl; each format says its own unit.

mod columns;
mod echo;
mod epmotion;
mod error;
mod generic;
mod mosquito;
mod tecan;
mod transfer;

pub use columns::{BIOMEK_COLUMNS, HAMILTON_COLUMNS, columns_csv};
pub use echo::{ECHO_STEP_NL, echo_csv};
pub use epmotion::epmotion_csv;
pub use error::WorklistError;
pub use generic::generic_csv;
pub use mosquito::mosquito_csv;
pub use tecan::tecan_gwl;
pub use transfer::Transfer;

use transfer::{cell, microlitres, plate_numbers, unpadded};

#[cfg(test)]
mod tests;
