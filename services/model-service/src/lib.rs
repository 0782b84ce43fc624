//! The model service: cells, models and screens behind HTTP, on one device, without a database.
//!
//! Everything it keeps is a file named by a digest, so any request can be repeated and any two
//! services may share nothing. The API's types are in [`nextwell_contract::worker`]; every error
//! is a problem (`application/problem+json`) with a stable code.
//!
//! # Data directory
//! | path | holds |
//! |---|---|
//! | `datasets/<digest>.safetensors` | canonical count matrix; the digest is the file's SHA-256 |
//! | `datasets/<digest>.json` | what was answered when it was first stored, with the report |
//! | `sources/<digest>.json` | answer to an upload, by the SHA-256 of the uploaded bytes |
//! | `models/<digest>/` | the files of a checkpoint as published, or of a training here |
//! | `models/<digest>.json` | what the service tells about it; written last |
//! | `work/<digest>.json` | answer of long work, by the digest of the request and code version |
//! | `tmp/` | scratch on the same file system; may be emptied while the service is stopped |
//!
//! Files are written to `tmp/`, synced, and renamed into place: what has its name is whole.
//!
//! # Threads
//! Requests are served by tokio. One thread owns the device and takes work from a bounded queue;
//! a full queue answers 429 at once. Reading files and light arithmetic run on tokio's blocking
//! pool. Uploaded h5ad files and checkpoints are opened in a limited child process first; what it
//! refuses is never opened here.

mod app;
mod card;
mod compare;
mod config;
mod device;
mod digest;
mod extract;
mod failure;
mod files;
mod finite;
mod inspect;
mod lru;
mod progress;
mod queue;
mod refusal;
mod report;
mod router;
mod routes;
mod serve;
mod work;

pub use app::App;
pub use config::Config;
pub use device::DeviceChoice;
pub use failure::Failure;
pub use inspect::{InspectLimits, inspect_main};
pub use progress::WORK_ID;
pub use router::router;
pub use serve::serve;
