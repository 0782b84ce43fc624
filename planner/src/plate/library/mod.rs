//! Source plates of an arrayed guide library: the file that describes them, what is left in
//! their wells, and which well serves which destination.

mod columns;
mod read;
mod stock;

pub use columns::LIBRARY_COLUMNS;
pub use read::{LibraryFile, LibraryIssue, LibraryPlate, LibraryWell, read_library};
pub use stock::{Allocation, Shortage, Stock, Target, Wanted, allocate, availability};

use super::PlateFormat;

/// Volume that a transfer cannot take out of a well, in µl, by the size of the source plate.
/// A lab that knows its plates says its own.
pub fn dead_volume_ul(format: PlateFormat) -> f64 {
    match format {
        PlateFormat::W6 | PlateFormat::W12 | PlateFormat::W24 | PlateFormat::W48 => 50.0,
        PlateFormat::W96 => 20.0,
        PlateFormat::W384 => 15.0,
        PlateFormat::W1536 => 1.0,
    }
}

#[cfg(test)]
mod tests;
