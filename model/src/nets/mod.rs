//! Cellular foundation models as Burn modules, one file per family.
//!
//! Nets are generic over [`burn::tensor::backend::Backend`]; only [`crate::device`] names one.
//! Burn's forward pass is the definition of a model: training, gradients and the GPU use it, and
//! the CPU fast path of [`crate::encoder`] is tested against it.

pub mod bert;
pub mod config;
pub mod geneformer;
pub mod heads;
pub mod seeded;

pub use config::{ConfigError, GeneformerConfig};
pub use geneformer::Geneformer;
