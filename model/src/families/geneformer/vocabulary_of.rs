//! The vocabulary of a checkpoint's directory.

use std::ops::Deref;
use std::path::Path;

use super::GeneformerConfig;
use super::tokenizer::{Dictionaries, TokenizerError, Vocabulary};

/// Our own file, gzipped or not.
const CSV: [&str; 2] = ["vocabulary.csv", "vocabulary.csv.gz"];

/// A vocabulary and where it came from.
#[derive(Debug)]
pub struct VocabularySource {
    words: Words,
    /// A file in the checkpoint's directory, or `bundled`.
    pub name: String,
}

#[derive(Debug)]
enum Words {
    Own(Box<Vocabulary>),
    Bundled(&'static Vocabulary),
}

impl Deref for VocabularySource {
    type Target = Vocabulary;

    fn deref(&self) -> &Vocabulary {
        match &self.words {
            Words::Own(vocabulary) => vocabulary,
            Words::Bundled(vocabulary) => vocabulary,
        }
    }
}

/// The vocabulary that belongs to the checkpoint in `dir`: `vocabulary.csv`, else the published
/// `token_dictionary*.pkl` and `gene_median_dictionary*.pkl` (and `gene_name_id_dict*.pkl`), else
/// the bundled one of V1.
///
/// # Errors
/// It cannot be read, or has another size than `vocab_size`: ids of another vocabulary would give
/// silent nonsense.
pub fn vocabulary_of(
    dir: &Path,
    config: &GeneformerConfig,
) -> Result<VocabularySource, TokenizerError> {
    let found = find(dir)?;
    found.check_fits(config.vocab_size)?;
    Ok(found)
}

fn find(dir: &Path) -> Result<VocabularySource, TokenizerError> {
    let own = |vocabulary, name: &str| VocabularySource {
        words: Words::Own(Box::new(vocabulary)),
        name: name.to_owned(),
    };
    if let Some(name) = CSV.into_iter().find(|name| dir.join(name).is_file()) {
        return Ok(own(Vocabulary::load_csv(&dir.join(name))?, name));
    }
    if let Some(dictionaries) = Dictionaries::find(dir)? {
        let name = dictionaries.tokens.file_name().unwrap_or_default().to_string_lossy();
        return Ok(own(dictionaries.read()?, &name));
    }
    Ok(VocabularySource {
        words: Words::Bundled(Vocabulary::geneformer_v1()),
        name: "bundled".to_owned(),
    })
}
