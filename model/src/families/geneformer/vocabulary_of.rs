//! The vocabulary of a checkpoint's directory.

use std::ops::Deref;
use std::path::Path;

use super::GeneformerConfig;
use super::tokenizer::{TokenizerError, Vocabulary};

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

/// The vocabulary that belongs to the checkpoint in `dir`: `vocabulary.csv`, or else the bundled
/// one of V1.
///
/// # Errors
/// It cannot be read, or has another size than `vocab_size`: ids of another vocabulary would give
/// silent nonsense.
pub fn vocabulary_of(
    dir: &Path,
    config: &GeneformerConfig,
) -> Result<VocabularySource, TokenizerError> {
    let own = CSV.into_iter().find(|name| dir.join(name).is_file());
    let found = match own {
        Some(name) => VocabularySource {
            words: Words::Own(Box::new(Vocabulary::load_csv(&dir.join(name))?)),
            name: name.to_owned(),
        },
        None => VocabularySource {
            words: Words::Bundled(Vocabulary::geneformer_v1()),
            name: "bundled".to_owned(),
        },
    };
    found.check_fits(config.vocab_size)?;
    Ok(found)
}
