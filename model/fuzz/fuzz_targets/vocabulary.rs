//! The readers of vocabularies; the first byte says which.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use nextwell_model_fuzz::families::geneformer::tokenizer::{Dictionaries, Vocabulary};
use tempfile::TempDir;

/// In memory where the machine has such a file system.
static DIR: LazyLock<TempDir> = LazyLock::new(|| {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a directory")
});

/// The bytes as token dictionary and as medians at once.
fn dictionaries(bytes: &[u8]) {
    let path = DIR.path().join("token_dictionary.pkl");
    std::fs::write(&path, bytes).expect("room for a small file");
    let files = Dictionaries { tokens: path.clone(), medians: path.clone(), names: Some(path) };
    let _ = files.read();
}

fuzz_target!(|bytes: &[u8]| {
    let Some((kind, bytes)) = bytes.split_first() else {
        return;
    };
    if kind % 2 == 1 {
        return dictionaries(bytes);
    }
    if let Ok(vocabulary) = Vocabulary::from_csv(bytes) {
        for token in 0..vocabulary.len() as u32 {
            let _ = (vocabulary.ensembl_id(token), vocabulary.median(token));
        }
        let _ = vocabulary.digest();
    }
});
