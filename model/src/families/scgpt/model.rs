//! scGPT as a [`CellModel`].

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use burn::tensor::backend::Backend;
use burn::tensor::{Int, Tensor, TensorData};

use super::config::ScGptConfig;
use super::heads::ClsDecoder;
use super::load::{Decoder, Loaded, load};
use super::net::{Input, ScGpt};
use super::pooling::Pooling;
use super::tokenizer::{Columns, CountEncoder, LogEncoder, Scope, Vocabulary};
use crate::cells::Gene;
use crate::checkpoint::read_json;
use crate::device::Device;
use crate::encoder::stack::{self, Attention, LayerStack};
use crate::families::{
    CellEncoder, CellModel, CellTokens, Classes, Classifier, EmbeddingKind, EncodeOptions, Family,
    FamilyError, GeneToken, Kernels, ModelCard, PerturbationPredictor, Sizes, Species,
};

/// Cells whose hidden states are held at once.
const GROUP: usize = 32;

/// Names of the embeddings, and how each is pooled.
const KINDS: [(&str, &str, Pooling); 3] = [
    ("cls_l2", "last hidden state of <cls>, scaled to length 1 (embed_data)", Pooling::ClsL2),
    ("cls", "last hidden state of <cls>", Pooling::Cls),
    ("avg_pool", "mean of the last hidden states of all tokens", Pooling::Mean),
];

/// An scGPT on one device.
pub struct ScGptModel<B: Backend> {
    card: ModelCard,
    device: Device,
    pub(super) on: B::Device,
    config: ScGptConfig,
    pub(super) vocabulary: Arc<Vocabulary>,
    /// Without its layers, which are in the stack.
    net: ScGpt<B>,
    stack: Box<dyn LayerStack>,
    pub(super) decoder: Decoder<B>,
    classifier: Option<ClsDecoder<B>>,
}

impl<B: Backend> ScGptModel<B> {
    /// Opens a checkpoint directory whose vocabulary has been read.
    ///
    /// # Errors
    /// As [`super::open`].
    pub fn open(
        dir: &Path,
        vocabulary: Arc<Vocabulary>,
        device: Device,
        on: B::Device,
        kernels: Kernels,
    ) -> Result<Self, FamilyError> {
        let mut loaded: Loaded<B> = load(dir, &on)?;
        vocabulary.expect(loaded.tokens(), loaded.config.vocab_sha256.as_deref())?;
        let card = card(dir, &loaded, &vocabulary)?;
        let sizes = loaded.config.layer_sizes();
        let stack = stack::of(&loaded.net.layers, &sizes, device, kernels, &on)?;
        loaded.net.layers.clear();
        let Loaded { config, net, decoder, classifier, .. } = loaded;
        Ok(Self { card, device, on, config, vocabulary, net, stack, decoder, classifier })
    }

    /// Last hidden states of cells, row-major `[tokens, hidden]` each.
    pub(super) fn last_hidden(&self, cells: &[CellTokens], flags: &[Vec<i64>]) -> Vec<Vec<f32>> {
        let input = |(i, cell)| self.hidden_0(cell, flags.get(i).map(Vec::as_slice));
        let states = cells.iter().enumerate().map(input).collect();
        self.stack.run(states, 0, self.config.nlayers)
    }

    /// Embedding output of one cell.
    fn hidden_0(&self, cell: &CellTokens, flags: Option<&[i64]>) -> Vec<f32> {
        let tokens = cell.ids.len();
        let int = |values: Vec<i64>| -> Tensor<B, 2, Int> {
            Tensor::from_data(TensorData::new(values, [1, tokens]), &self.on)
        };
        let values = TensorData::new(cell.values.clone(), [1, tokens]);
        let input = Input {
            ids: int(cell.ids.iter().map(|&id| i64::from(id)).collect()),
            values: Tensor::from_data(values, &self.on),
            flags: flags.map(|flags| int(flags.to_vec())),
            domain: 0,
        };
        self.net.embed(input).into_data().iter::<f32>().collect()
    }

    /// Refuses cells that are not in this model's encoding.
    pub(super) fn check(&self, cells: &[CellTokens]) -> Result<(), FamilyError> {
        for (index, cell) in cells.iter().enumerate() {
            if let Some((found, expected)) = self.fault(cell) {
                return Err(FamilyError::BadCell { index, found, expected });
            }
        }
        Ok(())
    }

