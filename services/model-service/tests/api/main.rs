//! The model service through its front door.

mod datasets;
mod fixture;
mod service;
