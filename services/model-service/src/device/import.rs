//! Published checkpoints.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use nextwell_contract::ModelInfo;
use nextwell_model::device::Cpu;
use nextwell_model::families::geneformer::{load, save};

use super::models::{Model, WEIGHTS, adopt};
use crate::app::App;
use crate::failure::Failure;

const PICKLED: &str = "pytorch_model.bin";

/// Loads the files in `dir` as a check and keeps them as a model; weights in PyTorch's container
/// are written again as safetensors.
///
/// # Errors
/// 422 naming what is missing, damaged or does not fit.
pub fn import(app: &App, dir: &Path) -> Result<ModelInfo, Failure> {
    require_files(dir)?;
    Model::describe(dir)?;
    // The readers are ours or Burn's and return errors; a panic in them is still about the file.
    let load = || load::<Cpu>(dir, &Default::default()).map_err(Failure::from);
    let loaded = catch_unwind(AssertUnwindSafe(load));
    let loaded = loaded.map_err(|_| {
        Failure::new(422, "damaged_checkpoint", "This checkpoint is damaged")
            .detail("the reader gave up on the weights; download them again")
    })??;
    let pickled = dir.join(PICKLED);
    if pickled.is_file() {
        save(dir, &loaded)?;
        fs::remove_file(&pickled).map_err(|error| Failure::io("a model", &error))?;
    }
    adopt(app, dir)
}

fn require_files(dir: &Path) -> Result<(), Failure> {
    let has = |name: &str| dir.join(name).is_file();
    let missing = match (has("config.json"), has(WEIGHTS), has(PICKLED)) {
        (false, _, _) => "config.json is missing",
        (true, false, false) => "the weights are missing",
        (true, true, true) => "the weights were sent twice, in both containers",
        _ => return Ok(()),
    };
    Err(Failure::new(422, "incomplete_model", "These files are no model").detail(format!(
        "{missing}; send config.json, model.safetensors or pytorch_model.bin, and vocabulary.csv \
         where the vocabulary is not that of Geneformer V1"
    )))
}
