//! Ids and values of golden cells, made by GeneCompass's encoding.
//!
//! `tokenizer.json`: `token_dictionary`, `genes` (columns), `medians` (per column), `counts`
//! (cells x genes), `max_len`, and per cell `input_ids`, `values` and `length`.
//!
//! The order of exact ties is not defined by the reference: at every place our gene must be
//! theirs, or one of exactly the same value.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;

use nextwell_model::cells::Gene;
use nextwell_model::families::genecompass::Homologues;
use nextwell_model::families::genecompass::tokenizer::{Medians, ValueRankEncoder, Vocabulary};
use nextwell_model::families::{CellEncoder, CellTokens, EncodeOptions};
use serde::Deserialize;

use super::Report;
use super::io::TOLERANCE;

#[derive(Deserialize)]
struct Golden {
    token_dictionary: BTreeMap<String, u32>,
    genes: Vec<String>,
    medians: Vec<f64>,
    counts: Vec<Vec<f32>>,
    max_len: usize,
    input_ids: Vec<Vec<u32>>,
    values: Vec<Vec<f32>>,
    length: Vec<usize>,
}

/// Compares every id and value of a set.
pub fn check(set: &Path) -> Result<Report, String> {
    let text = std::fs::read(set.join("tokenizer.json")).map_err(|e| e.to_string())?;
    let golden: Golden = serde_json::from_slice(&text).map_err(|e| e.to_string())?;
    let cells = golden.counts.len();
    for found in [golden.input_ids.len(), golden.values.len(), golden.length.len()] {
        if found != cells || cells == 0 {
            return Err(format!("{found} results for {cells} cells"));
        }
    }
    let (cropped, whole) = (encoder(&golden, golden.max_len)?, encoder(&golden, usize::MAX)?);
    let columns: Vec<u32> = (0..golden.genes.len() as u32).collect();
    let (mut compared, mut largest) = (0, 0.0_f32);
    for cell in 0..cells {
        let encode =
            |encoder: &ValueRankEncoder| encoder.encode(cell, &columns, &golden.counts[cell], 0.0);
        let difference = same(&golden, cell, &encode(&cropped), &encode(&whole))
            .map_err(|what| format!("cell {cell}: {what}"))?;
        largest = largest.max(difference);
        compared += golden.length[cell];
    }
    let compared = format!("{compared} ids with values");
    Ok(Report { family: "genecompass tokenizer", compared, largest: f64::from(largest) })
}

fn encoder(golden: &Golden, context: usize) -> Result<ValueRankEncoder, String> {
    let entries = golden.token_dictionary.iter().map(|(gene, token)| (gene.clone(), *token));
    let vocabulary = Vocabulary::new("golden set", entries.collect(), HashMap::new())
        .map_err(|e| e.to_string())?;
    let medians = golden.genes.iter().cloned().zip(golden.medians.iter().copied());
    let medians = Medians::new("golden set", medians).map_err(|e| e.to_string())?;
    let homologues = Arc::new(Homologues::none(vocabulary.len()));
    let gene = |id: &String| Gene { ensembl: Some(id.clone()), symbol: id.clone() };
    let genes: Vec<Gene> = golden.genes.iter().map(gene).collect();
    let options = EncodeOptions::default();
    ValueRankEncoder::new(&vocabulary, &homologues, &medians, &genes, &options, context)
        .map_err(|e| e.to_string())
}

/// The largest difference of a value.
fn same(
    golden: &Golden,
    cell: usize,
    cropped: &CellTokens,
    whole: &CellTokens,
) -> Result<f32, String> {
    let length = golden.length[cell];
    let ids = golden.input_ids[cell].get(..length).ok_or("fewer ids than its length")?;
    let values = golden.values[cell].get(..length).ok_or("fewer values than its length")?;
    if cropped.ids.len() != length || golden.input_ids[cell][length..].iter().any(|id| *id != 0) {
        return Err(format!("{} genes, expected {length}", cropped.ids.len()));
    }
    let value_of: HashMap<u32, f32> =
        whole.ids.iter().copied().zip(whole.values.iter().copied()).collect();
    let mut largest = 0.0_f32;
    for place in 0..length {
        let (ours, theirs) = (cropped.ids[place], ids[place]);
        let tied = value_of.get(&ours) == value_of.get(&theirs);
        if !tied || ids[..place].contains(&theirs) {
            return Err(format!("place {place}: gene {ours}, expected {theirs}"));
        }
        let difference = (cropped.values[place] - values[place]).abs();
        if difference.is_nan() || difference > TOLERANCE {
            let (found, expected) = (cropped.values[place], values[place]);
            return Err(format!("place {place}: value {found}, expected {expected}"));
        }
        largest = largest.max(difference);
    }
    Ok(largest)
}
