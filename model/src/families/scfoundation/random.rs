//! Checkpoints with seeded random weights.

use std::path::Path;

use super::config::ScFoundationConfig;
use super::genes::{FILE, GeneList};
use super::load::save;
use crate::checkpoint::CheckpointError;
use crate::device::Cpu;
use crate::families::{Family, FamilyError};
use crate::nets::seeded::seeded;

/// Sizes that [`random`] knows, first the smallest. Both read the published 19,264 genes.
pub const RANDOM_SIZES: &[&str] = &["tiny", "published"];

/// Writes `config.json`, `model.safetensors` and the list of genes to `dir`.
///
/// # Errors
/// An unknown size, or a failed write.
pub fn random(dir: &Path, size: &str, seed: u64) -> Result<(), FamilyError> {
    let list = GeneList::bundled();
    let (config, std) = match size {
        "tiny" => (ScFoundationConfig::with_sizes(list.len(), 10, [16, 2, 2], [8, 1, 2], 8), 0.3),
        "published" => {
            let (encoder, decoder) = ([768, 12, 12], [512, 6, 8]);
            (ScFoundationConfig::with_sizes(list.len(), 100, encoder, decoder, 64), 0.02)
        }
        _ => {
            return Err(FamilyError::Unsupported {
                family: Family::ScFoundation,
                what: "size",
                found: size.to_owned(),
                available: RANDOM_SIZES.join(", "),
            });
        }
    };
    let mut net = seeded::<Cpu, _>(config.init(&Default::default()), seed, std, std / 10.0);
    for layer in &mut net.decoder.layers {
        // Directions of random features are standard normal, whatever the weights' spread.
        layer.attention.projection =
            layer.attention.projection.clone().map(|directions| directions / std);
    }
    save(dir, &config, &net)?;
    let path = dir.join(FILE);
    std::fs::write(&path, list.to_tsv()).map_err(CheckpointError::io(&path))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::families::scfoundation::detects;

    #[test]
    fn a_random_checkpoint_depends_on_its_seed_only_and_is_detected() {
        let written = |seed| {
            let dir = tempfile::tempdir().unwrap();
            assert!(!detects(dir.path()));
            random(dir.path(), "tiny", seed).unwrap();
            assert!(detects(dir.path()));
            std::fs::read(dir.path().join("model.safetensors")).unwrap()
        };
        let first = written(1);
        assert!(first == written(1) && first != written(2));
    }

    #[test]
    fn an_unknown_size_is_refused_with_the_sizes_there_are() {
        let message = random(Path::new("nowhere"), "huge", 1).unwrap_err().to_string();
        assert!(message.contains("huge") && message.contains("tiny, published"), "{message}");
    }
}
