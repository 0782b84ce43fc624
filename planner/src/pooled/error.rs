//! What can be wrong with a pooled round.

use thiserror::Error;

/// Why a pooled round cannot be planned or its table not be read.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum PooledError {
    /// A setting is outside its range.
    #[error("{what} is {found}; expected {expected}")]
    Setting {
        /// Which setting, in words.
        what: &'static str,
        /// The value as written.
        found: String,
        /// The valid range.
        expected: &'static str,
    },
    /// An adapter holds something else than the four letters.
    #[error(
        "the {end} adapter holds `{letter}` at position {position}; expected the letters A, C, G and T only"
    )]
    Adapter {
        /// `5′` or `3′`.
        end: &'static str,
        /// What was found.
        letter: char,
        /// Where, from 1.
        position: usize,
    },
    /// The library has fewer control guides than asked for.
    #[error(
        "the guide library has {found} usable {kind} guides, {wanted} are asked for; upload more or ask for fewer"
    )]
    TooFewControls {
        /// `non-targeting` or `safe-targeting`.
        kind: &'static str,
        /// Usable ones.
        found: usize,
        /// Asked for.
        wanted: usize,
    },
    /// Genes of the round that the library does not cover.
    #[error(
        "the guide library has fewer than {wanted} usable guides for {genes}; upload guides for them, ask for fewer guides a gene or leave the genes out"
    )]
    TooFewGuides {
        /// Genes with what was found, such as `GATA3 (2)`.
        genes: String,
        /// Guides a gene asked for.
        wanted: usize,
    },
    /// The condition asked for is not in the table.
    #[error("the table has no condition {found}; it has {known}: choose one of them")]
    Condition {
        /// What was asked for.
        found: String,
        /// What there is.
        known: String,
    },
    /// The rows that define the scale all have the same effect.
    #[error(
        "the {rows} {what} have no spread (MAD is 0), so effects cannot be put on a scale: check whether the table was rounded or filled with zeros"
    )]
    NoSpread {
        /// `control rows` or `gene rows`.
        what: &'static str,
        /// How many.
        rows: usize,
    },
}
