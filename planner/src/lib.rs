//! Which genes to perturb next: surrogates, acquisitions, round selection, replay, calibration.

pub mod error;
pub mod features;
pub mod gauss;

pub use error::PlanError;
