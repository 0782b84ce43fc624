//! Containers of weights.

#[path = "../../src/checkpoint/config.rs"]
mod config;
#[path = "../../src/checkpoint/container.rs"]
mod container;
#[path = "../../src/checkpoint/error.rs"]
mod error;
#[path = "../../src/checkpoint/integers.rs"]
mod integers;
#[path = "../../src/checkpoint/pytorch/mod.rs"]
mod pytorch;
#[path = "../../src/checkpoint/safetensors_file.rs"]
mod safetensors_file;

pub use config::ConfigError;
pub use container::{find_file, read_json, read_weights};
pub use error::CheckpointError;
pub use pytorch::{PytorchFile, read_pytorch_settings};
