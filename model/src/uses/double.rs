//! A model made of arithmetic, for tests of what is done with models.

use std::sync::atomic::AtomicBool;

use super::Watch;
use crate::cells::Gene;
use crate::checkpoint::LoadReport;
use crate::device::Device;
use crate::families::{
    Attention, CellEncoder, CellModel, CellTokens, Classes, Classifier, DepthEnhancer, Edit,
    Edited, EmbeddingKind, EncodeOptions, Family, FamilyError, GeneToken, ModelCard,
    PerturbationPredictor, Sizes, Species, VocabularyCard,
};
use crate::fixtures::{GENES, gene_id};

/// Column of the gene whose value the embeddings of [`TARGETS`] depend on.
pub(crate) const FACTOR: usize = 3;
/// Columns of the genes it drives.
pub(crate) const TARGETS: [usize; 3] = [7, 11, 19];

/// Nobody watches.
pub(crate) fn quiet() -> Watch<'static> {
    static NEVER: AtomicBool = AtomicBool::new(false);
    Watch { progress: &|_, _| {}, cancel: &NEVER }
}

/// Reads the thirty genes of the fixtures; token 100 + gene, values are counts.
pub(crate) struct Double {
    card: ModelCard,
    genes: Vec<GeneToken>,
}

impl Double {
    /// With the genes of the fixtures.
    pub(crate) fn new() -> Self {
        let ids: Vec<String> = (0..GENES).map(gene_id).collect();
        Self::of(&ids.iter().map(String::as_str).collect::<Vec<_>>())
    }

    /// With genes of these Ensembl ids.
    pub(crate) fn of(ids: &[&str]) -> Self {
        let vocabulary = VocabularyCard {
            source: "bundled".into(),
            tokens: GENES,
            genes: GENES,
            digest: String::new(),
            species: vec![Species::Human],
        };
        let sizes = Sizes { layers: 1, hidden: 2, heads: 1, ffn: 1, context: 64, parameters: 0 };
        let card = ModelCard {
            family: Family::ALL[0],
            variant: "double".into(),
            sizes,
            vocabulary,
            embeddings: vec![EmbeddingKind { name: "sums", what: "sums", width: 2 }],
            labels: vec!["low".into(), "high".into()],
            report: LoadReport::default(),
        };
        let gene = |(gene, id): (usize, &&str)| GeneToken {
            token: 100 + gene as u32,
            ensembl: Some((*id).to_owned()),
            symbol: format!("G{gene}"),
        };
        Self { card, genes: ids.iter().enumerate().map(gene).collect() }
    }
}

struct Encoder {
    tokens: Vec<Option<u32>>,
    max_len: usize,
    zeros: bool,
}

impl CellEncoder for Encoder {
    fn token_of_column(&self, column: usize) -> Option<u32> {
        self.tokens[column]
    }

    fn known_genes(&self) -> usize {
        self.tokens.iter().flatten().count()
    }

    fn encode(&self, _: usize, columns: &[u32], counts: &[f32], _: f64) -> CellTokens {
        let mut cell = CellTokens::default();
        for (column, token) in self.tokens.iter().enumerate() {
            let Some(token) = token else { continue };
            let value = columns.binary_search(&(column as u32)).map_or(0.0, |at| counts[at]);
            if value == 0.0 && !self.zeros {
                continue;
            }
            if cell.ids.len() == self.max_len {
                cell.truncated += 1;
            } else {
                cell.ids.push(*token);
                cell.values.push(value);
            }
        }
        cell
    }

    fn encode_edited(
        &self,
        cell: usize,
        columns: &[u32],
        counts: &[f32],
        total: f64,
        edits: &[(u32, Edit)],
    ) -> Edited {
        let mut cell = self.encode(cell, columns, counts, total);
        let before = cell.ids.len();
        for (token, _) in edits {
            if let Some(at) = cell.ids.iter().position(|id| id == token) {
                cell.ids.remove(at);
                cell.values.remove(at);
            }
        }
        Edited { changed: cell.ids.len() < before, cell }
    }
}

fn value(cell: &CellTokens, token: u32) -> Option<f32> {
    cell.ids.iter().position(|&id| id == token).map(|at| cell.values[at])
}

