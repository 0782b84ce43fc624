//! Checkpoints with random weights, to try everything without the published ones.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

use super::config::GeneCompassConfig;
use super::homologues::Homologues;
use super::load::{Loaded, save};
use super::net::ValueHead;
use crate::checkpoint::{LoadReport, save_json};
use crate::device::Cpu;
use crate::families::{Family, FamilyError};
use crate::genes::{GeneResolver, Homology, Orthologue, Orthologues};
use crate::nets::heads::MlmHead;
use crate::nets::seeded::seeded;

/// Sizes of [`random`].
pub const RANDOM_SIZES: &[&str] = &["tiny", "published"];

/// Tokens of the published size; the authors speak of about 23,000 human and 27,000 mouse genes.
const PUBLISHED_TOKENS: usize = 50_000;
/// The tiny vocabulary has every so-manieth pair of orthologues.
const TINY_STEP: usize = 25;
/// Genes of one species only in the tiny vocabulary, of either.
const TINY_SINGLE: usize = 40;
/// Genes that examples are made of, in the tiny vocabulary too.
const FAMILIAR: [&str; 32] = [
    "ACTB", "ADAM17", "B2M", "CD3D", "CD3E", "CD4", "CD8A", "CD19", "CD28", "FOXP3", "GATA1",
    "GATA2", "GATA3", "GAPDH", "IFNG", "IL2", "IL2RA", "IL7R", "IRF4", "LCK", "MYC", "NFKB1",
    "PDCD1", "RUNX1", "RUNX3", "SOX2", "STAT1", "STAT3", "TBX21", "TOX", "TP53", "ZAP70",
];

/// Writes a checkpoint with seeded random weights and a vocabulary of real genes to `dir`: `tiny`
/// (2 layers of 32), or `published`, the sizes of Base (1.2 GB on disk, three times that in memory
/// while it is written).
///
/// # Errors
/// An unknown size, or a failed write.
pub fn random(dir: &Path, size: &str, seed: u64) -> Result<(), FamilyError> {
    let (genes, config, widths) = match size {
        "tiny" => {
            let genes = Genes::tiny();
            let mut config = GeneCompassConfig::with_sizes(genes.len(), 32, 2, 4, 64, 256);
            config.initializer_range = 0.2;
            (genes, config, [10, 12, 8, 6])
        }
        "published" => {
            let genes = Genes::published();
            let config = GeneCompassConfig::with_sizes(genes.len(), 768, 12, 12, 3_072, 2_048);
            (genes, config, [768; 4])
        }
        other => {
            return Err(FamilyError::Unsupported {
                family: Family::GeneCompass,
                what: "random size",
                found: other.into(),
                available: RANDOM_SIZES.join(", "),
            });
        }
    };
    let device = Default::default();
    let std = config.initializer_range as f32;
    let sizes = config.layer_sizes();
    let id_head = MlmHead::init(&sizes, config.vocab_size, &device);
    let model: Loaded<Cpu> = Loaded {
        net: seeded(config.init(widths, &device), seed, std, std / 2.0),
        homologues: genes.homologues(),
        id_head: Some(seeded(id_head, seed ^ 1, std, std / 2.0)),
        value_head: Some(seeded(ValueHead::init(&sizes, &device), seed ^ 2, std, std / 2.0)),
        classifier: None,
        token_classifier: None,
        report: LoadReport::default(),
        config,
    };
    std::fs::create_dir_all(dir).map_err(|e| crate::checkpoint::CheckpointError::io(dir)(e))?;
    save_json(&dir.join("human_mouse_tokens.json"), &genes.tokens())?;
    Ok(save(dir, &model)?)
}

/// Human genes, then mouse genes, each in an order that does not depend on chance.
struct Genes {
    human: Vec<String>,
    mouse: Vec<String>,
    /// Human and mouse Ensembl ids of one-to-one orthologues.
    pairs: Vec<(String, String)>,
}

impl Genes {
    fn tiny() -> Self {
        let rows = Orthologues::bundled().rows();
        let one_to_one = |row: &&Orthologue| row.homology == Homology::OneToOne && row.confident;
        let step = rows.iter().filter(one_to_one).step_by(TINY_STEP);
        let familiar = rows.iter().filter(|row| FAMILIAR.contains(&row.human_symbol.as_str()));
        let pairs: Vec<&Orthologue> = unique(familiar.chain(step), |row| &row.mouse_ensembl);
        let others = || rows.iter().filter(|row| row.homology == Homology::ManyToMany);
        let human = unique(others(), |row| &row.human_ensembl).into_iter().take(TINY_SINGLE);
        let mouse = unique(others(), |row| &row.mouse_ensembl).into_iter().take(TINY_SINGLE);
        let human = unique(pairs.iter().copied().chain(human), |row| &row.human_ensembl);
        let mouse = unique(pairs.iter().copied().chain(mouse), |row| &row.mouse_ensembl);
        Self::new(
            human.into_iter().map(|row| row.human_ensembl.clone()).collect(),
            mouse.into_iter().map(|row| row.mouse_ensembl.clone()).collect(),
        )
    }

    /// All mouse genes that have a human homologue of any kind, the human ones of these, and as
    /// many more of HGNC's as make the published number of tokens.
    fn published() -> Self {
        let rows = Orthologues::bundled().rows();
        let mouse: Vec<String> = unique(rows.iter(), |row| &row.mouse_ensembl)
            .into_iter()
            .map(|row| row.mouse_ensembl.clone())
            .collect();
        let approved = GeneResolver::bundled().ensembl_genes().map(|(id, _)| id);
        let homologous = rows.iter().map(|row| row.human_ensembl.as_str());
        let human = unique(homologous.chain(approved), |id| id);
        let most = PUBLISHED_TOKENS - 2 - mouse.len();
        Self::new(human.into_iter().take(most).map(str::to_owned).collect(), mouse)
    }

    fn new(human: Vec<String>, mouse: Vec<String>) -> Self {
        let table = Orthologues::bundled();
        let known: HashSet<&String> = mouse.iter().collect();
        let pair = |id: &String| {
            let pair = table.of_human(id).filter(|pair| known.contains(&pair.mouse_ensembl))?;
            Some((id.clone(), pair.mouse_ensembl.clone()))
        };
        let pairs = human.iter().filter_map(pair).collect();
        Self { human, mouse, pairs }
    }

    fn len(&self) -> usize {
        2 + self.human.len() + self.mouse.len()
    }

    fn tokens(&self) -> BTreeMap<&str, u32> {
        let genes = self.human.iter().chain(&self.mouse).map(String::as_str);
        ["<pad>", "<mask>"].into_iter().chain(genes).zip(0..).collect()
    }

    fn homologues(&self) -> Homologues {
        let tokens = self.tokens();
        let mouse_of: HashMap<u32, u32> = self
            .pairs
            .iter()
            .map(|(human, mouse)| (tokens[human.as_str()], tokens[mouse.as_str()]))
            .collect();
        let of = |token: u32| i64::from(mouse_of.get(&token).copied().unwrap_or(token));
        let index: Vec<i64> = (0..self.len() as u32).map(of).collect();
        Homologues::from_index(&index).unwrap_or_else(|_| Homologues::none(self.len()))
    }
}

/// The first item of each key, in order.
fn unique<'a, T: Copy, K: ?Sized + std::hash::Hash + Eq + 'a>(
    items: impl Iterator<Item = T>,
    key: impl Fn(T) -> &'a K,
) -> Vec<T> {
    let mut seen = HashSet::new();
    items.filter(|item| seen.insert(key(*item))).collect()
}
