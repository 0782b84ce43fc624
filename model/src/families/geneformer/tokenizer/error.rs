//! What can be wrong with a vocabulary or its use.

use std::path::PathBuf;

use thiserror::Error;

use crate::pickle::PickleError;

/// Everything that a vocabulary or an encoder can refuse.
#[derive(Debug, Error)]
pub enum TokenizerError {
    /// The file could not be read from disk.
    #[error("cannot read the vocabulary {}: {source}", path.display())]
    Io {
        /// File.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// The file could not be written.
    #[error("cannot write the vocabulary {}: {source}", path.display())]
    Write {
        /// File.
        path: PathBuf,
        /// The system's reason.
        source: csv::Error,
    },
    /// The text is not a table of the expected columns.
    #[error(
        "the vocabulary is not a CSV with the columns ensembl_id, token_id, nonzero_median, symbol: \
         {reason}"
    )]
    NotATable {
        /// What was found.
        reason: String,
    },
    /// A published dictionary that cannot be read.
    #[error("the vocabulary's {}: {source}", path.display())]
    Pickle {
        /// File.
        path: PathBuf,
        /// What is wrong with it; nothing in it was executed.
        source: PickleError,
    },
    /// A published dictionary that is another kind of pickle.
    #[error(
        "{}: expected a dictionary of Ensembl ids, found {found}; use the file published with the \
         weights", path.display()
    )]
    Dictionary {
        /// File.
        path: PathBuf,
        /// What was found.
        found: String,
    },
    /// Published dictionaries that do not make one vocabulary.
    #[error(
        "{}: found {found}; keep the token_dictionary, gene_median_dictionary and \
         gene_name_id_dict of one version there", dir.display()
    )]
    Dictionaries {
        /// Directory.
        dir: PathBuf,
        /// What was found.
        found: String,
    },
    /// An entry that contradicts the rules or another entry.
    #[error("vocabulary entry {name:?} (token {token}): {reason}")]
    Entry {
        /// Ensembl id or special token.
        name: String,
        /// Its token id.
        token: u32,
        /// The rule it breaks.
        reason: &'static str,
    },
    /// A special token is missing or elsewhere.
    #[error("the vocabulary has no {name} at token {expected}; it is not a Geneformer vocabulary")]
    Special {
        /// Special token.
        name: &'static str,
        /// Where Geneformer has it.
        expected: u32,
    },
    /// The vocabulary belongs to another checkpoint.
    #[error(
        "the vocabulary has {vocabulary} tokens, the checkpoint's config.json says vocab_size \
         {config}; a wrong vocabulary gives silent nonsense: use the vocabulary this checkpoint was \
         trained with (Geneformer V1 has 25426 tokens, V2 has 20275)"
    )]
    DoesNotFit {
        /// Tokens in the vocabulary.
        vocabulary: usize,
        /// `vocab_size` of the checkpoint.
        config: usize,
    },
    /// The sequence could not hold a single gene.
    #[error("a context of {max_len} tokens holds no gene; the vocabulary needs at least {needed}")]
    ContextTooShort {
        /// Context asked for.
        max_len: usize,
        /// Shortest context with one gene.
        needed: usize,
    },
    /// Not one gene of the matrix is in the vocabulary.
    #[error(
        "none of the {n_genes} genes is in the vocabulary (first: {example}); it knows human Ensembl \
         ids and symbols"
    )]
    NoGeneKnown {
        /// Genes of the matrix.
        n_genes: usize,
        /// The first of them.
        example: String,
    },
}
