//! Its vocabulary.

#[path = "../../../../src/families/geneformer/tokenizer/dictionaries.rs"]
mod dictionaries;
#[path = "../../../../src/families/geneformer/tokenizer/error.rs"]
mod error;
#[path = "../../../../src/families/geneformer/tokenizer/vocabulary.rs"]
mod vocabulary;

pub use dictionaries::Dictionaries;
pub use error::TokenizerError;
pub use vocabulary::{Vocabulary, VocabularyEntry, VocabularyVersion};
