//! A model's card in the contract's words.

use std::fs;
use std::path::{Path, PathBuf};

use nextwell_contract::{
    ModelCard, ModelEmbedding, ModelFile, ModelLicence, ModelSizes, ModelVocabulary,
};
use nextwell_model::device::DeviceChoice;
use nextwell_model::families::{self, CellModel, Family, Kernels, OpenOptions, Species};
use nextwell_model::learn::TrainingRecord;
use nextwell_model::versions::model_files;

use crate::device::Model;
use crate::failure::Failure;

/// Opens a model directory of any family and tells what it is.
///
/// # Errors
/// 422 for a directory that is no model, or damaged.
pub fn read_card(dir: &Path) -> Result<ModelCard, Failure> {
    let options = OpenOptions { device: DeviceChoice::Cpu, kernels: Kernels::Burn };
    let model = families::open(dir, options)?;
    card(dir, model.as_ref())
}

fn card(dir: &Path, model: &dyn CellModel) -> Result<ModelCard, Failure> {
    let card = model.card();
    let campaign_refusal = campaign_refusal(dir, card.family);
    Ok(ModelCard {
        family: card.family.name().to_owned(),
        variant: card.variant.clone(),
        sizes: ModelSizes {
            layers: card.sizes.layers as u64,
            hidden: card.sizes.hidden as u64,
            heads: card.sizes.heads as u64,
            ffn: card.sizes.ffn as u64,
            context: card.sizes.context as u64,
            parameters: card.sizes.parameters,
        },
        vocabulary: ModelVocabulary {
            source: card.vocabulary.source.clone(),
            tokens: card.vocabulary.tokens as u64,
            genes: card.vocabulary.genes as u64,
            digest: card.vocabulary.digest.clone(),
            species: card.vocabulary.species.iter().map(|s| species(*s).to_owned()).collect(),
        },
        licence: licence(dir, card.family)?,
        embeddings: card
            .embeddings
            .iter()
            .map(|kind| ModelEmbedding {
                name: kind.name.to_owned(),
                what: kind.what.to_owned(),
                width: kind.width as u64,
            })
            .collect(),
        labels: card.labels.clone(),
        abilities: abilities(model, campaign_refusal.is_none()),
        campaign_refusal,
        ignored_keys: card.report.ignored.clone(),
        files: files(dir)?,
    })
}

fn species(species: Species) -> &'static str {
    match species {
        Species::Human => "human",
        Species::Mouse => "mouse",
    }
}

/// Weights that were trained here from scratch are nobody else's.
fn licence(dir: &Path, family: Family) -> Result<ModelLicence, Failure> {
    let own = TrainingRecord::load(dir)?.is_some_and(|record| record.parent.is_none());
    if own {
        return Ok(ModelLicence {
            name: "your own".to_owned(),
            note: "trained from scratch on your cells: their terms apply, nobody else's".to_owned(),
            source: "nextwell.json of the model".to_owned(),
        });
    }
    let stated = family.licence();
    Ok(ModelLicence {
        name: stated.name.to_owned(),
        note: stated.note.to_owned(),
        source: stated.source.to_owned(),
    })
}

fn abilities(model: &dyn CellModel, fine_tunes: bool) -> Vec<String> {
    let all = [
        ("embed", true),
        ("screen", true),
        ("fine-tune", fine_tunes),
        ("annotate", model.classifier().is_some()),
        ("predict", model.perturbation().is_some()),
        ("enhance", model.depth().is_some()),
    ];
    all.into_iter().filter(|(_, can)| *can).map(|(name, _)| name.to_owned()).collect()
}

/// Fine-tuning reads a Geneformer by its configuration and vocabulary.
fn campaign_refusal(dir: &Path, family: Family) -> Option<String> {
    if family.name() != "geneformer" {
        return Some(format!(
            "campaigns fine-tune Geneformer only, and this is {family}; it can screen on its own, \
             embed cells and do what else its card names"
        ));
    }
    Model::describe(dir).err().map(|failure| failure.problem().detail.clone())
}

fn files(dir: &Path) -> Result<Vec<ModelFile>, Failure> {
    let io = |error| Failure::io("a model", &error);
    let paths = model_files(dir).map_err(Failure::internal)?;
    let file = |path: PathBuf| {
        let bytes = fs::metadata(&path).map_err(io)?.len();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok(ModelFile { name, bytes })
    };
    paths.into_iter().map(file).collect()
}
