//! What the device thread owns, and the work it does: one file per kind of work.

pub mod fine_tune;
pub mod import;
mod models;
pub mod pretrain;
pub mod screen;

use std::sync::Arc;

use nextwell_model::device::{Device as Backend, DeviceReport};
use nextwell_model::screen::ScreenContext;

pub use models::Model;
pub use nextwell_model::device::DeviceChoice;

use crate::app::App;
use crate::failure::Failure;
use crate::lru::Lru;

/// Models kept in memory: a current version and its candidate.
const MODELS_KEPT: usize = 2;
/// Prepared screens kept in memory.
const SCREENS_KEPT: usize = 2;

/// The device with the models and prepared screens that are in its memory.
///
/// Both are inserted whole or not at all, so a panic in one piece of work leaves the rest usable.
pub struct Device {
    choice: DeviceChoice,
    models: Lru<Model>,
    screens: Lru<ScreenContext>,
}

impl Device {
    /// Takes the device into use.
    pub fn new(backend: Backend) -> Self {
        let choice = match backend {
            Backend::Cpu => DeviceChoice::Cpu,
            Backend::Cuda(index) => DeviceChoice::Cuda(index),
        };
        Self { choice, models: Lru::new(MODELS_KEPT), screens: Lru::new(SCREENS_KEPT) }
    }

    /// A stored model, from memory when it was used lately.
    ///
    /// # Errors
    /// 400 `bad_digest`, 404 `unknown_model`, 500 when the stored files are damaged.
    pub fn model(&mut self, app: &App, digest: &str) -> Result<Arc<Model>, Failure> {
        let digest = app.require_model(digest)?;
        let choice = self.choice;
        self.models.get_or_make(digest.as_str(), || {
            Model::open(&app.files.model(&digest), choice).map_err(|error| {
                Failure::new(500, "stored_model_damaged", "A stored model cannot be read")
                    .detail(format!("model {digest}: import or train it again"))
                    .cause(error)
            })
        })
    }
}

/// A device in words, for people.
pub fn describe(backend: Backend, report: &DeviceReport) -> String {
    match backend {
        Backend::Cpu => format!("CPU ({} threads)", report.cpu_threads),
        Backend::Cuda(index) => format!("CUDA device {index}"),
    }
}
