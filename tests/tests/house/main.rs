//! The walls of the house: which crate may know which, how large a file may grow, where SQL may
//! stand, and that the committed API document is the one the server serves.

mod arrows;
mod openapi;
mod sources;

use std::path::PathBuf;

/// Root of the repository.
fn repository() -> PathBuf {
    let tests = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    tests.parent().expect("tests/ lies in the repository").to_owned()
}
