//! GeneCompass (Small, Base and fine-tuned classifiers).

pub mod config;
mod homologues;
pub mod keys;
mod load;
mod model;
pub mod net;
mod random;
pub mod tokenizer;

use std::path::Path;

use serde_json::Value;

pub use config::GeneCompassConfig;
pub use homologues::Homologues;
pub use load::{Loaded, WEIGHT_FILES, load, read_config, save};
pub use model::open;
pub use net::GeneCompass;
pub use random::{RANDOM_SIZES, random};

use super::Licence;
use crate::checkpoint::read_json;

/// Licence of the published weights.
pub const LICENCE: Licence = Licence {
    name: "none stated",
    note: "The authors state no licence, neither for the code nor for the weights: bring the \
           weights yourself and check with the authors that your use is allowed.",
    source: "https://github.com/xCompass-AI/GeneCompass (no licence file)",
};

/// Whether `dir` holds a GeneCompass: its configuration has switches for the parts of the
/// embedding.
pub fn detects(dir: &Path) -> bool {
    let config: Option<Value> = read_json(&dir.join("config.json")).ok();
    let switches = ["use_values", "use_promoter", "use_co_exp", "use_gene_family", "use_peca_grn"];
    config.is_some_and(|config| switches.iter().any(|switch| config[*switch].is_boolean()))
}
