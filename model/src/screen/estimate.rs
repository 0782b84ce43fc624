//! What a screen will cost, before it starts.

use std::time::Instant;

use serde::{Deserialize, Serialize};

use super::{FirstOrderSettings, ScreenError, ScreenPlan, Source, Watch};
use crate::families::{CellModel, CellTokens};

/// Measured speed of a model on this machine.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Speed {
    /// Floating-point operations per second, by the estimate of [`Sizes::flop`]; mean, slowest and
    /// fastest of the batches measured.
    ///
    /// [`Sizes::flop`]: crate::families::Sizes::flop
    pub mean: f64,
    /// Of the slowest batch.
    pub slowest: f64,
    /// Of the fastest batch.
    pub fastest: f64,
}

/// Time and memory of a screen.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// Forwards at most.
    pub forwards: usize,
    /// Seconds.
    pub seconds: f64,
    /// Seconds if every batch were as fast as the fastest measured.
    pub seconds_low: f64,
    /// Seconds if every batch were as slow as the slowest measured, and a fifth more.
    pub seconds_high: f64,
    /// Bytes at the peak, about: weights, and what each worker holds for the longest cell.
    pub memory_bytes: u64,
}

/// Cells timed: of short, middle and long ones.
const CELLS_TIMED: usize = 3;
/// What an estimate leaves for what cannot be measured beforehand.
const SLACK: f64 = 1.2;

/// Times a few cells of the plan on the model: some forwards, as many at once as a screen runs.
///
/// # Errors
/// Whatever the model refuses; [`ScreenError::Cancelled`].
pub fn measure_speed(
    model: &dyn CellModel,
    source: &Source,
    plan: &ScreenPlan,
    watch: Watch<'_>,
) -> Result<Speed, ScreenError> {
    let mut speeds = Vec::new();
    for part in 0..CELLS_TIMED {
        watch.check()?;
        let at = (2 * part + 1) * plan.cells.len() / (2 * CELLS_TIMED);
        let cell = source.original(plan.cells[at.min(plan.cells.len() - 1)].row).tokens;
        let flop = model.card().sizes.flop(cell.ids.len());
        let cells: Vec<CellTokens> = vec![cell; rayon::current_num_threads()];
        if part == 0 {
            // The first run also warms caches, and kernels on a GPU.
            model.embed(&cells, &plan.embedding)?;
        }
        let start = Instant::now();
        model.embed(&cells, &plan.embedding)?;
        speeds.push(flop * cells.len() as f64 / start.elapsed().as_secs_f64().max(1e-9));
    }
    let slowest = speeds.iter().copied().fold(f64::INFINITY, f64::min);
    let fastest = speeds.iter().copied().fold(0.0, f64::max);
    Ok(Speed { mean: speeds.iter().sum::<f64>() / speeds.len() as f64, slowest, fastest })
}

/// Time and memory of a plan at a speed.
pub fn estimate(plan: &ScreenPlan, model: &dyn CellModel, speed: Speed) -> Estimate {
    Estimate {
        forwards: plan.forwards,
        seconds: plan.flop / speed.mean,
        seconds_low: plan.flop / speed.fastest,
        seconds_high: SLACK * plan.flop / speed.slowest,
        memory_bytes: memory(plan, model),
    }
}

/// Time and memory of a first-order screen of a plan, with `top` genes run exactly afterwards.
pub fn first_order_estimate(
    plan: &ScreenPlan,
    model: &dyn CellModel,
    speed: Speed,
    settings: &FirstOrderSettings,
    top: usize,
) -> Estimate {
    /// A cell's estimates in forwards: measured as 4.2 s against 0.12 s a forward, in a cell of
    /// 2,048 tokens (`docs/benchmarks.md`).
    const ESTIMATES: usize = 36;
    let (cells, targets) = (plan.cells.len(), plan.targets.len());
    let sampled = settings.cells.min(cells) * settings.targets.min(targets);
    let forwards = cells * (1 + ESTIMATES + top.min(targets)) + sampled;
    let all = estimate(plan, model, speed);
    let share = forwards as f64 / plan.forwards.max(1) as f64;
    Estimate {
        forwards,
        seconds: share * all.seconds,
        seconds_low: share * all.seconds_low,
        seconds_high: share * all.seconds_high,
        ..all
    }
}

/// Weights, and per worker the activations of the longest cell: input, queries, keys, values,
/// context, branch, inner block and a block of scores.
pub fn memory(plan: &ScreenPlan, model: &dyn CellModel) -> u64 {
    /// The program itself, cells and files.
    const BASE: u64 = 64 << 20;
    let sizes = model.card().sizes;
    let per_token = 6 * sizes.hidden + sizes.ffn;
    let worker = plan.longest * per_token + 256 * plan.longest;
    let workers = rayon::current_num_threads();
    BASE + 4 * (sizes.parameters + (workers * worker) as u64)
}
