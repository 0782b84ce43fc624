//! scFoundation's list of genes.

#[path = "../../../../src/families/scfoundation/genes.rs"]
pub mod genes;

/// Stands for the configuration, which needs the nets.
mod config {
    pub const DEPTH_TOKENS: usize = 2;

    pub struct ScFoundationConfig;

    impl ScFoundationConfig {
        pub fn genes(&self) -> usize {
            0
        }
    }
}
