//! What people do with a model, on the cells of a file, for every family alike.
//!
//! Everything sees the model through [`CellModel`](crate::families::CellModel) only. Cells stream
//! through in bounded batches: memory grows with the result asked for and with nothing else.
//! Results depend on their arguments only, not on threads or on the size of batches.

mod annotate;
mod coverage;
#[cfg(test)]
mod double;
mod embedding;
mod enhance;
mod error;
mod markers;
pub mod network;
mod pca;
pub mod predict;
mod reader;
mod umap;

pub use annotate::{Annotation, UNASSIGNED, annotate};
pub use coverage::{Coverage, UnknownGene, coverage};
#[cfg(test)]
pub(crate) use double::quiet;
pub use embedding::{Embedding, embed};
pub use enhance::{EnhanceReport, enhance};
pub use error::UseError;
pub use markers::{LabelMarkers, Marker, MarkerSettings, Markers, markers};
pub use pca::{Pca, pca};
pub use reader::{CellReader, encoder_for, find_gene, translation};
pub use umap::{Umap, umap};

pub use crate::screen::Watch;
