//! Times one family on a checkpoint directory and prints JSON:
//! `bench_family DIR GENES CELLS REPETITIONS KIND CELLS.json`.
//!
//! Cells express the first `GENES` genes of the vocabulary with made-up counts; as encoded they are
//! written to `CELLS.json`, so that another program can run the same. `KIND` is an embedding of the
//! card, or `default`.

use std::error::Error;
use std::path::PathBuf;
use std::time::Instant;

use nextwell_model::cells::Gene;
use nextwell_model::families::{CellModel, CellTokens, EncodeOptions, OpenOptions, open};
use serde_json::json;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let argument = |i: usize| arguments.get(i).ok_or("DIR GENES CELLS REPETITIONS KIND CELLS.json");
    let directory = PathBuf::from(argument(0)?);
    let (genes, cells) = (argument(1)?.parse()?, argument(2)?.parse()?);
    let repetitions: usize = argument(3)?.parse()?;

    let start = Instant::now();
    let model = open(&directory, OpenOptions::default())?;
    let load_seconds = start.elapsed().as_secs_f64();
    let card = model.card();
    let kind = match argument(4)?.as_str() {
        "default" => card.embeddings[0].name,
        other => other,
    };
    let tokens = encode(model.as_ref(), genes, cells)?;
    let as_json = |cell: &CellTokens| json!({ "ids": cell.ids, "values": cell.values });
    let text = serde_json::to_vec(&tokens.iter().map(as_json).collect::<Vec<_>>())?;
    std::fs::write(argument(5)?, text)?;

    let embedding = model.embed(&tokens[..1], kind)?.remove(0);
    let mut seconds = Vec::new();
    for _ in 0..repetitions {
        let start = Instant::now();
        model.embed(&tokens, kind)?;
        seconds.push(start.elapsed().as_secs_f64());
    }
    let fastest = seconds.iter().copied().fold(f64::INFINITY, f64::min);
    let line = json!({
        "name": "nextwell",
        "family": card.family.name(),
        "variant": card.variant,
        "parameters": card.sizes.parameters,
        "tokens": tokens[0].ids.len(),
        "cells": tokens.len(),
        "kind": kind,
        "load_seconds": load_seconds,
        "peak_mib": peak_mib(),
        "cells_per_second": tokens.len() as f64 / fastest,
        "embedding": &embedding[..embedding.len().min(16)],
    });
    println!("{line}");
    Ok(())
}

fn encode(
    model: &dyn CellModel,
    genes: usize,
    cells: usize,
) -> Result<Vec<CellTokens>, Box<dyn Error>> {
    let columns: Vec<Gene> = model
        .genes()
        .iter()
        .take(genes)
        .map(|gene| Gene { ensembl: gene.ensembl.clone(), symbol: gene.symbol.clone() })
        .collect();
    let encoder = model.encoder(&columns, &EncodeOptions::default())?;
    let indices: Vec<u32> = (0..columns.len() as u32).collect();
    let count = |cell: usize, gene: usize| (1 + (gene * 7_919 + cell * 104_729) % 97) as f32;
    let one = |cell: usize| {
        let counts: Vec<f32> = (0..columns.len()).map(|gene| count(cell, gene)).collect();
        let total = counts.iter().map(|c| f64::from(*c)).sum();
        encoder.encode(cell, &indices, &counts, total)
    };
    Ok((0..cells).map(one).collect())
}

/// Largest resident memory of this process so far, in MiB; 0 where the system does not tell.
fn peak_mib() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|rest| rest.split_whitespace().next()?.parse::<f64>().ok());
    kib.map_or(0.0, |kib| kib / 1024.0)
}
