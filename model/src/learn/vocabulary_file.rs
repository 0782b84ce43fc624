//! The vocabulary beside a model's weights.

use std::path::Path;

use super::LearnError;
use crate::families::geneformer::tokenizer::Vocabulary;

/// File of the vocabulary in a model directory.
pub const VOCABULARY_FILE: &str = "vocabulary.csv";

/// Writes `vocabulary.csv` (`ensembl_id,token_id,nonzero_median,symbol`, special tokens first).
///
/// # Errors
/// The file cannot be written.
pub fn write(dir: &Path, vocabulary: &Vocabulary) -> Result<(), LearnError> {
    Ok(vocabulary.write_csv(&dir.join(VOCABULARY_FILE))?)
}
