//! Times of the planner on seeded data, one JSON line: `make bench BENCH=planner`.
//!
//! `bench_planner round FOLDER N D M Q REPEATS`: N measured of D columns, Q picks from M candidates,
//! analytic and by samples; data and fitted hyperparameters go to the folder, for the reference.
//! `bench_planner large N D M Q`: one fit and round of many, without repeats.
//! Seconds are medians of the repeats; `_cpu_s` are those of all threads together.

use std::fmt::Write as _;
use std::time::Instant;

use nextwell_planner::PlanError;
use nextwell_planner::acquisition::log_expected_improvement;
use nextwell_planner::gp::{BatchImprovement, FittedGp, Sequential, fit_rbf};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Standard deviation of the noise: a third of the effects' spread. With hardly any noise BoTorch's
/// optimiser stops after a few steps.
const NOISE: f64 = 0.3;
/// Joint samples of the batch improvement.
const SAMPLES: usize = 512;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let size = |i: usize| args.get(i).ok_or("a size is missing")?.parse().map_err(|_| "not a size");
    match args.first().map(String::as_str) {
        Some("round") => {
            let folder = args.get(1).ok_or("name a folder for the data")?;
            let data = Data::new(size(2)?, size(3)?, size(4)?);
            data.write(folder)?;
            round(&data, folder, size(5)?, size(6)?)
        }
        Some("large") => large(&Data::new(size(1)?, size(2)?, size(3)?), size(4)?),
        _ => Err("round or large?".into()),
    }
}

struct Data {
    x: Vec<Vec<f64>>,
    y: Vec<f64>,
    pool: Vec<Vec<f64>>,
}

impl Data {
    /// `n` measured and `m` candidates in the unit cube; ten of `d` columns matter.
    fn new(n: usize, d: usize, m: usize) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let mut points = |count: usize| -> Vec<Vec<f64>> {
            (0..count).map(|_| (0..d).map(|_| rng.random_range(0.0..1.0)).collect()).collect()
        };
        let (x, pool) = (points(n), points(m));
        let effect = |x: &Vec<f64>| -> f64 {
            (0..10.min(d)).map(|j| (3.0 * x[j] + j as f64).sin() / (1.0 + j as f64)).sum()
        };
        // Twelve uniform numbers add up to a normal one well enough.
        let mut normal = || (0..12).map(|_| rng.random_range(-0.5..0.5)).sum::<f64>();
        let y = x.iter().map(|x| effect(x) + NOISE * normal()).collect();
        Self { x, y, pool }
    }

    fn write(&self, folder: &str) -> std::io::Result<()> {
        write(folder, "x", &self.x)?;
        write(folder, "pool", &self.pool)?;
        write(folder, "y", &self.y.iter().map(|y| vec![*y]).collect::<Vec<_>>())
    }

    /// The best measurement in the process's unit.
    fn best(&self, fitted: &FittedGp) -> f64 {
        let most = self.y.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        (most - fitted.centre) / fitted.sd
    }
}

fn round(
    data: &Data,
    folder: &str,
    q: usize,
    repeats: usize,
) -> Result<(), Box<dyn std::error::Error>> {
    let (fitted, fit) = timed(repeats, || fit_rbf(&data.x, &data.y))?;
    let theta: Vec<f64> = fitted
        .lengthscale
        .iter()
        .copied()
        .chain([fitted.noise_variance, fitted.gp.mean().constant()])
        .collect();
    write(folder, "theta", &[theta])?;
    let (_, posterior) = timed(repeats, || Ok(Sequential::new(&fitted.gp, &data.pool)))?;
    let (picks, analytic) = timed(repeats, || believed(data, &fitted, q))?;
    let before_samples = peak_mb();
    let (batch, sampled) = timed(repeats, || sampled(data, &fitted, q))?;
    println!(
        "{{\"who\": \"nextwell\", {}, {}, {}, {}, \"objective\": {}, \"evaluations\": {}, \
         \"picks\": {:?}, \"sampled_picks\": {:?}, \"peak_mb\": {before_samples}, \
         \"sampled_peak_mb\": {}}}",
        fit.json("fit"),
        posterior.json("posterior"),
        analytic.json("round"),
        sampled.json("sampled"),
        fitted.objective_per_point,
        fitted.evaluations,
        &picks[..picks.len().min(8)],
        &batch[..batch.len().min(8)],
        peak_mb(),
    );
    Ok(())
}

