//! GeneCompass (Small, Base and fine-tuned classifiers).

pub mod config;
mod homologues;
pub mod keys;
mod load;
pub mod net;

pub use config::GeneCompassConfig;
pub use homologues::Homologues;
pub use load::{Loaded, WEIGHT_FILES, load, read_config, save};
pub use net::GeneCompass;
