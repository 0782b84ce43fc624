//! nextwell-model

pub mod cells;
pub mod checkpoint;
pub mod device;
pub mod encoder;
pub mod families;
pub mod genes;
pub mod learn;
pub mod nets;
pub mod pickle;
pub mod screen;
pub mod stats;
pub mod table;
pub mod uses;
pub mod versions;

#[cfg(test)]
mod fixtures;
