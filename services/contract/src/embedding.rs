//! A look at a model's cell embeddings.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Principal components of the embeddings of a data set's cells.
///
/// Of more cells than asked for, evenly spaced ones are taken: always the same.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct EmbeddingPreview {
    /// Kind of embedding, as in the model's card.
    pub kind: String,
    /// Cells of the data set.
    pub n_cells: u64,
    /// Cells that were embedded: those below and the blank ones.
    pub n_sampled: u64,
    /// Sampled cells that express no gene of the model; they have no place.
    pub n_blank: u64,
    /// Row of each cell in the data set, ascending.
    pub cells: Vec<u64>,
    /// Name of each cell, aligned with `cells`.
    pub names: Vec<String>,
    /// Per cell its coordinates on the axes of most variance, at most 4; aligned with `cells`.
    pub coordinates: Vec<Vec<f32>>,
    /// Share of the total variance along each axis, 0 to 1.
    pub explained_variance: Vec<f64>,
    /// Values of the column asked for.
    pub colour: Option<EmbeddingColour>,
}

/// Values of one `obs` column for the cells of a preview.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct EmbeddingColour {
    /// Name of the column.
    pub column: String,
    /// Its values, aligned with the preview's `cells`.
    pub values: ColourValues,
}

/// Categories or numbers; `null` where a cell has none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ColourValues {
    /// A categorical column.
    Categorical {
        /// Categories in the column's order; only those that a cell has.
        categories: Vec<String>,
        /// Per cell the place of its category in `categories`.
        codes: Vec<Option<u32>>,
    },
    /// A numeric column.
    Numeric {
        /// Per cell its number.
        numbers: Vec<Option<f64>>,
    },
}
