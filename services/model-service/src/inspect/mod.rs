//! Uploaded files are opened in a limited child process only.
//!
//! HDF5 is C code with open memory errors on malformed files. The parent streams the upload to
//! a scratch folder and starts the child there without an environment; the child limits itself,
//! reads the file, and leaves the canonical matrix and one line of JSON. Checkpoints are read the
//! same way before anything is kept of them: their readers execute nothing, but what they are fed
//! may ask for any amount of memory and time. Whatever happens to the child is a fact about the
//! file, not about the service.

mod child;
mod limits;
mod parent;
mod sandbox;

pub use child::inspect_main;
pub use limits::InspectLimits;
pub use parent::{Inspector, UPLOAD};

use nextwell_contract::{DatasetReport, ModelCard};
use serde::{Deserialize, Serialize};

/// First argument of a child that reads a checkpoint.
const MODEL: &str = "model";

/// What the child writes to its standard output.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Answer {
    /// The canonical matrix is in place.
    Report(DatasetReport),
    /// The files are a model.
    Model(Box<ModelCard>),
    /// The file is refused.
    Refused {
        /// Stable code of the problem.
        code: String,
        /// What was found, what was expected, what to do.
        message: String,
    },
}
