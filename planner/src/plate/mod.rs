//! Plates: formats, wells, randomised layouts and the plate map file.
//!
//! A layout is a pure function of its request: same candidates, controls and seed, same plate.

mod content;
mod controls;
mod error;
mod format;
mod layout;
mod map;
mod replicates;
mod well;

pub use content::{Content, Plate, PlateWell};
pub use error::PlateError;
pub use format::PlateFormat;
pub use layout::{CandidateWell, LayoutRequest, MIN_NON_TARGETING, layout};
pub use map::{MAP_HEADER, map_csv, parse_map};
pub use well::Well;
