//! What the service must be told at start.

use std::ffi::OsString;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use crate::device::DeviceChoice;

/// Settings of the model service.
#[derive(Debug, Clone)]
pub struct Config {
    /// Folder that holds everything the service keeps; made when missing.
    pub data_dir: PathBuf,
    /// Where to listen; loopback by default.
    pub listen: SocketAddr,
    /// Device the model runs on.
    pub device: DeviceChoice,
    /// Program and first arguments of the limited child that opens uploaded files; it must end
    /// in [`crate::inspect_main`].
    pub inspect_command: Vec<OsString>,
    /// Requests that may wait for the device while one runs.
    pub queue_depth: usize,
    /// Largest upload in bytes.
    pub max_upload_bytes: u64,
}

impl Config {
    /// Default port of the model service.
    pub const DEFAULT_PORT: u16 = 8702;

    /// Defaults: loopback, the best device there is, 32 waiting requests, uploads up to 8 GiB.
    pub fn new(data_dir: PathBuf, inspect_command: Vec<OsString>) -> Self {
        Self {
            data_dir,
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, Self::DEFAULT_PORT)),
            device: DeviceChoice::default(),
            inspect_command,
            queue_depth: 32,
            max_upload_bytes: 8 << 30,
        }
    }
}
