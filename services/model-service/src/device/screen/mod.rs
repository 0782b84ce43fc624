//! In-silico perturbation screens: what one costs, its shards, and what it says in the end.
//!
//! The values of a shard stay in the screen's own directory; they are computed again, bit for bit,
//! should they be lost.

mod first_order;
mod order;
mod values;
mod wire;

use std::sync::Arc;
use std::time::Instant;

pub use values::values;

use nextwell_contract::worker::{FinishedScreen, ScreenWork, ShardResult, ShardWork};
use nextwell_contract::{ScreenEstimate, ScreenMode};
use nextwell_model::device::DeviceChoice;
use nextwell_model::families::{self, CellModel, Kernels, OpenOptions};
use nextwell_model::screen::report::{ReportOptions, summarise, target_expression};
use nextwell_model::screen::{
    FirstOrderCheck, FirstOrderSettings, Provenance, RunDir, ScreenSpec, Screener, Source, Watch,
    estimate, first_order_estimate, measure_speed, memory, plan,
};

use super::Device;
use crate::app::{App, request_digest};
use crate::failure::Failure;
use crate::finite::Finite;
use crate::queue::Run;

/// Targets of each kind of perturbation whose cells are in the map.
const MAPPED: usize = 3;

/// What is run of an order.
struct Ordered {
    spec: ScreenSpec,
    /// What the estimates are worth that chose the genes, in gradient mode.
    check: Option<FirstOrderCheck>,
    /// Names that no gene has.
    unknown: Vec<String>,
}

fn ordered(
    app: &App,
    device: &mut Device,
    run: &Run,
    work: &ScreenWork,
) -> Result<Ordered, Failure> {
    let (spec, unknown) = order::spec(&work.order)?;
    if work.order.mode == ScreenMode::Exact {
        return Ok(Ordered { spec, check: None, unknown });
    }
    let (check, targets) = first_order::chosen(app, device, run, work, &spec)?;
    Ok(Ordered { spec: ScreenSpec { targets, ..spec }, check: Some(check), unknown })
}

/// Forwards, time and memory of a screen; nothing is screened.
pub fn estimated(
    app: &App,
    device: &mut Device,
    run: &Run,
    work: &ScreenWork,
) -> Result<ScreenEstimate, Failure> {
    let (spec, unknown) = order::spec(&work.order)?;
    let cells = app.dataset(&work.order.dataset_digest)?;
    let model = device.opened(app, &work.model_digest)?;
    let source = Source::new(model.as_ref(), cells, &spec)?;
    let plan = plan(&spec, model.as_ref(), &source)?;
    let tell = run.teller("timing the model");
    let watch = Watch { progress: &tell, cancel: &run.cancel };
    let speed = device
        .speeds
        .get_or_make(&work.model_digest, || measure_speed(model.as_ref(), &source, &plan, watch))?;
    let cost = match work.order.mode {
        ScreenMode::Exact => estimate(&plan, model.as_ref(), *speed),
        ScreenMode::Gradient => {
            families::open_first_order(&app.files.model(&app.require_model(&work.model_digest)?))?;
            let (settings, top) = (FirstOrderSettings::default(), work.order.top as usize);
            first_order_estimate(&plan, model.as_ref(), *speed, &settings, top)
        }
    };
    Ok(wire::estimate(
        &work.model_digest,
        &plan,
        Some(cost),
        memory(&plan, model.as_ref()),
        unknown,
    ))
}

/// Shards and forwards of a screen, without running the model; in gradient mode the genes are
/// chosen first.
pub fn planned(
    app: &App,
    device: &mut Device,
    run: &Run,
    work: &ScreenWork,
) -> Result<ScreenEstimate, Failure> {
    let Ordered { spec, unknown, .. } = ordered(app, device, run, work)?;
    let cells = app.dataset(&work.order.dataset_digest)?;
    let model = device.opened(app, &work.model_digest)?;
    let source = Source::new(model.as_ref(), cells, &spec)?;
    let plan = plan(&spec, model.as_ref(), &source)?;
    Ok(wire::estimate(&work.model_digest, &plan, None, memory(&plan, model.as_ref()), unknown))
}

/// Computes one shard, unless its values are there; cells' embeddings are computed once.
pub fn shard(
    app: &App,
    device: &mut Device,
    run: &Run,
    work: &ShardWork,
) -> Result<ShardResult, Failure> {
    let ShardWork { work, shard } = work;
    let screener = prepared(app, device, run, work)?;
    let dir = run_dir(app, work, &screener)?;
    let start = Instant::now();
    let tell = run.teller("perturbing cells");
    let watch = Watch { progress: &tell, cancel: &run.cancel };
    let values = match dir.load(*shard as usize) {
        Ok(values) => values,
        Err(_) => screener.run_shard(*shard as usize, watch)?,
    };
    Ok(ShardResult {
        digest: dir.save(&values)?,
        forwards: values.forwards as u64,
        seconds: start.elapsed().as_secs_f64(),
    })
}

