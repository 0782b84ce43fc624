//! Token ids and expression medians of a Geneformer vocabulary.

use std::collections::HashMap;
use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::OnceLock;

use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::families::geneformer::tokenizer::TokenizerError;

const PAD: u32 = 0;
const MASK: u32 = 1;
const CLS: u32 = 2;
const EOS: u32 = 3;
/// Bytes of a decompressed vocabulary file; the largest known is 1.5 MB.
const MAX_BYTES: u64 = 64 << 20;
/// Tokens of a vocabulary, special ones included.
const MAX_TOKENS: usize = 1 << 20;

/// Which generation of Geneformer a vocabulary belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VocabularyVersion {
    /// 2,048 positions, no `<cls>` and `<eos>`.
    V1,
    /// 4,096 positions, `<cls>` first and `<eos>` last.
    V2,
}

/// One line of a vocabulary file.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct VocabularyEntry {
    /// Ensembl gene id without version, or a special token such as `<pad>`.
    pub ensembl_id: String,
    /// Row of the embedding table.
    pub token_id: u32,
    /// Median over the training corpus of the non-zero `count / total * 10,000`; none for specials.
    pub nonzero_median: Option<f64>,
    /// Symbol at the time of training.
    pub symbol: Option<String>,
}

/// Token ids, special tokens and medians, looked up by Ensembl id, symbol or token.
pub struct Vocabulary {
    version: VocabularyVersion,
    /// By token id.
    entries: Vec<VocabularyEntry>,
    by_ensembl: HashMap<String, u32>,
    by_symbol: HashMap<String, u32>,
}

impl fmt::Debug for Vocabulary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vocabulary")
            .field("version", &self.version)
            .field("tokens", &self.entries.len())
            .finish_non_exhaustive()
    }
}

