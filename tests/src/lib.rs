//! What end-to-end tests need: real servers on a database of their own, a lab with real values,
//! and a campaign small enough for a test.
//!
//! Everything panics with the reason when it cannot do its work: it is called by tests only.

pub mod api;
pub mod campaign;
pub mod database;
pub mod lab;
pub mod server;

use std::path::PathBuf;

/// Root of the repository.
pub fn repository() -> PathBuf {
    let tests = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    tests.parent().expect("tests/ lies in the repository").to_owned()
}

/// A file bundled for the demo.
pub fn bundled(name: &str) -> Vec<u8> {
    let path = repository().join("services/cli/data").join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
