//! Published checkpoints: readers of their containers, key maps, and saving.
//!
//! Containers are read whole into memory and nothing in them is executed. Every key must be
//! known: missing, extra or mis-shaped ones are an error that lists them all.

mod container;
mod error;
mod fill;
mod geneformer;
pub mod keys;
mod save;

pub use container::{RawTensor, Weights, read_weights};
pub use error::{CheckpointError, Misshaped, Problems};
pub use geneformer::{LoadReport, Loaded, load_geneformer, read_config};
pub use save::save_geneformer;

#[cfg(test)]
mod tests;
