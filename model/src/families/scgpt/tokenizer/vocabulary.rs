//! scGPT's vocabulary: gene symbols and special tokens.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::io::Read;
use std::path::Path;
use std::sync::OnceLock;

use sha2::{Digest, Sha256};

use crate::cells::Gene;
use crate::families::{FamilyError, GeneToken, Species, VocabularyCard};
use crate::genes::{GeneResolver, ResolutionStatus};

/// Bytes of a vocabulary file; the largest known is 1.5 MB.
const MAX_BYTES: u64 = 64 << 20;

/// Symbols by token, and the ways to a token.
pub struct Vocabulary {
    source: String,
    /// By token.
    symbols: Vec<String>,
    /// Without the special tokens, by token.
    genes: Vec<GeneToken>,
    by_symbol: HashMap<String, u32>,
    by_ensembl: HashMap<String, u32>,
    pad: u32,
    cls: u32,
}

impl fmt::Debug for Vocabulary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vocabulary")
            .field("source", &self.source)
            .field("tokens", &self.symbols.len())
            .finish_non_exhaustive()
    }
}

impl Vocabulary {
    /// Special tokens of the released models, in the order of their ids, which follow the genes'.
    pub const SPECIALS: [&str; 3] = ["<pad>", "<cls>", "<eoc>"];

