//! Which machine a net runs on. The only file that names a Burn backend.

use std::fmt;
use std::str::FromStr;

/// The CPU backend.
pub type Cpu = burn::backend::Flex;
/// The CPU backend with gradients.
pub type CpuAutodiff = burn::backend::Autodiff<Cpu>;
/// The CUDA backend; do not create a tensor on it before [`resolve`] has said that there is one.
#[cfg(feature = "cuda")]
pub type Gpu = burn::backend::Cuda;

/// Burn's name for CUDA device `index`.
#[cfg(feature = "cuda")]
pub fn gpu(index: usize) -> burn::tensor::Device<Gpu> {
    burn::backend::cuda::CudaDevice { index }
}

/// What the user asked for: `auto`, `cpu` or `cuda:N` (`cuda` alone is `cuda:0`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DeviceChoice {
    /// The first CUDA device if there is one, else the CPU.
    #[default]
    Auto,
    /// The CPU.
    Cpu,
    /// This CUDA device, or an error.
    Cuda(usize),
}

/// What it became.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Device {
    /// The CPU.
    Cpu,
    /// A CUDA device, by index.
    Cuda(usize),
}

/// Why a device cannot be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DeviceError {
    /// Not a device's name.
    #[error("device \"{found}\" not understood; expected auto, cpu or cuda:N (N counts from 0)")]
    Unknown {
        /// What was given.
        found: String,
    },
    /// The program was built without CUDA.
    #[error(
        "cuda:{index} was asked for, but this build has no CUDA backend (feature `cuda`); use --device cpu or another build"
    )]
    NotBuilt {
        /// Device asked for.
        index: usize,
    },
    /// Something that CUDA needs is missing on this machine.
    #[error("cuda:{index} was asked for, but {missing}; use --device cpu")]
    NotFound {
        /// Device asked for.
        index: usize,
        /// What was looked for and not found.
        missing: String,
    },
}

/// What [`probe`] found on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceReport {
    /// True if this build has the CUDA backend.
    pub cuda_built: bool,
    /// CUDA devices the driver counts; 0 without a driver.
    pub cuda_devices: usize,
    /// What is missing for CUDA, in words; empty when nothing is.
    pub missing: Vec<String>,
    /// Threads the CPU path will use.
    pub cpu_threads: usize,
}

impl DeviceReport {
    /// True if a CUDA device can be used by this build on this machine.
    pub fn cuda_usable(&self) -> bool {
        self.cuda_built && self.missing.is_empty() && self.cuda_devices > 0
    }
}

impl fmt::Display for DeviceReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CPU: {} threads; CUDA: ", self.cpu_threads)?;
        if self.cuda_usable() {
            return write!(f, "{} device(s)", self.cuda_devices);
        }
        if !self.cuda_built {
            return write!(f, "not in this build");
        }
        write!(f, "{}", self.missing.join("; "))
    }
}

/// Looks for the CUDA driver, its devices and the run-time compiler, without touching Burn: the
/// backend panics where the driver is absent, so this comes first. Never panics.
pub fn probe() -> DeviceReport {
    let (cuda_devices, mut missing) = match driver::count_devices() {
        Ok(0) => (0, vec!["the CUDA driver counts no device".into()]),
        Ok(n) => (n, Vec::new()),
        Err(what) => (0, vec![what]),
    };
    if !driver::has_nvrtc() {
        missing.push("the CUDA run-time compiler (libnvrtc) was not found".into());
    }
    DeviceReport {
        cuda_built: cfg!(feature = "cuda"),
        cuda_devices,
        missing,
        cpu_threads: rayon::current_num_threads(),
    }
}

/// Turns a choice into a device. `Auto` falls back to the CPU; [`probe`] says why.
///
/// # Errors
/// `cuda:N` where the build, the driver, the run-time compiler or that device is missing.
pub fn resolve(choice: DeviceChoice) -> Result<Device, DeviceError> {
    resolve_with(choice, &probe())
}

fn resolve_with(choice: DeviceChoice, report: &DeviceReport) -> Result<Device, DeviceError> {
    match choice {
        DeviceChoice::Cpu => Ok(Device::Cpu),
        DeviceChoice::Auto if report.cuda_usable() => Ok(Device::Cuda(0)),
        DeviceChoice::Auto => Ok(Device::Cpu),
        DeviceChoice::Cuda(index) if !report.cuda_built => Err(DeviceError::NotBuilt { index }),
        DeviceChoice::Cuda(index) if !report.missing.is_empty() => {
            Err(DeviceError::NotFound { index, missing: report.missing.join("; ") })
        }
        DeviceChoice::Cuda(index) if index >= report.cuda_devices => {
            let missing = format!("this machine has {} CUDA device(s)", report.cuda_devices);
            Err(DeviceError::NotFound { index, missing })
        }
        DeviceChoice::Cuda(index) => Ok(Device::Cuda(index)),
    }
}

