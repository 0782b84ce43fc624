//! Vocabularies of the families, and as much of the rest as they name.

#[path = "../../../src/families/cells.rs"]
mod cells;
pub mod geneformer;
#[path = "../../../src/families/scbert/genes.rs"]
pub mod scbert;
pub mod scfoundation;
#[path = "../../../src/families/scgpt/tokenizer/vocabulary.rs"]
pub mod scgpt;

pub use cells::{GeneToken, Species};

/// Stands for the card, which needs the nets.
#[derive(Debug, Clone)]
pub struct VocabularyCard {
    pub source: String,
    pub tokens: usize,
    pub genes: usize,
    pub digest: String,
    pub species: Vec<Species>,
}

/// Stands for the error, which knows the nets'.
#[derive(Debug)]
pub enum FamilyError {
    Vocabulary { source_name: String, found: String, advice: String },
}
