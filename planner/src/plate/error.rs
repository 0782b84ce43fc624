//! What can be wrong with a plate, a well or a plate map.

use thiserror::Error;

/// Why a plate, a well name, a layout request or a plate map was refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PlateError {
    /// The number of wells is no known plate.
    #[error(
        "a plate of {found} wells is not known; expected 6, 12, 24, 48, 96, 384 or 1536: choose one of these"
    )]
    UnknownFormat {
        /// Number of wells asked for.
        found: u32,
    },
    /// The text is no well name at all.
    #[error(
        "`{found}` is not a well name; expected a row letter and a column number such as `A1`, `A01` or `R01C01`, up to `{last}` on this plate of {wells} wells"
    )]
    NotAWell {
        /// The text.
        found: String,
        /// Wells of the plate.
        wells: u16,
        /// Last well of the plate.
        last: String,
    },
    /// The text is a well name, but not one of this plate.
    #[error(
        "well `{found}` is outside the plate of {wells} wells (A01 to {last}): check the plate size or the well name"
    )]
    WellOutsidePlate {
        /// The text.
        found: String,
        /// Wells of the plate.
        wells: u16,
        /// Last well of the plate.
        last: String,
    },
    /// Barcodes must survive a printer, a scanner and a spreadsheet.
    #[error(
        "barcode `{found}` cannot be used; expected 1 to 16 of the characters A-Z, 0-9 and `-`: choose another"
    )]
    Barcode {
        /// The text.
        found: String,
    },
    /// A layout without candidates measures nothing.
    #[error(
        "the layout request holds no candidate wells; expected at least one: choose candidates first"
    )]
    NoCandidates,
    /// Robust z needs a median and a spread of control wells.
    #[error(
        "{found} non-targeting wells were asked for, at least {needed} are needed to normalise the plate: add non-targeting wells"
    )]
    TooFewNonTargeting {
        /// Non-targeting wells asked for.
        found: usize,
        /// Smallest number that can be normalised.
        needed: usize,
    },
    /// More wells asked for than the plate has.
    #[error(
        "{needed} wells were asked for ({candidates} candidate, {non_targeting} non-targeting, {positive} positive, {untreated} untreated), the plate has {available}: choose a larger plate or fewer replicates"
    )]
    TooManyWells {
        /// Wells asked for.
        needed: usize,
        /// Of these, candidate wells.
        candidates: usize,
        /// Of these, non-targeting wells.
        non_targeting: usize,
        /// Of these, positive control wells.
        positive: usize,
        /// Of these, untreated wells.
        untreated: usize,
        /// Wells of the plate.
        available: usize,
    },
    /// Controls leave no well for a candidate.
    #[error(
        "{controls} control wells leave no candidate well on a plate of {wells}: use fewer controls or a larger plate"
    )]
    NoRoom {
        /// Control wells of a plate, untreated ones included.
        controls: usize,
        /// Wells of the plate.
        wells: usize,
    },
    /// The plates that may be used do not hold the round.
    #[error(
        "{needed} plates are needed ({donors} donors, {replicates} replicates each, {candidates} candidates), {allowed} may be used: allow more plates or choose fewer candidates, donors or replicates"
    )]
    TooFewPlates {
        /// Plates that the round needs at least.
        needed: usize,
        /// Plates that may be used.
        allowed: usize,
        /// Donors.
        donors: usize,
        /// Replicates per donor.
        replicates: usize,
        /// Candidates.
        candidates: usize,
    },
    /// Every donor is a block of its own.
    #[error("donor `{donor}` is listed twice: list every donor once")]
    DuplicateDonor {
        /// The donor.
        donor: String,
    },
    /// The same candidate and replicate twice.
    #[error(
        "candidate {symbol} ({ensembl_id}) replicate {replicate} is listed twice: give every well of a candidate its own replicate number"
    )]
    DuplicateCandidate {
        /// Symbol of the candidate.
        symbol: String,
        /// Ensembl gene id of the candidate.
        ensembl_id: String,
        /// Replicate number.
        replicate: u16,
    },
    /// A plate map that cannot be read.
    #[error("plate map row {row}: {message}")]
    Map {
        /// Row of the file, from 1, header included.
        row: usize,
        /// What was found, what was expected, what to do.
        message: String,
    },
}