    /// The vocabulary of the whole-human models: 60,694 genes of the CELLxGENE census and the
    /// special tokens. Bundled.
    pub fn census() -> &'static Self {
        static BUNDLED: OnceLock<Vocabulary> = OnceLock::new();
        BUNDLED.get_or_init(|| {
            let gz = include_bytes!("../../../../data/scgpt_census_vocab.json.gz");
            let mut json = Vec::new();
            flate2::read::GzDecoder::new(gz.as_slice())
                .read_to_end(&mut json)
                .expect("the bundled vocabulary is whole, as a test checks");
            let mut tokens: BTreeMap<String, u32> = serde_json::from_slice(&json)
                .expect("the bundled vocabulary is JSON, as a test checks");
            for special in Self::SPECIALS {
                tokens.insert(special.into(), tokens.len() as u32);
            }
            Self::from_tokens(tokens, "bundled")
                .expect("the bundled vocabulary is valid, as a test checks")
        })
    }

    /// Reads `vocab.json`.
    ///
    /// # Errors
    /// [`FamilyError::Vocabulary`]: absent, or as [`from_json`](Self::from_json).
    pub fn read(path: &Path) -> Result<Self, FamilyError> {
        let source = path.display().to_string();
        let mut bytes = Vec::new();
        std::fs::File::open(path)
            .and_then(|file| file.take(MAX_BYTES).read_to_end(&mut bytes))
            .map_err(|error| refused(&source, error))?;
        Self::from_json(&bytes, &source)
    }

    /// Parses the bytes of such a file: an object from symbol to token.
    ///
    /// # Errors
    /// [`FamilyError::Vocabulary`]: not such an object; tokens that do not run from 0 without
    /// gaps; no `<pad>` or `<cls>` (`<eoc>` is not needed).
    pub fn from_json(bytes: &[u8], source: &str) -> Result<Self, FamilyError> {
        let tokens = serde_json::from_slice(bytes).map_err(|error| refused(source, error))?;
        Self::from_tokens(tokens, source)
    }

    fn from_tokens(tokens: BTreeMap<String, u32>, source: &str) -> Result<Self, FamilyError> {
        let mut symbols: Vec<Option<String>> = vec![None; tokens.len()];
        for (symbol, token) in tokens {
            let count = symbols.len();
            let Some(place) = symbols.get_mut(token as usize) else {
                let found = format!("token {token} of \"{symbol}\" among {count} entries");
                return Err(refused(source, found));
            };
            if let Some(other) = place.replace(symbol.clone()) {
                let found = format!("token {token} for both \"{other}\" and \"{symbol}\"");
                return Err(refused(source, found));
            }
        }
        let symbols: Vec<String> = symbols.into_iter().flatten().collect();
        let by_symbol: HashMap<String, u32> = symbols.iter().cloned().zip(0..).collect();
        let special = |name: &str| {
            let absent = || refused(source, format!("no special token {name}"));
            by_symbol.get(name).copied().ok_or_else(absent)
        };
        let (pad, cls) = (special("<pad>")?, special("<cls>")?);
        let genes = genes_of(&symbols);
        let by_ensembl = ensembl_ids(&genes);
        Ok(Self { source: source.to_owned(), symbols, genes, by_symbol, by_ensembl, pad, cls })
    }

    /// Refuses a vocabulary that is not the one of the weights.
    ///
    /// # Errors
    /// [`FamilyError::Vocabulary`] when `rows` of the table, or the digest stored with the weights,
    /// disagree.
    pub fn expect(&self, rows: usize, digest: Option<&str>) -> Result<(), FamilyError> {
        let tokens = self.symbols.len();
        if tokens != rows {
            let found = format!("{tokens} tokens, but the weights have {rows}");
            return Err(refused(&self.source, found));
        }
        match digest {
            Some(expected) if expected != self.digest() => {
                let found =
                    format!("digest {}, but the weights were saved with {expected}", self.digest());
                Err(refused(&self.source, found))
            }
            _ => Ok(()),
        }
    }

    /// Number of tokens, special ones included.
    pub fn len(&self) -> usize {
        self.symbols.len()
    }

    /// Never true: `<pad>` and `<cls>` are always there.
    pub fn is_empty(&self) -> bool {
        self.symbols.is_empty()
    }

    /// Token of padding.
    pub fn pad(&self) -> u32 {
        self.pad
    }

    /// Token of the whole cell.
    pub fn cls(&self) -> u32 {
        self.cls
    }

    /// Whether `token` is a gene's.
    pub fn is_gene(&self, token: u32) -> bool {
        self.symbols.get(token as usize).is_some_and(|symbol| !is_special(symbol))
    }

    /// Genes, by token.
    pub fn genes(&self) -> &[GeneToken] {
        &self.genes
    }

    /// The file's content: symbol to token.
    pub fn to_tokens(&self) -> BTreeMap<&str, u32> {
        self.symbols.iter().map(String::as_str).zip(0..).collect()
    }

    /// SHA-256 of the symbols in order of token, a line each, hexadecimal.
    pub fn digest(&self) -> String {
        let mut hash = Sha256::new();
        for symbol in &self.symbols {
            hash.update(symbol.as_bytes());
            hash.update(b"\n");
        }
        hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// As part of a model's card.
    pub fn card(&self) -> VocabularyCard {
        VocabularyCard {
            source: self.source.clone(),
            tokens: self.symbols.len(),
            genes: self.genes.len(),
            digest: self.digest(),
            species: vec![Species::Human],
        }
    }

    /// Token of a measured gene: by its Ensembl id, by its symbol as it stands, or by the current
    /// symbol that HGNC gives for it. A name of several genes is not guessed.
    pub fn token_of(&self, gene: &Gene) -> Option<u32> {
        let by_id = gene.ensembl.as_ref().and_then(|id| self.by_ensembl.get(id)).copied();
        by_id.or_else(|| self.token_of_symbol(&gene.symbol)).or_else(|| {
            let found = GeneResolver::bundled().lookup(&gene.symbol)?;
            let symbol = found.symbol.and_then(|symbol| self.token_of_symbol(&symbol));
            symbol.or_else(|| self.by_ensembl.get(&found.ensembl_id?).copied())
        })
    }

    fn token_of_symbol(&self, symbol: &str) -> Option<u32> {
        let token = self.by_symbol.get(symbol).copied();
        token.filter(|_| !is_special(symbol))
    }
}

fn is_special(symbol: &str) -> bool {
    symbol.starts_with('<') && symbol.ends_with('>')
}

fn refused(source: &str, found: impl fmt::Display) -> FamilyError {
    FamilyError::Vocabulary {
        source_name: source.to_owned(),
        found: found.to_string(),
        advice: "use the vocab.json that was published with these weights".into(),
    }
}

fn genes_of(symbols: &[String]) -> Vec<GeneToken> {
    let genes = symbols.iter().zip(0..).filter(|(symbol, _)| !is_special(symbol));
    genes
        .map(|(symbol, token)| {
            let ensembl = GeneResolver::bundled().lookup(symbol).and_then(|found| found.ensembl_id);
            GeneToken { token, ensembl, symbol: symbol.clone() }
        })
        .collect()
}

