//! Loading and saving an scBERT directory.

use std::path::{Path, PathBuf};

use burn::nn::Linear;
use burn::tensor::backend::Backend;

use super::config::ScBertConfig;
use super::keys::{ANNOTATION, BESIDE, BINS, BODY, is_optional};
use super::net::{AnnotationHead, ScBert};
use crate::checkpoint::{
    CheckpointError, Filling, LoadReport, Weights, collect, read_json, read_weights, save_json,
    save_weights,
};

/// Settings beside the weights; the published file has none.
pub const CONFIG_FILE: &str = "config.json";
const EXPECTED: &[&str] = &["model.safetensors", "one .pth file (such as panglao_pretrain.pth)"];
/// Where the published file keeps its weights.
const NESTED: &str = "model_state_dict.";
/// What distributed training puts before each name.
const WRAPPED: &str = "module.";

/// A checkpoint in memory.
#[derive(Debug, Clone)]
pub struct Loaded<B: Backend> {
    /// Its sizes.
    pub config: ScBertConfig,
    /// The body.
    pub net: ScBert<B>,
    /// The head of the masked objective, if the checkpoint holds it.
    pub bins: Option<Linear<B>>,
    /// The annotation head, if the checkpoint was fine-tuned.
    pub annotation: Option<AnnotationHead<B>>,
    /// Which keys were used.
    pub report: LoadReport,
}

/// The container of a directory: `model.safetensors`, else its only `.pth` file.
///
/// # Errors
/// [`CheckpointError::NoWeights`], also when there are several.
pub fn find_weights(dir: &Path) -> Result<PathBuf, CheckpointError> {
    let safetensors = dir.join("model.safetensors");
    if safetensors.is_file() {
        return Ok(safetensors);
    }
    let entries = std::fs::read_dir(dir).map_err(CheckpointError::io(dir))?;
    let is_state = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "pth");
    let mut found = entries.flatten().map(|entry| entry.path()).filter(is_state);
    match (found.next(), found.next()) {
        (Some(only), None) => Ok(only),
        _ => Err(CheckpointError::NoWeights { dir: dir.into(), expected: EXPECTED }),
    }
}

/// Loads a directory. Sizes come from `config.json` where it is there, else from the tensors.
///
/// # Errors
/// Any [`CheckpointError`]; wrong keys are listed all at once.
pub fn load<B: Backend>(dir: &Path, device: &B::Device) -> Result<Loaded<B>, CheckpointError> {
    let file = find_weights(dir)?;
    let weights = plain_names(read_weights(&file)?);
    let path = dir.join(CONFIG_FILE);
    let config = match path.is_file() {
        true => read_json(&path)?,
        false => ScBertConfig::of_weights(&weights),
    };
    config.validate().map_err(|source| CheckpointError::Config { path: file.clone(), source })?;
    let (weights, head) = split_head(weights);
    let mut filling = Filling::new(file.clone(), weights);
    let net = filling.module(config.init(device), BODY);
    let bins = filling.holds("to_out.").then(|| filling.module(config.init_bins(device), BINS));
    let mut report = filling.finish(Vec::new(), is_optional)?;
    let mut annotation = None;
    if !head.is_empty() {
        let fresh = AnnotationHead::init(&config, head_sizes(&head), device);
        let mut filling = Filling::new(file, head);
        annotation = Some(filling.module(fresh, ANNOTATION));
        report.read.extend(filling.finish(Vec::new(), |_| false)?.read);
    }
    Ok(Loaded { config, net, bins, annotation, report })
}

/// Drops the published file's nesting, and what training kept beside the weights.
fn plain_names(weights: Weights) -> Weights {
    let nested = weights.keys().any(|key| key.starts_with(NESTED));
    let inside = |(key, raw): (String, _)| match nested {
        true => key.strip_prefix(NESTED).map(|key| (key.to_owned(), raw)),
        false => Some((key, raw)),
    };
    let unwrapped = |(key, raw): (String, _)| match key.strip_prefix(WRAPPED) {
        Some(plain) => (plain.to_owned(), raw),
        None => (key, raw),
    };
    weights.into_iter().filter_map(inside).map(unwrapped).collect()
}

/// Takes the annotation head out, under the names it has when it replaces the other.
fn split_head(weights: Weights) -> (Weights, Weights) {
    let replaced = weights.keys().any(|key| key.starts_with("to_out.conv1."));
    let (head, body): (Weights, Weights) = weights
        .into_iter()
        .partition(|(key, _)| key.starts_with(BESIDE) || (replaced && key.starts_with("to_out.")));
    let plain = |(key, raw): (String, _)| match key.strip_prefix(BESIDE) {
        Some(plain) => (plain.to_owned(), raw),
        None => (key, raw),
    };
    (body, head.into_iter().map(plain).collect())
}

/// Hidden layers and classes that the head's tensors have; at least 1 each, so that a damaged one
/// is reported by its shape.
fn head_sizes(head: &Weights) -> [usize; 3] {
    let rows = |key: &str| head.get(key).and_then(|raw| raw.shape.first()).copied().unwrap_or(1);
    ["to_out.fc1.weight", "to_out.fc2.weight", "to_out.fc3.weight"].map(|key| rows(key).max(1))
}

/// Writes `model.safetensors` and `config.json`, so that the directory loads again.
///
/// # Errors
/// [`CheckpointError::NotFinite`], or a failed write.
pub fn save<B: Backend>(dir: &Path, model: &Loaded<B>) -> Result<(), CheckpointError> {
    let mut weights = Weights::new();
    collect(&model.net, BODY, &mut weights);
    match (&model.annotation, &model.bins) {
        (Some(head), _) => collect(head, ANNOTATION, &mut weights),
        (None, Some(bins)) => collect(bins, BINS, &mut weights),
        (None, None) => {}
    }
    save_weights(dir, &weights)?;
    save_json(&dir.join(CONFIG_FILE), &model.config)
}

#[cfg(test)]
#[path = "load_tests.rs"]
mod tests;
