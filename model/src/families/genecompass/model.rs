//! GeneCompass behind the trait of all families.

use std::path::Path;
use std::sync::Arc;

use burn::module::Module;
use burn::nn::Embedding;
use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData};

use super::config::GeneCompassConfig;
use super::homologues::Homologues;
use super::load::{Loaded, load, read_config};
use super::net::{Batch, Embeddings, with_class};
use super::tokenizer::{Medians, ValueRankEncoder, Vocabulary};
use crate::cells::Gene;
use crate::device::{self, Device};
use crate::encoder::stack::{self, Attention, LayerStack};
use crate::families::open::with_backend;
use crate::families::{
    CellEncoder, CellModel, CellTokens, Classes, Classifier, EmbeddingKind, EncodeOptions, Family,
    FamilyError, GeneClassifier, GeneToken, Kernels, ModelCard, OpenOptions, Sizes, Species,
    VocabularyCard,
};
use crate::nets::heads::{SequenceClassifier, TokenClassifier};

/// Name of the class token's embedding.
const CLS: &str = "cls";
/// Name of the mean over genes.
const MEAN_GENES: &str = "mean_genes";

/// What is computed on the device around the layers.
trait Ends: Send + Sync {
    /// Hidden state 0 of a cell, row-major `[before + genes, hidden]`.
    fn embed(&self, cell: &CellTokens, homologues: &Homologues) -> Vec<f32>;

    /// Class logits of a cell from the last hidden state of its first token, `[hidden]`.
    fn classify(&self, first: &[f32]) -> Option<Vec<f32>>;

    /// Class logits of a gene from its last hidden state, `[hidden]`.
    fn classify_gene(&self, row: &[f32]) -> Option<Vec<f32>>;
}

struct BurnEnds<B: Backend> {
    embeddings: Embeddings<B>,
    class: Option<Embedding<B>>,
    classifier: Option<SequenceClassifier<B>>,
    gene_classifier: Option<TokenClassifier<B>>,
    on: B::Device,
}

impl<B: Backend> BurnEnds<B> {
    /// A hidden state as `[1, 1, hidden]`.
    fn state(&self, row: &[f32]) -> Tensor<B, 3> {
        Tensor::from_data(TensorData::new(row.to_vec(), [1, 1, row.len()]), &self.on)
    }
}

impl<B: Backend> Ends for BurnEnds<B> {
    fn embed(&self, cell: &CellTokens, homologues: &Homologues) -> Vec<f32> {
        let batch = Batch::of(&[cell], homologues, cell.ids.len(), &self.on);
        let genes = self.embeddings.forward(&batch);
        let rows = with_class(self.class.as_ref(), &batch.species, genes);
        rows.into_data().iter::<f32>().collect()
    }

    fn classify(&self, first: &[f32]) -> Option<Vec<f32>> {
        let logits = self.classifier.as_ref()?.forward(self.state(first)).logits;
        Some(logits.into_data().iter::<f32>().collect())
    }

    fn classify_gene(&self, row: &[f32]) -> Option<Vec<f32>> {
        let logits = self.gene_classifier.as_ref()?.forward(self.state(row));
        Some(logits.into_data().iter::<f32>().collect())
    }
}

/// A GeneCompass with its vocabulary on one device.
struct GeneCompassModel {
    card: ModelCard,
    device: Device,
    config: GeneCompassConfig,
    vocabulary: Vocabulary,
    genes: Vec<GeneToken>,
    medians: Medians,
    homologues: Arc<Homologues>,
    ends: Box<dyn Ends>,
    layers: Box<dyn LayerStack>,
    classifies: Classifies,
}

/// What the checkpoint's classifier is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Classifies {
    Nothing,
    Cells,
    Genes,
}

