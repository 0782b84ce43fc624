//! Loading and saving the weights of an scGPT directory.

use std::path::Path;

use burn::module::Module;
use burn::tensor::backend::Backend;

use super::config::ScGptConfig;
use super::heads::{AffineDecoder, ClsDecoder, ExprDecoder, MvcDecoder};
use super::keys::{
    AFFINE_DECODER, BATCH_ENCODER, BATCH_NORM, BODY, CLS_DECODER, DECODER, DOMAIN_NORMS,
    MVC_DECODER, canonical, is_optional,
};
use super::net::{FeatureNorm, NormedTable, ScGpt};
use crate::checkpoint::keys::KeyMap;
use crate::checkpoint::{
    CheckpointError, Filling, LoadReport, Weights, collect, find_file, read_json, read_weights,
    save_json, save_weights, shapes_of,
};

/// Containers, first choice first.
pub const WEIGHT_FILES: &[&str] = &["model.safetensors", "best_model.pt"];

/// The table of genes, whose rows are the vocabulary.
const TABLE: &str = "encoder.embedding.weight";

/// The decoder of a model, which also tells the two kinds of models apart.
// A model has one, and a box is no Burn module.
#[allow(clippy::large_enum_variant)]
#[derive(Module, Debug)]
pub enum Decoder<B: Backend> {
    /// Expression of masked genes (`TransformerModel`).
    Expression(ExprDecoder<B>),
    /// Expression after a perturbation (`TransformerGenerator`).
    Affine(AffineDecoder<B>),
}

/// A checkpoint in memory.
#[derive(Debug, Clone)]
pub struct Loaded<B: Backend> {
    /// Its `args.json`.
    pub config: ScGptConfig,
    /// Encoders and transformer.
    pub net: ScGpt<B>,
    /// Decoder of expression.
    pub decoder: Decoder<B>,
    /// Decoder from the cell embedding, if the checkpoint holds one.
    pub mvc: Option<MvcDecoder<B>>,
    /// Classifier of cells, if the checkpoint holds one.
    pub classifier: Option<ClsDecoder<B>>,
    /// Encoder of batch labels, if the checkpoint holds one.
    pub batches: Option<NormedTable<B>>,
    /// Which keys were used.
    pub report: LoadReport,
}

impl<B: Backend> Loaded<B> {
    /// Rows of the gene table, which the vocabulary must have as entries.
    pub fn tokens(&self) -> usize {
        self.net.genes.embedding.weight.dims()[0]
    }

    /// Number of weights, statistics of batch norms included.
    pub fn parameters(&self) -> usize {
        let heads = [
            self.decoder.num_params(),
            self.mvc.num_params(),
            self.classifier.num_params(),
            self.batches.num_params(),
        ];
        self.net.num_params() + heads.iter().sum::<usize>()
    }

    /// Classes of the classifier; 0 without one.
    pub fn classes(&self) -> usize {
        self.classifier.as_ref().map_or(0, |head| head.output.weight.dims()[1])
    }
}

/// Reads and validates `dir/args.json`.
///
/// # Errors
/// Absent, not JSON, or a setting that this net does not follow.
pub fn read_config(dir: &Path) -> Result<ScGptConfig, CheckpointError> {
    let path = dir.join("args.json");
    let config: ScGptConfig = read_json(&path)?;
    config.validate().map_err(|source| CheckpointError::Config { path, source })?;
    Ok(config)
}

/// Loads `args.json` with `model.safetensors` or `best_model.pt` (a bare state dict).
///
/// The body (encoders, transformer, decoder) must match the configuration key by key. Heads that
/// are known to be optional are loaded when they fit and listed as ignored when they do not.
///
/// # Errors
/// Any [`CheckpointError`]; wrong keys are listed all at once.
pub fn load<B: Backend>(dir: &Path, device: &B::Device) -> Result<Loaded<B>, CheckpointError> {
    let config = read_config(dir)?;
    let file = find_file(dir, WEIGHT_FILES)?;
    let mut ignored = Vec::new();
    let mut weights = in_torchs_spelling(&file, read_weights(&file)?, &mut ignored)?;
    let parts = Parts::of(&config, &weights);
    let sizes = config.layer_sizes();

    let mut optional = Optional { weights: &mut weights, ignored: &mut ignored };
    let mvc = MvcDecoder::init(&sizes, parts.batches > 0, parts.mvc_zero, device);
    let mvc = optional.when_it_fits(mvc, MVC_DECODER, "mvc_decoder.");
    let classifier = ClsDecoder::init(&sizes, config.n_layers_cls, parts.classes, device);
    let classifier = optional.when_it_fits(classifier, CLS_DECODER, "cls_decoder.");
    let batches = NormedTable::init(parts.batches, &sizes, device);
    let batches = optional.when_it_fits(batches, BATCH_ENCODER, "batch_encoder.");
    let norms = |count: usize, affine: bool| -> Vec<FeatureNorm<B>> {
        (0..count).map(|_| FeatureNorm::init(config.embsize, affine, device)).collect()
    };
    let domains = norms(parts.domains, parts.domains_affine);
    let domains = optional.when_it_fits(domains, DOMAIN_NORMS, "dsbn.");
    let one = optional.when_it_fits(norms(1, true), BATCH_NORM, "bn.");

    let mut filling = Filling::new(file, weights);
    let mut net = filling.module(config.init(parts.tokens, parts.generator, device), BODY);
    let decoder = match parts.generator {
        true => {
            let fresh =
                AffineDecoder::init(&sizes, parts.zero, config.decoder_adaptive_bias, device);
            Decoder::Affine(filling.module(fresh, AFFINE_DECODER))
        }
        false => {
            let fresh = ExprDecoder::init(&sizes, parts.batches > 0, parts.zero, device);
            Decoder::Expression(filling.module(fresh, DECODER))
        }
    };
    let mvc = mvc.map(|head| filling.module(head, MVC_DECODER));
    let classifier = classifier.map(|head| filling.module(head, CLS_DECODER));
    let batches = batches.map(|head| filling.module(head, BATCH_ENCODER));
    let domains = domains.map(|norms| filling.module(norms, DOMAIN_NORMS));
    let one = one.map(|norm| filling.module(norm, BATCH_NORM));
    net.domains = domains.or(one).unwrap_or_default();
    let report = filling.finish(ignored, is_optional)?;
    Ok(Loaded { config, net, decoder, mvc, classifier, batches, report })
}

