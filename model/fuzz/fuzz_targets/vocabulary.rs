//! The readers of vocabularies; the first byte says which.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nextwell_model_fuzz::families::geneformer::tokenizer::Vocabulary;

fuzz_target!(|bytes: &[u8]| {
    let Some((_kind, bytes)) = bytes.split_first() else {
        return;
    };
    let _ = Vocabulary::from_csv(bytes);
});