/// Opens a checkpoint directory: `config.json`, `model.safetensors` or `pytorch_model.bin`, the
/// token dictionary, and medians and gene names where there are any.
///
/// The published Base model has five tables of about 50,000 x 768 numbers (word embeddings and
/// four of prior knowledge), together 0.8 GB in memory beside 0.35 GB of layers.
///
/// # Errors
/// The device cannot be had; the checkpoint or its vocabulary cannot be read.
pub fn open(dir: &Path, options: OpenOptions) -> Result<Box<dyn CellModel>, FamilyError> {
    let device = device::resolve(options.device)?;
    with_backend!(device, B, on => open_on::<B>(dir, device, options.kernels, on))
}

fn open_on<B: Backend>(
    dir: &Path,
    device: Device,
    kernels: Kernels,
    on: B::Device,
) -> Result<Box<dyn CellModel>, FamilyError> {
    // The small files first: a missing dictionary should not cost a minute of loading.
    let vocabulary = Vocabulary::open(dir, read_config(dir)?.vocab_size)?;
    let medians = Medians::open(dir)?;
    let loaded = load::<B>(dir, &on)?;
    let card = card(&loaded, &vocabulary, &medians);
    let Loaded { config, net, homologues, classifier, token_classifier, .. } = loaded;
    let layers = stack::of(&net.layers, &config.layer_sizes(), device, kernels, &on)?;
    let (embeddings, class, gene_classifier) = (net.embeddings, net.class, token_classifier);
    let classifies = match (&classifier, &gene_classifier) {
        (Some(_), _) => Classifies::Cells,
        (_, Some(_)) => Classifies::Genes,
        _ => Classifies::Nothing,
    };
    Ok(Box::new(GeneCompassModel {
        card,
        device,
        config,
        genes: vocabulary.genes(),
        vocabulary,
        medians,
        homologues: Arc::new(homologues),
        ends: Box::new(BurnEnds { embeddings, class, classifier, gene_classifier, on }),
        layers,
        classifies,
    }))
}

fn card<B: Backend>(model: &Loaded<B>, vocabulary: &Vocabulary, medians: &Medians) -> ModelCard {
    let config = &model.config;
    let size = match (config.num_hidden_layers, config.hidden_size) {
        (6, 768) => "Small".to_owned(),
        (12, 768) => "Base".to_owned(),
        (layers, hidden) => format!("{layers} layers of {hidden}"),
    };
    let head = match (&model.classifier, &model.token_classifier) {
        (Some(_), _) => ", classifier of cells",
        (_, Some(_)) => ", classifier of genes",
        _ => "",
    };
    let mut species = vec![Species::Human];
    if vocabulary.has_mouse() || model.homologues.pairs() > 0 {
        species.push(Species::Mouse);
    }
    ModelCard {
        family: Family::GeneCompass,
        variant: format!("{size}{head}"),
        sizes: Sizes {
            layers: config.num_hidden_layers,
            hidden: config.hidden_size,
            heads: config.num_attention_heads,
            ffn: config.intermediate_size,
            context: config.max_position_embeddings,
            parameters: parameters(model),
        },
        vocabulary: VocabularyCard {
            source: format!("{}; medians: {}", vocabulary.source(), medians.source()),
            tokens: vocabulary.len(),
            genes: vocabulary.genes().len(),
            digest: vocabulary.digest(),
            species,
        },
        embeddings: kinds(config),
        labels: if head.is_empty() { Vec::new() } else { config.labels() },
        report: model.report.clone(),
    }
}

fn kinds(config: &GeneCompassConfig) -> Vec<EmbeddingKind> {
    let width = config.hidden_size;
    let cls = EmbeddingKind { name: CLS, what: "class token of the species, last layer", width };
    let what = "mean of the genes' outputs, last layer";
    let mean = EmbeddingKind { name: MEAN_GENES, what, width };
    if config.use_cls_token { vec![cls, mean] } else { vec![mean] }
}

