//! The gene lists of scGPT, scBERT and scFoundation; the first byte says whose.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use nextwell_model_fuzz::cells::Gene;
use nextwell_model_fuzz::families::{scbert, scfoundation, scgpt};
use tempfile::TempDir;

/// In memory where the machine has such a file system.
static DIR: LazyLock<TempDir> = LazyLock::new(|| {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a directory")
});

fuzz_target!(|bytes: &[u8]| {
    let Some((kind, bytes)) = bytes.split_first() else {
        return;
    };
    let gene = Gene { ensembl: None, symbol: "GATA3".into() };
    match kind % 3 {
        0 => {
            if let Ok(vocabulary) = scgpt::Vocabulary::from_json(bytes, "fuzz") {
                let _ = (vocabulary.token_of(&gene), vocabulary.digest());
                let _ = vocabulary.expect(vocabulary.len(), None);
                let _ = (0..=vocabulary.len() as u32).any(|token| vocabulary.is_gene(token));
            }
        }
        1 => {
            let text = String::from_utf8_lossy(bytes);
            if let Ok(genes) = scbert::GeneOrder::parse("fuzz", &text) {
                let _ = (genes.find(&gene), genes.genes().len());
            }
        }
        _ => {
            let path = DIR.path().join("genes.tsv");
            std::fs::write(&path, bytes).expect("room for a small file");
            if let Ok(genes) = scfoundation::genes::GeneList::load(&path) {
                let _ = (genes.find(&gene), genes.len());
            }
        }
    }
});
