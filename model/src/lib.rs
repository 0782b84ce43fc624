//! nextwell-model

pub mod cells;
pub mod genes;
pub mod tokenizer;

pub mod checkpoint;
pub mod device;
pub mod encoder;
pub mod nets;