/// Weights of the encoder and its heads; the tables of prior knowledge are buffers.
fn parameters<B: Backend>(model: &Loaded<B>) -> u64 {
    let embeddings = &model.net.embeddings;
    let priors =
        [&embeddings.promoter, &embeddings.co_exp, &embeddings.gene_family, &embeddings.peca_grn];
    let buffers: usize =
        priors.into_iter().flatten().map(|prior| prior.table.shape().num_elements()).sum();
    let heads = [
        model.id_head.as_ref().map(Module::<B>::num_params),
        model.value_head.as_ref().map(Module::<B>::num_params),
        model.classifier.as_ref().map(Module::<B>::num_params),
        model.token_classifier.as_ref().map(Module::<B>::num_params),
    ];
    (model.net.num_params() - buffers + heads.into_iter().flatten().sum::<usize>()) as u64
}

impl GeneCompassModel {
    fn before_genes(&self) -> usize {
        usize::from(self.config.use_cls_token)
    }

    fn check(&self, cells: &[CellTokens]) -> Result<(), FamilyError> {
        let context = self.config.max_position_embeddings;
        for (index, cell) in cells.iter().enumerate() {
            let bad = |found: String, expected: String| {
                Err(FamilyError::BadCell { index, found, expected })
            };
            let n = cell.ids.len();
            if n == 0 || n > context {
                return bad(format!("{n} genes"), format!("1 to {context} expressed genes"));
            }
            if cell.values.len() != n {
                let found = format!("{} values for {n} genes", cell.values.len());
                return bad(found, "one value per gene".into());
            }
            if let Some(token) = cell.ids.iter().find(|t| **t as usize >= self.config.vocab_size) {
                let expected = format!("tokens below {}", self.config.vocab_size);
                return bad(format!("token {token}"), expected);
            }
            if let Some(value) = cell.values.iter().find(|value| !value.is_finite()) {
                return bad(format!("the value {value}"), "finite values".into());
            }
        }
        Ok(())
    }

    /// Last hidden state of each cell, row-major `[before + genes, hidden]`.
    fn last(&self, cells: &[CellTokens]) -> Result<Vec<Vec<f32>>, FamilyError> {
        self.check(cells)?;
        let embedded = cells.iter().map(|cell| self.ends.embed(cell, &self.homologues)).collect();
        Ok(self.layers.run(embedded, 0, self.config.num_hidden_layers))
    }

    /// Row of a gene in a cell's hidden states.
    fn row_of(&self, cell: &CellTokens, token: u32) -> Option<usize> {
        let written = self.homologues.written_in(token, cell.species);
        let place = cell.ids.iter().position(|id| *id == token || *id == written)?;
        Some(place + self.before_genes())
    }
}

impl CellModel for GeneCompassModel {
    fn card(&self) -> &ModelCard {
        &self.card
    }

    fn device(&self) -> Device {
        self.device
    }

    fn genes(&self) -> &[GeneToken] {
        &self.genes
    }

    fn encoder(
        &self,
        genes: &[Gene],
        options: &EncodeOptions,
    ) -> Result<Box<dyn CellEncoder>, FamilyError> {
        let context = self.config.max_position_embeddings;
        let (vocabulary, homologues) = (&self.vocabulary, &self.homologues);
        let medians = &self.medians;
        let encoder =
            ValueRankEncoder::new(vocabulary, homologues, medians, genes, options, context)?;
        Ok(Box::new(encoder))
    }

    fn embed(&self, cells: &[CellTokens], kind: &str) -> Result<Vec<Vec<f32>>, FamilyError> {
        if !self.card.embeddings.iter().any(|known| known.name == kind) {
            let names: Vec<&str> = self.card.embeddings.iter().map(|known| known.name).collect();
            return Err(FamilyError::Unsupported {
                family: Family::GeneCompass,
                what: "embedding",
                found: kind.into(),
                available: names.join(", "),
            });
        }
        let hidden = self.config.hidden_size;
        let pool = |rows: &Vec<f32>| match kind {
            CLS => rows[..hidden].to_vec(),
            _ => mean_rows(&rows[self.before_genes() * hidden..], hidden),
        };
        Ok(self.last(cells)?.iter().map(pool).collect())
    }