impl FromStr for DeviceChoice {
    type Err = DeviceError;

    fn from_str(s: &str) -> Result<Self, DeviceError> {
        let unknown = || DeviceError::Unknown { found: s.into() };
        match s.to_ascii_lowercase().as_str() {
            "auto" => Ok(Self::Auto),
            "cpu" => Ok(Self::Cpu),
            "cuda" => Ok(Self::Cuda(0)),
            other => {
                let index = other.strip_prefix("cuda:").ok_or_else(unknown)?;
                index.parse().map(Self::Cuda).map_err(|_| unknown())
            }
        }
    }
}

impl fmt::Display for DeviceChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => write!(f, "auto"),
            Self::Cpu => write!(f, "cpu"),
            Self::Cuda(index) => write!(f, "cuda:{index}"),
        }
    }
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cpu => write!(f, "cpu"),
            Self::Cuda(index) => write!(f, "cuda:{index}"),
        }
    }
}

/// The CUDA driver, by dynamic loading.
#[allow(unsafe_code)]
mod driver {
    use libloading::{Library, Symbol};

    const DRIVER: [&str; 3] = ["libcuda.so.1", "libcuda.so", "nvcuda.dll"];
    const NVRTC: [&str; 6] = [
        "libnvrtc.so",
        "libnvrtc.so.13",
        "libnvrtc.so.12",
        "libnvrtc.so.11",
        "nvrtc64_130_0.dll",
        "nvrtc64_120_0.dll",
    ];

    fn load(names: &[&str]) -> Option<Library> {
        // SAFETY: loading runs the library's initialisers; these are the vendor's own libraries,
        // which the CUDA backend would load the same way.
        names.iter().find_map(|name| unsafe { Library::new(name).ok() })
    }

    pub(super) fn has_nvrtc() -> bool {
        load(&NVRTC).is_some()
    }

    pub(super) fn count_devices() -> Result<usize, String> {
        let library = load(&DRIVER)
            .ok_or_else(|| format!("the CUDA driver ({}) was not found", DRIVER[0]))?;
        let missing = |e: libloading::Error| format!("the CUDA driver is not usable ({e})");
        let mut count: i32 = 0;
        // SAFETY: signatures as in the driver API: `CUresult cuInit(unsigned)` and
        // `CUresult cuDeviceGetCount(int*)`; `count` outlives the call; the library is still loaded.
        let code = unsafe {
            let init: Symbol<unsafe extern "C" fn(u32) -> i32> =
                library.get(b"cuInit\0").map_err(missing)?;
            let get_count: Symbol<unsafe extern "C" fn(*mut i32) -> i32> =
                library.get(b"cuDeviceGetCount\0").map_err(missing)?;
            match init(0) {
                0 => get_count(&mut count),
                code => code,
            }
        };
        match code {
            0 => Ok(usize::try_from(count).unwrap_or(0)),
            // CUDA_ERROR_NO_DEVICE
            100 => Ok(0),
            code => Err(format!("the CUDA driver answered with error {code}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(devices: usize, missing: &[&str]) -> DeviceReport {
        DeviceReport {
            cuda_built: true,
            cuda_devices: devices,
            missing: missing.iter().map(|s| s.to_string()).collect(),
            cpu_threads: 2,
        }
    }

    #[test]
    fn a_choice_reads_back_what_it_prints() {
        for choice in [DeviceChoice::Auto, DeviceChoice::Cpu, DeviceChoice::Cuda(3)] {
            assert_eq!(choice.to_string().parse(), Ok(choice));
        }
        for bad in ["", "gpu", "cuda:", "cuda:-1", "cuda:x"] {
            let error = bad.parse::<DeviceChoice>().unwrap_err().to_string();
            assert!(error.contains("cuda:N"), "{error}");
        }
    }

    #[test]
    fn auto_falls_back_to_the_cpu_and_cuda_says_what_is_missing() {
        let none = report(0, &["the CUDA driver (libcuda.so.1) was not found"]);
        assert_eq!(resolve_with(DeviceChoice::Auto, &none), Ok(Device::Cpu));
        let error = resolve_with(DeviceChoice::Cuda(0), &none).unwrap_err().to_string();
        assert!(error.contains("libcuda.so.1") && error.contains("--device cpu"), "{error}");
        assert!(none.to_string().contains("libcuda.so.1"));
    }

    #[test]
    fn a_device_past_the_last_is_refused() {
        let one = report(1, &[]);
        assert_eq!(resolve_with(DeviceChoice::Auto, &one), Ok(Device::Cuda(0)));
        assert!(resolve_with(DeviceChoice::Cuda(1), &one).is_err());
    }

    #[test]
    fn probing_this_machine_never_panics() {
        let report = probe();
        assert!(report.cpu_threads > 0);
        if !report.cuda_usable() {
            assert!(resolve(DeviceChoice::Cuda(0)).is_err());
        }
    }
}
