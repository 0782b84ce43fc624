//! One file per noun: parse, one call, typed answer.

pub mod datasets;
pub mod genes;
pub mod health;
pub mod import;
pub mod model_uses;
pub mod models;
pub mod screens;
pub mod upload;
