//! Why a model cannot be used so.

use std::path::PathBuf;
use std::sync::atomic::Ordering;

use super::Watch;
use crate::cells::CellsError;
use crate::families::{Family, FamilyError};

/// Everything that can go wrong while using a model.
#[derive(Debug, thiserror::Error)]
pub enum UseError {
    /// A column or value of the cells is unknown, or a result cannot be written.
    #[error(transparent)]
    Cells(#[from] CellsError),
    /// The model refuses.
    #[error(transparent)]
    Family(#[from] FamilyError),
    /// The checkpoint has no such part.
    #[error("this {family} checkpoint ({variant}) cannot {what}; {advice}")]
    CannotDo {
        /// Family of the model.
        family: Family,
        /// Variant of the model.
        variant: String,
        /// What was asked for, as a verb.
        what: &'static str,
        /// What to do.
        advice: &'static str,
    },
    /// A gene that the cells do not have.
    #[error("{gene} is not among the {n_genes} genes of the cells{hint}")]
    UnknownGene {
        /// What was asked for.
        gene: String,
        /// Genes of the matrix.
        n_genes: usize,
        /// What it may mean, with a leading separator, or nothing.
        hint: String,
    },
    /// A gene that the model does not have.
    #[error("{gene} is not in the vocabulary of this {family} model")]
    GeneNotInModel {
        /// The gene.
        gene: String,
        /// Family of the model.
        family: Family,
    },
    /// Nothing is left to compute with.
    #[error("{found} cells {which}, needed at least {needed}")]
    TooFewCells {
        /// How many there are.
        found: usize,
        /// Which cells.
        which: String,
        /// How many are needed.
        needed: usize,
    },
    /// A setting makes no sense.
    #[error("{setting} = {found} is not usable; expected {expected}")]
    BadSetting {
        /// Name of the setting.
        setting: &'static str,
        /// Its value.
        found: String,
        /// What it should be.
        expected: String,
    },
    /// A table of edges cannot be used.
    #[error("{}: {reason}", path.display())]
    Edges {
        /// The file.
        path: PathBuf,
        /// What is wrong and what was expected.
        reason: String,
    },
    /// The model's answer has another size than its card says.
    #[error("the model gave {found} values for {what}, its card says {expected}")]
    WrongSize {
        /// For what.
        what: String,
        /// How many there are.
        found: usize,
        /// How many were expected.
        expected: usize,
    },
    /// The caller asked to stop.
    #[error("cancelled")]
    Cancelled,
}

/// `Err` once the caller asked to stop.
pub(super) fn proceed(watch: Watch<'_>) -> Result<(), UseError> {
    if watch.cancel.load(Ordering::Relaxed) { Err(UseError::Cancelled) } else { Ok(()) }
}

/// `Err` unless `found` is `expected`.
pub(super) fn check_size(what: &str, found: usize, expected: usize) -> Result<(), UseError> {
    if found == expected {
        return Ok(());
    }
    Err(UseError::WrongSize { what: what.to_owned(), found, expected })
}
