//! Published checkpoints: readers of their containers, filling of nets by key maps, and saving.
//!
//! Nothing in a container is executed. Every key must be known: missing, extra or mis-shaped ones
//! are an error that lists them all. What is particular to a family is in its folder under
//! [`crate::families`].

mod config;
mod container;
mod error;
mod fill;
mod integers;
pub mod keys;
mod pytorch;
mod safetensors_file;
mod save;

pub use config::{ConfigError, expect_at_least, expect_stack, expect_within, expect_word};
pub use container::{RawTensor, Weights, find_file, read_json, read_weights};
pub use error::{CheckpointError, Misshaped, Problems};
pub use fill::{Filling, LoadReport, collect, shapes_of};
pub use pytorch::{PytorchFile, read_pytorch_settings};
pub use save::{save_json, save_weights};
