//! Fine-tuning on measured gene effects: a new head and the top encoder layer.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use super::features::{GeneReader, TopInputs, word_embeddings};
use super::head::{EffectHead, Scaling};
use super::problem::Problem;
use super::record::{CurvePoint, TrainingRecord};
use super::reference::{Reference, ReferenceCells};
use super::tensors::{self, Tensors};
use super::top_layer::TopLayer;
use super::{LearnError, adam::AnchoredAdam, model_dir};
use crate::cells::CellMatrix;
use crate::encoder::Encoder;
use crate::families::geneformer::tokenizer::Vocabulary;
use crate::screen::CellState;
use crate::versions::digest_model_dir;

/// Fewest genes to learn from.
pub const FEWEST_GENES: usize = 8;

/// Memory that cached inputs of the top layer may take, in bytes; fewer reference cells above.
const CACHE_BYTES: usize = 1_500_000_000;

/// A measured gene effect.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Measurement {
    /// Ensembl id.
    pub ensembl: String,
    /// Robust z of the readout against the controls.
    pub value: f64,
}

/// What to fine-tune on.
#[derive(Debug, Clone)]
pub struct FineTuneRequest<'a> {
    /// Model directory of the version to start from.
    pub parent: &'a Path,
    /// Directory to create for the new version.
    pub out: &'a Path,
    /// Cells the genes are read in.
    pub cells: &'a CellMatrix,
    /// State of the reference cells.
    pub state: CellState,
    /// Measured effects, each gene once.
    pub measurements: &'a [Measurement],
    /// Genes never trained on, even if measured.
    pub held_out: &'a [String],
    /// Settings.
    pub settings: FineTuneSettings,
}

/// Settings of a fine-tuning.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct FineTuneSettings {
    /// Reference cells per gene.
    pub reference_cells: usize,
    /// Steps of the top layer; the best on the inner validation genes is kept.
    pub steps: usize,
    /// Learning rate of the top layer.
    pub learning_rate: f64,
    /// Decay towards the parent's weights.
    pub pull_to_parent: f64,
    /// Seed of reference cells, splits and resamples.
    pub seed: u64,
}

impl Default for FineTuneSettings {
    fn default() -> Self {
        let (steps, learning_rate, pull_to_parent) = (12, 5e-4, 1.0);
        Self { reference_cells: 6, steps, learning_rate, pull_to_parent, seed: 0 }
    }
}

/// A new model version.
#[derive(Debug, Clone, PartialEq)]
pub struct FineTuned {
    /// Its directory.
    pub dir: PathBuf,
    /// Digest of the directory.
    pub digest: String,
    /// Its training record, as stored.
    pub record: TrainingRecord,
    /// Mean of the target `ln(1 + |robust z|)` over the training genes.
    pub training_mean: f64,
}