fn large(data: &Data, q: usize) -> Result<(), Box<dyn std::error::Error>> {
    let (fitted, fit) = timed(1, || fit_rbf(&data.x, &data.y))?;
    let (_, round) = timed(1, || believed(data, &fitted, q))?;
    println!(
        "{{\"who\": \"nextwell, large\", \"large_s\": {}, \"large_cpu_s\": {}, {}, {}, \
         \"fitted_on\": {}, \"large_mb\": {}}}",
        fit.wall + round.wall,
        fit.cpu + round.cpu,
        fit.json("large_fit"),
        round.json("large_round"),
        fitted.fitted_on,
        peak_mb(),
    );
    Ok(())
}

/// Picks by log expected improvement, each believed to give its mean.
fn believed(data: &Data, fitted: &FittedGp, q: usize) -> Result<Vec<usize>, PlanError> {
    let mut sequence = Sequential::new(&fitted.gp, &data.pool);
    let best = data.best(fitted);
    let mut picks = Vec::new();
    for _ in 0..q {
        let scores = log_expected_improvement(sequence.mean(), &sequence.sd(), best)?;
        let Some(pick) = highest(&scores, &picks) else { break };
        sequence.believe(pick, fitted.noise_variance);
        picks.push(pick);
    }
    Ok(picks)
}

/// Picks by the improvement of the whole batch, from joint samples.
fn sampled(data: &Data, fitted: &FittedGp, q: usize) -> Result<Vec<usize>, PlanError> {
    let best = data.best(fitted);
    let mut batch = BatchImprovement::new(&fitted.gp, &data.pool, best, SAMPLES, 1);
    let mut picks = Vec::new();
    for _ in 0..q {
        let Some(pick) = highest(&batch.scores(), &picks) else { break };
        batch.pick(pick);
        picks.push(pick);
    }
    Ok(picks)
}

fn highest(scores: &[f64], taken: &[usize]) -> Option<usize> {
    let open = (0..scores.len()).filter(|i| !taken.contains(i));
    open.max_by(|&a, &b| scores[a].total_cmp(&scores[b]).then(b.cmp(&a)))
}

/// Seconds of the clock, and of all threads together.
struct Time {
    wall: f64,
    cpu: f64,
}

impl Time {
    fn json(&self, name: &str) -> String {
        format!("\"{name}_s\": {}, \"{name}_cpu_s\": {}", self.wall, self.cpu)
    }
}

/// The last result, and the median times.
fn timed<T>(
    repeats: usize,
    run: impl Fn() -> Result<T, PlanError>,
) -> Result<(T, Time), PlanError> {
    let once = || -> Result<(T, f64, f64), PlanError> {
        let (start, cpu) = (Instant::now(), cpu_s());
        let result = run()?;
        Ok((result, start.elapsed().as_secs_f64(), cpu_s() - cpu))
    };
    let (mut result, wall, cpu) = once()?;
    let (mut walls, mut cpus) = (vec![wall], vec![cpu]);
    for _ in 1..repeats {
        let (again, wall, cpu) = once()?;
        result = again;
        walls.push(wall);
        cpus.push(cpu);
    }
    let median = |mut all: Vec<f64>| {
        all.sort_by(f64::total_cmp);
        all[all.len() / 2]
    };
    Ok((result, Time { wall: median(walls), cpu: median(cpus) }))
}

fn write(folder: &str, name: &str, rows: &[Vec<f64>]) -> std::io::Result<()> {
    let mut text = String::new();
    for row in rows {
        let line: Vec<String> = row.iter().map(f64::to_string).collect();
        let _ = writeln!(text, "{}", line.join(","));
    }
    std::fs::write(std::path::Path::new(folder).join(format!("{name}.csv")), text)
}

/// Peak resident memory in MB; 0 where it cannot be read.
fn peak_mb() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM"));
    let kb = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<f64>().ok());
    kb.unwrap_or(0.0) / 1e3
}

/// CPU seconds of this process so far, all threads; 0 where they cannot be read.
fn cpu_s() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // After the command's name: the state is field 0, user and system ticks of 10 ms are 11 and 12.
    let fields: Vec<&str> =
        stat.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace().collect();
    let ticks = |i: usize| fields.get(i).and_then(|text| text.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(11) + ticks(12)) / 100.0
}
