//! A Geneformer checkpoint as a [`CellModel`].

use std::path::Path;

use burn::module::Module;
use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData};

use super::edit::GeneformerEncoder;
use super::kinds::{self, unsupported};
use super::tokenizer::{RankValueEncoder, TokenizerError, VocabularyVersion};
use super::vocabulary_of::{VocabularySource, vocabulary_of};
use super::{GeneformerConfig, Loaded, load, read_config};
use crate::cells::Gene;
use crate::device::{self, Device};
use crate::encoder::stack::Attention;
use crate::encoder::{BurnEncoder, Encoder, EncoderError, FastEncoder, Pooling};
use crate::families::open::with_backend;
use crate::families::{
    CellEncoder, CellModel, CellTokens, Classes, Classifier, EncodeOptions, Family, FamilyError,
    GeneClassifier, GeneToken, Kernels, ModelCard, OpenOptions, Sizes, Species, VocabularyCard,
};
use crate::nets::heads::{SequenceClassifier, TokenClassifier};

/// Cells whose hidden states are in memory at once.
const CELLS_AT_ONCE: usize = 8;

/// Opens a Geneformer directory with its vocabulary.
///
/// # Errors
/// As [`crate::families::open`].
pub fn open(dir: &Path, options: OpenOptions) -> Result<Box<dyn CellModel>, FamilyError> {
    // The vocabulary first: it is read quickly, and the wrong one makes all else useless.
    let vocabulary = vocabulary_of(dir, &read_config(dir)?)?;
    let device = device::resolve(options.device)?;
    with_backend!(device, B, on => open_on::<B>(dir, vocabulary, (device, options.kernels), on))
}

fn open_on<B: Backend>(
    dir: &Path,
    vocabulary: VocabularySource,
    (device, kernels): (Device, Kernels),
    on: B::Device,
) -> Result<Box<dyn CellModel>, FamilyError> {
    let loaded: Loaded<B> = load(dir, &on)?;
    let card = card(&loaded, &vocabulary);
    let Loaded { config, net, classifier, token_classifier, .. } = loaded;
    let encoder: Box<dyn Encoder> = if device == Device::Cpu && kernels == Kernels::Fused {
        Box::new(FastEncoder::of_owned(&config, net)?)
    } else {
        Box::new(BurnEncoder::new(config, net, on.clone(), device))
    };
    let genes = genes(&vocabulary);
    Ok(Box::new(Model { card, vocabulary, genes, encoder, classifier, token_classifier, on }))
}

struct Model<B: Backend> {
    card: ModelCard,
    vocabulary: VocabularySource,
    genes: Vec<GeneToken>,
    encoder: Box<dyn Encoder>,
    classifier: Option<SequenceClassifier<B>>,
    token_classifier: Option<TokenClassifier<B>>,
    on: B::Device,
}

fn genes(vocabulary: &VocabularySource) -> Vec<GeneToken> {
    let token = |entry: &super::tokenizer::VocabularyEntry| GeneToken {
        token: entry.token_id,
        ensembl: Some(entry.ensembl_id.clone()),
        symbol: entry.symbol.clone().unwrap_or_else(|| entry.ensembl_id.clone()),
    };
    vocabulary.genes().map(token).collect()
}

fn card<B: Backend>(loaded: &Loaded<B>, vocabulary: &VocabularySource) -> ModelCard {
    let config = &loaded.config;
    let version = vocabulary.version();
    let heads = [
        loaded.mlm.as_ref().map(Module::num_params),
        loaded.classifier.as_ref().map(Module::num_params),
        loaded.token_classifier.as_ref().map(Module::num_params),
    ];
    let parameters = loaded.net.num_params() + heads.into_iter().flatten().sum::<usize>();
    let is_classifier = loaded.classifier.is_some() || loaded.token_classifier.is_some();
    ModelCard {
        family: Family::Geneformer,
        variant: variant(loaded, version),
        sizes: Sizes {
            layers: config.num_hidden_layers,
            hidden: config.hidden_size,
            heads: config.num_attention_heads,
            ffn: config.intermediate_size,
            context: config.max_position_embeddings,
            parameters: parameters as u64,
        },
        vocabulary: VocabularyCard {
            source: vocabulary.name.clone(),
            tokens: vocabulary.len(),
            genes: vocabulary.genes().count(),
            digest: vocabulary.digest(),
            species: vec![Species::Human],
        },
        embeddings: kinds::kinds(version, config.hidden_size),
        labels: if is_classifier { labels(config) } else { Vec::new() },
        report: loaded.report.clone(),
    }
}

