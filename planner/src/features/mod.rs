//! What the planner knows about a gene before anything is measured.
//!
//! Features come in named blocks (dependency profiles, annotation, network, families, expression,
//! the assay itself, a cellular model's screen). Every block has its source, licence and coverage,
//! and all are on one scale, so that the surrogate's weights say which evidence it used.

mod archive;
mod assay;
pub(crate) mod block;
mod build;
mod classes;
mod essential;
mod gene_numbers;
mod gene_table;
mod gene_table_file;
mod matching;
mod network;
mod npy;
mod nystrom;
mod scores;
mod sources;
mod spectral;
#[cfg(test)]
pub(crate) mod synthetic;
mod table;
mod terms;
#[cfg(test)]
mod tests;

pub use archive::{ArchiveScores, ArchiveScreen, archive_scores};
pub use block::{Block, BlockInfo};
pub use classes::{
    druggable_classes, gene_families, is_transcription_factor, transcription_factors,
};
pub use essential::is_core_essential;
pub use gene_numbers::{GeneNumbers, Naming, Scale};
pub use gene_table::GeneTable;
pub use scores::{normal_scores, standardise};
pub use table::FeatureTable;

use gene_table::GENE2VEC;
use sources::{DEPMAP, FAMILIES, GO, REACTOME, STRING};

/// Names of the blocks that are always there or made from a campaign's own inputs.
pub const BUNDLED_BLOCKS: [&str; 15] = [
    "depmap", "go", "reactome", "string", "fam", "expr", "expr_rbf", "degree", "deg_rbf",
    "gene2vec", "flags", "assay", "prior", "arch", "lcm",
];

/// Every gene symbol that a bundled source names, as it spells it; sorted, each once.
///
/// Old symbols are among them: a caller that can tell approved symbols asks once about all.
#[must_use]
pub fn bundled_symbols() -> Vec<&'static str> {
    let sources = [&GO.genes, &REACTOME.genes, &STRING.genes, &DEPMAP.genes, &FAMILIES.genes];
    let mut names: Vec<&str> =
        sources.iter().flat_map(|symbols| symbols.names()).map(|name| &**name).collect();
    names.extend(GENE2VEC.genes().iter().map(|name| &**name));
    names.sort_unstable();
    names.dedup();
    names
}

/// A gene that could be perturbed.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Candidate {
    /// Gene symbol; the key into every feature source.
    pub symbol: String,
    /// Ensembl id, carried through for the lab's sheets.
    pub ensembl_id: Option<String>,
}

/// A gene's expression in the assay's cell type.
#[derive(Debug, Clone, PartialEq)]
pub struct Expression {
    /// Gene symbol.
    pub symbol: String,
    /// Mean over cells of ln(1 + counts per 10,000).
    pub mean_log1p_cp10k: f64,
    /// Share of cells with at least one count, 0..1.
    pub detection_rate: f64,
}

/// A cellular model's in-silico screen of one gene; any unit, only ranks are used.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelScore {
    /// Gene symbol.
    pub symbol: String,
    /// Score of the in-silico knock-out.
    pub knock_out: Option<f64>,
    /// Score of the in-silico over-expression.
    pub over_expression: Option<f64>,
    /// Effect predicted by a fine-tuned head.
    pub predicted_effect: Option<f64>,
}

/// Everything besides the bundled sources that features are made from.
pub struct FeatureInputs<'a> {
    /// Old symbol to approved symbol; called only for symbols a source does not know as spelt.
    pub resolve: &'a (dyn Fn(&str) -> Option<String> + Sync),
    /// Expression in the assay's cell type.
    pub expression: Option<&'a [Expression]>,
    /// The gene that is read out, for example the sorted protein.
    pub readout_gene: Option<String>,
    /// Words of the assay's title, looked up in pathway names.
    pub keywords: Vec<String>,
    /// In-silico screen, if one was run.
    pub model_scores: Option<&'a [ModelScore]>,
    /// Blocks that the lab brings.
    pub tables: &'a [GeneTable],
    /// What the lab's earlier screens say.
    pub archive: Option<&'a ArchiveScores>,
}

impl FeatureInputs<'static> {
    /// Bundled sources only: no resolver, expression, readout, keywords or model.
    #[must_use]
    pub fn bundled_only() -> Self {
        Self {
            resolve: &|_| None,
            expression: None,
            readout_gene: None,
            keywords: Vec::new(),
            model_scores: None,
            tables: &[],
            archive: None,
        }
    }
}
