//! Loading and saving a Geneformer directory.

use std::path::Path;

use burn::tensor::backend::Backend;

use super::config::GeneformerConfig;
use super::keys::{BODY, MLM, SEQUENCE_CLASSIFIER, TIED, TOKEN_CLASSIFIER, is_optional};
use super::net::Geneformer;
use crate::checkpoint::{
    CheckpointError, Filling, LoadReport, Weights, collect, find_file, read_json, read_weights,
    save_json, save_weights,
};
use crate::nets::heads::{MlmHead, SequenceClassifier, TokenClassifier};

/// Containers, first choice first.
pub const WEIGHT_FILES: &[&str] = &["model.safetensors", "pytorch_model.bin"];

/// A checkpoint in memory.
#[derive(Debug, Clone)]
pub struct Loaded<B: Backend> {
    /// Its `config.json`.
    pub config: GeneformerConfig,
    /// The encoder, dropout off.
    pub net: Geneformer<B>,
    /// The vocabulary head, if the checkpoint holds one.
    pub mlm: Option<MlmHead<B>>,
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
pub fn read_config(dir: &Path) -> Result<GeneformerConfig, CheckpointError> {
    let path = dir.join("config.json");
    let config: GeneformerConfig = read_json(&path)?;
    config.validate().map_err(|source| CheckpointError::Config { path, source })?;
    Ok(config)
}

/// Loads a Hugging Face directory: `config.json` with `model.safetensors` or `pytorch_model.bin`.
///
/// A head is loaded where the container holds its keys, and required where config.json declares
/// it. Key map: [`super::keys`].
///
/// # Errors
/// Any [`CheckpointError`]; wrong keys are listed all at once.
pub fn load<B: Backend>(dir: &Path, device: &B::Device) -> Result<Loaded<B>, CheckpointError> {
    let config = read_config(dir)?;
    let file = find_file(dir, WEIGHT_FILES)?;
    let mut weights = read_weights(&file)?;
    let ignored = check_ties(&file, &mut weights)?;
    let heads = Heads::of(&config, &weights);
    let (sizes, classes) = (config.layer_sizes(), config.classes());
    let mut filling = Filling::new(file, weights);
    let net = filling.module(config.init(device), BODY);
    let mlm =
        heads.mlm.then(|| filling.module(MlmHead::init(&sizes, config.vocab_size, device), MLM));
    let classifier = heads.sequence.then(|| {
        filling.module(SequenceClassifier::init(&sizes, classes, device), SEQUENCE_CLASSIFIER)
    });
    let token_classifier = heads
        .token
        .then(|| filling.module(TokenClassifier::init(&sizes, classes, device), TOKEN_CLASSIFIER));
    let report = filling.finish(ignored, is_optional)?;
    Ok(Loaded { config, net, mlm, classifier, token_classifier, report })
}

/// Writes `dir/config.json` and `dir/model.safetensors` under the published names, so that the
/// directory loads again with the same weights, here and in Hugging Face transformers.
///
/// `config.json` comes last.
///
/// # Errors
/// [`CheckpointError::NotFinite`] naming the weights that are not numbers, or a failed write.
pub fn save<B: Backend>(dir: &Path, model: &Loaded<B>) -> Result<(), CheckpointError> {
    let mut weights = Weights::new();
    collect(&model.net, BODY, &mut weights);
    if let Some(head) = &model.mlm {
        collect(head, MLM, &mut weights);
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
    mlm: bool,
    sequence: bool,
    token: bool,
}

impl Heads {
    fn of(config: &GeneformerConfig, weights: &Weights) -> Self {
        let holds = |prefix: &str| weights.keys().any(|k| k.starts_with(prefix));
        let token = config.declares("ForTokenClassification")
            || holds("classifier.") && !holds("bert.pooler.");
        Self {
            mlm: config.declares("ForMaskedLM") || holds("cls.predictions."),
            sequence: !token
                && (config.declares("ForSequenceClassification") || holds("classifier.")),
            token,
        }
    }
}

#[cfg(test)]
#[path = "load_tests.rs"]
mod tests;