fn variant<B: Backend>(loaded: &Loaded<B>, version: VocabularyVersion) -> String {
    let version = match version {
        VocabularyVersion::V1 => "V1",
        VocabularyVersion::V2 => "V2",
    };
    match (&loaded.classifier, &loaded.token_classifier) {
        (Some(_), _) => format!("{version} cell classifier"),
        (None, Some(_)) => format!("{version} gene classifier"),
        (None, None) => version.to_owned(),
    }
}

/// Class names by number; `LABEL_n` where config.json gives none, as Hugging Face calls them.
fn labels(config: &GeneformerConfig) -> Vec<String> {
    let name = |class: usize| match config.id2label.get(&class.to_string()) {
        Some(name) => name.clone(),
        None => format!("LABEL_{class}"),
    };
    (0..config.classes()).map(name).collect()
}

fn sequences(cells: &[CellTokens]) -> Vec<&[u32]> {
    cells.iter().map(|cell| cell.ids.as_slice()).collect()
}

impl<B: Backend> Model<B> {
    fn specials(&self) -> bool {
        self.vocabulary.version() == VocabularyVersion::V2
    }

    fn layers(&self) -> usize {
        self.encoder.config().num_hidden_layers
    }

    /// Hidden state and pooling of a kind of embedding.
    fn how(&self, kind: &str) -> Result<(usize, Pooling), FamilyError> {
        kinds::reading(kind, self.vocabulary.version(), self.layers())
    }

    /// Applies `row` to the last hidden state of each gene of `tokens` that a cell holds.
    fn at_genes(
        &self,
        cells: &[CellTokens],
        tokens: &[u32],
        row: impl Fn(&[f32]) -> Vec<f32>,
    ) -> Result<Vec<Vec<Option<Vec<f32>>>>, FamilyError> {
        let hidden = self.encoder.config().hidden_size;
        let mut results = Vec::with_capacity(cells.len());
        for (group, cells) in cells.chunks(CELLS_AT_ONCE).enumerate() {
            let start = group * CELLS_AT_ONCE;
            let states = self.encoder.hidden_at(&sequences(cells), self.layers());
            let states = states.map_err(|error| renumbered(error, start))?;
            for (cell, state) in cells.iter().zip(states) {
                let places = self.places(cell, tokens);
                let at = |place: Option<usize>| Some(row(&state[place? * hidden..][..hidden]));
                results.push(places.into_iter().map(at).collect());
            }
        }
        Ok(results)
    }

    /// Where each gene of `tokens` is in the cell's input; special tokens are nowhere.
    fn places(&self, cell: &CellTokens, tokens: &[u32]) -> Vec<Option<usize>> {
        let mut place = vec![None; self.vocabulary.len()];
        for (position, &id) in cell.ids.iter().enumerate() {
            if let Some(place) = place.get_mut(id as usize) {
                *place = (!self.vocabulary.is_special(id)).then_some(position);
            }
        }
        tokens.iter().map(|&token| place.get(token as usize).copied().flatten()).collect()
    }
}

/// The error about sequence `start + i` where the encoder counted from `start`.
fn renumbered(mut error: EncoderError, start: usize) -> EncoderError {
    match &mut error {
        EncoderError::Empty { index }
        | EncoderError::TooLong { index, .. }
        | EncoderError::UnknownToken { index, .. }
        | EncoderError::NothingToPool { index, .. } => *index += start,
        _ => {}
    }
    error
}

impl<B: Backend> CellModel for Model<B> {
    fn card(&self) -> &ModelCard {
        &self.card
    }

    fn device(&self) -> Device {
        self.encoder.device()
    }

    fn genes(&self) -> &[GeneToken] {
        &self.genes
    }

    fn encoder(
        &self,
        genes: &[Gene],
        options: &EncodeOptions,
    ) -> Result<Box<dyn CellEncoder>, FamilyError> {
        if options.species != Species::Human {
            return Err(unsupported("species", "mouse".into(), "human".into()));
        }
        let context = self.card.sizes.context;
        let max_len = options.max_len.unwrap_or(context);
        if max_len > context {
            let available = format!("up to {context} tokens");
            return Err(unsupported("context", max_len.to_string(), available));
        }
        let rank = RankValueEncoder::new(&self.vocabulary, genes, max_len);
        let rank = rank.map_err(|error| match error {
            TokenizerError::NoGeneKnown { n_genes, example } => {
                FamilyError::NoGeneKnown { family: Family::Geneformer, n_genes, example }
            }
            other => other.into(),
        })?;
        let is_gene = |token: usize| !self.vocabulary.is_special(token as u32);
        let is_gene = (0..self.vocabulary.len()).map(is_gene).collect();
        Ok(Box::new(GeneformerEncoder::new(rank, self.specials(), max_len, is_gene)))
    }

