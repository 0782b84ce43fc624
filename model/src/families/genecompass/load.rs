//! Loading and saving a GeneCompass directory.

use std::path::Path;

use burn::tensor::backend::Backend;

use super::config::GeneCompassConfig;
use super::homologues::Homologues;
use super::keys::{
    ALPHA, BODY, HOMOLOGUES, ID_HEAD, PRIORS, SEQUENCE_CLASSIFIER, TIED, TOKEN_CLASSIFIER,
    VALUE_HEAD, is_optional,
};
use super::net::{GeneCompass, ValueHead};
use crate::checkpoint::{
    CheckpointError, Filling, LoadReport, RawTensor, Weights, collect, find_file, read_json,
    read_weights, save_json, save_weights,
};
use crate::nets::heads::{MlmHead, SequenceClassifier, TokenClassifier};

/// Containers, first choice first.
pub const WEIGHT_FILES: &[&str] = &["model.safetensors", "pytorch_model.bin"];

/// A checkpoint in memory.
#[derive(Debug, Clone)]
pub struct Loaded<B: Backend> {
    /// Its `config.json`.
    pub config: GeneCompassConfig,
    /// The encoder.
    pub net: GeneCompass<B>,
    /// Homologous tokens.
    pub homologues: Homologues,
    /// The head for masked genes, if the checkpoint holds one.
    pub id_head: Option<MlmHead<B>>,
    /// The head for masked values, if the checkpoint holds one.
    pub value_head: Option<ValueHead<B>>,
    /// The cell classifier, if the checkpoint holds one.
    pub classifier: Option<SequenceClassifier<B>>,
    /// The gene classifier, if the checkpoint holds one.
    pub token_classifier: Option<TokenClassifier<B>>,
    /// Which keys were used.
    pub report: LoadReport,
}

/// Reads and validates `dir/config.json`.
///
/// # Errors
/// Absent, not JSON, or a setting that this net does not follow.
pub fn read_config(dir: &Path) -> Result<GeneCompassConfig, CheckpointError> {
    let path = dir.join("config.json");
    let config: GeneCompassConfig = read_json(&path)?;
    config.validate().map_err(|source| CheckpointError::Config { path, source })?;
    Ok(config)
}

/// Loads a Hugging Face directory: `config.json` with `model.safetensors` or `pytorch_model.bin`.
///
/// A head is loaded where the container holds its keys, and required where config.json declares
/// it. The widths of the prior knowledge are those of its tables. Key map: [`super::keys`].
///
/// # Errors
/// Any [`CheckpointError`]; wrong keys are listed all at once.
pub fn load<B: Backend>(dir: &Path, device: &B::Device) -> Result<Loaded<B>, CheckpointError> {
    let config = read_config(dir)?;
    let file = find_file(dir, WEIGHT_FILES)?;
    let mut weights = read_weights(&file)?;
    let ignored = check_ties(&file, &mut weights)?;
    let heads = Heads::of(&config, &weights);
    let widths = PRIORS.map(|keys| prior_width(&weights, keys));
    let (sizes, classes) = (config.layer_sizes(), config.classes());
    let mut filling = Filling::new(file.clone(), weights);
    let mut net = filling.module(config.init(widths, device), BODY);
    net.embeddings.alpha = alpha(&mut filling, &file)?;
    let homologues = homologues(&mut filling, &config, &file)?;
    let id_head =
        heads.id.then(|| filling.module(MlmHead::init(&sizes, config.vocab_size, device), ID_HEAD));
    let value_head =
        heads.value.then(|| filling.module(ValueHead::init(&sizes, device), VALUE_HEAD));
    let classifier = heads.sequence.then(|| {
        filling.module(SequenceClassifier::init(&sizes, classes, device), SEQUENCE_CLASSIFIER)
    });
    let token_classifier = heads
        .token
        .then(|| filling.module(TokenClassifier::init(&sizes, classes, device), TOKEN_CLASSIFIER));
    let report = filling.finish(ignored, is_optional)?;
    Ok(Loaded {
        config,
        net,
        homologues,
        id_head,
        value_head,
        classifier,
        token_classifier,
        report,
    })
}

