//! Pooled rounds: a library of guides in one dish instead of plates of wells.
//!
//! The numbers of a round before it is ordered, the lab's guide library as a file, the choice of
//! its best guides for the picked genes, the order sheet, and the MAGeCK table that comes back.
//! Guide sequences come from the lab's file: nothing here designs guides.

mod controls;
mod error;
mod finding;
mod guide;
mod library;
pub mod mageck;
mod numbers;
mod oligo;
mod sheet;
mod shelf;
mod sites;
mod warnings;

pub use controls::{ControlKind, control_kind};
pub use error::PooledError;
pub use finding::Finding;
pub use guide::Guide;
pub use library::{LibraryFile, read_library};
pub use numbers::{Design, Numbers, numbers, numbers_of};
pub use oligo::Adapters;
pub use sheet::{SheetRow, order_sheet};
pub use shelf::{Chosen, Refused, Shelf, TooFew};
pub use sites::Enzyme;
pub use warnings::{Warning, warnings};
