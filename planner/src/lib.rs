//! Which genes to perturb next: features, surrogates, acquisitions, round selection, replay and
//! calibration.

pub mod acquisition;
pub mod assay;
pub mod calibration;
pub mod error;
pub mod features;
pub mod gauss;
pub mod gp;
pub mod plate;
pub mod pooled;
pub mod replay;
pub mod round;
pub mod surrogate;
pub mod target;

pub use error::PlanError;