impl Vocabulary {
    /// The vocabulary of the Geneformer V1 checkpoints (25,426 tokens), bundled.
    pub fn geneformer_v1() -> &'static Self {
        static BUNDLED: OnceLock<Vocabulary> = OnceLock::new();
        BUNDLED.get_or_init(|| {
            Self::from_csv(include_bytes!("../../../../data/geneformer_v1_vocab.csv.gz"))
                .expect("the bundled vocabulary is a valid one, as a test checks")
        })
    }

    /// Reads a CSV file, gzipped or not, with the columns
    /// `ensembl_id,token_id,nonzero_median,symbol`.
    ///
    /// # Errors
    /// As [`Vocabulary::from_csv`], and [`TokenizerError::Io`].
    pub fn load_csv(path: &Path) -> Result<Self, TokenizerError> {
        let io = |source| TokenizerError::Io { path: path.to_owned(), source };
        let mut bytes = Vec::new();
        File::open(path).map_err(io)?.take(MAX_BYTES).read_to_end(&mut bytes).map_err(io)?;
        Self::from_csv(&bytes)
    }

    /// Parses the bytes of such a file.
    ///
    /// # Errors
    /// [`TokenizerError::NotATable`], [`TokenizerError::Entry`] and [`TokenizerError::Special`].
    pub fn from_csv(bytes: &[u8]) -> Result<Self, TokenizerError> {
        let not_a_table = |reason: String| TokenizerError::NotATable { reason };
        let text: Box<dyn Read> = if bytes.starts_with(&[0x1f, 0x8b]) {
            Box::new(flate2::read::GzDecoder::new(bytes))
        } else {
            Box::new(bytes)
        };
        let mut reader = csv::Reader::from_reader(text.take(MAX_BYTES));
        let mut entries = Vec::new();
        for entry in reader.deserialize() {
            entries.push(entry.map_err(|error| not_a_table(error.to_string()))?);
            if entries.len() > MAX_TOKENS {
                return Err(not_a_table(format!("more than {MAX_TOKENS} lines")));
            }
        }
        Self::from_entries(entries)
    }

    /// Writes such a file, special tokens first.
    ///
    /// # Errors
    /// [`TokenizerError::Write`].
    pub fn write_csv(&self, path: &Path) -> Result<(), TokenizerError> {
        let failed = |source| TokenizerError::Write { path: path.to_owned(), source };
        let mut writer = csv::Writer::from_path(path).map_err(failed)?;
        writer
            .write_record(["ensembl_id", "token_id", "nonzero_median", "symbol"])
            .map_err(failed)?;
        for entry in &self.entries {
            let median = entry.nonzero_median.map_or_else(String::new, |median| median.to_string());
            let symbol = entry.symbol.as_deref().unwrap_or("");
            let token = entry.token_id.to_string();
            let line = [entry.ensembl_id.as_str(), &token, &median, symbol];
            writer.write_record(line).map_err(failed)?;
        }
        writer.flush().map_err(|error| failed(error.into()))
    }

    /// SHA-256 of the entries in order of token id, hexadecimal: id and median of each.
    pub fn digest(&self) -> String {
        let mut hash = Sha256::new();
        for entry in &self.entries {
            hash.update(entry.ensembl_id.as_bytes());
            hash.update([0]);
            hash.update(entry.nonzero_median.unwrap_or(0.0).to_le_bytes());
        }
        hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Builds a vocabulary from its entries, in any order.
    ///
    /// Token ids must run from 0 without gaps, `<pad>` be 0 and `<mask>` be 1. The version is V2
    /// when `<cls>` is present, and then `<cls>` must be 2 and `<eos>` be 3.
    ///
    /// # Errors
    /// [`TokenizerError::Entry`] and [`TokenizerError::Special`].
    pub fn from_entries(mut entries: Vec<VocabularyEntry>) -> Result<Self, TokenizerError> {
        entries.sort_by(|a, b| (a.token_id, &a.ensembl_id).cmp(&(b.token_id, &b.ensembl_id)));
        let mut by_ensembl = HashMap::with_capacity(entries.len());
        for (expected, entry) in (0_u32..).zip(&entries) {
            check_entry(entry, expected)?;
            if by_ensembl.insert(entry.ensembl_id.clone(), entry.token_id).is_some() {
                return Err(refused(entry, "the id appears twice"));
            }
        }
        let mut specials = vec![("<pad>", PAD), ("<mask>", MASK)];
        let version = if by_ensembl.contains_key("<cls>") {
            specials.extend([("<cls>", CLS), ("<eos>", EOS)]);
            VocabularyVersion::V2
        } else {
            VocabularyVersion::V1
        };
        for (name, expected) in specials {
            if by_ensembl.get(name) != Some(&expected) {
                return Err(TokenizerError::Special { name, expected });
            }
        }
        let by_symbol = unique_symbols(&entries);
        Ok(Self { version, entries, by_ensembl, by_symbol })
    }

    /// Generation of Geneformer.
    pub fn version(&self) -> VocabularyVersion {
        self.version
    }

    /// Number of tokens, special ones included: `vocab_size` of the checkpoint.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Never true: `<pad>` and `<mask>` are always there.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Positions of the released checkpoints of this version: 2,048 or 4,096.
    pub fn default_context(&self) -> usize {
        match self.version {
            VocabularyVersion::V1 => 2048,
            VocabularyVersion::V2 => 4096,
        }
    }

    /// Token of an Ensembl gene id without version.
    pub fn token(&self, ensembl_id: &str) -> Option<u32> {
        self.by_ensembl.get(ensembl_id).copied().filter(|&token| !self.is_special(token))
    }

    /// Token of a symbol that exactly one gene of the vocabulary has.
    pub fn token_of_symbol(&self, symbol: &str) -> Option<u32> {
        self.by_symbol.get(symbol).copied()
    }

    /// Ensembl id of a gene's token; `None` for specials and unknown tokens.
    pub fn ensembl_id(&self, token: u32) -> Option<&str> {
        self.gene(token).map(|entry| entry.ensembl_id.as_str())
    }

    /// Symbol of a gene's token, as of training.
    pub fn symbol(&self, token: u32) -> Option<&str> {
        self.gene(token).and_then(|entry| entry.symbol.as_deref())
    }

    /// Non-zero median of a gene's token, in counts per 10,000.
    pub fn median(&self, token: u32) -> Option<f64> {
        self.gene(token).and_then(|entry| entry.nonzero_median)
    }

    /// Padding token.
    pub fn pad(&self) -> u32 {
        PAD
    }

    /// Mask token.
    pub fn mask(&self) -> u32 {
        MASK
    }

    /// First token of a V2 sequence.
    pub fn cls(&self) -> Option<u32> {
        (self.version == VocabularyVersion::V2).then_some(CLS)
    }

    /// Last token of a V2 sequence.
    pub fn eos(&self) -> Option<u32> {
        (self.version == VocabularyVersion::V2).then_some(EOS)
    }

    /// Whether a token stands for no gene.
    pub fn is_special(&self, token: u32) -> bool {
        self.entries.get(token as usize).is_some_and(is_special)
    }

    /// The genes, by token id.
    pub fn genes(&self) -> impl Iterator<Item = &VocabularyEntry> {
        self.entries.iter().filter(|entry| !is_special(entry))
    }

    /// Refuses a checkpoint whose `vocab_size` is another one.
    ///
    /// # Errors
    /// [`TokenizerError::DoesNotFit`].
    pub fn check_fits(&self, vocab_size: usize) -> Result<(), TokenizerError> {
        if vocab_size != self.len() {
            return Err(TokenizerError::DoesNotFit { vocabulary: self.len(), config: vocab_size });
        }
        Ok(())
    }

    fn gene(&self, token: u32) -> Option<&VocabularyEntry> {
        self.entries.get(token as usize).filter(|entry| !is_special(entry))
    }
}

fn is_special(entry: &VocabularyEntry) -> bool {
    entry.ensembl_id.starts_with('<')
}

fn refused(entry: &VocabularyEntry, reason: &'static str) -> TokenizerError {
    TokenizerError::Entry { name: entry.ensembl_id.clone(), token: entry.token_id, reason }
}

fn check_entry(entry: &VocabularyEntry, expected: u32) -> Result<(), TokenizerError> {
    if entry.token_id != expected {
        return Err(refused(entry, "token ids must run from 0 without gaps or repeats"));
    }
    let usable = |median: f64| median.is_finite() && median > 0.0;
    if !is_special(entry) && !entry.nonzero_median.is_some_and(usable) {
        return Err(refused(entry, "a gene needs a median that is finite and above zero"));
    }
    Ok(())
}

/// Symbols that name exactly one gene; a shared one would pick a gene by chance.
fn unique_symbols(entries: &[VocabularyEntry]) -> HashMap<String, u32> {
    let mut tokens: HashMap<&str, Option<u32>> = HashMap::new();
    for entry in entries.iter().filter(|entry| !is_special(entry)) {
        if let Some(symbol) = entry.symbol.as_deref().filter(|symbol| !symbol.is_empty()) {
            tokens.entry(symbol).and_modify(|token| *token = None).or_insert(Some(entry.token_id));
        }
    }
    tokens.into_iter().filter_map(|(symbol, token)| Some((symbol.to_owned(), token?))).collect()
}
