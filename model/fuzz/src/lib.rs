//! The readers under test, from the sources of `nextwell-model` and without the rest of it: nets
//! and kernels take long to build and are not fuzzed.
#![allow(dead_code)]

pub mod cells;
pub mod checkpoint;
pub mod families;
#[path = "../../src/genes/mod.rs"]
pub mod genes;
#[path = "../../src/pickle/mod.rs"]
pub mod pickle;
