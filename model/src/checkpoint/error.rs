//! Errors of reading and writing checkpoints.

use std::fmt;
use std::path::{Path, PathBuf};

use super::config::ConfigError;
use crate::pickle::PickleError;

/// A tensor whose shape is not what the configuration asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misshaped {
    /// Key in the container.
    pub key: String,
    /// Shape found.
    pub found: Vec<usize>,
    /// Shape that the configuration implies.
    pub expected: Vec<usize>,
}

/// Everything wrong with the keys of a container.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Problems {
    /// Expected, not found.
    pub missing: Vec<String>,
    /// Found, not known.
    pub extra: Vec<String>,
    /// Found with another shape.
    pub misshaped: Vec<Misshaped>,
    /// Found with numbers that are not finite.
    pub not_finite: Vec<String>,
    /// Found with an element type that holds no weights.
    pub not_float: Vec<String>,
    /// Found with numbers that are no integers, where integers are expected.
    pub not_integer: Vec<String>,
}

impl Problems {
    /// True if there is none.
    pub fn is_empty(&self) -> bool {
        self.missing.is_empty()
            && self.extra.is_empty()
            && self.misshaped.is_empty()
            && self.not_finite.is_empty()
            && self.not_float.is_empty()
            && self.not_integer.is_empty()
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        for (what, keys) in [
            ("missing", &self.missing),
            ("not known", &self.extra),
            ("not finite", &self.not_finite),
            ("not floating point", &self.not_float),
            ("not integers", &self.not_integer),
        ] {
            if !keys.is_empty() {
                parts.push(format!("{what}: {}", keys.join(", ")));
            }
        }
        if !self.misshaped.is_empty() {
            let list: Vec<String> = self
                .misshaped
                .iter()
                .map(|m| format!("{} {:?} (expected {:?})", m.key, m.found, m.expected))
                .collect();
            parts.push(format!("of another shape: {}", list.join(", ")));
        }
        write!(f, "{}", parts.join("; "))
    }
}

/// Why a checkpoint could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// The file system said no.
    #[error("{path}: {source}; check that the path is a checkpoint directory you can use")]
    Io {
        /// File or directory.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A configuration or vocabulary is not the JSON that it should be.
    #[error("{path}: not understood ({source}); use the file that was published with the weights")]
    Json {
        /// The file.
        path: PathBuf,
        /// What the parser said.
        source: serde_json::Error,
    },
    /// The configuration asks for something that this net does not do.
    #[error("{path}: {source}")]
    Config {
        /// The file.
        path: PathBuf,
        /// Which setting.
        source: ConfigError,
    },
    /// No container in the directory.
    #[error(
        "{dir}: no weights found, expected {}; give the checkpoint's directory", expected.join(" or ")
    )]
    NoWeights {
        /// The directory.
        dir: PathBuf,
        /// Names that were looked for.
        expected: &'static [&'static str],
    },
    /// The container cannot be read.
    #[error(
        "{path}: damaged or not a weights file ({what}); download it again and compare its digest"
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What the reader said.
        what: String,
    },
    /// A file that is no container of weights, by its first bytes.
    #[error(
        "{path}: no PyTorch file (it begins with \"{found}\"); expected a zip archive as torch.save writes it, or a file that ends in .safetensors"
    )]
    WrongMagic {
        /// The file.
        path: PathBuf,
        /// Its first bytes.
        found: String,
    },
    /// A file that asks to run something.
    #[error(
        "{path}: refused ({source}); a checkpoint has no need of it: get the weights as safetensors, or from their authors"
    )]
    Forbidden {
        /// The file.
        path: PathBuf,
        /// What it asks for.
        source: PickleError,
    },
    /// A header that no checkpoint has.
    #[error(
        "{path}: its header is said to have {found} bytes, at most {most} are read; it is damaged or no safetensors file: download it again"
    )]
    HeaderTooLarge {
        /// The file.
        path: PathBuf,
        /// Bytes announced.
        found: u64,
        /// Bytes read at most.
        most: u64,
    },
    /// A tensor that is larger than what holds it.
    #[error(
        "{path}: `{key}` needs {needed} bytes, of which the file has {found}; it is truncated or damaged: download it again and compare its digest"
    )]
    TensorOutside {
        /// The file.
        path: PathBuf,
        /// The tensor.
        key: String,
        /// Bytes that it needs.
        needed: u64,
        /// Bytes there.
        found: u64,
    },
    /// The keys are not those of the configured model.
    #[error(
        "{path}: the weights do not match their configuration: {problems}; use the one that was published with them"
    )]
    Keys {
        /// The file.
        path: PathBuf,
        /// All of them.
        problems: Box<Problems>,
    },
    /// The vocabulary head is not tied to the word table.
    #[error(
        "{path}: `{key}` differs from the tensor it is tied to; untied vocabulary heads are not supported"
    )]
    Untied {
        /// The file.
        path: PathBuf,
        /// The key.
        key: String,
    },
    /// A weight to be saved is not finite.
    #[error("not saved to {dir}: weights that are not finite: {}; training has diverged, lower the learning rate", keys.join(", "))]
    NotFinite {
        /// Where to.
        dir: PathBuf,
        /// The keys.
        keys: Vec<String>,
    },
    /// A container could not be written.
    #[error("{path}: cannot be written ({what})")]
    Write {
        /// The file.
        path: PathBuf,
        /// What the writer said.
        what: String,
    },
}

impl CheckpointError {
    pub(crate) fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Io { path, source }
    }

    pub(crate) fn damaged(path: &Path, what: impl fmt::Display) -> Self {
        Self::Damaged { path: path.to_path_buf(), what: what.to_string() }
    }
}
