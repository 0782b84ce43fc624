//! In-silico perturbation screens.

use std::sync::Arc;

use nextwell_contract::worker::{ScreenPlan, ScreenWork, ShardResult, ShardWork};
use nextwell_contract::{Perturbation, ScreenRow};
use nextwell_model::learn::{Prediction, predict};
use nextwell_model::screen::{self, CellState, ScreenContext, ScreenSpec, Watch};
use nextwell_model::stats::IntervalKind;

use super::{Device, Model};
use crate::app::{App, request_digest};
use crate::digest::Digest;
use crate::failure::Failure;
use crate::finite::Finite;
use crate::queue::Run;

/// Shards and cost of a screen, without running the model.
pub fn plan(app: &App, work: &ScreenWork) -> Result<ScreenPlan, Failure> {
    let model = app.require_model(&work.model_digest)?;
    let cells = app.dataset(&work.dataset_digest)?;
    let dir = app.files.model(&model);
    let (config, vocabulary) = Model::describe(&dir)?;
    let plan = screen::plan(&spec(work), &cells, &vocabulary, &config)?;
    Ok(ScreenPlan {
        n_shards: plan.shards.len() as u32,
        n_cells: plan.cells.len() as u64,
        n_forwards: plan.forwards as u64,
        unknown_genes: plan.unknown_genes,
    })
}

/// Final rows of one shard; cells' embeddings are computed once per screen.
pub fn shard(
    app: &App,
    device: &mut Device,
    run: &Run,
    work: &ShardWork,
) -> Result<ShardResult, Failure> {
    let ShardWork { work, shard } = work;
    let context = prepared(app, device, run, work)?;
    let tell = run.teller("perturbing cells");
    let watch = Watch { progress: &tell, cancel: &run.cancel };
    let found = context.run_shard(*shard as usize, watch)?;
    let predictions = predictions(app, device, run, work, &context, *shard as usize)?;
    let rows = found.rows.into_iter();
    let mut rows: Vec<ScreenRow> = rows.map(|row| screen_row(row, &predictions)).collect();
    rows.sort_by(|a, b| (&a.ensembl_id, a.perturbation).cmp(&(&b.ensembl_id, b.perturbation)));
    rows.check("a screen")?;
    let json = serde_json::to_vec(&rows).map_err(Failure::internal)?;
    Ok(ShardResult { digest: Digest::of(&json).to_string(), rows })
}

fn prepared(
    app: &App,
    device: &mut Device,
    run: &Run,
    work: &ScreenWork,
) -> Result<Arc<ScreenContext>, Failure> {
    let key = request_digest("screen", work)?;
    let model = device.model(app, &work.model_digest)?;
    let cells = app.dataset(&work.dataset_digest)?;
    device.screens.get_or_make(key.as_str(), || {
        let tell = run.teller("embedding the original cells");
        let watch = Watch { progress: &tell, cancel: &run.cancel };
        let encoder = Arc::clone(&model.encoder);
        Ok(ScreenContext::prepare(spec(work), &cells, &model.vocabulary, encoder, watch)?)
    })
}

/// Predicted effect of each gene of the shard, by Ensembl id; empty without a head.
fn predictions(
    app: &App,
    device: &mut Device,
    run: &Run,
    work: &ScreenWork,
    context: &ScreenContext,
    shard: usize,
) -> Result<Vec<(String, Prediction)>, Failure> {
    let model = device.model(app, &work.model_digest)?;
    let cells = app.dataset(&work.dataset_digest)?;
    let Some(range) = context.plan().shards.get(shard).cloned() else { return Ok(Vec::new()) };
    let genes = &context.spec().genes[range];
    let tell = run.teller("predicting effects");
    let found = predict(&model.view(), &cells, genes, &tell, &run.cancel)?;
    let known = genes.iter().zip(found.unwrap_or_default());
    Ok(known.filter_map(|(gene, found)| Some((gene.clone(), found?))).collect())
}

fn spec(work: &ScreenWork) -> ScreenSpec {
    let settings = &work.screen;
    let state =
        |value: &str| CellState { column: settings.state_column.clone(), value: value.to_owned() };
    ScreenSpec {
        start: state(&settings.start_value),
        goal: state(&settings.goal_value),
        genes: work.genes.clone(),
        perturbations: work
            .perturbations
            .iter()
            .map(|kind| match kind {
                Perturbation::KnockOut => screen::Perturbation::KnockOut,
                Perturbation::OverExpression => screen::Perturbation::OverExpression,
            })
            .collect(),
        emb_layer: settings.emb_layer,
        max_cells: settings.max_cells.map(|most| most as usize),
        donor_column: settings.donor_column.clone(),
        keep_cell_shifts: false,
        seed: work.seed,
    }
}

fn screen_row(row: screen::ScreenRow, predictions: &[(String, Prediction)]) -> ScreenRow {
    let predicted = predictions.iter().find(|(gene, _)| *gene == row.gene).map(|(_, found)| found);
    ScreenRow {
        perturbation: match row.perturbation {
            screen::Perturbation::KnockOut => Perturbation::KnockOut,
            screen::Perturbation::OverExpression => Perturbation::OverExpression,
        },
        n_cells: row.n_cells as u64,
        n_truncated: row.n_truncated as u64,
        coverage: row.coverage,
        mean_shift: row.mean_shift,
        sd: row.sd,
        ci_low: row.interval.map(|interval| interval.low),
        ci_high: row.interval.map(|interval| interval.high),
        interval_kind: row.interval.map(|interval| match interval.kind {
            IntervalKind::Donors => "donor".to_owned(),
            IntervalKind::Cells => "cell".to_owned(),
        }),
        predicted_effect: predicted.map(|found| found.mean),
        predicted_sd: predicted.map(|found| found.sd),
        ensembl_id: row.gene,
    }
}
