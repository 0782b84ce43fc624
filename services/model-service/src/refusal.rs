//! The model crate's errors as problems with stable codes.

use nextwell_model::cells::CellsError;

use crate::failure::Failure;

/// Stable code of an error about cells.
pub fn cells_code(error: &CellsError) -> &'static str {
    match error {
        CellsError::Io { .. } => "unreadable_file",
        CellsError::NotHdf5 { .. } => "not_hdf5",
        CellsError::Form { .. } => "not_anndata",
        CellsError::NotSelfContained { .. } => "not_self_contained",
        CellsError::TooLarge { .. } => "over_limit",
        CellsError::NoCounts { .. } => "no_raw_counts",
        CellsError::BadCount { .. } => "bad_count",
        CellsError::UnknownColumn { .. } => "unknown_column",
        CellsError::UnknownValue { .. } => "unknown_state",
        CellsError::NoSuchCell { .. } | CellsError::NoCells => "no_cells",
        _ => "damaged_file",
    }
}

impl From<CellsError> for Failure {
    fn from(error: CellsError) -> Self {
        match &error {
            CellsError::Io { source, .. } => Self::io("cells", source),
            _ => Self::new(422, cells_code(&error), "These cells cannot be used so")
                .detail(error.to_string()),
        }
    }
}
