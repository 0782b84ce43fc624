//! One file per noun: parse, one call, typed answer.

pub mod datasets;
pub mod genes;
pub mod health;
pub mod upload;
