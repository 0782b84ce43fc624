//! What is in a well, and a plate as a list of wells.

use serde::{Deserialize, Serialize};

use super::{PlateFormat, Well};

/// What kind of perturbation a well holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Content {
    /// A gene that the round tests.
    Candidate,
    /// A guide without a target: the null of the assay.
    NonTargeting,
    /// A perturbation known to change the read-out.
    Positive,
    /// Cells without a guide.
    Untreated,
    /// Nothing is measured here.
    Empty,
}

impl Content {
    /// The word of the plate map file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Candidate => "candidate",
            Self::NonTargeting => "non-targeting",
            Self::Positive => "positive",
            Self::Untreated => "untreated",
            Self::Empty => "empty",
        }
    }

    /// Reads the word of the plate map file; `None` for any other word.
    pub fn from_word(word: &str) -> Option<Self> {
        let all =
            [Self::Candidate, Self::NonTargeting, Self::Positive, Self::Untreated, Self::Empty];
        let word = word.trim().to_ascii_lowercase().replace('_', "-");
        all.into_iter().find(|content| content.as_str() == word)
    }
}

/// One well of a plate with what is in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlateWell {
    /// Position.
    pub well: Well,
    /// Kind of content.
    pub content: Content,
    /// Gene symbol; empty for controls.
    pub symbol: String,
    /// Ensembl gene id without version; empty for controls.
    pub ensembl_id: String,
    /// Guide or reagent name; empty when not known.
    pub guide_id: String,
    /// Donor of the cells; empty when not known.
    pub donor: String,
    /// Replicate number, from 1; 0 when the well has none.
    pub replicate: u16,
}

/// A plate: the wells that hold something, in row order; all others are empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plate {
    /// Barcode.
    pub barcode: String,
    /// Size.
    pub format: PlateFormat,
    /// Seed of the layout, printed on the sheet; 0 for a plate that was read from a map.
    pub seed: u64,
    /// Wells that hold something, sorted by row and column.
    pub wells: Vec<PlateWell>,
    /// Layout rules that had to be relaxed, in words.
    pub notes: Vec<String>,
}

impl Plate {
    /// The content of one well; `None` when nothing is in it.
    pub fn get(&self, well: Well) -> Option<&PlateWell> {
        self.wells
            .binary_search_by_key(&well, |held| held.well)
            .ok()
            .map(|index| &self.wells[index])
    }

    /// Number of wells with this content; empty wells are those not listed.
    pub fn count(&self, content: Content) -> usize {
        if content == Content::Empty {
            return usize::from(self.format.wells()) - self.wells.len();
        }
        self.wells.iter().filter(|well| well.content == content).count()
    }
}