/// Writes `dir/config.json` and `dir/model.safetensors` under the published names. `config.json`
/// comes last.
///
/// # Errors
/// [`CheckpointError::NotFinite`] naming the weights that are not numbers, or a failed write.
pub fn save<B: Backend>(dir: &Path, model: &Loaded<B>) -> Result<(), CheckpointError> {
    let mut weights = Weights::new();
    collect(&model.net, BODY, &mut weights);
    let index = model.homologues.to_index();
    weights.insert(HOMOLOGUES.into(), RawTensor::integers(vec![index.len()], index));
    let alpha = vec![model.net.embeddings.alpha];
    weights.insert(ALPHA.into(), RawTensor::floats(vec![], alpha));
    if let Some(head) = &model.id_head {
        collect(head, ID_HEAD, &mut weights);
    }
    if let Some(head) = &model.value_head {
        collect(head, VALUE_HEAD, &mut weights);
    }
    if let Some(head) = &model.classifier {
        collect(head, SEQUENCE_CLASSIFIER, &mut weights);
    }
    if let Some(head) = &model.token_classifier {
        collect(head, TOKEN_CLASSIFIER, &mut weights);
    }
    save_weights(dir, &weights)?;
    save_json(&dir.join("config.json"), &model.config)
}

/// Width of a kind of prior knowledge as stored; 1 where neither its table nor its map is there,
/// which the filling then reports as missing.
fn prior_width(weights: &Weights, (table, map): (&str, &str)) -> usize {
    let stored = weights.get(table).or_else(|| weights.get(map));
    stored.and_then(|raw| raw.shape.get(1).copied()).unwrap_or(1)
}

/// The factor of the prior knowledge; 1 where it is not stored.
fn alpha(filling: &mut Filling, file: &Path) -> Result<f32, CheckpointError> {
    let Some(raw) = filling.take(ALPHA) else {
        return Ok(1.0);
    };
    match raw.values.as_deref() {
        Some([alpha]) if alpha.is_finite() => Ok(*alpha),
        _ => Err(CheckpointError::damaged(file, format!("`{ALPHA}` is not one finite number"))),
    }
}

/// The table of homologous tokens; needed only where prior knowledge is switched on.
fn homologues(
    filling: &mut Filling,
    config: &GeneCompassConfig,
    file: &Path,
) -> Result<Homologues, CheckpointError> {
    if config.priors() == [false; 4] && !filling.holds(HOMOLOGUES) {
        return Ok(Homologues::none(config.vocab_size));
    }
    match filling.integers(HOMOLOGUES, &[config.vocab_size]) {
        Some(index) => Homologues::from_index(&index)
            .map_err(|what| CheckpointError::damaged(file, format!("`{HOMOLOGUES}`: {what}"))),
        // Kept by the filling, which refuses the container in the end.
        None => Ok(Homologues::none(config.vocab_size)),
    }
}

/// Removes the copies that tied weights leave in a container, after checking that they are copies.
fn check_ties(file: &Path, weights: &mut Weights) -> Result<Vec<String>, CheckpointError> {
    let mut copies = Vec::new();
    for (key, original) in TIED {
        let Some(copy) = weights.remove(key) else {
            continue;
        };
        if weights.get(original).is_some_and(|o| *o != copy) {
            return Err(CheckpointError::Untied { path: file.into(), key: key.into() });
        }
        copies.push(key.to_owned());
    }
    Ok(copies)
}

struct Heads {
    id: bool,
    value: bool,
    sequence: bool,
    token: bool,
}

impl Heads {
    fn of(config: &GeneCompassConfig, weights: &Weights) -> Self {
        let holds = |prefix: &str| weights.keys().any(|k| k.starts_with(prefix));
        let token = config.declares("ForTokenClassification")
            || holds("classifier.") && !holds("bert.pooler.");
        Self {
            id: config.declares("ForMaskedLM") || holds("cls.predictions."),
            value: holds("cls4value.predictions."),
            sequence: !token
                && (config.declares("ForSequenceClassification") || holds("classifier.")),
            token,
        }
    }
}

#[cfg(test)]
#[path = "load_tests.rs"]
mod tests;
