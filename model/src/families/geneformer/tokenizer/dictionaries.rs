//! The published dictionaries: pickles of token ids, medians and gene names.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::{TokenizerError, Vocabulary, VocabularyEntry};
use crate::pickle::{self, Pickle};

/// The files of a vocabulary as the authors publish it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dictionaries {
    /// Ensembl id to token: `token_dictionary*.pkl`.
    pub tokens: PathBuf,
    /// Ensembl id to median: `gene_median_dictionary*.pkl`.
    pub medians: PathBuf,
    /// Symbol to Ensembl id: `gene_name_id_dict*.pkl`.
    pub names: Option<PathBuf>,
}

impl Dictionaries {
    /// Looks for them in `dir`; `None` when there is no token dictionary.
    ///
    /// # Errors
    /// [`TokenizerError::Dictionaries`] where the medians are missing or a file is there twice,
    /// such as those of V1 and of V2 together.
    pub fn find(dir: &Path) -> Result<Option<Self>, TokenizerError> {
        let Some(tokens) = one(dir, "token_dictionary")? else { return Ok(None) };
        let medians = one(dir, "gene_median_dictionary")?;
        let medians = medians.ok_or_else(|| TokenizerError::Dictionaries {
            dir: dir.to_owned(),
            found: "a token_dictionary without its gene_median_dictionary".into(),
        })?;
        Ok(Some(Self { tokens, medians, names: one(dir, "gene_name_id_dict")? }))
    }

    /// Reads and joins them. Nothing in them is executed.
    ///
    /// # Errors
    /// [`TokenizerError::Pickle`], [`TokenizerError::Dictionary`], and as
    /// [`Vocabulary::from_entries`].
    pub fn read(&self) -> Result<Vocabulary, TokenizerError> {
        let tokens =
            numbers(&self.tokens, |value| value.as_i64().and_then(|t| u32::try_from(t).ok()))?;
        let medians: HashMap<String, f64> =
            numbers(&self.medians, |value| value.as_f64())?.into_iter().collect();
        let symbols = match &self.names {
            Some(path) => symbols(path)?,
            None => HashMap::new(),
        };
        let entry = |(ensembl_id, token_id): (String, u32)| VocabularyEntry {
            nonzero_median: medians.get(&ensembl_id).copied(),
            symbol: symbols.get(&ensembl_id).cloned(),
            ensembl_id,
            token_id,
        };
        Vocabulary::from_entries(tokens.into_iter().map(entry).collect())
    }
}

/// The one pickle in `dir` whose name holds `what`.
fn one(dir: &Path, what: &str) -> Result<Option<PathBuf>, TokenizerError> {
    let io = |source| TokenizerError::Io { path: dir.to_owned(), source };
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).map_err(io)? {
        let path = entry.map_err(io)?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or("");
        if name.contains(what) && (name.ends_with(".pkl") || name.ends_with(".pickle")) {
            found.push(path);
        }
    }
    if found.len() > 1 {
        let found = format!("{} files named {what}", found.len());
        return Err(TokenizerError::Dictionaries { dir: dir.to_owned(), found });
    }
    Ok(found.pop())
}

fn open(path: &Path) -> Result<Pickle, TokenizerError> {
    pickle::read_file(path)
        .map_err(|source| TokenizerError::Pickle { path: path.to_owned(), source })
}

