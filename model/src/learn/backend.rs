//! Backends that learning runs on.

/// Backend of inference inside training.
pub(super) type Cpu = crate::device::CpuBackend;

/// The same with gradients.
pub(super) type Train = burn::backend::Autodiff<Cpu>;

/// The processor.
pub(super) fn cpu() -> <Cpu as burn::tensor::backend::BackendTypes>::Device {
    Default::default()
}
