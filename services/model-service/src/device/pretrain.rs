//! Small models from scratch.

use nextwell_contract::worker::PretrainWork;
use nextwell_contract::{ModelInfo, PretrainSettings};
use nextwell_model::families::geneformer::tokenizer::Vocabulary;
use nextwell_model::learn::{PretrainConfig, pretrain_to};

use super::{Device, models};
use crate::app::App;
use crate::card::read_card;
use crate::failure::Failure;
use crate::queue::Run;

/// Trains a small model by masked-gene learning over the bundled vocabulary and keeps it.
pub fn pretrain(
    app: &App,
    _device: &mut Device,
    run: &Run,
    work: &PretrainWork,
) -> Result<ModelInfo, Failure> {
    check(&work.settings)?;
    let cells = app.dataset(&work.dataset_digest)?;
    let scratch = app.files.scratch()?;
    let dir = scratch.path().join("model");
    let tell = run.teller("training");
    let vocabulary = Vocabulary::geneformer_v1();
    let config = config(&work.settings);
    pretrain_to(&dir, &cells, vocabulary, &config, &tell, &run.cancel)?;
    models::adopt(app, &dir, read_card(&dir)?)
}

fn config(settings: &PretrainSettings) -> PretrainConfig {
    PretrainConfig {
        layers: settings.layers as usize,
        hidden: settings.hidden as usize,
        heads: settings.heads as usize,
        ffn: settings.ffn as usize,
        max_len: settings.max_len as usize,
        epochs: settings.epochs as usize,
        donor_column: settings.donor_column.clone(),
        seed: settings.seed,
        ..PretrainConfig::default()
    }
}

/// Refuses sizes that would take the memory of the whole machine; what makes no network is
/// refused by the training itself.
fn check(settings: &PretrainSettings) -> Result<(), Failure> {
    let sizes = [
        ("layers", settings.layers, 48),
        ("hidden", settings.hidden, 2048),
        ("heads", settings.heads, 64),
        ("ffn", settings.ffn, 8192),
        ("max_len", settings.max_len, 8192),
        ("epochs", settings.epochs, 100_000),
    ];
    match sizes.into_iter().find(|(_, found, most)| found > most) {
        None => Ok(()),
        Some((name, found, most)) => Err(Failure::new(422, "bad_setting", "This cannot be learnt")
            .detail(format!("{name} = {found} is too large; expected at most {most}"))),
    }
}
