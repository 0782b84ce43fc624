//! Loading and saving an scFoundation directory.

use std::path::Path;

use burn::tensor::backend::Backend;
use serde_json::Value;

use super::config::{DEPTH_TOKENS, Part, ScFoundationConfig, merged};
use super::keys::{NET, is_optional};
use super::net::ScFoundation;
use crate::checkpoint::{
    CheckpointError, ConfigError, Filling, LoadReport, PytorchFile, Weights, collect, find_file,
    read_json, read_pytorch_settings, read_weights, save_json, save_weights,
};

/// Containers, first choice first: stripped keys, or the published file of three parts.
pub const WEIGHT_FILES: &[&str] = &["model.safetensors", "models.ckpt"];
/// Settings beside the weights: all of them, or with `models.ckpt` perhaps only `part`.
pub const CONFIG_FILE: &str = "config.json";
/// Width and heads of the published encoder, whose heads no tensor's shape tells.
const PUBLISHED_HEADS: (usize, usize) = (768, 12);

/// A checkpoint in memory.
#[derive(Debug, Clone)]
pub struct Loaded<B: Backend> {
    /// Its configuration; `part` is the part that was read of a file that holds several.
    pub config: ScFoundationConfig,
    /// The net.
    pub net: ScFoundation<B>,
    /// Which keys were used.
    pub report: LoadReport,
}

/// Loads a directory: `model.safetensors` with `config.json`, or the published `models.ckpt`.
///
/// `models.ckpt` holds up to three models. The one that `config.json` names as `part` is read
/// (`{"part": "gene"}` is enough), else the first there is of `cell`, `rde`, `gene`; tensors of the
/// others are not touched. Its configuration is the first that is whole among: a whole
/// `config.json`, the part's own, that of another part in the file, the shapes of the tensors
/// (where the number of heads is the published 12 and the width must be the published 768).
///
/// # Errors
/// Any [`CheckpointError`]; wrong keys are listed all at once.
pub fn load<B: Backend>(dir: &Path, device: &B::Device) -> Result<Loaded<B>, CheckpointError> {
    let beside = Beside::read(dir)?;
    let file = find_file(dir, WEIGHT_FILES)?;
    let is_published = file.extension().is_some_and(|ending| ending == "ckpt");
    let (config, weights) = if is_published {
        read_parts(&file, beside)?
    } else {
        let config = beside.whole.ok_or_else(|| CheckpointError::NoWeights {
            dir: dir.to_owned(),
            expected: &["config.json with `seq_len`, `encoder` and `decoder`"],
        })?;
        (config, read_weights(&file)?)
    };
    config.validate().map_err(|source| CheckpointError::Config { path: file.clone(), source })?;
    let mut filling = Filling::new(file, weights);
    let net = filling.module(config.init(device), NET);
    let report = filling.finish(Vec::new(), is_optional)?;
    Ok(Loaded { config, net, report })
}

/// Writes `config.json` and `model.safetensors`, so that the directory loads again.
///
/// # Errors
/// [`CheckpointError::NotFinite`], or a failed write.
pub fn save<B: Backend>(
    dir: &Path,
    config: &ScFoundationConfig,
    net: &ScFoundation<B>,
) -> Result<(), CheckpointError> {
    let mut weights = Weights::new();
    collect(net, NET, &mut weights);
    save_weights(dir, &weights)?;
    save_json(&dir.join(CONFIG_FILE), config)
}

/// What `config.json` says, if it is there.
#[derive(Default)]
struct Beside {
    part: Option<Part>,
    whole: Option<ScFoundationConfig>,
}

impl Beside {
    fn read(dir: &Path) -> Result<Self, CheckpointError> {
        let path = dir.join(CONFIG_FILE);
        if !path.is_file() {
            return Ok(Self::default());
        }
        let value: Value = read_json(&path)?;
        let json = |source| CheckpointError::Json { path: path.clone(), source };
        let part = match value.get("part") {
            Some(part) => serde_json::from_value(part.clone()).map_err(json)?,
            None => None,
        };
        if value.get("encoder").is_none() {
            return Ok(Self { part, whole: None });
        }
        Ok(Self { part, whole: Some(serde_json::from_value(value).map_err(json)?) })
    }
}

