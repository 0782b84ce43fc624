//! What the device thread owns, and the work it does: one file per kind of work.

pub mod coverage;
pub mod embedding;
pub mod fine_tune;
mod models;
pub mod pretrain;
pub mod screen;
pub mod verify;

use std::sync::Arc;

use nextwell_model::cells::CellMatrix;
use nextwell_model::device::{Device as Backend, DeviceReport};
use nextwell_model::families::{self, CellModel, EncodeOptions, Kernels, OpenOptions, Species};
use nextwell_model::screen::{Screener, Speed};

pub use models::{Model, adopt};
pub use nextwell_model::device::DeviceChoice;

use crate::app::App;
use crate::digest::Digest;
use crate::failure::Failure;
use crate::lru::Lru;

/// Models kept in memory for screens (a current version and its candidate), and as many of any
/// family to look at.
const MODELS_KEPT: usize = 2;
/// Prepared screens kept in memory.
const SCREENS_KEPT: usize = 2;
/// Models whose speed is remembered.
const SPEEDS_KEPT: usize = 32;

/// The device with the models and prepared screens that are in its memory.
///
/// Both are inserted whole or not at all, so a panic in one piece of work leaves the rest usable.
pub struct Device {
    choice: DeviceChoice,
    models: Lru<Model>,
    opened: Lru<Arc<dyn CellModel>>,
    screens: Lru<Screener>,
    /// Measured speeds, by model.
    speeds: Lru<Speed>,
}

impl Device {
    /// Takes the device into use.
    pub fn new(backend: Backend) -> Self {
        let choice = match backend {
            Backend::Cpu => DeviceChoice::Cpu,
            Backend::Cuda(index) => DeviceChoice::Cuda(index),
        };
        Self {
            choice,
            models: Lru::new(MODELS_KEPT),
            opened: Lru::new(MODELS_KEPT),
            screens: Lru::new(SCREENS_KEPT),
            speeds: Lru::new(SPEEDS_KEPT),
        }
    }

    /// A stored model, from memory when it was used lately.
    ///
    /// # Errors
    /// 400 `bad_digest`, 404 `unknown_model`, 500 when the stored files are damaged.
    pub fn model(&mut self, app: &App, digest: &str) -> Result<Arc<Model>, Failure> {
        let digest = app.require_model(digest)?;
        let choice = self.choice;
        self.models.get_or_make(digest.as_str(), || {
            Model::open(&app.files.model(&digest), choice).map_err(|error| damaged(&digest, error))
        })
    }

    /// A stored model of any family, from memory when it was used lately.
    ///
    /// # Errors
    /// As [`Self::model`].
    pub fn opened(&mut self, app: &App, digest: &str) -> Result<Arc<dyn CellModel>, Failure> {
        let digest = app.require_model(digest)?;
        let options = OpenOptions { device: self.choice, kernels: Kernels::Fused };
        let kept = self.opened.get_or_make(digest.as_str(), || {
            families::open(&app.files.model(&digest), options)
                .map(Arc::from)
                .map_err(|error| damaged(&digest, error))
        });
        kept.map(|model| Arc::clone(&*model))
    }
}

fn damaged(digest: &Digest, cause: impl ToString) -> Failure {
    Failure::new(500, "stored_model_damaged", "A stored model cannot be read")
        .detail(format!("model {digest}: import or train it again"))
        .cause(cause)
}

/// How cells are encoded to be looked at: the family's own way, for the species of their genes.
fn encoding(cells: &CellMatrix) -> EncodeOptions {
    let ids = cells.genes.iter().filter_map(|gene| gene.ensembl.as_deref());
    let (mouse, other): (Vec<&str>, Vec<&str>) = ids.partition(|id| id.starts_with("ENSMUSG"));
    let species = if mouse.len() > other.len() { Species::Mouse } else { Species::Human };
    EncodeOptions { species, ..EncodeOptions::default() }
}

/// A device in words, for people.
pub fn describe(backend: Backend, report: &DeviceReport) -> String {
    match backend {
        Backend::Cpu => format!("CPU ({} threads)", report.cpu_threads),
        Backend::Cuda(index) => format!("CUDA device {index}"),
    }
}
