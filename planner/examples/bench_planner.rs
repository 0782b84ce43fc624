//! Times of the planner on seeded data, one JSON line: `make bench BENCH=planner`.
//! Arguments: a folder to write the data to (for the reference), n, d, m, q.

use std::fmt::Write as _;
use std::time::Instant;

use nextwell_planner::acquisition::log_expected_improvement;
use nextwell_planner::gp::{Sequential, fit_rbf};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let size = |i: usize, default: usize| args.get(i).map_or(Ok(default), |text| text.parse());
    let folder = args.first().ok_or("name a folder for the data")?;
    let (n, d, m, q) = (size(1, 640)?, size(2, 50)?, size(3, 18_000)?, size(4, 128)?);
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let mut points = |count: usize| -> Vec<Vec<f64>> {
        (0..count).map(|_| (0..d).map(|_| rng.random_range(0.0..1.0)).collect()).collect()
    };
    let (x, pool) = (points(n), points(m));
    // Ten columns matter; a third of the spread is noise.
    let effect = |x: &Vec<f64>| -> f64 {
        (0..10.min(d)).map(|j| (3.0 * x[j] + j as f64).sin() / (1.0 + j as f64)).sum()
    };
    let noise: f64 = std::env::var("NOISE").ok().and_then(|v| v.parse().ok()).unwrap_or(-1.0);
    let y: Vec<f64> = x
        .iter()
        .map(|x| {
            effect(x)
                + if noise < 0.0 {
                    0.1 * rng.random_range(-1.0..1.0)
                } else {
                    let u: f64 = rng.random_range(1e-12..1.0);
                    let v: f64 = rng.random_range(0.0..1.0);
                    noise * (-2.0 * u.ln()).sqrt() * (std::f64::consts::TAU * v).cos()
                }
        })
        .collect();
    write(folder, "x", &x)?;
    write(folder, "pool", &pool)?;
    write(folder, "y", &y.iter().map(|y| vec![*y]).collect::<Vec<_>>())?;

    let start = Instant::now();
    let c0 = cpu_s();
    let fitted = fit_rbf(&x, &y)?;
    eprintln!("cpu {}", cpu_s() - c0);
    let fit = start.elapsed().as_secs_f64();
    eprintln!(
        "fit {fit} evals {} obj {} noise {}",
        fitted.evaluations, fitted.objective_per_point, fitted.noise_variance
    );
    let start = Instant::now();
    let mut sequence = Sequential::new(&fitted.gp, &pool);
    let posterior = start.elapsed().as_secs_f64();
    let standard: Vec<f64> = y.iter().map(|y| (y - fitted.centre) / fitted.sd).collect();
    let best = standard.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let mut picks = Vec::new();
    for _ in 0..q {
        let scores = log_expected_improvement(sequence.mean(), &sequence.sd(), best)?;
        let open = (0..m).filter(|i| !picks.contains(i));
        let Some(pick) = open.max_by(|&a, &b| scores[a].total_cmp(&scores[b])) else { break };
        sequence.believe(pick, fitted.noise_variance);
        picks.push(pick);
    }
    let round = start.elapsed().as_secs_f64();
    println!(
        "{{\"who\": \"nextwell\", \"fit_s\": {fit}, \"objective\": {}, \"posterior_s\": {posterior}, \
         \"round_s\": {round}, \"picks\": {:?}, \"peak_mb\": {}}}",
        fitted.objective_per_point,
        &picks[..picks.len().min(8)],
        peak_mb(),
    );
    Ok(())
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
    // After the command's name: state is field 0, user and system ticks of 10 ms fields 11 and 12.
    let fields: Vec<&str> =
        stat.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace().collect();
    let ticks = |i: usize| fields.get(i).and_then(|text| text.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(11) + ticks(12)) / 100.0
}
