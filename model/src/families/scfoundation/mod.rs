//! scFoundation: a masked autoencoder of expression that knows how deeply a cell was sequenced.

mod card;
pub mod config;
mod depth;
mod genes;
pub mod keys;
mod load;
mod model;
pub mod net;
mod random;
mod tokenizer;

use std::path::Path;

use serde_json::Value;

pub use card::LICENCE;
pub use config::{Part, ScFoundationConfig};
pub use depth::TargetDepth;
pub use genes::GeneList;
pub use load::{Loaded, WEIGHT_FILES, load, save};
pub use model::Model;
pub use net::ScFoundation;
pub use random::{RANDOM_SIZES, random};
pub use tokenizer::ValueEncoder;

use super::open::with_backend;
use super::{CellModel, FamilyError, OpenOptions};
use crate::checkpoint::read_json;
use crate::device;

/// Whether `dir` holds the published `models.ckpt`, or a configuration whose model is a masked
/// autoencoder with learned bins.
pub fn detects(dir: &Path) -> bool {
    let config: Value = read_json(&dir.join(load::CONFIG_FILE)).unwrap_or_default();
    let named = config["model"].as_str().is_some_and(|model| model.starts_with("mae_autobin"));
    named || dir.join("models.ckpt").is_file()
}

/// Opens a checkpoint directory as [`load`] reads it, with the list of genes that is in it or else
/// the published one.
///
/// # Errors
/// The device cannot be had; the checkpoint or its list of genes cannot be read.
pub fn open(dir: &Path, options: OpenOptions) -> Result<Box<dyn CellModel>, FamilyError> {
    let device = device::resolve(options.device)?;
    with_backend!(device, B, on => {
        let loaded = load::<B>(dir, &on)?;
        let list = GeneList::of_dir(dir, &loaded.config)?;
        Ok(Box::new(Model::<B>::new(loaded, list, device, options.kernels, on)?))
    })
}
