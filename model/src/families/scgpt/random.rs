//! Checkpoints with random weights.

use std::path::Path;

use burn::module::Module;

use super::config::{GENERATOR, ScGptConfig};
use super::heads::{AffineDecoder, ClsDecoder, ExprDecoder, MvcDecoder};
use super::load::{Decoder, Loaded, save};
use super::tokenizer::Vocabulary;
use crate::checkpoint::{LoadReport, save_json};
use crate::device::Cpu;
use crate::families::{Family, FamilyError};
use crate::nets::seeded::seeded;

/// Sizes of [`random`]: a small classifier of cells, a small perturbation model, and the
/// whole-human model.
pub const RANDOM_SIZES: &[&str] = &["tiny", "tiny-perturbation", "published"];

/// Writes `args.json`, `vocab.json` (the bundled census vocabulary) and `model.safetensors` with
/// weights of the given seed.
///
/// # Errors
/// An unknown size, or a failed write.
pub fn random(dir: &Path, size: &str, seed: u64) -> Result<(), FamilyError> {
    let mut config = config_of(size)?;
    let vocabulary = Vocabulary::census();
    config.ntoken = Some(vocabulary.len());
    config.vocab_sha256 = Some(vocabulary.digest());
    std::fs::create_dir_all(dir).map_err(|source| crate::checkpoint::CheckpointError::Io {
        path: dir.to_owned(),
        source,
    })?;
    save_json(&dir.join("vocab.json"), &vocabulary.to_tokens())?;
    save(dir, &drawn(config, seed))?;
    Ok(())
}

fn config_of(size: &str) -> Result<ScGptConfig, FamilyError> {
    let tiny = ScGptConfig::with_sizes(16, 2, 2, 24);
    let types = ["B cell", "Monocyte", "T cell"].map(str::to_owned);
    match size {
        "tiny" => Ok(ScGptConfig {
            n_cls: Some(types.len()),
            id2type: (0..).map(|i: usize| i.to_string()).zip(types).collect(),
            ..tiny
        }),
        "tiny-perturbation" => Ok(ScGptConfig {
            kind: Some(GENERATOR.into()),
            pad_value: 0.0,
            pert_pad_id: Some(0),
            ..tiny
        }),
        "published" => Ok(ScGptConfig::whole_human()),
        _ => Err(FamilyError::Unsupported {
            family: Family::ScGpt,
            what: "size",
            found: size.to_owned(),
            available: RANDOM_SIZES.join(", "),
        }),
    }
}

fn drawn(config: ScGptConfig, seed: u64) -> Loaded<Cpu> {
    let on = Default::default();
    let sizes = config.layer_sizes();
    // Keeps the variance of a hidden state through the linear maps.
    let std = 1.0 / (config.embsize as f32).sqrt();
    let mut part = seed.wrapping_mul(8);
    let is_generator = config.is_generator();
    let decoder = match is_generator {
        true => {
            let fresh = AffineDecoder::init(&sizes, false, config.decoder_adaptive_bias, &on);
            Decoder::Affine(draw(fresh, &mut part, std))
        }
        false => {
            let fresh = ExprDecoder::init(&sizes, false, false, &on);
            Decoder::Expression(draw(fresh, &mut part, std))
        }
    };
    let tokens = config.ntoken.unwrap_or(1);
    let net = draw(config.init(tokens, is_generator, &on), &mut part, std);
    let mvc =
        (!is_generator).then(|| draw(MvcDecoder::init(&sizes, false, false, &on), &mut part, std));
    let classifier = config.n_cls.map(|classes| {
        draw(ClsDecoder::init(&sizes, config.n_layers_cls, classes, &on), &mut part, std)
    });
    let report = LoadReport::default();
    Loaded { config, net, decoder, mvc, classifier, batches: None, report }
}

/// Draws one part of the model, each part from its own seed.
fn draw<M: Module<Cpu>>(module: M, part: &mut u64, std: f32) -> M {
    *part = part.wrapping_add(1);
    seeded::<Cpu, _>(module, *part, std, 0.1)
}
