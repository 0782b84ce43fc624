//! The pickle reader, with and without PyTorch's classes, and what is made of its values.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nextwell_model_fuzz::pickle::{read, read_first, read_with_persistent};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(pickle) = read(bytes) {
        let _ = pickle.root().to_json();
    }
    if let Ok(pickle) = read_with_persistent(bytes) {
        let _ = pickle.root().to_json();
        for value in pickle.values() {
            let _ = (value.kind(), value.call(), value.persistent().map(|id| id.id()));
        }
    }
    let _ = read_first(bytes);
});
