//! The readers of weights: safetensors where the first byte is even, PyTorch's where it is odd.
#![no_main]

use std::path::PathBuf;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use nextwell_model_fuzz::checkpoint::{read_pytorch_settings, read_weights};
use tempfile::TempDir;

/// In memory where the machine has such a file system.
static DIR: LazyLock<TempDir> = LazyLock::new(|| {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a directory")
});

fn path(name: &str) -> PathBuf {
    DIR.path().join(name)
}

fuzz_target!(|bytes: &[u8]| {
    let Some((kind, bytes)) = bytes.split_first() else {
        return;
    };
    let even = kind % 2 == 0;
    let path = path(if even { "model.safetensors" } else { "pytorch_model.bin" });
    std::fs::write(&path, bytes).expect("room for a small file");
    let _ = read_weights(&path);
    if !even {
        let _ = read_pytorch_settings(&path);
    }
});
