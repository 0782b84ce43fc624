//! Exact Gaussian processes over dense features: kernels as trees, known or fitted noise, a prior
//! mean, several tasks, and a fit by marginal likelihood.
//!
//! The default surrogate of a round, [`BlockGp`](crate::surrogate::BlockGp), is a special case with
//! linear kernels kept as feature blocks, which scales to a genome; these are general and small.

mod batch;
mod descend;
mod exact;
mod exponential;
mod fallback;
mod fit;
mod kernel;
mod multitask;
mod objective;
mod priors;
mod sequential;
mod tasks;
mod workspace;

pub use batch::BatchImprovement;
pub use exact::{ExactGp, GpGradient, Mean};
pub use fit::{FittedGp, Form, fit_rbf, refit_rbf};
pub use kernel::Kernel;
pub use multitask::{MultiTaskGp, fit_tasks};
pub use priors::{LogNormal, lengthscale_prior, noise_prior};
pub use sequential::Sequential;
