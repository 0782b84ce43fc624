//! A plate with its raw values.

use serde::{Deserialize, Serialize};

use super::super::AssayError;
use crate::assay::results::Reading;
use crate::plate::{Content, Plate, PlateFormat, Well};

/// One well with its raw value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MeasuredWell {
    /// Position.
    pub well: Well,
    /// Kind of content.
    pub content: Content,
    /// Gene symbol; empty for controls.
    pub symbol: String,
    /// Raw value, finite, unit of the read-out.
    pub value: f64,
}

/// One well with its raw and its normalised value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NormalisedWell {
    /// Barcode of the plate.
    pub plate: String,
    /// Position.
    pub well: Well,
    /// Kind of content.
    pub content: Content,
    /// Gene symbol; empty for controls.
    pub symbol: String,
    /// Raw value.
    pub raw: f64,
    /// Normalised value, unit of the method.
    pub normalised: f64,
}

/// The measured wells of one plate and one read-out; wells without a value are not listed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MeasuredPlate {
    /// Barcode.
    pub barcode: String,
    /// Size.
    pub format: PlateFormat,
    /// Measured wells.
    pub wells: Vec<MeasuredWell>,
}

impl MeasuredPlate {
    /// Joins a layout with the accepted readings of this plate; wells without a reading or
    /// without content are left out. Wells come in row order.
    pub fn from_readings(plate: &Plate, readings: &[Reading]) -> Self {
        let mut wells: Vec<MeasuredWell> = readings
            .iter()
            .filter(|reading| reading.plate == plate.barcode)
            .filter_map(|reading| {
                let held = plate.get(reading.well)?;
                Some(MeasuredWell {
                    well: reading.well,
                    content: held.content,
                    symbol: held.symbol.clone(),
                    value: reading.value,
                })
            })
            .collect();
        wells.sort_by_key(|measured| measured.well);
        Self { barcode: plate.barcode.clone(), format: plate.format, wells }
    }

    /// The values of all wells of one kind.
    ///
    /// # Errors
    /// [`AssayError::NotFinite`] with the first well that is NaN or infinite.
    pub fn values(&self, content: Content) -> Result<Vec<f64>, AssayError> {
        self.check_finite()?;
        let of_kind = self.wells.iter().filter(|measured| measured.content == content);
        Ok(of_kind.map(|measured| measured.value).collect())
    }

    /// The same plate on a log2 scale, for signals that span decades.
    ///
    /// # Errors
    /// [`AssayError::NotPositive`] with the first well of zero or less.
    pub fn log2(&self) -> Result<Self, AssayError> {
        let mut plate = self.clone();
        for measured in &mut plate.wells {
            if measured.value.is_nan() || measured.value <= 0.0 {
                return Err(AssayError::NotPositive {
                    plate: self.barcode.clone(),
                    well: measured.well.to_string(),
                    found: measured.value,
                });
            }
            measured.value = measured.value.log2();
        }
        Ok(plate)
    }

    fn check_finite(&self) -> Result<(), AssayError> {
        match self.wells.iter().find(|measured| !measured.value.is_finite()) {
            None => Ok(()),
            Some(measured) => Err(AssayError::NotFinite {
                plate: self.barcode.clone(),
                well: measured.well.to_string(),
                found: measured.value,
            }),
        }
    }
}
