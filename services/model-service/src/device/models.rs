//! Model directories: opening one, describing one, giving one its name.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use nextwell_contract::{ModelCard, ModelInfo};
use nextwell_model::device::DeviceChoice;
use nextwell_model::encoder::{Encoder, open};
use nextwell_model::families::geneformer::{
    GeneformerConfig, VocabularySource, read_config, vocabulary_of,
};
use nextwell_model::learn::{ModelView, TrainingRecord};
use nextwell_model::versions::digest_model_dir;
use serde_json::json;

use crate::app::App;
use crate::digest::Digest;
use crate::failure::Failure;

const HEAD: &str = "head.safetensors";

/// A model in the device's memory.
pub struct Model {
    /// Its directory.
    pub dir: PathBuf,
    /// Its encoder.
    pub encoder: Arc<dyn Encoder>,
    /// Its vocabulary.
    pub vocabulary: VocabularySource,
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
    pub fn describe(dir: &Path) -> Result<(GeneformerConfig, VocabularySource), Failure> {
        let config = read_config(dir)?;
        let vocabulary = vocabulary_of(dir, &config)?;
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
pub fn adopt(app: &App, dir: &Path, card: ModelCard) -> Result<ModelInfo, Failure> {
    let digest = digest_model_dir(dir).map_err(Failure::internal)?;
    let digest = Digest::parse(&digest)?;
    if let Some(known) = app.files.read(&app.files.model_info(&digest))? {
        return serde_json::from_slice(&known).map_err(Failure::internal);
    }
    let info = info(dir, &digest, card)?;
    let bytes = serde_json::to_vec(&info).map_err(Failure::internal)?;
    app.files.put_folder(dir, &app.files.model(&digest))?;
    app.files.put_bytes(&bytes, &app.files.model_info(&digest))?;
    tracing::info!(model_digest = %digest, family = info.family, "stored model {digest}");
    Ok(info)
}

fn info(dir: &Path, digest: &Digest, card: ModelCard) -> Result<ModelInfo, Failure> {
    let record = TrainingRecord::load(dir)?;
    Ok(ModelInfo {
        digest: digest.to_string(),
        family: card.family.clone(),
        n_parameters: card.sizes.parameters,
        has_head: dir.join(HEAD).is_file(),
        info: json!({
            "config": card.campaign_refusal.is_none().then(|| read_config(dir)).transpose()?,
            "dataset_digest": record.as_ref().map(|record| &record.cells),
            "seed": record.as_ref().map(|record| record.seed),
            "loss_curve": record.as_ref().map(|record| &record.curve),
            "training": record,
        }),
        card: Some(card),
    })
}