/// Tokens by Ensembl id; where an old and the current symbol of a gene both have a token, the
/// current one's, and none where two old ones have.
fn ensembl_ids(genes: &[GeneToken]) -> HashMap<String, u32> {
    let is_current = |gene: &GeneToken| {
        let found = GeneResolver::bundled().lookup(&gene.symbol);
        found.is_some_and(|found| found.status == ResolutionStatus::Approved)
    };
    let mut by_id: HashMap<&str, Vec<&GeneToken>> = HashMap::new();
    for gene in genes {
        if let Some(id) = &gene.ensembl {
            by_id.entry(id).or_default().push(gene);
        }
    }
    let one = |genes: Vec<&GeneToken>| match genes[..] {
        [gene] => Some(gene.token),
        _ => genes.iter().find(|gene| is_current(gene)).map(|gene| gene.token),
    };
    by_id.into_iter().filter_map(|(id, genes)| Some((id.to_owned(), one(genes)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gene(symbol: &str, ensembl: Option<&str>) -> Gene {
        Gene { ensembl: ensembl.map(Into::into), symbol: symbol.into() }
    }

    fn refusal(json: &str) -> String {
        Vocabulary::from_json(json.as_bytes(), "vocab.json").unwrap_err().to_string()
    }

    #[test]
    fn the_bundled_vocabulary_has_the_published_size() {
        let vocabulary = Vocabulary::census();
        assert_eq!((vocabulary.len(), vocabulary.genes().len()), (60_697, 60_694));
        assert_eq!((vocabulary.pad(), vocabulary.cls()), (60_694, 60_695));
        let with_id = vocabulary.genes().iter().filter(|gene| gene.ensembl.is_some()).count();
        assert!(with_id > 37_000, "only {with_id} genes have an Ensembl id");
    }

    #[test]
    fn genes_are_found_by_id_symbol_older_symbol_and_alias() {
        let vocabulary = Vocabulary::census();
        let gata3 = vocabulary.token_of(&gene("GATA3", None)).unwrap();
        assert_eq!(vocabulary.token_of(&gene("x", Some("ENSG00000107485"))), Some(gata3));
        let ensembl_as_symbol = gene("ENSG00000107485", Some("ENSG00000107485"));
        assert_eq!(vocabulary.token_of(&ensembl_as_symbol), Some(gata3));
        let tbx21 = vocabulary.token_of(&gene("TBX21", None));
        assert!(tbx21.is_some());
        assert_eq!(vocabulary.token_of(&gene("T-bet", None)), tbx21);
        assert_eq!(
            vocabulary.token_of(&gene("MARCH1", None)),
            vocabulary.token_of(&gene("MARCHF1", None))
        );
    }

    #[test]
    fn a_name_of_several_genes_and_a_special_token_are_no_gene() {
        let vocabulary = Vocabulary::census();
        for name in ["PD1", "<cls>", "no gene at all", "Gata3"] {
            assert_eq!(vocabulary.token_of(&gene(name, None)), None, "{name}");
        }
    }

    #[test]
    fn damaged_vocabularies_are_refused_with_what_is_wrong() {
        assert!(refusal(r#"{"A": 0, "<pad>": 1, "<cls>": 3}"#).contains("token 3 of \"<cls>\""));
        assert!(refusal(r#"{"A": 0, "B": 0, "<cls>": 1}"#).contains("for both \"A\" and \"B\""));
        assert!(refusal(r#"{"A": 0, "<pad>": 1}"#).contains("<cls>"));
        assert!(refusal(r#"{"A": -1}"#).contains("published with these weights"));
        assert!(refusal("[1, 2").contains("vocab.json"));
    }

    #[test]
    fn a_vocabulary_of_another_version_is_refused_by_size_or_digest() {
        let json = br#"{"TP53": 0, "GATA3": 1, "<pad>": 2, "<cls>": 3}"#;
        let vocabulary = Vocabulary::from_json(json, "vocab.json").unwrap();
        assert!(vocabulary.expect(4, None).is_ok());
        assert!(vocabulary.expect(4, Some(&vocabulary.digest())).is_ok());
        let message = vocabulary.expect(60_697, None).unwrap_err().to_string();
        assert!(message.contains("4 tokens") && message.contains("60697"), "{message}");
        let swapped = br#"{"TP53": 1, "GATA3": 0, "<pad>": 2, "<cls>": 3}"#;
        let swapped = Vocabulary::from_json(swapped, "vocab.json").unwrap();
        assert!(swapped.expect(4, Some(&vocabulary.digest())).is_err());
    }
}
