//! Predicting gene effects with a fine-tuned model, and judging versions on held-out genes.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use super::evaluate::{Contenders, Evaluation, evaluate};
use super::features::GeneReader;
use super::finetune::{Measurement, fixed_features, target};
use super::head::{EffectHead, Prediction, Scaling};
use super::reference::{Reference, ReferenceCells};
use super::ridge::{Linear, fit_ridge};
use super::top_layer::TopLayer;
use super::{LearnError, model_dir};
use crate::cells::CellMatrix;
use crate::encoder::Encoder;
use crate::families::geneformer::tokenizer::Vocabulary;

/// Genes read before their inputs are dropped: bounds memory.
const GENES_AT_ONCE: usize = 64;

/// A model directory opened for prediction.
pub struct ModelView<'a> {
    /// The directory.
    pub dir: &'a Path,
    /// Its encoder.
    pub encoder: &'a dyn Encoder,
    /// Its vocabulary.
    pub vocabulary: &'a Vocabulary,
}

/// Predicts `ln(1 + |robust z|)` of each gene, in order; `None` for genes the model does not know.
///
/// The answer is `None` as a whole for a model that was never fine-tuned.
///
/// # Errors
/// [`LearnError`] for a damaged directory, cells without the head's reference state, cancellation.
pub fn predict(
    model: &ModelView<'_>,
    cells: &CellMatrix,
    genes: &[String],
    progress: &dyn Fn(usize, usize),
    cancel: &AtomicBool,
) -> Result<Option<Vec<Option<Prediction>>>, LearnError> {
    let Some(head) = EffectHead::load(model.dir)? else { return Ok(None) };
    let config = model.encoder.config();
    let checkpoint = model_dir::read_weights(model.dir)?;
    let (heads, epsilon) = (config.num_attention_heads, config.layer_norm_eps);
    let top =
        TopLayer::of(&checkpoint, config.num_hidden_layers.saturating_sub(1), heads, epsilon)?;
    let reference = ReferenceCells::choose(&head.reference, cells, model.vocabulary, config)?;
    let reader = GeneReader { encoder: model.encoder, reference: &reference, cancel };
    let tokens: Vec<Option<u32>> = genes.iter().map(|id| model.vocabulary.token(id)).collect();
    let known: Vec<u32> = tokens.iter().flatten().copied().collect();
    let mut found = BTreeMap::new();
    for some in known.chunks(GENES_AT_ONCE) {
        let done = found.len();
        let inputs = reader.inputs(some, &|more| progress(done + more, known.len()))?;
        let contexts = inputs.contexts(&top)?;
        let rest = fixed_features(&checkpoint, some, &reference)?;
        for ((token, mut row), rest) in some.iter().zip(contexts).zip(rest) {
            row.extend(rest);
            if !head.scaling.fits(row.len()) {
                let path = model.dir.join(super::head::HEAD_FILE);
                let reason = format!("the head does not fit a model of {} features", row.len());
                return Err(LearnError::file(&path, reason));
            }
            found.insert(*token, head.predict(&row));
        }
    }
    let of = |token: &Option<u32>| token.and_then(|token| found.get(&token).copied());
    Ok(Some(tokens.iter().map(of).collect()))
}

/// What two versions are compared on.
pub struct Comparison<'a> {
    /// The new version.
    pub candidate: ModelView<'a>,
    /// The version it would replace; untrained, it predicts the training mean.
    pub current: ModelView<'a>,
    /// Cells the genes are read in.
    pub cells: &'a CellMatrix,
    /// All measurements, of training and held-out genes.
    pub measurements: &'a [Measurement],
    /// Genes never trained on.
    pub held_out: &'a [String],
    /// Seed of the resamples.
    pub seed: u64,
}

/// Compares two versions and the baselines on the measured held-out genes the model knows.
///
/// Ridge regresses the target on the gene's expression in the reference state (share of cells,
/// mean height in them), fitted on the training genes.
///
/// # Errors
/// [`LearnError::TooFewGenes`] with fewer than two held-out or training genes; as [`predict`].
pub fn evaluate_versions(
    comparison: &Comparison<'_>,
    cancel: &AtomicBool,
) -> Result<Evaluation, LearnError> {
    let vocabulary = comparison.candidate.vocabulary;
    let known = comparison.measurements.iter().filter(|m| vocabulary.token(&m.ensembl).is_some());
    let (mut held, mut train): (Vec<&Measurement>, Vec<&Measurement>) =
        known.partition(|m| comparison.held_out.contains(&m.ensembl));
    held.sort_by(|a, b| a.ensembl.cmp(&b.ensembl));
    train.sort_by(|a, b| a.ensembl.cmp(&b.ensembl));
    for (what, genes) in [("held-out", &held), ("training", &train)] {
        if genes.len() < 2 {
            return Err(LearnError::TooFewGenes { what, found: genes.len(), needed: 2 });
        }
    }
    let targets: Vec<f64> = train.iter().map(|m| target(m.value)).collect();
    let training_mean = targets.iter().sum::<f64>() / targets.len() as f64;
    let measured: Vec<f64> = held.iter().map(|m| target(m.value)).collect();
    let ids: Vec<String> = held.iter().map(|m| m.ensembl.clone()).collect();
    let predicted = |model: &ModelView<'_>| -> Result<Vec<f64>, LearnError> {
        let found = predict(model, comparison.cells, &ids, &|_, _| (), cancel)?;
        let found = found.unwrap_or_else(|| vec![None; ids.len()]);
        Ok(found.iter().map(|p| p.map_or(training_mean, |p| p.mean)).collect())
    };
    let candidate = predicted(&comparison.candidate)?;
    let current = predicted(&comparison.current)?;
    let ridge = expression_ridge(comparison, &train, &targets, &held)?;
    let contenders = Contenders {
        measured: &measured,
        candidate: &candidate,
        current: &current,
        ridge: &ridge,
        training_mean,
    };
    evaluate(contenders, comparison.seed)
}

fn expression_ridge(
    comparison: &Comparison<'_>,
    train: &[&Measurement],
    targets: &[f64],
    held: &[&Measurement],
) -> Result<Vec<f64>, LearnError> {
    let model = &comparison.candidate;
    let head = EffectHead::load(model.dir)?;
    let reference = head.map(|head| head.reference).ok_or(LearnError::BadSetting {
        setting: "candidate",
        found: "a model without a head".to_owned(),
        expected: "a fine-tuned version",
    })?;
    let reference = Reference { cells: 1, ..reference };
    let cells = ReferenceCells::choose(
        &reference,
        comparison.cells,
        model.vocabulary,
        model.encoder.config(),
    )?;
    let row = |m: &&Measurement| {
        let token = model.vocabulary.token(&m.ensembl);
        token.map_or([0.0; 2], |token| cells.expression(token)).to_vec()
    };
    let rows: Vec<Vec<f64>> = train.iter().map(row).collect();
    let scaling = Scaling::of_expression(&rows);
    let scaled: Vec<Vec<f64>> = rows.iter().map(|row| scaling.apply(row)).collect();
    let views: Vec<&[f64]> = scaled.iter().map(Vec::as_slice).collect();
    let counts = vec![1.0; views.len()];
    let fitted = fit_ridge(&views, targets, &counts, 1.0, &Linear::zero(2));
    Ok(held.iter().map(|m| fitted.predict(&scaling.apply(&row(m)))).collect())
}
