//! Model directories: opening one, describing one, giving one its name.

use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use nextwell_contract::ModelInfo;
use nextwell_model::checkpoint::read_weights;
use nextwell_model::device::DeviceChoice;
use nextwell_model::encoder::{Encoder, open};
use nextwell_model::families::geneformer::GeneformerConfig;
use nextwell_model::families::geneformer::read_config;
use nextwell_model::families::geneformer::tokenizer::Vocabulary;
use nextwell_model::learn::{ModelView, TrainingRecord};
use nextwell_model::versions::digest_model_dir;
use serde_json::json;

use crate::app::App;
use crate::digest::Digest;
use crate::failure::Failure;

/// File of the weights in every stored model.
pub const WEIGHTS: &str = "model.safetensors";
/// File of the vocabulary, where it is not the bundled one.
pub const VOCABULARY: &str = "vocabulary.csv";
const HEAD: &str = "head.safetensors";

/// A model in the device's memory.
pub struct Model {
    /// Its directory.
    pub dir: PathBuf,
    /// Its encoder.
    pub encoder: Arc<dyn Encoder>,
    /// Its vocabulary.
    pub vocabulary: Words,
}

/// A model's own vocabulary or the bundled one.
pub enum Words {
    /// The bundled vocabulary of Geneformer V1.
    Bundled(&'static Vocabulary),
    /// Read from the model's directory.
    Own(Vocabulary),
}

impl Deref for Words {
    type Target = Vocabulary;

    fn deref(&self) -> &Vocabulary {
        match self {
            Self::Bundled(vocabulary) => vocabulary,
            Self::Own(vocabulary) => vocabulary,
        }
    }
}

impl Model {
    /// Reads a model directory into the device's memory.
    ///
    /// # Errors
    /// 422 for a directory that is no model or whose vocabulary does not fit.
    pub fn open(dir: &Path, device: DeviceChoice) -> Result<Self, Failure> {
        let (_, vocabulary) = Self::describe(dir)?;
        Ok(Self { dir: dir.to_owned(), encoder: Arc::from(open(dir, device)?), vocabulary })
    }

    /// Sizes and vocabulary of a model directory, without its weights.
    ///
    /// # Errors
    /// 422 for a configuration that is not followed or a vocabulary that does not fit it.
    pub fn describe(dir: &Path) -> Result<(GeneformerConfig, Words), Failure> {
        let config = read_config(dir)?;
        let own = dir.join(VOCABULARY);
        let vocabulary = if own.is_file() {
            Words::Own(Vocabulary::load_csv(&own)?)
        } else {
            Words::Bundled(Vocabulary::geneformer_v1())
        };
        vocabulary.check_fits(config.vocab_size)?;
        Ok((config, vocabulary))
    }

    /// The model as the learning code wants it.
    pub fn view(&self) -> ModelView<'_> {
        ModelView { dir: &self.dir, encoder: self.encoder.as_ref(), vocabulary: &self.vocabulary }
    }
}

/// Gives a finished model directory its name and keeps what is told about it.
///
/// Two ways to the same weights are one model: the first one's facts stay.
///
/// # Errors
/// 507 or 500; the directory is then not kept.
pub fn adopt(app: &App, dir: &Path) -> Result<ModelInfo, Failure> {
    let digest = digest_model_dir(dir).map_err(Failure::internal)?;
    let digest = Digest::parse(&digest)?;
    if let Some(known) = app.files.read(&app.files.model_info(&digest))? {
        return serde_json::from_slice(&known).map_err(Failure::internal);
    }
    let info = info(dir, &digest)?;
    let bytes = serde_json::to_vec(&info).map_err(Failure::internal)?;
    app.files.put_folder(dir, &app.files.model(&digest))?;
    app.files.put_bytes(&bytes, &app.files.model_info(&digest))?;
    tracing::info!(model_digest = %digest, "stored model {digest}");
    Ok(info)
}

fn info(dir: &Path, digest: &Digest) -> Result<ModelInfo, Failure> {
    let weights = read_weights(&dir.join(WEIGHTS))?;
    let record = TrainingRecord::load(dir)?;
    Ok(ModelInfo {
        digest: digest.to_string(),
        family: "geneformer".to_owned(),
        n_parameters: weights.values().flat_map(|w| &w.values).map(|v| v.len() as u64).sum(),
        has_head: dir.join(HEAD).is_file(),
        card: None,
        info: json!({
            "config": read_config(dir)?,
            "dataset_digest": record.as_ref().map(|record| &record.cells),
            "seed": record.as_ref().map(|record| record.seed),
            "loss_curve": record.as_ref().map(|record| &record.curve),
            "training": record,
        }),
    })
}
