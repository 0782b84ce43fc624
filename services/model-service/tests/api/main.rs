//! The model service through its front door.

mod child;
mod datasets;
mod families;
mod fixture;
mod hostile;
mod models;
mod queue;
mod screens;
mod service;