impl Double {
    fn encode_with(
        &self,
        genes: &[Gene],
        max_len: Option<usize>,
        zeros: bool,
    ) -> Box<dyn CellEncoder> {
        let token = |gene: &Gene| {
            let known = self.genes.iter().find(|known| known.ensembl == gene.ensembl)?;
            Some(known.token)
        };
        let tokens = genes.iter().map(token).collect();
        Box::new(Encoder { tokens, max_len: max_len.unwrap_or(64), zeros })
    }
}

impl CellModel for Double {
    fn card(&self) -> &ModelCard {
        &self.card
    }

    fn device(&self) -> Device {
        Device::Cpu
    }

    fn genes(&self) -> &[GeneToken] {
        &self.genes
    }

    fn encoder(
        &self,
        genes: &[Gene],
        options: &EncodeOptions,
    ) -> Result<Box<dyn CellEncoder>, FamilyError> {
        Ok(self.encode_with(genes, options.max_len, false))
    }

    fn embed(&self, cells: &[CellTokens], _: &str) -> Result<Vec<Vec<f32>>, FamilyError> {
        let weighted =
            |cell: &CellTokens| cell.ids.iter().zip(&cell.values).map(|(i, v)| *i as f32 * v).sum();
        Ok(cells.iter().map(|cell| vec![cell.values.iter().sum(), weighted(cell)]).collect())
    }

    fn embed_genes(
        &self,
        cells: &[CellTokens],
        tokens: &[u32],
    ) -> Result<Vec<Vec<Option<Vec<f32>>>>, FamilyError> {
        let of = |cell: &CellTokens, token: u32| {
            value(cell, token)?;
            let driven = TARGETS.contains(&(token as usize - 100));
            let drive = value(cell, 100 + FACTOR as u32).filter(|_| driven).unwrap_or(0.0);
            Some(vec![1.0, drive])
        };
        Ok(cells.iter().map(|cell| tokens.iter().map(|&t| of(cell, t)).collect()).collect())
    }

    fn attention(&self, cell: &CellTokens, tokens: &[u32]) -> Result<Attention, FamilyError> {
        let received = tokens.iter().map(|&t| value(cell, t).unwrap_or(f32::NAN)).collect();
        Ok(Attention { between: vec![0.0; tokens.len() * tokens.len()], received })
    }

    fn classifier(&self) -> Option<&dyn Classifier> {
        Some(self)
    }

    fn perturbation(&self) -> Option<&dyn PerturbationPredictor> {
        Some(self)
    }

    fn depth(&self) -> Option<&dyn DepthEnhancer> {
        Some(self)
    }
}

impl Classifier for Double {
    fn default_threshold(&self) -> f32 {
        0.5
    }

    /// By the number of genes in the input: 17 is undecided.
    fn classify(&self, cells: &[CellTokens]) -> Result<Classes, FamilyError> {
        let mut classes = Classes { logits: Vec::new(), probabilities: Vec::new() };
        for cell in cells {
            let logit = (cell.ids.len() as f32 - 17.0) * 3.0;
            let high = 1.0 / (1.0 + (-logit).exp());
            classes.logits.extend([0.0, logit]);
            classes.probabilities.extend([1.0 - high, high]);
        }
        Ok(classes)
    }
}

impl PerturbationPredictor for Double {
    fn predict(&self, cell: &CellTokens, perturbed: &[u32]) -> Result<Vec<f32>, FamilyError> {
        let factor = perturbed.contains(&(100 + FACTOR as u32));
        let of = |(&id, &value): (&u32, &f32)| match id as usize - 100 {
            _ if perturbed.contains(&id) => 0.0,
            gene if factor && TARGETS.contains(&gene) => value / 2.0,
            _ => value,
        };
        Ok(cell.ids.iter().zip(&cell.values).map(of).collect())
    }

    fn control_encoder(&self, genes: &[Gene]) -> Result<Box<dyn CellEncoder>, FamilyError> {
        Ok(self.encode_with(genes, None, true))
    }
}

impl DepthEnhancer for Double {
    fn enhance(&self, cells: &[CellTokens]) -> Result<Vec<Vec<f32>>, FamilyError> {
        let of = |cell: &CellTokens| {
            self.genes.iter().map(|g| value(cell, g.token).unwrap_or(0.0) * 5.0).collect()
        };
        Ok(cells.iter().map(of).collect())
    }
}
