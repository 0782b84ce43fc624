//! Checkpoints of seeded random weights in the published layout.

use std::path::Path;

use super::tokenizer::{Vocabulary, VocabularyEntry};
use super::{GeneformerConfig, Loaded, save};
use crate::checkpoint::LoadReport;
use crate::device::Cpu;
use crate::families::{Family, FamilyError};
use crate::genes::GeneResolver;
use crate::nets::heads::MlmHead;
use crate::nets::seeded::seeded;

/// Sizes of [`random`]; `published` is `v1-10m`.
pub const RANDOM_SIZES: &[&str] = &["tiny", "published", "v1-10m", "v2-104m"];

/// Genes that a small vocabulary must have: people and tests ask for them by name.
const WELL_KNOWN: [&str; 48] = [
    "ACTB", "B2M", "BATF", "BCL11B", "BCL6", "CCL5", "CCR7", "CD14", "CD19", "CD247", "CD28",
    "CD3D", "CD3E", "CD3G", "CD4", "CD8A", "CD8B", "CTLA4", "FOXP3", "GAPDH", "GATA1", "GATA3",
    "GNLY", "GZMB", "IFNG", "IL2", "IL2RA", "IL7R", "IRF4", "KLF2", "LCK", "LYZ", "MS4A1", "MYC",
    "NKG7", "PAX5", "PDCD1", "PRF1", "RELA", "RUNX1", "RUNX3", "SPI1", "STAT1", "STAT3", "TBX21",
    "TCF7", "TP53", "ZAP70",
];
/// Every how many-th gene of V1 is in a small vocabulary too.
const EVERY: usize = 40;
/// Genes of the V2 vocabulary: 20,275 tokens, four of them special.
const V2_GENES: usize = 20_271;

/// Writes `config.json`, `model.safetensors` and, where it is not the bundled one,
/// `vocabulary.csv`.
///
/// `tiny` has the real ids and medians of some 680 genes of V1. `v1-10m` has the real V1
/// vocabulary. The vocabulary of V2 is not published in a form that could be bundled: `v2-104m`
/// has 20,271 real Ensembl ids, by id, **with medians of 1**, so its rank values are not those of
/// the published checkpoint.
///
/// # Errors
/// An unknown size, or a failed write.
pub fn random(dir: &Path, size: &str, seed: u64) -> Result<(), FamilyError> {
    let (config, vocabulary) = match size {
        "tiny" => {
            let vocabulary = tiny_vocabulary()?;
            let config = GeneformerConfig::with_sizes(vocabulary.len(), 32, 2, 2, 48, 256);
            (config, Some(vocabulary))
        }
        "published" | "v1-10m" => (GeneformerConfig::v1_10m(), None),
        "v2-104m" => (GeneformerConfig::v2_104m(), Some(v2_vocabulary()?)),
        other => {
            return Err(FamilyError::Unsupported {
                family: Family::Geneformer,
                what: "size",
                found: other.to_owned(),
                available: RANDOM_SIZES.join(", "),
            });
        }
    };
    let on = Default::default();
    let std = config.initializer_range as f32;
    let sizes = config.layer_sizes();
    let model = Loaded::<Cpu> {
        net: seeded::<Cpu, _>(config.init(&on), seed, std, std),
        mlm: Some(seeded::<Cpu, _>(
            MlmHead::init(&sizes, config.vocab_size, &on),
            seed.wrapping_add(1),
            std,
            std,
        )),
        classifier: None,
        token_classifier: None,
        report: LoadReport::default(),
        config,
    };
    save(dir, &model)?;
    if let Some(vocabulary) = vocabulary {
        vocabulary.write_csv(&dir.join("vocabulary.csv"))?;
    }
    Ok(())
}

/// Some genes of V1 with their ids and medians, under new token ids.
fn tiny_vocabulary() -> Result<Vocabulary, FamilyError> {
    let chosen = |(place, entry): &(usize, &VocabularyEntry)| {
        let symbol = entry.symbol.as_deref().unwrap_or("");
        place % EVERY == 0 || WELL_KNOWN.contains(&symbol)
    };
    let genes = Vocabulary::geneformer_v1().genes().enumerate().filter(chosen);
    let genes =
        genes.map(|(_, gene)| (gene.ensembl_id.clone(), gene.nonzero_median, gene.symbol.clone()));
    vocabulary(&["<pad>", "<mask>"], genes)
}

/// As many real genes as V2 has, by Ensembl id: those of V1 that are approved today, then others.
fn v2_vocabulary() -> Result<Vocabulary, FamilyError> {
    let v1 = Vocabulary::geneformer_v1();
    let mut genes: Vec<(&str, &str)> = GeneResolver::bundled().ensembl_genes().collect();
    genes.sort_unstable();
    genes.dedup_by_key(|(id, _)| *id);
    genes.sort_by_key(|(id, _)| v1.token(id).is_none());
    genes.truncate(V2_GENES);
    genes.sort_unstable();
    let genes = genes.into_iter();
    let genes = genes.map(|(id, symbol)| (id.to_owned(), Some(1.0), Some(symbol.to_owned())));
    vocabulary(&["<pad>", "<mask>", "<cls>", "<eos>"], genes)
}

fn vocabulary(
    specials: &[&str],
    genes: impl Iterator<Item = (String, Option<f64>, Option<String>)>,
) -> Result<Vocabulary, FamilyError> {
    let specials = specials.iter().map(|name| ((*name).to_owned(), None, None));
    let entries = specials.chain(genes).zip(0..).map(|((ensembl_id, median, symbol), token_id)| {
        VocabularyEntry { ensembl_id, token_id, nonzero_median: median, symbol }
    });
    Ok(Vocabulary::from_entries(entries.collect())?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_made_up_v2_vocabulary_has_the_published_size() {
        let vocabulary = v2_vocabulary().unwrap();
        assert_eq!(vocabulary.len(), GeneformerConfig::v2_104m().vocab_size);
        assert!(vocabulary.token_of_symbol("GATA3").is_some());
    }

    #[test]
    fn a_small_vocabulary_has_the_well_known_genes_with_their_medians() {
        let (tiny, v1) = (tiny_vocabulary().unwrap(), Vocabulary::geneformer_v1());
        assert!((600..750).contains(&tiny.len()), "{}", tiny.len());
        for symbol in WELL_KNOWN {
            let token = tiny.token_of_symbol(symbol).unwrap_or_else(|| panic!("{symbol}"));
            let there = v1.token_of_symbol(symbol).unwrap();
            assert_eq!(tiny.median(token), v1.median(there));
        }
    }
}
