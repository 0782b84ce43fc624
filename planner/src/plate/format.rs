//! Plate formats: how many rows and columns.

use serde::{Deserialize, Serialize};

use super::{PlateError, Well, well};

/// A standard microplate (ANSI/SLAS footprint), named by its number of wells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub enum PlateFormat {
    /// 2 rows of 3.
    W6,
    /// 3 rows of 4.
    W12,
    /// 4 rows of 6.
    W24,
    /// 6 rows of 8.
    W48,
    /// 8 rows of 12.
    W96,
    /// 16 rows of 24.
    W384,
    /// 32 rows of 48 (A to Z, then AA to AF).
    W1536,
}

impl PlateFormat {
    /// The format of a plate with this many wells.
    ///
    /// # Errors
    /// [`PlateError::UnknownFormat`] when no standard plate has so many.
    pub fn new(wells: u32) -> Result<Self, PlateError> {
        Ok(match wells {
            6 => Self::W6,
            12 => Self::W12,
            24 => Self::W24,
            48 => Self::W48,
            96 => Self::W96,
            384 => Self::W384,
            1536 => Self::W1536,
            found => return Err(PlateError::UnknownFormat { found }),
        })
    }

    /// Number of rows.
    pub fn rows(self) -> u8 {
        match self {
            Self::W6 => 2,
            Self::W12 => 3,
            Self::W24 => 4,
            Self::W48 => 6,
            Self::W96 => 8,
            Self::W384 => 16,
            Self::W1536 => 32,
        }
    }

    /// Number of columns.
    pub fn columns(self) -> u8 {
        match self {
            Self::W6 => 3,
            Self::W12 => 4,
            Self::W24 => 6,
            Self::W48 => 8,
            Self::W96 => 12,
            Self::W384 => 24,
            Self::W1536 => 48,
        }
    }

    /// Number of wells.
    pub fn wells(self) -> u16 {
        u16::from(self.rows()) * u16::from(self.columns())
    }

    /// Every well, row after row.
    pub fn iter(self) -> impl Iterator<Item = Well> {
        (0..self.rows()).flat_map(move |row| (0..self.columns()).map(move |col| Well { row, col }))
    }

    /// Whether the well exists on this plate.
    pub fn contains(self, well: Well) -> bool {
        well.row < self.rows() && well.col < self.columns()
    }

    /// Whether the well lies in the outermost ring, where evaporation is strongest.
    pub fn is_edge(self, well: Well) -> bool {
        well.row == 0
            || well.col == 0
            || well.row + 1 == self.rows()
            || well.col + 1 == self.columns()
    }

    /// Quadrant of a well: 0 top left, 1 top right, 2 bottom left, 3 bottom right.
    pub fn quadrant(self, well: Well) -> usize {
        usize::from(well.row >= self.rows() / 2) * 2 + usize::from(well.col >= self.columns() / 2)
    }

    /// Last well of the plate, such as `H12` on 96.
    pub fn last_well(self) -> Well {
        Well { row: self.rows() - 1, col: self.columns() - 1 }
    }

    /// Reads a well name in any usual spelling: `A1`, `A01`, `a1`, `A:1`, `A-1`, `R01C02`.
    ///
    /// # Errors
    /// [`PlateError::NotAWell`] when the text is no well name, [`PlateError::WellOutsidePlate`]
    /// when this plate has no such well (`A0`, `I1` on 96); both say the plate's size.
    pub fn parse_well(self, text: &str) -> Result<Well, PlateError> {
        let found = || text.trim().chars().take(40).collect::<String>();
        let Some((row, col)) = well::coordinates(text) else {
            return Err(PlateError::NotAWell {
                found: found(),
                wells: self.wells(),
                last: self.last_well().to_string(),
            });
        };
        let inside = (1..=u32::from(self.rows())).contains(&row)
            && (1..=u32::from(self.columns())).contains(&col);
        if !inside {
            return Err(PlateError::WellOutsidePlate {
                found: found(),
                wells: self.wells(),
                last: self.last_well().to_string(),
            });
        }
        Ok(Well { row: (row - 1) as u8, col: (col - 1) as u8 })
    }
}

impl TryFrom<u32> for PlateFormat {
    type Error = PlateError;
    fn try_from(wells: u32) -> Result<Self, PlateError> {
        Self::new(wells)
    }
}

impl From<PlateFormat> for u32 {
    fn from(format: PlateFormat) -> u32 {
        u32::from(format.wells())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_has_as_many_wells_as_its_name_says() {
        for wells in [6, 12, 24, 48, 96, 384, 1536] {
            let format = PlateFormat::new(wells).unwrap();
            assert_eq!(u32::from(format.wells()), wells);
            assert_eq!(format.iter().count() as u32, wells);
            assert_eq!(format.iter().last(), Some(format.last_well()));
        }
    }

    #[test]
    fn an_unknown_number_of_wells_is_refused_with_the_known_ones() {
        let message = PlateFormat::new(100).unwrap_err().to_string();
        assert!(message.contains("100") && message.contains("384"), "{message}");
    }

    #[test]
    fn the_edge_of_a_96_well_plate_has_36_wells() {
        let format = PlateFormat::W96;
        assert_eq!(format.iter().filter(|well| format.is_edge(*well)).count(), 36);
    }

    #[test]
    fn a_format_is_its_number_of_wells_in_json() {
        assert_eq!(serde_json::to_string(&PlateFormat::W384).unwrap(), "384");
        assert_eq!(serde_json::from_str::<PlateFormat>("24").unwrap(), PlateFormat::W24);
        assert!(serde_json::from_str::<PlateFormat>("25").is_err());
    }
}
