//! Layers that several families share, as Burn modules; the families are in [`crate::families`].
//!
//! Nets are generic over [`burn::tensor::backend::Backend`]; only [`crate::device`] names one.
//! Burn's forward pass is the definition of a model: training, gradients and the GPU use it, and
//! the CPU fast path of [`crate::encoder`] is tested against it.

pub mod bert;
pub mod heads;
pub mod performer;
pub mod seeded;
