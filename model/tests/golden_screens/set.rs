//! One golden set: a file of runs and the weights beside it.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use nextwell_model::device::DeviceChoice;
use nextwell_model::encoder::{self, Encoder};
use nextwell_model::screen::{StateEmbedding, TokenLayout, UnitVector, hidden_state};
use serde_json::Value;

use crate::{engine, run, statistics};

/// What was compared in a set.
#[derive(Default)]
pub struct Report {
    pub runs_compared: usize,
    /// Of these, through plan, blocks and rows too.
    pub runs_through_engine: usize,
    /// Tags of runs that ask for something not built yet.
    pub not_built: Vec<String>,
    pub values: usize,
    pub largest_cosine: f64,
    pub largest_statistic: f64,
    /// Genes whose mixture component differs from the reference's, of all.
    pub mixture_differs: (usize, usize),
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} runs compared ({} through the whole engine), {} values, largest difference {:.2e} (cosines), {:.2e} (statistics)",
            self.runs_compared,
            self.runs_through_engine,
            self.values,
            self.largest_cosine,
            self.largest_statistic
        )?;
        let (differ, all) = self.mixture_differs;
        if all > 0 {
            write!(f, "; mixture component differs for {differ} of {all} genes")?;
        }
        match self.not_built.is_empty() {
            true => write!(f, "; runs not built yet: none"),
            false => write!(f, "; runs not built yet: {}", self.not_built.join(", ")),
        }
    }
}

impl Report {
    pub fn cosine(&mut self, found: f64, expected: f64) {
        self.values += 1;
        self.largest_cosine = self.largest_cosine.max(distance(found, expected));
    }

    pub fn statistic(&mut self, found: f64, expected: f64) {
        self.values += 1;
        self.largest_statistic = self.largest_statistic.max(distance(found, expected));
    }
}

/// Absolute difference; NaN counts as infinite, so that it can never pass.
fn distance(found: f64, expected: f64) -> f64 {
    let difference = (found - expected).abs();
    if difference.is_nan() { f64::INFINITY } else { difference }
}

/// What every run of a set shares.
pub struct Set {
    pub encoder: Box<dyn Encoder>,
    pub layout: TokenLayout,
    pub cells: Vec<(Vec<u32>, String)>,
    pub tokens: BTreeMap<String, u32>,
    pub states: Value,
}

pub fn check(file: &Path) -> Report {
    let json: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    let set = open(file, &json);
    let mut report = Report::default();
    set.compare_states(&json["cell_states"], &mut report);
    for run in json["runs"].as_array().unwrap() {
        match run::compare(&set, run, &mut report) {
            Some(()) => {
                report.runs_compared += 1;
                statistics::compare(run, &mut report);
            }
            None => report.not_built.push(run["tag"].as_str().unwrap_or("?").to_owned()),
        }
    }
    report.runs_through_engine = engine::compare_all(&set, &weights(file), &json, &mut report);
    report
}

/// The directory of weights that a file of runs belongs to.
fn weights(file: &Path) -> PathBuf {
    let folder = file.parent().unwrap();
    let name = folder.file_name().unwrap().to_str().unwrap();
    folder.with_file_name(name.trim_end_matches("_isp"))
}

fn open(file: &Path, json: &Value) -> Set {
    let weights = weights(file);
    let encoder = encoder::open(&weights, DeviceChoice::Cpu)
        .unwrap_or_else(|error| panic!("{}: {error}", weights.display()));
    let layout = TokenLayout {
        specials: json["emb_mode"] == "cls",
        max_len: encoder.config().max_position_embeddings,
    };
    let cell = |cell: &Value| {
        let ids = cell["input_ids"].as_array().unwrap().iter();
        let ids = ids.map(|id| id.as_u64().unwrap() as u32).collect();
        (ids, cell["state"].as_str().unwrap().to_owned())
    };
    let cells = json["cells"].as_array().unwrap().iter().map(cell).collect();
    let states = json["state_embeddings"].clone();
    Set { encoder, layout, cells, tokens: gene_tokens(json), states }
}

/// Token of each Ensembl id, as the statistics of the set name them.
fn gene_tokens(json: &Value) -> BTreeMap<String, u32> {
    let runs = json["runs"].as_array().unwrap().iter();
    let rows = runs.filter_map(|run| run["stats"].as_array()).flatten();
    rows.filter_map(|row| {
        Some((row["Ensembl_ID"].as_str()?.to_owned(), row["Gene"].as_u64()? as u32))
    })
    .collect()
}

impl Set {
    /// Embedding of a state at a layer, as the reference gives it.
    pub fn state(&self, emb_layer: &str, state: &str) -> UnitVector {
        let values = self.states[emb_layer][state].as_array().unwrap().iter();
        let values: Vec<f64> = values.map(|v| v.as_f64().unwrap()).collect();
        UnitVector::from_f64(values, state).unwrap()
    }

    /// Our mean embedding of each state against the reference's.
    fn compare_states(&self, names: &Value, report: &mut Report) {
        for (emb_layer, states) in self.states.as_object().unwrap() {
            let layers = self.encoder.config().num_hidden_layers;
            let hidden = hidden_state(emb_layer.parse().unwrap(), layers).unwrap();
            for (state, expected) in states.as_object().unwrap() {
                let cells: Vec<&[u32]> = self
                    .cells
                    .iter()
                    .filter(|(_, of)| of == state || names[format!("{state}_state")] == *of)
                    .map(|(cell, _)| cell.as_slice())
                    .collect();
                let pooled = self.encoder.pooled(&cells, hidden, self.layout.pooling()).unwrap();
                let found = StateEmbedding::mean_of(&pooled).unwrap();
                for (found, expected) in found.mean.iter().zip(expected.as_array().unwrap()) {
                    report.cosine(*found, expected.as_f64().unwrap());
                }
            }
        }
    }
}
