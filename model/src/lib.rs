//! nextwell-model

pub mod cells;
pub mod genes;
pub mod tokenizer;