/// The report of a screen; shards whose values were lost are computed again.
pub fn finished(
    app: &App,
    device: &mut Device,
    run: &Run,
    work: &ScreenWork,
) -> Result<FinishedScreen, Failure> {
    let (screener, dir) = completed(app, device, run, work)?;
    let tell = run.teller("summing up");
    let watch = Watch { progress: &tell, cancel: &run.cancel };
    let noise_floor = screener.noise_floor(other(app, device, work)?.as_ref(), watch)?;
    let options = ReportOptions {
        min_detections: work.order.min_detections as usize,
        noise_floor,
        ..ReportOptions::default()
    };
    let expression = target_expression(screener.plan(), screener.source(), screener.model());
    let report = summarise(screener.plan(), &dir, &expression, &options)?;
    let best: Vec<_> = report
        .ranked()
        .into_iter()
        .filter(|row| row.rank.is_some_and(|rank| rank <= MAPPED))
        .map(|row| row.id)
        .collect();
    let map = screener.map(&best, watch)?;
    let predictions = predictions(app, device, run, work, &screener)?;
    let provenance = provenance(app, work, &screener)?;
    let check = ordered(app, device, run, work)?.check;
    let finished = wire::finished(&report, &map, &provenance, work, check, predictions);
    finished.check("a screen")?;
    Ok(finished)
}

/// A screen with all of its values; those that were lost are computed again.
fn completed(
    app: &App,
    device: &mut Device,
    run: &Run,
    work: &ScreenWork,
) -> Result<(Arc<Screener>, RunDir), Failure> {
    let screener = prepared(app, device, run, work)?;
    let dir = run_dir(app, work, &screener)?;
    let tell = run.teller("computing lost values again");
    let watch = Watch { progress: &tell, cancel: &run.cancel };
    for shard in dir.missing() {
        dir.save(&screener.run_shard(shard, watch)?)?;
    }
    Ok((screener, dir))
}

/// The same checkpoint run another way, to tell effects from rounding.
fn other(app: &App, device: &Device, work: &ScreenWork) -> Result<Box<dyn CellModel>, Failure> {
    let digest = app.require_model(&work.model_digest)?;
    // On the CPU Burn's own kernels, elsewhere the CPU's.
    let kernels = if device.choice == DeviceChoice::Cpu { Kernels::Burn } else { Kernels::Fused };
    let options = OpenOptions { device: DeviceChoice::Cpu, kernels };
    Ok(families::open(&app.files.model(&digest), options)?)
}

fn prepared(
    app: &App,
    device: &mut Device,
    run: &Run,
    work: &ScreenWork,
) -> Result<Arc<Screener>, Failure> {
    let key = request_digest("screen", work)?;
    let model = device.opened(app, &work.model_digest)?;
    let cells = app.dataset(&work.order.dataset_digest)?;
    let spec = ordered(app, device, run, work)?.spec;
    device.screens.get_or_make(key.as_str(), || {
        let tell = run.teller("embedding the original cells");
        let watch = Watch { progress: &tell, cancel: &run.cancel };
        let cache = app.files.embeddings();
        let model = (model, work.model_digest.as_str());
        Ok(Screener::prepare(spec, model, cells, Some(&cache), watch)?)
    })
}

fn run_dir(app: &App, work: &ScreenWork, screener: &Screener) -> Result<RunDir, Failure> {
    let key = request_digest("screen", work)?;
    let provenance = provenance(app, work, screener)?;
    Ok(RunDir::open(&app.files.screen(&key), screener.spec(), screener.plan(), &provenance)?)
}

fn provenance(app: &App, work: &ScreenWork, screener: &Screener) -> Result<Provenance, Failure> {
    let card = screener.model().card();
    Ok(Provenance {
        model_digest: app.require_model(&work.model_digest)?.to_string(),
        model: format!("{} {}", card.family, card.variant),
        vocabulary_digest: card.vocabulary.digest.clone(),
        cells_digest: app.require_dataset(&work.order.dataset_digest)?.to_string(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        device: screener.model().device().to_string(),
    })
}

/// Predicted effect of each target's gene, by Ensembl id; empty without a head.
fn predictions(
    app: &App,
    device: &mut Device,
    run: &Run,
    work: &ScreenWork,
    screener: &Screener,
) -> Result<Vec<nextwell_contract::worker::PredictedEffect>, Failure> {
    if !work.predict {
        return Ok(Vec::new());
    }
    let model = device.model(app, &work.model_digest)?;
    let cells = app.dataset(&work.order.dataset_digest)?;
    let targets = screener.plan().targets.iter();
    let genes: Vec<String> = targets.flat_map(|target| target.genes.clone()).collect();
    let tell = run.teller("predicting effects");
    let found = nextwell_model::learn::predict(&model.view(), &cells, &genes, &tell, &run.cancel)?;
    let known = genes.into_iter().zip(found.unwrap_or_default());
    let effect = |(ensembl_id, found): (String, Option<nextwell_model::learn::Prediction>)| {
        let found = found?;
        Some(nextwell_contract::worker::PredictedEffect {
            ensembl_id,
            effect: found.mean,
            sd: found.sd,
        })
    };
    Ok(known.filter_map(effect).collect())
}