    fn fault(&self, cell: &CellTokens) -> Option<(String, String)> {
        let (ids, values, tokens) = (cell.ids.len(), cell.values.len(), self.vocabulary.len());
        if ids == 0 {
            let expected = "at least one; drop cells without a gene of the vocabulary";
            return Some(("no token".into(), expected.into()));
        }
        if ids != values {
            return Some((format!("{ids} ids and {values} values"), "one value per id".into()));
        }
        if let Some(id) = cell.ids.iter().find(|&&id| id as usize >= tokens) {
            return Some((format!("token {id}"), format!("tokens below {tokens}")));
        }
        let rows = self.config.value_rows() as f32;
        let readable = |value: &f32| match self.config.is_category() {
            true => value.fract() == 0.0 && (0.0..rows).contains(value),
            false => value.is_finite(),
        };
        let value = cell.values.iter().find(|value| !readable(value))?;
        Some((format!("value {value}"), "values as this model's encoder gives them".into()))
    }

    fn pooled(&self, cells: &[CellTokens], pooling: Pooling) -> Result<Vec<Vec<f32>>, FamilyError> {
        self.check(cells)?;
        let mut all = Vec::with_capacity(cells.len());
        for group in cells.chunks(GROUP) {
            let states = self.last_hidden(group, &[]).into_iter().zip(group);
            let pool = |(rows, cell): (Vec<f32>, &CellTokens)| {
                pooling.apply(&rows, &cell.values, self.config.embsize)
            };
            all.extend(states.map(pool));
        }
        Ok(all)
    }

    pub(super) fn columns(&self, genes: &[Gene]) -> Result<Columns, FamilyError> {
        Columns::of(&self.vocabulary, genes).ok_or_else(|| FamilyError::NoGeneKnown {
            family: Family::ScGpt,
            n_genes: genes.len(),
            example: genes.first().map_or_else(String::new, |gene| gene.symbol.clone()),
        })
    }

    fn length(&self, options: &EncodeOptions) -> Result<usize, FamilyError> {
        let length = options.max_len.unwrap_or(self.config.max_seq_len);
        if length < 2 {
            return Err(unsupported("length", length, "2 tokens and more"));
        }
        Ok(length)
    }
}

fn unsupported(what: &'static str, found: impl ToString, available: &str) -> FamilyError {
    let (found, available) = (found.to_string(), available.to_owned());
    FamilyError::Unsupported { family: Family::ScGpt, what, found, available }
}

/// Where each of `tokens` is in a cell.
fn places(cell: &CellTokens, tokens: &[u32]) -> Vec<Option<usize>> {
    let mut first: BTreeMap<u32, usize> = BTreeMap::new();
    for (place, &id) in cell.ids.iter().enumerate() {
        first.entry(id).or_insert(place);
    }
    tokens.iter().map(|token| first.get(token).copied()).collect()
}

impl<B: Backend> CellModel for ScGptModel<B> {
    fn card(&self) -> &ModelCard {
        &self.card
    }

    fn device(&self) -> Device {
        self.device
    }

    fn genes(&self) -> &[GeneToken] {
        self.vocabulary.genes()
    }

    fn encoder(
        &self,
        genes: &[Gene],
        options: &EncodeOptions,
    ) -> Result<Box<dyn CellEncoder>, FamilyError> {
        if options.species != Species::Human {
            return Err(unsupported("species", "mouse", "human"));
        }
        let (columns, max_len) = (self.columns(genes)?, self.length(options)?);
        let vocabulary = Arc::clone(&self.vocabulary);
        if self.perturbation().is_some() {
            let scope = Scope::Expressed(max_len);
            return Ok(Box::new(LogEncoder { columns, vocabulary, scope }));
        }
        let ScGptConfig { pad_value: cls_value, n_bins, .. } = self.config;
        let seed = options.seed;
        Ok(Box::new(CountEncoder { columns, vocabulary, cls_value, n_bins, max_len, seed }))
    }

    fn embed(&self, cells: &[CellTokens], kind: &str) -> Result<Vec<Vec<f32>>, FamilyError> {
        let offered = || self.card.embeddings.iter().map(|kind| kind.name);
        let known = KINDS.iter().find(|(name, ..)| *name == kind && offered().any(|n| n == kind));
        let Some((_, _, pooling)) = known else {
            return Err(unsupported("embedding", kind, &offered().collect::<Vec<_>>().join(", ")));
        };
        self.pooled(cells, *pooling)
    }

    fn embed_genes(
        &self,
        cells: &[CellTokens],
        tokens: &[u32],
    ) -> Result<Vec<Vec<Option<Vec<f32>>>>, FamilyError> {
        self.check(cells)?;
        let hidden = self.config.embsize;
        let mut all = Vec::with_capacity(cells.len());
        for group in cells.chunks(GROUP) {
            for (rows, cell) in self.last_hidden(group, &[]).into_iter().zip(group) {
                let row = |place: usize| rows[place * hidden..][..hidden].to_vec();
                let found = places(cell, tokens);
                all.push(found.into_iter().map(|place| place.map(row)).collect());
            }
        }
        Ok(all)
    }

