//! scBERT: a Performer over all genes, made to name cell types.

mod card;
pub mod config;
mod genes;
pub mod keys;
mod labels;
mod load;
mod model;
pub mod net;
mod random;
mod tokenizer;

use std::path::Path;

use serde_json::Value;

pub use card::LICENCE;
pub use config::ScBertConfig;
pub use genes::GeneOrder;
pub use load::{Loaded, find_weights, load, save};
pub use model::Model;
pub use net::{AnnotationHead, ScBert};
pub use random::{RANDOM_SIZES, random};
pub use tokenizer::{BinEncoder, bin};

use super::open::with_backend;
use super::{CellModel, FamilyError, OpenOptions};
use crate::checkpoint::read_json;
use crate::device;

/// Whether `dir` holds a configuration that says `scbert`, or a published `.pth` file without any.
pub fn detects(dir: &Path) -> bool {
    let path = dir.join(load::CONFIG_FILE);
    if path.is_file() {
        let config: Value = read_json(&path).unwrap_or_default();
        return config["model"] == "scbert";
    }
    find_weights(dir).is_ok_and(|file| file.extension().is_some_and(|ending| ending == "pth"))
}

/// Opens a checkpoint directory as [`load`] reads it, with the order of genes that is in it or else
/// the published one.
///
/// # Errors
/// The device cannot be had; the checkpoint, its genes or the names of its classes cannot be read.
pub fn open(dir: &Path, options: OpenOptions) -> Result<Box<dyn CellModel>, FamilyError> {
    let device = device::resolve(options.device)?;
    with_backend!(device, B, on => {
        let loaded = load::<B>(dir, &on)?;
        let order = GeneOrder::of_dir(dir, loaded.config.genes())?;
        let classes = loaded.annotation.as_ref().map(|head| head.third.weight.dims()[1]);
        let labels = classes.map_or(Ok(Vec::new()), |classes| labels::of_dir(dir, classes))?;
        let how = (device, options.kernels);
        Ok(Box::new(Model::<B>::new(loaded, order, labels, how, on)?))
    })
}
