//! Geneformer (V1, V2 and fine-tuned classifiers).

pub mod config;
pub mod keys;
mod load;
pub mod net;
pub mod tokenizer;

pub use config::GeneformerConfig;
pub use load::{Loaded, WEIGHT_FILES, load, read_config, save};
pub use net::Geneformer;
