//! New versions from measured effects, judged on genes that no version was trained on.

use nextwell_contract::worker::{FineTuneWork, FineTuned};
use nextwell_contract::{EvaluationReport, PredictorScore};
use nextwell_model::learn::split::is_held_out;
use nextwell_model::learn::{
    Comparison, Evaluation, FineTuneRequest, FineTuneSettings, Measurement, PromotionRule, Score,
    decide, evaluate_versions, finetune,
};
use nextwell_model::screen::CellState;

use super::{Device, Model, models};
use crate::app::App;
use crate::card::read_card;
use crate::failure::Failure;
use crate::finite::Finite;
use crate::queue::Run;

/// Fine-tunes, evaluates and decides; the version is kept whatever the decision.
pub fn fine_tune(
    app: &App,
    device: &mut Device,
    run: &Run,
    work: &FineTuneWork,
) -> Result<FineTuned, Failure> {
    let cells = app.dataset(&work.dataset_digest)?;
    let parent = device.model(app, &work.parent_digest)?;
    let measurements = measurements(work);
    let held_out: Vec<String> = measurements
        .iter()
        .map(|measured| measured.ensembl.clone())
        .filter(|gene| is_held_out(gene, work.split_seed))
        .collect();
    let scratch = app.files.scratch()?;
    let out = scratch.path().join("model");
    let request = FineTuneRequest {
        parent: &parent.dir,
        out: &out,
        cells: &cells,
        state: CellState {
            column: work.screen.state_column.clone(),
            value: work.screen.start_value.clone(),
        },
        measurements: &measurements,
        held_out: &held_out,
        settings: FineTuneSettings { seed: work.seed, ..FineTuneSettings::default() },
    };
    let tell = run.teller("fine-tuning");
    let encoder = parent.encoder.as_ref();
    let tuned = finetune(&request, encoder, &parent.vocabulary, &tell, &run.cancel)?;
    run.progress.set(0, 1, "evaluating on held-out genes");
    let candidate = Model::open(&out, device.choice)?;
    let comparison = Comparison {
        candidate: candidate.view(),
        current: parent.view(),
        cells: &cells,
        measurements: &measurements,
        held_out: &held_out,
        seed: work.seed,
    };
    let found = evaluate_versions(&comparison, &run.cancel)?;
    let evaluation = report(&found, tuned.record.genes_trained.len());
    evaluation.check("the evaluation")?;
    let decision = decide(&found, &PromotionRule::default());
    let model = models::adopt(app, &out, read_card(&out)?)?;
    Ok(FineTuned { model, evaluation, promote: decision.promote, reason: decision.reason })
}

fn measurements(work: &FineTuneWork) -> Vec<Measurement> {
    let all = work.measurements.iter();
    all.map(|m| Measurement { ensembl: m.ensembl_id.clone(), value: m.robust_z }).collect()
}

fn report(found: &Evaluation, n_train: usize) -> EvaluationReport {
    let scores = [
        ("candidate", &found.candidate),
        ("current", &found.current),
        ("mean", &found.mean),
        ("ridge", &found.ridge),
        ("random", &found.random),
    ];
    EvaluationReport {
        n_train: n_train as u64,
        n_held_out: found.genes as u64,
        scores: scores.into_iter().map(|(name, score)| predictor_score(name, score)).collect(),
        p_better_than_current: found.p_better_than_current,
        p_better_than_mean: found.p_better_than_mean,
    }
}

fn predictor_score(name: &str, score: &Score) -> PredictorScore {
    PredictorScore {
        name: name.to_owned(),
        mse: score.mse.estimate,
        mse_low: score.mse.low,
        mse_high: score.mse.high,
        spearman: score.spearman.map(|found| found.estimate),
        spearman_low: score.spearman.map(|found| found.low),
        spearman_high: score.spearman.map(|found| found.high),
    }
}
