//! Loading a Geneformer directory.

use std::path::{Path, PathBuf};

use burn::tensor::backend::Backend;

use super::container::{Weights, read_weights};
use super::error::{CheckpointError, Problems};
use super::fill::fill;
use super::keys::{BODY, MLM, SEQUENCE_CLASSIFIER, TIED, TOKEN_CLASSIFIER, is_optional};
use crate::nets::heads::{MlmHead, SequenceClassifier, TokenClassifier};
use crate::nets::{Geneformer, GeneformerConfig};

/// Which keys a container held.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LoadReport {
    /// The container that was read.
    pub file: PathBuf,
    /// Keys that became weights.
    pub read: Vec<String>,
    /// Known keys that nothing depends on, left unread.
    pub ignored: Vec<String>,
}

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
    let text = std::fs::read(&path).map_err(CheckpointError::io(&path))?;
    let config: GeneformerConfig = serde_json::from_slice(&text)
        .map_err(|source| CheckpointError::Json { path: path.clone(), source })?;
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
pub fn load_geneformer<B: Backend>(
    dir: &Path,
    device: &B::Device,
) -> Result<Loaded<B>, CheckpointError> {
    let config = read_config(dir)?;
    let file = find_weights(dir)?;
    let mut weights = read_weights(&file)?;
    let mut ignored = check_ties(&file, &mut weights)?;
    let heads = Heads::of(&config, &weights);
    let mut problems = Problems::default();
    let mut read = Vec::new();

    let net = fill(config.init(device), BODY, &mut weights, &mut read, &mut problems);
    let mlm = heads
        .mlm
        .then(|| fill(MlmHead::init(&config, device), MLM, &mut weights, &mut read, &mut problems));
    let classes = config.classes();
    let classifier = heads.sequence.then(|| {
        let fresh = SequenceClassifier::init(&config, classes, device);
        fill(fresh, SEQUENCE_CLASSIFIER, &mut weights, &mut read, &mut problems)
    });
    let token_classifier = heads.token.then(|| {
        let fresh = TokenClassifier::init(&config, classes, device);
        fill(fresh, TOKEN_CLASSIFIER, &mut weights, &mut read, &mut problems)
    });

    for key in weights.into_keys() {
        let list = if is_optional(&key) { &mut ignored } else { &mut problems.extra };
        list.push(key);
    }
    if !problems.is_empty() {
        return Err(CheckpointError::Keys { path: file, problems: Box::new(problems) });
    }
    let report = LoadReport { file, read, ignored };
    Ok(Loaded { config, net, mlm, classifier, token_classifier, report })
}

fn find_weights(dir: &Path) -> Result<PathBuf, CheckpointError> {
    ["model.safetensors", "pytorch_model.bin"]
        .iter()
        .map(|name| dir.join(name))
        .find(|path| path.is_file())
        .ok_or_else(|| CheckpointError::NoWeights { dir: dir.to_path_buf() })
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
