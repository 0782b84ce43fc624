//! Checkpoints with seeded random weights.

use std::path::Path;

use super::config::ScBertConfig;
use super::genes::{FILE, GeneOrder};
use super::load::{Loaded, save};
use super::net::AnnotationHead;
use crate::checkpoint::{CheckpointError, LoadReport, save_json};
use crate::device::Cpu;
use crate::families::{Family, FamilyError};
use crate::nets::seeded::seeded;

/// Sizes that [`random`] knows, first the smallest.
pub const RANDOM_SIZES: &[&str] = &["tiny", "published", "tiny-annotation"];
/// Every how many-th gene of the published order a tiny model reads.
const EVERY: usize = 20;
/// Genes that a tiny model reads in any case: people and tests ask for them by name.
const WELL_KNOWN: [&str; 8] = ["CD3E", "CD4", "CD8A", "GATA3", "IFNG", "IL2RA", "MS4A1", "TP53"];

/// Writes `config.json`, `model.safetensors` and, where it is not the published one, the order of
/// genes. `tiny` reads some 850 real genes; `tiny-annotation` has a head of three classes.
///
/// # Errors
/// An unknown size, or a failed write.
pub fn random(dir: &Path, size: &str, seed: u64) -> Result<(), FamilyError> {
    let (genes, sizes, spread) = match size {
        "tiny" | "tiny-annotation" => (Some(some_genes()), [16, 2, 2, 8, 16], 0.3),
        "published" => (None, [200, 6, 10, 64, 266], 0.05),
        other => {
            return Err(FamilyError::Unsupported {
                family: Family::ScBert,
                what: "size",
                found: other.to_owned(),
                available: RANDOM_SIZES.join(", "),
            });
        }
    };
    let count = genes.as_ref().map_or(GeneOrder::bundled().genes().len(), Vec::len);
    let config = ScBertConfig::with_sizes(count, sizes);
    let on = Default::default();
    let mut net = seeded::<Cpu, _>(config.init(&on), seed, spread, spread / 10.0);
    for layer in &mut net.performer.layers {
        // Directions of random features are standard normal, whatever the weights' spread.
        layer.attention.projection =
            layer.attention.projection.clone().map(|directions| directions / spread);
    }
    let head_seed = seed.wrapping_add(1);
    let annotation = (size == "tiny-annotation").then(|| {
        let head = AnnotationHead::init(&config, [12, 6, 3], &on);
        seeded::<Cpu, _>(head, head_seed, spread, spread / 10.0)
    });
    let bins = annotation
        .is_none()
        .then(|| seeded::<Cpu, _>(config.init_bins(&on), head_seed, spread, spread / 10.0));
    let report = LoadReport::default();
    let is_annotation = annotation.is_some();
    save(dir, &Loaded { config, net, bins, annotation, report })?;
    if is_annotation {
        save_json(&dir.join("labels.json"), &["B cell", "Monocyte", "T cell"])?;
    }
    if let Some(genes) = genes {
        let path = dir.join(FILE);
        std::fs::write(&path, genes.join("\n") + "\n").map_err(CheckpointError::io(&path))?;
    }
    Ok(())
}

fn some_genes() -> Vec<&'static str> {
    let all = GeneOrder::bundled().genes().iter().enumerate();
    all.filter(|(place, gene)| place % EVERY == 0 || WELL_KNOWN.contains(&gene.symbol.as_str()))
        .map(|(_, gene)| gene.symbol.as_str())
        .collect()
}