    fn embed_genes(
        &self,
        cells: &[CellTokens],
        tokens: &[u32],
    ) -> Result<Vec<Vec<Option<Vec<f32>>>>, FamilyError> {
        let hidden = self.config.hidden_size;
        let states = self.last(cells)?;
        let genes_of = |(cell, rows): (&CellTokens, &Vec<f32>)| {
            let gene = |token: &u32| {
                self.row_of(cell, *token).map(|row| rows[row * hidden..][..hidden].to_vec())
            };
            tokens.iter().map(gene).collect()
        };
        Ok(cells.iter().zip(&states).map(genes_of).collect())
    }

    fn attention(&self, cell: &CellTokens, tokens: &[u32]) -> Result<Attention, FamilyError> {
        self.check(std::slice::from_ref(cell))?;
        let rows: Vec<Option<usize>> = tokens.iter().map(|t| self.row_of(cell, *t)).collect();
        let mut positions: Vec<usize> = rows.iter().flatten().copied().collect();
        positions.sort_unstable();
        positions.dedup();
        let found = self.layers.attention(self.ends.embed(cell, &self.homologues), &positions);
        let place = |row: &Option<usize>| positions.binary_search(row.as_ref()?).ok();
        let places: Vec<Option<usize>> = rows.iter().map(place).collect();
        let received = |place: &Option<usize>| place.map_or(f32::NAN, |p| found.received[p]);
        let between = |from: Option<usize>, to: Option<usize>| match (from, to) {
            (Some(from), Some(to)) => found.between[from * positions.len() + to],
            _ => f32::NAN,
        };
        Ok(Attention {
            between: places.iter().flat_map(|f| places.iter().map(|t| between(*f, *t))).collect(),
            received: places.iter().map(received).collect(),
        })
    }

    fn classifier(&self) -> Option<&dyn Classifier> {
        (self.classifies == Classifies::Cells).then_some(self)
    }

    fn gene_classifier(&self) -> Option<&dyn GeneClassifier> {
        (self.classifies == Classifies::Genes).then_some(self)
    }
}

impl Classifier for GeneCompassModel {
    fn default_threshold(&self) -> f32 {
        0.0
    }

    fn classify(&self, cells: &[CellTokens]) -> Result<Classes, FamilyError> {
        let hidden = self.config.hidden_size;
        let mut classes = Classes { logits: Vec::new(), probabilities: Vec::new() };
        for state in self.last(cells)? {
            let logits = self.ends.classify(&state[..hidden]).unwrap_or_default();
            classes.probabilities.extend(softmax(&logits));
            classes.logits.extend(logits);
        }
        Ok(classes)
    }
}

impl GeneClassifier for GeneCompassModel {
    fn classify_genes(
        &self,
        cells: &[CellTokens],
        tokens: &[u32],
    ) -> Result<Vec<Vec<Option<Vec<f32>>>>, FamilyError> {
        let classify = |row: Option<Vec<f32>>| self.ends.classify_gene(&row?);
        let of_cell =
            |genes: Vec<Option<Vec<f32>>>| genes.into_iter().map(classify).collect::<Vec<_>>();
        Ok(self.embed_genes(cells, tokens)?.into_iter().map(of_cell).collect())
    }
}

/// Mean of the rows of a row-major table.
fn mean_rows(rows: &[f32], width: usize) -> Vec<f32> {
    let mut sums = vec![0.0_f64; width];
    for row in rows.chunks_exact(width) {
        for (sum, value) in sums.iter_mut().zip(row) {
            *sum += f64::from(*value);
        }
    }
    let count = (rows.len() / width).max(1) as f64;
    sums.iter().map(|sum| (sum / count) as f32).collect()
}

fn softmax(logits: &[f32]) -> Vec<f32> {
    let highest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let powers: Vec<f32> = logits.iter().map(|logit| (logit - highest).exp()).collect();
    let sum: f32 = powers.iter().sum();
    powers.iter().map(|power| power / sum).collect()
}

#[cfg(test)]
#[path = "model_tests.rs"]
mod tests;