/// Keys and values of a dictionary of texts to numbers.
fn numbers<T>(
    path: &Path,
    number: impl Fn(pickle::Value<'_>) -> Option<T>,
) -> Result<Vec<(String, T)>, TokenizerError> {
    let pickle = open(path)?;
    let wrong = |found: String| TokenizerError::Dictionary { path: path.to_owned(), found };
    let root = pickle.root();
    let entries = root.entries().ok_or_else(|| wrong(format!("a {}", root.kind())))?;
    let pair = |(key, value): (pickle::Value<'_>, pickle::Value<'_>)| {
        let name = key.as_str().ok_or_else(|| wrong(format!("a key that is a {}", key.kind())))?;
        let value = number(value).ok_or_else(|| {
            wrong(format!("a {} that does not serve as value of {name:?}", value.kind()))
        })?;
        Ok((name.to_owned(), value))
    };
    entries.map(pair).collect()
}

/// Symbols by Ensembl id, from a dictionary of Ensembl ids by symbol; of several the first.
fn symbols(path: &Path) -> Result<HashMap<String, String>, TokenizerError> {
    let pickle = open(path)?;
    let entries = pickle.root().entries().into_iter().flatten();
    let mut symbols = HashMap::new();
    for (symbol, id) in entries {
        if let (Some(symbol), Some(id)) = (symbol.as_str(), id.as_str()) {
            symbols.entry(id.to_owned()).or_insert_with(|| symbol.to_owned());
        }
    }
    Ok(symbols)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The pickle of a dict by instruction, protocol 2.
    fn dict(entries: &[(&str, &[u8])]) -> Vec<u8> {
        let mut bytes = b"\x80\x02}(".to_vec();
        for (key, value) in entries {
            bytes.extend(
                [&b"X"[..], &(key.len() as u32).to_le_bytes(), key.as_bytes(), value].concat(),
            );
        }
        [bytes, b"u.".to_vec()].concat()
    }

    /// `BINFLOAT` 2.5
    const MEDIAN: &[u8] = b"G\x40\x04\x00\x00\x00\x00\x00\x00";
    const GENE: &str = "ENSG00000107485";

    fn written(files: &[(&str, Vec<u8>)]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for (name, bytes) in files {
            std::fs::write(dir.path().join(name), bytes).unwrap();
        }
        dir
    }

    fn tokens() -> Vec<u8> {
        dict(&[("<pad>", b"K\x00"), ("<mask>", b"K\x01"), (GENE, b"K\x02")])
    }

    #[test]
    fn the_three_dictionaries_become_one_vocabulary() {
        let dir = written(&[
            ("token_dictionary_gc30M.pkl", tokens()),
            ("gene_median_dictionary_gc30M.pkl", dict(&[(GENE, MEDIAN)])),
            ("gene_name_id_dict_gc30M.pkl", dict(&[("GATA3", b"X\x0f\0\0\0ENSG00000107485")])),
        ]);
        let found = Dictionaries::find(dir.path()).unwrap().unwrap();
        let vocabulary = found.read().unwrap();
        assert_eq!((vocabulary.len(), vocabulary.median(2)), (3, Some(2.5)));
        assert_eq!(vocabulary.symbol(2), Some("GATA3"));
    }

    #[test]
    fn what_is_missing_doubled_or_no_dictionary_is_said() {
        assert_eq!(Dictionaries::find(written(&[]).path()).unwrap(), None);
        let one = written(&[("token_dictionary.pkl", tokens())]);
        let error = Dictionaries::find(one.path()).unwrap_err().to_string();
        assert!(error.contains("gene_median_dictionary"), "{error}");
        let two = written(&[
            ("token_dictionary_gc30M.pkl", tokens()),
            ("token_dictionary_gc104M.pkl", tokens()),
        ]);
        let error = Dictionaries::find(two.path()).unwrap_err().to_string();
        assert!(error.contains("2 files"), "{error}");
        for (bytes, said) in [
            (b"\x80\x02].".to_vec(), "a list"),
            (dict(&[("<pad>", b"N")]), "NoneType"),
            (b"\x80\x02cos\nsystem\n.".to_vec(), "os.system"),
        ] {
            let bad = written(&[
                ("token_dictionary.pkl", bytes),
                ("gene_median_dictionary.pkl", dict(&[])),
            ]);
            let found = Dictionaries::find(bad.path()).unwrap().unwrap();
            let error = found.read().unwrap_err().to_string();
            assert!(
                error.contains(said) || said == "NoneType" && error.contains("None"),
                "{error}"
            );
        }
    }

    #[test]
    fn the_published_dictionaries_of_v1_are_the_bundled_vocabulary() {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/model_vocab");
        if !dir.is_dir() {
            println!("skipped: {} is not here", dir.display());
            return;
        }
        let read = Dictionaries::find(&dir).unwrap().unwrap().read().unwrap();
        let bundled = Vocabulary::geneformer_v1();
        assert_eq!(read.len(), bundled.len());
        assert_eq!(read.digest(), bundled.digest(), "every id and median, to the last bit");
        assert_eq!(read.token_of_symbol("GATA3"), bundled.token_of_symbol("GATA3"));
    }
}
