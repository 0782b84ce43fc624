//! Plates: formats, wells, randomised layouts and the plate map file.
//!
//! A layout is a pure function of its request: same candidates, controls and seed, same plate.

mod blocks;
mod content;
mod control_counts;
mod controls;
mod error;
mod format;
mod layout;
pub mod library;
mod map;
mod replicates;
mod well;
pub mod worklist;

pub use blocks::{BlockPlate, Gene, RoundLayout, lay_out_round};
pub use content::{Content, Plate, PlateWell};
pub use control_counts::ControlCounts;
pub use error::PlateError;
pub use format::PlateFormat;
pub use layout::{CandidateWell, LayoutRequest, MIN_NON_TARGETING, layout};
pub use map::{MAP_HEADER, map_csv, parse_map, safe_cell};
pub use well::Well;
