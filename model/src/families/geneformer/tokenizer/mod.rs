//! From counts to token ids: Geneformer's rank value encoding and its vocabularies.

mod dictionaries;
mod error;
mod rank_value;
mod vocabulary;

pub use dictionaries::Dictionaries;
pub use error::TokenizerError;
pub use rank_value::{RankValueEncoder, Tokens};
pub use vocabulary::{Vocabulary, VocabularyEntry, VocabularyVersion};

#[cfg(test)]
mod tests;
