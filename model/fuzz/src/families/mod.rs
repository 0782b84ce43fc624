//! Vocabularies of the families.

pub mod geneformer;
