//! What the device thread owns.

/// Which device the model runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DeviceChoice {
    /// The best there is.
    #[default]
    Auto,
    /// The processor.
    Cpu,
    /// An NVIDIA GPU; an error when there is none.
    Cuda,
}

/// The device.
pub struct Device;

impl Device {
    /// Takes the device into use.
    ///
    /// # Errors
    /// When the device asked for is not there.
    pub fn open(choice: DeviceChoice) -> anyhow::Result<Self> {
        match choice {
            DeviceChoice::Auto | DeviceChoice::Cpu => Ok(Self),
            DeviceChoice::Cuda => anyhow::bail!("no CUDA device is supported yet; use the CPU"),
        }
    }

    /// The device in words.
    pub fn name(&self) -> String {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        format!("CPU ({threads} threads)")
    }
}