/// Writes `dir/model.safetensors` under the published names and then `dir/args.json`, so that the
/// directory loads again with the same weights.
///
/// # Errors
/// [`CheckpointError::NotFinite`] naming the weights that are not numbers, or a failed write.
pub fn save<B: Backend>(dir: &Path, model: &Loaded<B>) -> Result<(), CheckpointError> {
    let mut weights = Weights::new();
    collect(&model.net, BODY, &mut weights);
    match &model.decoder {
        Decoder::Expression(head) => collect(head, DECODER, &mut weights),
        Decoder::Affine(head) => collect(head, AFFINE_DECODER, &mut weights),
    }
    collect(&model.mvc, MVC_DECODER, &mut weights);
    collect(&model.classifier, CLS_DECODER, &mut weights);
    collect(&model.batches, BATCH_ENCODER, &mut weights);
    collect(&model.net.domains, DOMAIN_NORMS, &mut weights);
    save_weights(dir, &weights)?;
    save_json(&dir.join("args.json"), &model.config)
}

/// All keys in torch's spelling. A key may be there in two spellings as long as the tensors are
/// equal; the copy is listed as ignored.
fn in_torchs_spelling(
    file: &Path,
    weights: Weights,
    ignored: &mut Vec<String>,
) -> Result<Weights, CheckpointError> {
    let mut renamed = Weights::new();
    for (key, raw) in weights {
        match renamed.entry(canonical(&key)) {
            std::collections::btree_map::Entry::Vacant(place) => {
                place.insert(raw);
            }
            std::collections::btree_map::Entry::Occupied(place) if *place.get() == raw => {
                ignored.push(key);
            }
            std::collections::btree_map::Entry::Occupied(_) => {
                return Err(CheckpointError::Untied { path: file.into(), key });
            }
        }
    }
    Ok(renamed)
}

/// What a container holds, as far as sizes are not in args.json.
struct Parts {
    tokens: usize,
    generator: bool,
    zero: bool,
    mvc_zero: bool,
    batches: usize,
    classes: usize,
    domains: usize,
    domains_affine: bool,
}

impl Parts {
    fn of(config: &ScGptConfig, weights: &Weights) -> Self {
        let holds = |prefix: &str| weights.keys().any(|key| key.starts_with(prefix));
        let rows = |key: &str| weights.get(key).and_then(|raw| raw.shape.first().copied());
        let generator = config.is_generator() || holds("pert_encoder.");
        let zero_logit =
            if generator { "decoder.coeff_decoder.zero_logit." } else { "decoder.zero_logit." };
        let labelled = config.use_batch_labels.then_some(config.num_batch_labels).flatten();
        let is_mean = |key: &&String| key.starts_with("dsbn.") && key.ends_with(".running_mean");
        Self {
            // Without a table it is missing, whatever its size.
            tokens: config.ntoken.or(rows(TABLE)).unwrap_or(1),
            generator,
            zero: config.explicit_zero_prob || holds(zero_logit),
            mvc_zero: holds("mvc_decoder.W_zero_logit."),
            batches: labelled.or(rows("batch_encoder.embedding.weight")).unwrap_or(0),
            classes: config.n_cls.or(rows("cls_decoder.out_layer.weight")).unwrap_or(1),
            domains: weights.keys().filter(is_mean).count(),
            domains_affine: holds("dsbn.bns.0.weight"),
        }
    }
}

/// Heads that may be absent or of other sizes.
struct Optional<'a> {
    weights: &'a mut Weights,
    ignored: &'a mut Vec<String>,
}

impl Optional<'_> {
    /// `module` if the container holds exactly its keys with its shapes; else the keys below
    /// `prefix` are ignored.
    fn when_it_fits<B: Backend, M: Module<B>>(
        &mut self,
        module: M,
        map: KeyMap,
        prefix: &str,
    ) -> Option<M> {
        let found: Vec<String> =
            self.weights.keys().filter(|key| key.starts_with(prefix)).cloned().collect();
        if found.is_empty() {
            return None;
        }
        let expected = shapes_of(&module, map);
        let counts = |key: &String| key.ends_with(".num_batches_tracked");
        let known = found.iter().all(|key| counts(key) || expected.contains_key(key));
        let fits = |(key, shape): (&String, &Vec<usize>)| {
            self.weights.get(key).is_some_and(|raw| raw.shape == *shape)
        };
        if known && expected.iter().all(fits) {
            return Some(module);
        }
        self.weights.retain(|key, _| !key.starts_with(prefix));
        self.ignored.extend(found);
        None
    }
}

#[cfg(test)]
#[path = "load_tests.rs"]
mod tests;
