//! What can go wrong when a round is planned.

use thiserror::Error;

/// Every reason the planner refuses or fails, with what was found and what to do about it.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum PlanError {
    /// There is nothing to choose from.
    #[error("no candidate given; a feature table needs at least one gene")]
    NoCandidates,
    /// The same symbol was offered twice.
    #[error("candidate `{symbol}` is listed more than once; list every gene once")]
    DuplicateCandidate {
        /// The repeated symbol.
        symbol: String,
    },
    /// An index does not point into the feature table.
    #[error("{what}: candidate index {index} is outside the feature table of {len} candidates")]
    UnknownCandidate {
        /// Which list held the index.
        what: &'static str,
        /// The index.
        index: usize,
        /// Candidates in the table.
        len: usize,
    },
    /// A measurement or feature is not a finite number.
    #[error(
        "{what} of `{symbol}` is {value}, expected a finite number; leave the row out or fix it"
    )]
    NotFinite {
        /// Which quantity.
        what: &'static str,
        /// The row's gene.
        symbol: String,
        /// The value as written.
        value: String,
    },
    /// Two slices that belong together differ in length.
    #[error("`{left}` has {left_len} entries but `{right}` has {right_len}; they must match")]
    LengthMismatch {
        /// First name.
        left: &'static str,
        /// Its length.
        left_len: usize,
        /// Second name.
        right: &'static str,
        /// Its length.
        right_len: usize,
    },
    /// A posterior handed to an acquisition is not usable.
    #[error("`{what}` is {value} at position {index}; expected a finite number{hint}")]
    BadPosterior {
        /// Which slice.
        what: &'static str,
        /// First bad position.
        index: usize,
        /// The value as written.
        value: String,
        /// What else is asked of it.
        hint: &'static str,
    },
    /// A hard limit makes the round impossible.
    #[error(
        "the round is infeasible: {limit} allows {available}, but {needed} are needed; {remedy}"
    )]
    Infeasible {
        /// The rule that cannot be met.
        limit: &'static str,
        /// What it leaves.
        available: usize,
        /// What was asked.
        needed: usize,
        /// What to change.
        remedy: &'static str,
    },
    /// A setting is outside its range.
    #[error("`{what}` is {value}, expected {expected}")]
    BadSetting {
        /// Which setting.
        what: &'static str,
        /// The value as written.
        value: String,
        /// The valid range.
        expected: &'static str,
    },
    /// No jitter of the ladder made the covariance positive definite.
    #[error(
        "the covariance of {rows} observations is not positive definite even with jitter {jitter:e}; \
         look for two genes with identical features and contradictory, huge values"
    )]
    NotPositiveDefinite {
        /// Size of the matrix.
        rows: usize,
        /// Largest jitter tried.
        jitter: f64,
    },
    /// The optimiser failed outright.
    #[error("fitting the surrogate failed: {reason}")]
    FitFailed {
        /// The optimiser's message.
        reason: String,
    },
    /// A file compiled into the planner is broken.
    #[error("bundled feature file {file} cannot be read: {reason}")]
    BrokenBundle {
        /// Which file.
        file: &'static str,
        /// Why.
        reason: String,
    },
}
