//! How a model is opened, and the one place where a family's generic code meets a backend.

use crate::device::DeviceChoice;

/// Which implementation computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Kernels {
    /// Ours where there are (CPU), Burn's elsewhere.
    #[default]
    Fused,
    /// Burn's own forward pass, which is the definition of the model; to verify the other.
    Burn,
}

/// How to open a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct OpenOptions {
    /// Where it runs.
    pub device: DeviceChoice,
    /// Which implementation computes.
    pub kernels: Kernels,
}

/// Runs `$body` with `$B` as the backend and `$on` as Burn's device for the resolved device.
///
/// `$device` is a [`crate::device::Device`]. The value is a `Result` whose error can be made from
/// a [`crate::device::DeviceError`].
#[allow(unused_macros)]
macro_rules! with_backend {
    ($device:expr, $B:ident, $on:ident => $body:expr) => {
        match $device {
            $crate::device::Device::Cpu => {
                type $B = $crate::device::Cpu;
                let $on = Default::default();
                $body
            }
            #[cfg(feature = "cuda")]
            $crate::device::Device::Cuda(index) => {
                type $B = $crate::device::Gpu;
                let $on = $crate::device::gpu(index);
                $body
            }
            #[cfg(not(feature = "cuda"))]
            $crate::device::Device::Cuda(index) => {
                Err($crate::device::DeviceError::NotBuilt { index }.into())
            }
        }
    };
}
#[allow(unused_imports)]
pub(crate) use with_backend;
