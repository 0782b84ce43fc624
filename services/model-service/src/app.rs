//! What all requests share.

use std::sync::{Arc, Mutex, PoisonError};

use nextwell_contract::worker::ServiceInfo;
use nextwell_model::cells::CellMatrix;
use serde::Serialize;

use crate::config::Config;
use crate::device::{Device, describe};
use crate::digest::Digest;
use crate::failure::Failure;
use crate::files::Files;
use crate::inspect::{InspectLimits, Inspector};
use crate::lru::Lru;
use crate::progress::ProgressMap;
use crate::queue::DeviceQueue;

/// Data sets kept in memory.
const DATASETS_KEPT: usize = 2;

/// The running service: files, device queue, caches.
pub struct App {
    pub(crate) max_upload_bytes: u64,
    pub(crate) files: Files,
    pub(crate) inspector: Inspector,
    pub(crate) queue: DeviceQueue<Device>,
    pub(crate) progress: ProgressMap,
    pub(crate) info: ServiceInfo,
    datasets: Mutex<Lru<CellMatrix>>,
}

impl App {
    /// Opens the data directory and the device.
    ///
    /// # Errors
    /// When the directory cannot be made or written, or the device asked for is not there.
    pub fn start(config: &Config) -> anyhow::Result<Arc<Self>> {
        let files = Files::open(&config.data_dir)?;
        let backend = nextwell_model::device::resolve(config.device)?;
        let report = nextwell_model::device::probe();
        let info = ServiceInfo {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            device: describe(backend, &report),
            notes: report.missing,
        };
        tracing::info!(device = %info.device, data_dir = %config.data_dir.display(), "model service on {}", info.device);
        Ok(Arc::new(Self {
            max_upload_bytes: config.max_upload_bytes,
            inspector: Inspector::new(config.inspect_command.clone(), InspectLimits::default()),
            queue: DeviceQueue::start(config.queue_depth, move || Device::new(backend))?,
            progress: ProgressMap::default(),
            info,
            datasets: Mutex::new(Lru::new(DATASETS_KEPT)),
            files,
        }))
    }

    /// Cells of a stored data set, from memory when they were used lately.
    ///
    /// Others wait while a data set is read: most likely they want the same one.
    ///
    /// # Errors
    /// 400 `bad_digest`; 404 `unknown_dataset`; 500 when the stored file is damaged.
    pub(crate) fn dataset(&self, digest: &str) -> Result<Arc<CellMatrix>, Failure> {
        let digest = self.require_dataset(digest)?;
        let path = self.files.dataset(&digest);
        let mut datasets = self.datasets.lock().unwrap_or_else(PoisonError::into_inner);
        datasets.get_or_make(digest.as_str(), || {
            CellMatrix::open(&path).map_err(|error| {
                Failure::new(500, "stored_dataset_damaged", "A stored data set cannot be read")
                    .detail(format!("data set {digest}: upload the h5ad file again"))
                    .cause(error)
            })
        })
    }

    /// Refuses early what names no stored data set.
    ///
    /// # Errors
    /// 400 `bad_digest`, 404 `unknown_dataset`.
    pub(crate) fn require_dataset(&self, digest: &str) -> Result<Digest, Failure> {
        let digest = Digest::parse(digest)?;
        match self.files.dataset_report(&digest).is_file() {
            true => Ok(digest),
            false => Err(unknown("dataset", "data set", &digest)),
        }
    }

    /// Refuses early what names no stored model.
    ///
    /// # Errors
    /// 400 `bad_digest`, 404 `unknown_model`.
    pub(crate) fn require_model(&self, digest: &str) -> Result<Digest, Failure> {
        let digest = Digest::parse(digest)?;
        match self.files.model_info(&digest).is_file() {
            true => Ok(digest),
            false => Err(unknown("model", "model", &digest)),
        }
    }

    /// Removes a model's facts, then its files; what was read of them stays in use until then.
    ///
    /// # Errors
    /// 404 `unknown_model` when there is neither.
    pub(crate) fn remove_model(&self, digest: &Digest) -> Result<(), Failure> {
        let facts = self.files.remove_file(&self.files.model_info(digest))?;
        let folder = self.files.remove_folder(&self.files.model(digest))?;
        if !facts && !folder {
            return Err(unknown("model", "model", digest));
        }
        tracing::info!(model_digest = %digest, "removed model {digest}");
        Ok(())
    }

    /// The kept answer to a request, if this version of the code answered it before.
    pub(crate) fn kept(&self, request: &Digest) -> Result<Option<Vec<u8>>, Failure> {
        self.files.read(&self.files.answer(request))
    }

    /// Keeps an answer; the bytes sent are the bytes kept.
    pub(crate) fn keep(
        &self,
        request: &Digest,
        answer: &impl Serialize,
    ) -> Result<Vec<u8>, Failure> {
        let bytes = serde_json::to_vec(answer).map_err(Failure::internal)?;
        self.files.put_bytes(&bytes, &self.files.answer(request))?;
        Ok(bytes)
    }
}

/// Digest of a request for long work: its kind, the version of the code and its fields.
///
/// # Errors
/// 500 when the request has no JSON form.
pub fn request_digest(kind: &str, work: &impl Serialize) -> Result<Digest, Failure> {
    let version = env!("CARGO_PKG_VERSION");
    serde_json::to_vec(&(kind, version, work))
        .map(|json| Digest::of(&json))
        .map_err(Failure::internal)
}

/// 404 for a digest that names nothing here.
pub fn unknown(noun: &str, words: &str, digest: &Digest) -> Failure {
    Failure::new(404, &format!("unknown_{noun}"), &format!("There is no such {words}")).detail(format!(
        "no {words} {digest} is stored here; upload, import or train it, then use the digest of \
         that answer"
    ))
}

/// Runs reading and arithmetic that takes a moment away from the threads that serve requests.
///
/// # Errors
/// What `work` answers; 500 when it panics.
pub async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|panic| Err(Failure::internal(panic)))
}
