//! From counts to GeneCompass's input: vocabulary, medians, ranking, edits.

mod edit;
mod encoder;
mod files;
mod medians;
mod vocabulary;

pub use encoder::ValueRankEncoder;
pub use medians::{MEDIANS_FILE, Medians, medians_of};
pub use vocabulary::Vocabulary;

#[cfg(test)]
mod tests;
