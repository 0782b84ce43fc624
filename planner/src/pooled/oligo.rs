//! The oligo that is ordered: 5′ adapter, G if needed, protospacer, 3′ adapter.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::error::PooledError;
use super::guide::foreign_letter;

/// Longest adapter, in letters.
const LONGEST: usize = 200;

/// What surrounds every insert.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Adapters {
    five: String,
    three: String,
}

impl Default for Adapters {
    /// End of the human U6 promoter and start of the scaffold of *S. pyogenes* Cas9 guides, as
    /// lentiGuide-type vectors have them (Joung et al. 2017, Nat. Protoc. 12:828).
    fn default() -> Self {
        Self {
            five: "TATCTTGTGGAAAGGACGAAACACCG".to_owned(),
            three: "GTTTTAGAGCTAGAAATAGCAAGTTAAAAT".to_owned(),
        }
    }
}

impl Adapters {
    /// Adapters as written; spaces and case do not matter.
    ///
    /// # Errors
    /// [`PooledError::Adapter`] naming the first letter that is none of A, C, G, T;
    /// [`PooledError::Setting`] for more than 200 letters.
    pub fn new(five: &str, three: &str) -> Result<Self, PooledError> {
        Ok(Self { five: letters("5′", five)?, three: letters("3′", three)? })
    }

    /// The adapter before the insert.
    pub fn five(&self) -> &str {
        &self.five
    }

    /// The adapter after the insert.
    pub fn three(&self) -> &str {
        &self.three
    }

    /// Whether a G goes before every protospacer. U6 starts transcription at a G, so one is needed
    /// unless the 5′ adapter ends in G or all protospacers begin with it. All get it or none: the
    /// oligos of one order have equal lengths.
    pub fn needs_g<'a>(&self, mut protospacers: impl Iterator<Item = &'a str>) -> bool {
        !self.five.ends_with('G') && !protospacers.all(|sequence| sequence.starts_with('G'))
    }

    /// The oligo of a protospacer.
    pub fn oligo(&self, with_g: bool, protospacer: &str) -> String {
        let g = if with_g { "G" } else { "" };
        format!("{}{g}{protospacer}{}", self.five, self.three)
    }

    /// Where the insert lies in the oligo.
    pub(super) fn insert(&self, with_g: bool, protospacer: &str) -> Range<usize> {
        let start = self.five.len();
        start..start + usize::from(with_g) + protospacer.len()
    }
}

fn letters(end: &'static str, text: &str) -> Result<String, PooledError> {
    let sequence: String =
        text.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_ascii_uppercase()).collect();
    if let Some((at, letter)) = foreign_letter(&sequence) {
        return Err(PooledError::Adapter { end, letter, position: at + 1 });
    }
    if sequence.len() > LONGEST {
        return Err(PooledError::Setting {
            what: "the length of an adapter",
            found: sequence.len().to_string(),
            expected: "200 letters or fewer",
        });
    }
    Ok(sequence)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_g_is_added_to_all_oligos_or_to_none() {
        let ends_in_g = Adapters::default();
        assert!(!ends_in_g.needs_g(["ACGT", "GCGT"].into_iter()));
        let other = Adapters::new("ttc cacc", "GTTTTA").unwrap();
        assert_eq!(other.five(), "TTCCACC");
        assert!(other.needs_g(["ACGT", "GCGT"].into_iter()));
        assert!(!other.needs_g(["GCGT", "GGGT"].into_iter()));
        assert_eq!(other.oligo(true, "ACGT"), "TTCCACCGACGTGTTTTA");
        assert_eq!(other.insert(true, "ACGT"), 7..12);
    }

    #[test]
    fn an_adapter_that_is_no_dna_is_refused_with_the_place() {
        let error = Adapters::new("ACG", "ACNU").unwrap_err();
        insta::assert_snapshot!(error, @"the 3′ adapter holds `N` at position 3; expected the letters A, C, G and T only");
        assert!(Adapters::new(&"A".repeat(201), "").is_err());
    }
}
