//! One transfer, and how its parts are written.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::WorklistError;
use crate::plate::{PlateFormat, Well};

/// One well's reagent on its way from a source plate to a destination plate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Transfer {
    /// Barcode of the source plate.
    pub source_plate: String,
    /// Size of the source plate.
    pub source_format: PlateFormat,
    /// Well of the source plate.
    pub source_well: Well,
    /// Barcode of the destination plate.
    pub destination_plate: String,
    /// Size of the destination plate.
    pub destination_format: PlateFormat,
    /// Well of the destination plate.
    pub destination_well: Well,
    /// Volume, in nl.
    pub volume_nl: f64,
    /// Symbol of the gene or name of the control.
    pub symbol: String,
}

impl Transfer {
    /// The volume, above 0.
    pub(super) fn volume(&self) -> Result<f64, WorklistError> {
        if self.volume_nl.is_finite() && self.volume_nl > 0.0 {
            return Ok(self.volume_nl);
        }
        Err(WorklistError::Volume {
            plate: self.destination_plate.clone(),
            well: self.destination_well.to_string(),
            found: self.volume_nl,
        })
    }
}

/// A well without the zero in front of its column, as robots write it: `A1`.
pub(super) fn unpadded(well: Well) -> String {
    let name = well.to_string();
    let letters = name.trim_end_matches(|c: char| c.is_ascii_digit());
    format!("{letters}{}", u16::from(well.col) + 1)
}

/// nl as µl, with as many digits as it takes: `2.5`.
pub(super) fn microlitres(nl: f64) -> String {
    // Rounded to a whole number first: the quotient then prints with the fewest digits.
    format!("{}", (nl * 1000.0).round() / 1_000_000.0)
}

/// A cell of a CSV, quoted as RFC 4180 where needed. Not escaped against spreadsheet formulas:
/// robots take a name literally.
pub(super) fn cell(text: &str) -> Cow<'_, str> {
    match text.contains([',', '"', '\r', '\n']) {
        true => Cow::Owned(format!("\"{}\"", text.replace('"', "\"\""))),
        false => Cow::Borrowed(text),
    }
}

/// Numbers from 1 without gaps for the plates of one side, in the order in which they appear.
pub(super) fn plate_numbers<'a>(plates: impl Iterator<Item = &'a str>) -> Vec<usize> {
    let mut known: Vec<&str> = Vec::new();
    plates
        .map(|plate| {
            let place = known.iter().position(|name| *name == plate).unwrap_or_else(|| {
                known.push(plate);
                known.len() - 1
            });
            place + 1
        })
        .collect()
}
