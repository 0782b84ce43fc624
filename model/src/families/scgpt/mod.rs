//! scGPT: whole-human and organ models, fine-tuned classifiers, and the perturbation model.

pub mod config;
pub mod heads;
pub mod keys;
mod load;
mod model;
pub mod net;
mod perturbation;
mod pooling;
mod random;
pub mod tokenizer;

use std::path::Path;
use std::sync::Arc;

pub use config::ScGptConfig;
pub use load::{Decoder, Loaded, WEIGHT_FILES, load, read_config, save};
pub use net::{Input, ScGpt};
pub use random::{RANDOM_SIZES, random};
pub use tokenizer::Vocabulary;

use super::open::with_backend;
use super::{CellModel, FamilyError, Licence, OpenOptions};
use crate::device::resolve;

/// Licence of the published weights.
pub const LICENCE: Licence = Licence {
    name: "MIT",
    note: "The repository is MIT and links the weights; they come without a licence file of their \
           own.",
    source: "https://github.com/bowang-lab/scGPT/blob/main/LICENSE",
};

/// Whether `dir` is a checkpoint of scGPT: only this family has an `args.json`.
pub fn detects(dir: &Path) -> bool {
    dir.join("args.json").is_file()
}

/// Opens `args.json`, `vocab.json` and the weights of `dir`.
///
/// # Errors
/// No such device; a checkpoint or vocabulary that cannot be read, or that do not belong together.
pub fn open(dir: &Path, options: OpenOptions) -> Result<Box<dyn CellModel>, FamilyError> {
    let device = resolve(options.device)?;
    let vocabulary = Arc::new(Vocabulary::read(&dir.join("vocab.json"))?);
    with_backend!(device, B, on => {
        model::ScGptModel::<B>::open(dir, vocabulary, device, on, options.kernels)
            .map(|model| Box::new(model) as Box<dyn CellModel>)
    })
}