/// Fine-tunes the parent on measured effects and writes the new version.
///
/// The layers below the top one are frozen and run once per gene and reference cell. The target is
/// `ln(1 + |robust z|)`, standardised on the training genes. The head, an ensemble of ridge models
/// around the parent's head, is solved exactly after every step of the top layer, its penalty
/// chosen by cross-validation over genes the parent has not seen; the top layer follows the
/// gradient of the out-of-bag error, pulled towards the parent's weights. The step with the
/// smallest error on inner validation genes is kept, the parent's own layer being step 0; then the
/// head is solved once more on all training genes.
///
/// `progress` gets work done and total. Nothing is left behind on an error.
///
/// # Errors
/// [`LearnError`]: a NaN measurement or one gene twice, fewer than [`FEWEST_GENES`] genes known to
/// the model and not held out, an unknown state, a parent that cannot be read, an `out` that
/// exists, divergence, cancellation.
pub fn finetune(
    request: &FineTuneRequest<'_>,
    encoder: &dyn Encoder,
    vocabulary: &Vocabulary,
    progress: &dyn Fn(usize, usize),
    cancel: &AtomicBool,
) -> Result<FineTuned, LearnError> {
    model_dir::refuse_existing(request.out)?;
    let genes = training_genes(request, vocabulary)?;
    let config = encoder.config();
    let parent_head = EffectHead::load(request.parent)?;
    let parent_record = TrainingRecord::load(request.parent)?;
    let mut checkpoint = model_dir::read_weights(request.parent)?;
    let layers = config.num_hidden_layers;
    let layer = layers.checked_sub(1).ok_or(LearnError::BadSetting {
        setting: "parent model",
        found: "0 layers".to_owned(),
        expected: "at least one encoder layer",
    })?;
    let top = TopLayer::of(&checkpoint, layer, config.num_attention_heads, config.layer_norm_eps)?;
    let (reference, cells) = reference_cells(request, encoder, vocabulary, genes.len())?;
    let tokens: Vec<u32> = genes.values().map(|(token, _)| *token).collect();
    let total = tokens.len() + request.settings.steps;
    let reader = GeneReader { encoder, reference: &cells, cancel };
    let inputs = reader.inputs(&tokens, &|done| progress(done, total))?;
    let known: BTreeSet<&String> =
        parent_record.iter().flat_map(|record| &record.genes_trained).collect();
    let names: Vec<String> = genes.keys().cloned().collect();
    let fresh = names.iter().map(|name| !known.contains(name)).collect();
    let rest = fixed_features(&checkpoint, &tokens, &cells)?;
    let values = genes.values().map(|(_, value)| *value).collect();
    let problem =
        Problem::new(names, values, fresh, rest, parent_head.as_ref(), request.settings.seed);
    let learner =
        Learner { problem: &problem, inputs: &inputs, settings: request.settings, cancel };
    let step_done = |step| progress(tokens.len() + step, total);
    let (best, curve) = learner.run(&top, &step_done)?;
    let (head, penalty) = problem.final_head(&inputs.contexts(&best)?, reference);
    best.put_into(&mut checkpoint);
    let record = TrainingRecord {
        kind: "fine_tuned".to_owned(),
        parent: Some(digest_model_dir(request.parent)?),
        cells: request.cells.digest()?,
        code_version: env!("CARGO_PKG_VERSION").to_owned(),
        seed: request.settings.seed,
        settings: serde_json::json!(request.settings),
        genes_trained: problem.names().to_vec(),
        notes: vec![format!("ridge penalty {penalty} chosen by cross-validation over genes")],
        curve,
    };
    write_version(request, &checkpoint, &head, &record)?;
    let (dir, training_mean) = (request.out.to_owned(), head.target_mean);
    Ok(FineTuned { digest: digest_model_dir(&dir)?, dir, record, training_mean })
}

/// What the head learns of a robust z: `ln(1 + |z|)`; both directions count, large ones less.
pub fn target(robust_z: f64) -> f64 {
    robust_z.abs().ln_1p()
}

/// Token and target of each training gene, by Ensembl id.
fn training_genes(
    request: &FineTuneRequest<'_>,
    vocabulary: &Vocabulary,
) -> Result<BTreeMap<String, (u32, f64)>, LearnError> {
    let held_out: BTreeSet<&String> = request.held_out.iter().collect();
    let mut genes = BTreeMap::new();
    for measurement in request.measurements {
        let id = &measurement.ensembl;
        if !measurement.value.is_finite() {
            return Err(LearnError::NotFinite { what: format!("the measurement of {id}") });
        }
        if held_out.contains(id) {
            continue;
        }
        let Some(token) = vocabulary.token(id) else { continue };
        if genes.insert(id.clone(), (token, target(measurement.value))).is_some() {
            return Err(LearnError::BadSetting {
                setting: "measurements",
                found: format!("{id} twice"),
                expected: "one value per gene",
            });
        }
    }
    if genes.len() < FEWEST_GENES {
        let (what, found, needed) = ("training", genes.len(), FEWEST_GENES);
        return Err(LearnError::TooFewGenes { what, found, needed });
    }
    Ok(genes)
}

