//! The vocabulary beside a model's weights.

use std::path::Path;

use super::LearnError;
use crate::families::geneformer::tokenizer::Vocabulary;

/// File of the vocabulary in a model directory.
pub const VOCABULARY_FILE: &str = "vocabulary.csv";

/// Writes `vocabulary.csv` (`ensembl_id,token_id,nonzero_median,symbol`, special tokens first).
///
/// # Errors
/// [`LearnError::File`].
pub fn write(dir: &Path, vocabulary: &Vocabulary) -> Result<(), LearnError> {
    let path = dir.join(VOCABULARY_FILE);
    let failed = |error: csv::Error| LearnError::file(&path, error);
    let mut writer = csv::Writer::from_path(&path).map_err(failed)?;
    writer.write_record(["ensembl_id", "token_id", "nonzero_median", "symbol"]).map_err(failed)?;
    let names = ["<pad>", "<mask>", "<cls>", "<eos>"];
    for (token, name) in names.iter().enumerate().filter(|(t, _)| vocabulary.is_special(*t as u32))
    {
        writer.write_record([*name, &token.to_string(), "", ""]).map_err(failed)?;
    }
    for gene in vocabulary.genes() {
        let median = gene.nonzero_median.map_or_else(String::new, |median| median.to_string());
        let symbol = gene.symbol.as_deref().unwrap_or("");
        let token = gene.token_id.to_string();
        writer.write_record([gene.ensembl_id.as_str(), &token, &median, symbol]).map_err(failed)?;
    }
    writer.flush().map_err(|error| LearnError::file(&path, error))
}
