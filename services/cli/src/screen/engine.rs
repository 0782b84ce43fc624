//! Running a screen: estimate, blocks on one or more devices, resume.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use anyhow::{Context, anyhow, bail};
use nextwell_model::cells::CellMatrix;
use nextwell_model::device::{Device, DeviceChoice};
use nextwell_model::families::{self, CellModel, Kernels, OpenOptions, Species};
use nextwell_model::screen::report::{Report, ReportOptions, summarise, target_expression};
use nextwell_model::screen::{
    FirstOrderCheck, FirstOrderSettings, Provenance, RunDir, ScreenSpec, Screener, Source,
    StateSummary, Targets, Watch, estimate, first_order_screen, measure_speed, plan,
};
use nextwell_model::versions::digest_model_dir;

use super::Args;
use super::args::Mode;
use super::targets::targets;
use crate::model_args::cancelled_by_ctrl_c;
use crate::{models, progress};

/// The cells and what is asked of them, for every model.
#[derive(Clone)]
pub struct Lab {
    pub cells: Arc<CellMatrix>,
    digest: String,
    spec: ScreenSpec,
    cancel: Arc<AtomicBool>,
}

/// A screen that is finished.
pub struct Done {
    pub model: PathBuf,
    pub name: String,
    pub report: Report,
    pub screener: Screener,
    pub run: RunDir,
    pub provenance: Provenance,
    /// What the estimates are worth that chose the genes, in gradient mode.
    pub check: Option<FirstOrderCheck>,
    /// Keeps a run without a directory of its own until all is written.
    _scratch: Option<tempfile::TempDir>,
}

impl Lab {
    /// Reads the cells and makes the spec.
    pub fn open(args: &Args) -> anyhow::Result<Self> {
        let spec = spec(args)?;
        spec.check()?;
        let cells = models::read_cells(&args.cells)?;
        let digest = cells.digest()?;
        Ok(Self { cells: Arc::new(cells), digest, spec, cancel: cancelled_by_ctrl_c() })
    }

