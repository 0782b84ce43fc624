//! Geneformer.

pub mod tokenizer;
