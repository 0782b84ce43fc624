//! Wells and their names.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{PlateError, PlateFormat};

/// A position on a plate, from 0; written `B07`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Well {
    /// Row from 0 (`A`).
    pub row: u8,
    /// Column from 0 (`1`).
    pub col: u8,
}

/// Row and column from 1 as written in the text, whatever the plate; `None` if it is no well name.
pub(super) fn coordinates(text: &str) -> Option<(u32, u32)> {
    let text = text.trim().to_ascii_uppercase();
    row_column_numbers(&text).or_else(|| letters_and_number(&text))
}

/// `R01C02`.
fn row_column_numbers(text: &str) -> Option<(u32, u32)> {
    let (row, col) = text.strip_prefix('R')?.split_once('C')?;
    Some((number(row)?, number(col)?))
}

/// `A1`, `A01`, `A:1`, `A-1`, `AF48`.
fn letters_and_number(text: &str) -> Option<(u32, u32)> {
    let end = text.find(|c: char| !c.is_ascii_alphabetic())?;
    let (letters, rest) = text.split_at(end);
    if letters.is_empty() || letters.len() > 2 {
        return None;
    }
    let row = letters.bytes().fold(0, |row, letter| row * 26 + u32::from(letter - b'A') + 1);
    let digits = rest.strip_prefix([':', '-']).unwrap_or(rest);
    Some((row, number(digits)?))
}

fn number(digits: &str) -> Option<u32> {
    let plain = (1..=4).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    if plain { digits.parse().ok() } else { None }
}

impl fmt::Display for Well {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.row >= 26 {
            let first = char::from(b'A' + self.row / 26 - 1);
            write!(f, "{first}")?;
        }
        let letter = char::from(b'A' + self.row % 26);
        write!(f, "{letter}{:02}", u16::from(self.col) + 1)
    }
}

impl FromStr for Well {
    type Err = PlateError;
    /// Reads a well of the largest plate (1536); use [`PlateFormat::parse_well`] when the plate is known.
    fn from_str(text: &str) -> Result<Self, PlateError> {
        PlateFormat::W1536.parse_well(text)
    }
}

impl TryFrom<String> for Well {
    type Error = PlateError;
    fn try_from(text: String) -> Result<Self, PlateError> {
        text.parse()
    }
}

impl From<Well> for String {
    fn from(well: Well) -> String {
        well.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn all_usual_spellings_mean_the_same_well() {
        for text in ["B7", "B07", "b7", "B:7", "B-7", "R02C07", "r2c7", " B07 ", "B007"] {
            let well = PlateFormat::W96.parse_well(text).unwrap();
            assert_eq!(well.to_string(), "B07", "{text}");
        }
    }

    #[test]
    fn row_letters_go_on_after_z() {
        let well = PlateFormat::W1536.parse_well("AF48").unwrap();
        assert_eq!(well, PlateFormat::W1536.last_well());
        assert_eq!(well.to_string(), "AF48");
        assert_eq!(PlateFormat::W1536.parse_well("Z1").unwrap().row, 25);
    }

    #[test]
    fn row_r_is_not_mistaken_for_the_numbered_spelling() {
        let well = PlateFormat::W1536.parse_well("R1").unwrap();
        assert_eq!((well.row, well.col), (17, 0));
    }

    #[test]
    fn a_well_the_plate_does_not_have_is_refused_with_the_size_of_the_plate() {
        for text in ["A0", "I1", "A13", "AA1", "R9C1"] {
            let error = PlateFormat::W96.parse_well(text).unwrap_err();
            assert!(matches!(error, PlateError::WellOutsidePlate { .. }), "{text}");
            assert!(error.to_string().contains("96 wells (A01 to H12)"), "{error}");
        }
    }

    #[test]
    fn text_that_is_no_well_is_refused() {
        for text in ["", "A", "1", "ABC1", "A1B", "A--1", "A+1", "A1.0", "R1C", "Ä1", "RC"] {
            let error = PlateFormat::W96.parse_well(text).unwrap_err();
            assert!(matches!(error, PlateError::NotAWell { .. }), "{text}");
        }
    }

    proptest! {
        #[test]
        fn the_canonical_name_reads_back_as_the_same_well(row in 0u8..32, col in 0u8..48) {
            let well = Well { row, col };
            prop_assert_eq!(well.to_string().parse::<Well>().unwrap(), well);
        }

        #[test]
        fn no_text_makes_the_parser_panic(text in ".{0,12}") {
            let _ = PlateFormat::W24.parse_well(&text);
        }
    }
}