    /// Screens with one model; `None` when only the estimate was asked for.
    pub fn screen(&self, args: &Args, dir: &Path) -> anyhow::Result<Option<Done>> {
        let digest = digest_model_dir(dir)?;
        let (run_path, scratch) = run_path(args, dir)?;
        let cache = run_path.with_file_name("embeddings");
        self.tell_cost(args, dir)?;
        if args.estimate {
            return Ok(None);
        }
        let mut screeners = Vec::new();
        for device in &args.device {
            screeners.push(self.prepare(args, dir, &digest, *device, &cache)?);
        }
        let mut screener = screeners.swap_remove(0);
        let mut check = None;
        if args.mode == Mode::Gradient {
            let (found, targets) = self.first_order(args, dir, &screener)?;
            check = Some(found);
            let only = Self { spec: ScreenSpec { targets, ..self.spec.clone() }, ..self.clone() };
            screeners.clear();
            for device in &args.device {
                screeners.push(only.prepare(args, dir, &digest, *device, &cache)?);
            }
            screener = screeners.swap_remove(0);
        }
        let card = screener.model().card();
        let name = format!("{} {}", card.family, card.variant);
        let provenance = Provenance {
            model_digest: digest,
            model: name.clone(),
            vocabulary_digest: card.vocabulary.digest.clone(),
            cells_digest: self.digest.clone(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            device: screener.model().device().to_string(),
        };
        let run = RunDir::open(&run_path, screener.spec(), screener.plan(), &provenance)?;
        let others: Vec<&Screener> = std::iter::once(&screener).chain(&screeners).collect();
        self.run(&others, &run)?;
        let report = self.report(args, dir, &screener, &run)?;
        let model = dir.to_owned();
        Ok(Some(Done { model, name, report, screener, run, provenance, check, _scratch: scratch }))
    }

    fn prepare(
        &self,
        args: &Args,
        dir: &Path,
        digest: &str,
        device: DeviceChoice,
        cache: &Path,
    ) -> anyhow::Result<Screener> {
        let options = OpenOptions { device, ..OpenOptions::default() };
        let model: Arc<dyn CellModel> = Arc::from(families::open(dir, options)?);
        let bar = progress::bar("embedding cells", 1);
        let shown = |done: usize, total: usize| {
            bar.set_length(total as u64);
            bar.set_position(done as u64);
        };
        let watch = Watch { progress: &shown, cancel: &self.cancel };
        let cells = Arc::clone(&self.cells);
        let screener =
            Screener::prepare(self.spec.clone(), (model, digest), cells, Some(cache), watch)?;
        bar.finish_and_clear();
        Ok(match args.batch_tokens {
            Some(tokens) => screener.with_batch_tokens(tokens),
            None => screener,
        })
    }

    /// Estimates every knock-out; the best genes, and what the estimates are worth.
    fn first_order(
        &self,
        args: &Args,
        dir: &Path,
        screener: &Screener,
    ) -> anyhow::Result<(FirstOrderCheck, Targets)> {
        let net = families::open_first_order(dir)?;
        let bar = progress::bar("first-order estimates", 1);
        let shown = |done: usize, total: usize| {
            bar.set_length(total as u64);
            bar.set_position(done as u64);
        };
        let watch = Watch { progress: &shown, cancel: &self.cancel };
        let settings = FirstOrderSettings { seed: args.seed, ..FirstOrderSettings::default() };
        let found = first_order_screen(screener, net.as_ref(), &settings, watch)?;
        bar.finish_and_clear();
        let (check, estimates) = found.ranking();
        let best = estimates.iter().take(args.top);
        let genes = best.map(|e| screener.plan().targets[e.target].genes[0].clone()).collect();
        Ok((check, Targets::Each { genes }))
    }

    /// Says what it will cost, before any cell is screened.
    fn tell_cost(&self, args: &Args, dir: &Path) -> anyhow::Result<()> {
        let device = args.device.first().copied().unwrap_or_default();
        let model = families::open(dir, OpenOptions { device, ..OpenOptions::default() })?;
        let model = model.as_ref();
        let source = Source::new(model, Arc::clone(&self.cells), &self.spec)?;
        let plan = &plan(&self.spec, model, &source)?;
        let watch = Watch { progress: &|_, _| {}, cancel: &self.cancel };
        let cost = estimate(plan, model, measure_speed(model, &source, plan, watch)?);
        let devices = args.device.len() as f64;
        let null = plan.cells.iter().filter(|cell| cell.null).count();
        eprintln!(
            "{} cells{} × {} targets: at most {} forward passes, about {} ({} to {}), {:.1} GB",
            plan.cells.len() - null,
            if null > 0 { format!(" and {null} null cells") } else { String::new() },
            plan.targets.len(),
            cost.forwards,
            duration(cost.seconds / devices),
            duration(cost.seconds_low / devices),
            duration(cost.seconds_high / devices),
            cost.memory_bytes as f64 / 1e9,
        );
        if !plan.unknown_genes.is_empty() {
            let names = nextwell_model::screen::report::symbols(&plan.unknown_genes);
            let n = plan.unknown_genes.len();
            eprintln!("nextwell: {n} genes are not in the model's vocabulary: {names}");
        }
        Ok(())
    }

    /// Computes the blocks that are missing, each device taking the next one.
    fn run(&self, screeners: &[&Screener], run: &RunDir) -> anyhow::Result<()> {
        let missing = run.missing();
        let all = screeners[0].plan().shards.len();
        if missing.len() < all && !missing.is_empty() {
            eprintln!("going on: {} of {all} blocks are there", all - missing.len());
        }
        let bar = progress::bar("in-silico screen", all as u64);
        bar.set_position((all - missing.len()) as u64);
        let queue = Mutex::new(VecDeque::from(missing));
        let done = Mutex::new((0_usize, 0.0_f64));
        let begun = Instant::now();
        let devices = screeners.len() as f64;
        let one = |screener: &Screener| -> anyhow::Result<()> {
            let watch = Watch { progress: &|_, _| {}, cancel: &self.cancel };
            loop {
                let next = queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
                let Some(shard) = next else { return Ok(()) };
                let start = Instant::now();
                let values = screener.run_shard(shard, watch)?;
                let computing = start.elapsed().as_secs_f64();
                run.save(&values)?;
                bar.inc(1);
                let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
                done.0 += values.forwards;
                done.1 += computing;
                let seconds = begun.elapsed().as_secs_f64().max(1e-9);
                let (rate, busy) = (done.0 as f64 / seconds, 100.0 * done.1 / (seconds * devices));
                bar.set_message(format!("{rate:.1} forwards/s, device busy {busy:.0} %"));
            }
        };
        let ended = std::thread::scope(|scope| -> anyhow::Result<()> {
            let threads: Vec<_> =
                screeners.iter().map(|screener| scope.spawn(|| one(screener))).collect();
            for thread in threads {
                thread.join().map_err(|_| anyhow!("a device's thread ended early"))??;
            }
            Ok(())
        });
        if ended.is_err() && self.cancel.load(Ordering::Relaxed) {
            bar.abandon();
            bail!("stopped; the same command goes on with the blocks that are missing");
        }
        bar.finish();
        ended
    }

    fn report(
        &self,
        args: &Args,
        dir: &Path,
        screener: &Screener,
        run: &RunDir,
    ) -> anyhow::Result<Report> {
        let watch = Watch { progress: &|_, _| {}, cancel: &self.cancel };
        // The same checkpoint another way: Burn's kernels beside ours, the CPU beside a GPU.
        let kernels = match screener.model().device() {
            Device::Cpu => Kernels::Burn,
            Device::Cuda(_) => Kernels::Fused,
        };
        let options = OpenOptions { device: DeviceChoice::Cpu, kernels };
        let other = families::open(dir, options)?;
        let options = ReportOptions {
            min_detections: args.min_detections,
            noise_floor: screener.noise_floor(other.as_ref(), watch)?,
            ..ReportOptions::default()
        };
        let plan = screener.plan();
        let expression = target_expression(plan, screener.source(), screener.model());
        Ok(summarise(plan, run, &expression, &options)?)
    }
}

fn spec(args: &Args) -> anyhow::Result<ScreenSpec> {
    Ok(ScreenSpec {
        start: args.start.clone(),
        goal: args.goal.clone(),
        alternatives: args.alternative.clone(),
        null: args.null.clone(),
        targets: targets(args)?,
        perturbations: args.perturb.clone(),
        embedding: args.embedding.clone(),
        emb_layer: args.emb_layer,
        state_summary: match args.state_embedding.as_str() {
            "mean" => StateSummary::Mean,
            "median" => StateSummary::Median,
            other => bail!("--state-embedding {other}: expected mean or median"),
        },
        species: match args.species.as_str() {
            "human" => Species::Human,
            "mouse" => Species::Mouse,
            other => bail!("--species {other}: expected human or mouse"),
        },
        max_len: None,
        max_cells: args.max_cells,
        donor_column: args.donor.clone(),
        gene_shifts: args.gene_shifts.is_some(),
        seed: args.seed,
    })
}

/// Where the blocks of a model's run are kept; a temporary place when nothing is written.
fn run_path(args: &Args, model: &Path) -> anyhow::Result<(PathBuf, Option<tempfile::TempDir>)> {
    let root = match (&args.run_dir, args.out.first()) {
        (Some(dir), _) => dir.clone(),
        (None, Some(out)) if !args.estimate => out.with_extension("run"),
        _ => {
            let scratch = tempfile::tempdir().context("no temporary directory")?;
            return Ok((scratch.path().join("run"), Some(scratch)));
        }
    };
    let name = model.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let place = args.model.iter().position(|other| other == model).unwrap_or(0);
    Ok((root.join(format!("{place}-{name}")), None))
}

fn duration(seconds: f64) -> String {
    match seconds {
        s if s < 90.0 => format!("{s:.0} s"),
        s if s < 5400.0 => format!("{:.0} min", s / 60.0),
        s if s < 172_800.0 => format!("{:.1} h", s / 3600.0),
        s => format!("{:.1} days", s / 86_400.0),
    }
}