fn reference_cells(
    request: &FineTuneRequest<'_>,
    encoder: &dyn Encoder,
    vocabulary: &Vocabulary,
    genes: usize,
) -> Result<(Reference, ReferenceCells), LearnError> {
    let config = encoder.config();
    let choose = |cells: usize| {
        let state = request.state.clone();
        let reference = Reference { state, cells, seed: request.settings.seed };
        let chosen = ReferenceCells::choose(&reference, request.cells, vocabulary, config)?;
        Ok::<_, LearnError>((reference, chosen))
    };
    let (reference, cells) = choose(request.settings.reference_cells.max(1))?;
    let bytes_per_cell = genes * cells.longest() * config.hidden_size * size_of::<f32>();
    let affordable = (CACHE_BYTES / bytes_per_cell.max(1)).max(1);
    if affordable < reference.cells { choose(affordable) } else { Ok((reference, cells)) }
}

/// Word embedding and expression of each gene.
pub(super) fn fixed_features(
    checkpoint: &Tensors,
    tokens: &[u32],
    cells: &ReferenceCells,
) -> Result<Vec<Vec<f64>>, LearnError> {
    let mut rows = word_embeddings(checkpoint, tokens)?;
    for (row, token) in rows.iter_mut().zip(tokens) {
        row.extend(cells.expression(*token));
    }
    Ok(rows)
}

fn write_version(
    request: &FineTuneRequest<'_>,
    checkpoint: &Tensors,
    head: &EffectHead,
    record: &TrainingRecord,
) -> Result<(), LearnError> {
    model_dir::create(request.out, |dir| {
        model_dir::copy_description(request.parent, dir)?;
        tensors::write(&dir.join(model_dir::WEIGHTS), checkpoint, None)?;
        head.save(dir)?;
        record.save(dir)
    })
}

/// The steps of the top layer.
struct Learner<'a> {
    problem: &'a Problem,
    inputs: &'a TopInputs,
    settings: FineTuneSettings,
    cancel: &'a AtomicBool,
}

impl Learner<'_> {
    fn run(
        &self,
        parent: &TopLayer,
        step_done: &dyn Fn(usize),
    ) -> Result<(TopLayer, Vec<CurvePoint>), LearnError> {
        let scaling = self.problem.scaling(&self.inputs.contexts(parent)?);
        let mut layer = parent.clone();
        let mut adam = AnchoredAdam::new(&parent.values);
        let mut best = (f64::INFINITY, parent.clone());
        let mut curve = Vec::new();
        let mut train = None;
        for step in 0..=self.settings.steps {
            if self.cancel.load(Ordering::Relaxed) {
                return Err(LearnError::Cancelled);
            }
            let fit = self.problem.fit(&self.inputs.contexts(&layer)?, &scaling);
            if fit.validation < best.0 {
                best = (fit.validation, layer.clone());
            }
            curve.push(CurvePoint { step, train, validation: Some(fit.validation) });
            step_done(step);
            if step == self.settings.steps {
                break;
            }
            let (loss, gradients) =
                self.inputs.gradient(&layer, |first, contexts| fit.loss(first, contexts));
            if !loss.is_finite() {
                return Err(LearnError::Diverged { step, loss });
            }
            train = Some(loss);
            let (rate, pull) = (self.settings.learning_rate, self.settings.pull_to_parent);
            adam.step(&mut layer.values, &gradients, rate, pull);
        }
        Ok((best.1, curve))
    }
}

/// Scaling of the features of a problem's training genes, by the parent's head where it has one.
pub(super) fn scaling_for(parent: Option<&EffectHead>, rows: &[Vec<f64>], width: usize) -> Scaling {
    match parent {
        Some(head) if head.scaling.fits(rows.first().map_or(0, Vec::len)) => head.scaling.clone(),
        _ => Scaling::of(rows, width),
    }
}
