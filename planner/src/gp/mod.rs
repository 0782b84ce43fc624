//! Exact Gaussian processes over dense features: kernels as trees, known or fitted noise, a prior
//! mean, several tasks, and a fit by marginal likelihood.
//!
//! The default surrogate of a round, [`BlockGp`](crate::surrogate::BlockGp), is a special case with
//! linear kernels kept as feature blocks, which scales to a genome; these are general and small.

mod exact;
mod fit;
mod kernel;
mod sequential;

pub use exact::{ExactGp, GpGradient, Mean};
pub use fit::{FittedGp, LogNormal, fit_rbf, lengthscale_prior, noise_prior};
pub use kernel::Kernel;
pub use sequential::Sequential;
