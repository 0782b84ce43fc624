//! Prints the speed of an exact screen as JSON: `bench_screen DIR [tokens] [deletions]
//! [repetitions]`. One cell of a Geneformer V1 checkpoint, deletions spread over it, second to last
//! layer; and of the first-order estimate of all deletions of the same cell.

use std::error::Error;
use std::path::PathBuf;
use std::time::Instant;

use nextwell_model::families::{self, CellTokens, OpenOptions};
use serde_json::json;

const KIND: &str = "mean_second_last";

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let dir = PathBuf::from(arguments.first().ok_or("which checkpoint directory?")?);
    let number = |i: usize, default: usize| match arguments.get(i) {
        Some(text) => text.parse(),
        None => Ok(default),
    };
    let (tokens, deletions, repetitions) = (number(1, 2_048)?, number(2, 200)?, number(3, 1)?);
    let model = families::open(&dir, OpenOptions::default())?;
    let genes = model.card().vocabulary.tokens - 2;
    let cell = CellTokens {
        ids: (0..tokens).map(|i| (2 + i * 7919 % genes) as u32).collect(),
        ..CellTokens::default()
    };
    let deleted = |deletion: usize| {
        let mut edited = cell.clone();
        edited.ids.remove(deletion * tokens / deletions);
        edited
    };
    let edited: Vec<CellTokens> = (0..deletions).map(deleted).collect();
    let mut seconds = Vec::new();
    let mut found = Vec::new();
    for _ in 0..repetitions {
        let start = Instant::now();
        found = model.embed_edited(&cell, &edited, KIND)?;
        seconds.push(start.elapsed().as_secs_f64());
    }
    let best = seconds.iter().copied().fold(f64::INFINITY, f64::min);
    let peak = peak_bytes();
    let net = families::open_first_order(&dir)?;
    let direction = vec![1.0; found[0].len()];
    let start = Instant::now();
    net.deletion_shifts(&cell, KIND, &direction)?;
    let report = json!({
        "name": "nextwell",
        "deletions_per_second": deletions as f64 / best,
        "seconds": seconds,
        "tokens": tokens,
        "deletions": deletions,
        "peak_bytes": peak,
        "gradient_seconds": start.elapsed().as_secs_f64(),
        "gradient_peak_bytes": peak_bytes(),
        "embedding": &found[0][..8],
    });
    println!("{report}");
    Ok(())
}

/// Most memory this process has held; 0 where the system does not tell.
fn peak_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kilobytes.unwrap_or(0) * 1024
}