    fn embed(&self, cells: &[CellTokens], kind: &str) -> Result<Vec<Vec<f32>>, FamilyError> {
        let (layer, pooling) = self.how(kind)?;
        Ok(self.encoder.pooled(&sequences(cells), layer, pooling)?)
    }

    fn embed_genes(
        &self,
        cells: &[CellTokens],
        tokens: &[u32],
    ) -> Result<Vec<Vec<Option<Vec<f32>>>>, FamilyError> {
        self.at_genes(cells, tokens, <[f32]>::to_vec)
    }

    fn embed_edited(
        &self,
        original: &CellTokens,
        edited: &[CellTokens],
        kind: &str,
    ) -> Result<Vec<Vec<f32>>, FamilyError> {
        let (layer, pooling) = self.how(kind)?;
        Ok(self.encoder.pooled_edited(&original.ids, &sequences(edited), layer, pooling)?)
    }

    fn screen_kind(&self, emb_layer: i32) -> Result<String, FamilyError> {
        kinds::at_layer(emb_layer, self.vocabulary.version(), self.layers())
    }

    fn gene_states(
        &self,
        cell: &CellTokens,
        kind: &str,
    ) -> Result<Vec<(u32, Vec<f32>)>, FamilyError> {
        let (layer, _) = self.how(kind)?;
        let state = self.encoder.hidden_at(&[&cell.ids], layer)?.remove(0);
        let rows = state.chunks_exact(self.encoder.config().hidden_size);
        let genes = cell.ids.iter().zip(rows).filter(|(id, _)| !self.vocabulary.is_special(**id));
        Ok(genes.map(|(&id, row)| (id, row.to_vec())).collect())
    }

    fn compares_genes(&self, kind: &str) -> bool {
        self.how(kind).is_ok_and(|(_, pooling)| matches!(pooling, Pooling::MeanOfGenes { .. }))
    }

    fn attention(&self, cell: &CellTokens, tokens: &[u32]) -> Result<Attention, FamilyError> {
        let mut positions = Vec::new();
        let mut index = |position: usize| {
            let known = positions.iter().position(|&p| p == position);
            known.unwrap_or_else(|| {
                positions.push(position);
                positions.len() - 1
            })
        };
        let places: Vec<Option<usize>> =
            self.places(cell, tokens).into_iter().map(|place| place.map(&mut index)).collect();
        Ok(self.encoder.attention(&cell.ids, &positions)?.spread(&places))
    }

    fn classifier(&self) -> Option<&dyn Classifier> {
        self.classifier.is_some().then_some(self)
    }

    fn gene_classifier(&self) -> Option<&dyn GeneClassifier> {
        self.token_classifier.is_some().then_some(self)
    }
}

impl<B: Backend> Classifier for Model<B> {
    fn default_threshold(&self) -> f32 {
        0.0
    }

    fn classify(&self, cells: &[CellTokens]) -> Result<Classes, FamilyError> {
        let head = self.classifier.as_ref().ok_or_else(|| no_head("classifier of cells"))?;
        let hidden = self.encoder.config().hidden_size;
        let pooled = self.encoder.pooled(&sequences(cells), self.layers(), Pooling::Position(0))?;
        let mut classes = Classes { logits: Vec::new(), probabilities: Vec::new() };
        for row in pooled {
            let last = Tensor::<B, 3>::from_data(TensorData::new(row, [1, 1, hidden]), &self.on);
            let logits: Vec<f32> = head.forward(last).logits.into_data().iter::<f32>().collect();
            classes.probabilities.extend(softmax(&logits));
            classes.logits.extend(logits);
        }
        Ok(classes)
    }
}

impl<B: Backend> GeneClassifier for Model<B> {
    fn classify_genes(
        &self,
        cells: &[CellTokens],
        tokens: &[u32],
    ) -> Result<Vec<Vec<Option<Vec<f32>>>>, FamilyError> {
        let head = self.token_classifier.as_ref().ok_or_else(|| no_head("classifier of genes"))?;
        let hidden = self.encoder.config().hidden_size;
        self.at_genes(cells, tokens, |row| {
            let data = TensorData::new(row.to_vec(), [1, 1, hidden]);
            head.forward(Tensor::from_data(data, &self.on)).into_data().iter::<f32>().collect()
        })
    }
}

fn no_head(found: &str) -> FamilyError {
    unsupported("head", found.to_owned(), "the heads of its checkpoint".into())
}

fn softmax(logits: &[f32]) -> Vec<f32> {
    let most = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let powers: Vec<f32> = logits.iter().map(|logit| (logit - most).exp()).collect();
    let sum: f32 = powers.iter().sum();
    powers.into_iter().map(|power| power / sum).collect()
}

#[cfg(test)]
#[path = "model_tests.rs"]
mod tests;
