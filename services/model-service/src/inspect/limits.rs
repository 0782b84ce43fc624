//! How much the child may use.

use std::io;

use rlimit::Resource;
use serde::{Deserialize, Serialize};

/// Limits of the child that opens one uploaded file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InspectLimits {
    /// Address space in bytes.
    pub memory_bytes: u64,
    /// Processor time in seconds.
    pub cpu_seconds: u64,
    /// Largest file it may write, in bytes.
    pub file_bytes: u64,
    /// Open files.
    pub open_files: u64,
    /// Time on the clock in seconds; kept by the parent.
    pub wall_seconds: u64,
}

impl Default for InspectLimits {
    /// Room for the largest matrix that the reader accepts.
    fn default() -> Self {
        Self {
            memory_bytes: 16 << 30,
            cpu_seconds: 900,
            file_bytes: 8 << 30,
            open_files: 64,
            wall_seconds: 1800,
        }
    }
}

impl InspectLimits {
    /// Limits for reading the files of a model, of `bytes` in all.
    ///
    /// Half precision is read as single (twice the bytes), beside the raw bytes and the network
    /// that is filled: six times the files, and room for a program. It writes nothing.
    pub fn for_model(bytes: u64) -> Self {
        let memory_bytes = bytes.saturating_mul(6).saturating_add(3 << 30);
        Self { memory_bytes, file_bytes: 0, ..Self::default() }
    }

    /// Sets the limits on the calling process, for good.
    ///
    /// A limit that is already lower stays.
    pub(super) fn apply(&self) -> io::Result<()> {
        let wanted = [
            (Resource::AS, self.memory_bytes),
            (Resource::CPU, self.cpu_seconds),
            (Resource::FSIZE, self.file_bytes),
            (Resource::NOFILE, self.open_files),
            (Resource::CORE, 0),
        ];
        for (resource, limit) in wanted {
            let (_, hard) = resource.get()?;
            let limit = limit.min(hard);
            resource.set(limit, limit)?;
        }
        Ok(())
    }
}