    fn attention(&self, cell: &CellTokens, tokens: &[u32]) -> Result<Attention, FamilyError> {
        self.check(std::slice::from_ref(cell))?;
        let places = places(cell, tokens);
        let mut present: Vec<usize> = places.iter().copied().flatten().collect();
        present.sort_unstable();
        present.dedup();
        let seen = self.stack.attention(self.hidden_0(cell, None), &present);
        let index: Vec<Option<usize>> =
            places.iter().map(|place| present.binary_search(&(*place)?).ok()).collect();
        let between = |row: &Option<usize>, column: &Option<usize>| match (row, column) {
            (Some(row), Some(column)) => seen.between[row * present.len() + column],
            _ => f32::NAN,
        };
        Ok(Attention {
            between: index
                .iter()
                .flat_map(|row| index.iter().map(move |column| between(row, column)))
                .collect(),
            received: index.iter().map(|i| i.map_or(f32::NAN, |i| seen.received[i])).collect(),
        })
    }

    fn classifier(&self) -> Option<&dyn Classifier> {
        (!self.card.labels.is_empty()).then_some(self as &dyn Classifier)
    }

    fn perturbation(&self) -> Option<&dyn PerturbationPredictor> {
        matches!(self.decoder, Decoder::Affine(_)).then_some(self as &dyn PerturbationPredictor)
    }
}

impl<B: Backend> Classifier for ScGptModel<B> {
    fn default_threshold(&self) -> f32 {
        0.0
    }

    fn classify(&self, cells: &[CellTokens]) -> Result<Classes, FamilyError> {
        let Some(head) = &self.classifier else {
            return Err(unsupported("head", "classifier", "none"));
        };
        let mut classes = Classes { logits: Vec::new(), probabilities: Vec::new() };
        let pooling = Pooling::of_heads(&self.config.cell_emb_style);
        for cell in self.pooled(cells, pooling)? {
            let data = TensorData::new(cell, [1, self.config.embsize]);
            let logits = head.forward(Tensor::from_data(data, &self.on));
            let logits: Vec<f32> = logits.into_data().iter::<f32>().collect();
            classes.probabilities.extend(softmax(&logits));
            classes.logits.extend(logits);
        }
        Ok(classes)
    }
}

fn softmax(logits: &[f32]) -> Vec<f32> {
    let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let powers: Vec<f64> = logits.iter().map(|&x| f64::from(x - largest).exp()).collect();
    let sum: f64 = powers.iter().sum();
    powers.into_iter().map(|power| (power / sum) as f32).collect()
}

fn card<B: Backend>(
    dir: &Path,
    loaded: &Loaded<B>,
    vocabulary: &Vocabulary,
) -> Result<ModelCard, FamilyError> {
    let config = &loaded.config;
    let is_generator = matches!(loaded.decoder, Decoder::Affine(_));
    // The reference's classes always make a classifier; with one class it was never trained.
    let classes = if is_generator || loaded.classes() < 2 { 0 } else { loaded.classes() };
    let variant = match (is_generator, classes) {
        (true, _) => "perturbation",
        (false, 0) => "base",
        (false, _) => "classifier",
    };
    // The perturbation model reads no <cls>.
    let kinds = KINDS.iter().filter(|(_, _, pooling)| !is_generator || *pooling == Pooling::Mean);
    let width = config.embsize;
    Ok(ModelCard {
        family: Family::ScGpt,
        variant: variant.into(),
        sizes: Sizes {
            layers: config.nlayers,
            hidden: width,
            heads: config.nheads,
            ffn: config.d_hid,
            context: config.max_seq_len,
            parameters: loaded.parameters() as u64,
        },
        vocabulary: vocabulary.card(),
        embeddings: kinds.map(|&(name, what, _)| EmbeddingKind { name, what, width }).collect(),
        labels: labels(dir, config, classes)?,
        report: loaded.report.clone(),
    })
}

/// Class names: `id2type` of args.json, else `id2type.json` or `labels.json` (a list, or an object
/// from number to name), else numbers.
fn labels(dir: &Path, config: &ScGptConfig, classes: usize) -> Result<Vec<String>, FamilyError> {
    #[derive(serde::Deserialize)]
    #[serde(untagged)]
    enum Names {
        List(Vec<String>),
        ByNumber(BTreeMap<String, String>),
    }
    let files = ["id2type.json", "labels.json"].map(|name| dir.join(name));
    let file = files.iter().find(|path| path.is_file());
    let names = match file {
        _ if !config.id2type.is_empty() => config.id2type.clone(),
        Some(path) => match read_json(path)? {
            Names::ByNumber(names) => names,
            Names::List(list) => {
                list.into_iter().enumerate().map(|(i, name)| (i.to_string(), name)).collect()
            }
        },
        None => BTreeMap::new(),
    };
    let name = |class: usize| names.get(&class.to_string()).cloned();
    Ok((0..classes).map(|class| name(class).unwrap_or_else(|| format!("class {class}"))).collect())
}

#[cfg(test)]
#[path = "model_tests.rs"]
mod tests;