/// Name of a tensor of `models.ckpt` within its part: what follows the first `model.` of
/// `<part>.state_dict.<key>`, as the reference strips it.
fn stripped(key: &str, part: Part) -> Option<&str> {
    let key = key.strip_prefix(part.name())?.strip_prefix(".state_dict.")?;
    key.split_once("model.").map(|(_, name)| name)
}

fn read_parts(
    path: &Path,
    beside: Beside,
) -> Result<(ScFoundationConfig, Weights), CheckpointError> {
    let file = PytorchFile::open(path)?;
    let holds = |part: &Part| file.keys().any(|key| stripped(key, *part).is_some());
    let there: Vec<Part> = Part::ALL.into_iter().filter(holds).collect();
    let part = beside.part.or(there.first().copied()).filter(|part| there.contains(part));
    let Some(part) = part else {
        return Err(CheckpointError::damaged(path, no_part(beside.part, &there)));
    };
    let weights = file.read(|key| stripped(key, part).map(str::to_owned))?;
    let mut config = match beside.whole {
        Some(config) => config,
        None => config_within(path, part, &weights)?,
    };
    config.part = Some(part);
    Ok((config, weights))
}

fn no_part(chosen: Option<Part>, there: &[Part]) -> String {
    let there: Vec<&str> = there.iter().map(|part| part.name()).collect();
    match chosen {
        Some(chosen) if !there.is_empty() => {
            format!("it holds no part `{}`, only {}", chosen.name(), there.join(", "))
        }
        _ => "no key begins with cell.state_dict., rde.state_dict. or gene.state_dict., followed \
              by model."
            .into(),
    }
}

/// The configuration that the file holds, or else what the shapes of its tensors imply.
fn config_within(
    path: &Path,
    part: Part,
    weights: &Weights,
) -> Result<ScFoundationConfig, CheckpointError> {
    let settings = read_pytorch_settings(path)?;
    let own_first = std::iter::once(part).chain(Part::ALL);
    let mut found = own_first.filter_map(|part| merged(settings.get(part.name())?.get("config")?));
    match found.next() {
        Some(config) => serde_json::from_value(config)
            .map_err(|source| CheckpointError::Json { path: path.to_owned(), source }),
        None => from_shapes(weights)
            .map_err(|source| CheckpointError::Config { path: path.to_owned(), source }),
    }
}

/// Sizes as the tensors have them. A size that cannot be read is 0, which no check accepts.
fn from_shapes(weights: &Weights) -> Result<ScFoundationConfig, ConfigError> {
    let size = |key: &str, axis: usize| {
        weights.get(key).and_then(|raw| raw.shape.get(axis)).copied().unwrap_or(0)
    };
    let layers = |prefix: &str, ending: &str| {
        (0..).take_while(|i| weights.contains_key(&format!("{prefix}{i}{ending}"))).count()
    };
    let hidden = size("token_emb.emb.weight", 1);
    let (published_hidden, heads) = PUBLISHED_HEADS;
    if hidden != published_hidden {
        return Err(ConfigError::Unsupported {
            field: "encoder.heads",
            found: format!("not stated, with a width of {hidden}"),
            expected: "a config.json beside the file for sizes other than the published",
        });
    }
    let attention = "decoder.performer.net.layers.0.0.fn";
    let dim_head = size(&format!("{attention}.fast_attention.projection_matrix"), 1);
    let depth = layers("encoder.transformer_encoder.", ".linear1.weight");
    let decoder_depth = layers("decoder.performer.net.layers.", ".1.fn.fn.w1.weight");
    let decoder_heads = size(&format!("{attention}.to_q.weight"), 0) / dim_head.max(1);
    Ok(ScFoundationConfig::with_sizes(
        size("pos_emb.weight", 0).saturating_sub(DEPTH_TOKENS + 1),
        size("token_emb.emb.weight", 0),
        [hidden, depth, heads],
        [size("decoder_embed.weight", 0), decoder_depth, decoder_heads],
        dim_head,
    ))
}

#[cfg(test)]
#[path = "load_tests.rs"]
mod tests;
