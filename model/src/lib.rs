//! nextwell-model

pub mod cells;
pub mod tokenizer;
