//! Token ids of golden cells, made by the reference tokenizer.
//!
//! A set is a directory with a `tokenizer.json`: per name a `token_dictionary`,
//! `gene_median_dictionary`, `genes` (columns), `counts` (cells x genes), `n_counts`,
//! `model_input_size`, `ranked_tokens_uncropped` and `input_ids`.

use std::collections::BTreeMap;
use std::path::Path;

use nextwell_model::cells::Gene;
use nextwell_model::families::geneformer::tokenizer::{
    RankValueEncoder, Vocabulary, VocabularyEntry,
};
use serde::Deserialize;

#[derive(Deserialize)]
struct Golden {
    token_dictionary: BTreeMap<String, u32>,
    gene_median_dictionary: BTreeMap<String, f64>,
    genes: Vec<String>,
    counts: Vec<Vec<f32>>,
    n_counts: Vec<f64>,
    model_input_size: usize,
    ranked_tokens_uncropped: Vec<Vec<u32>>,
    input_ids: Vec<Vec<u32>>,
}

/// Compares every id of a set; returns how many and the largest difference (0: ids are exact).
///
/// # Errors
/// A sentence naming the set, the cell and both sequences.
pub fn check(dir: &Path) -> Result<(usize, f64), String> {
    let path = dir.join("tokenizer.json");
    let text = std::fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
    let sets: BTreeMap<String, Golden> =
        serde_json::from_str(&text).map_err(|e| format!("{}: {e}", path.display()))?;
    let mut compared = 0;
    for (name, golden) in &sets {
        compared +=
            check_set(golden).map_err(|error| format!("{}, {name}: {error}", path.display()))?;
    }
    if compared == 0 {
        return Err(format!("{} holds nothing to compare", path.display()));
    }
    Ok((compared, 0.0))
}

fn check_set(golden: &Golden) -> Result<usize, String> {
    let vocabulary = Vocabulary::from_entries(entries(golden)).map_err(|e| e.to_string())?;
    let gene = |id: &String| Gene { ensembl: Some(id.clone()), symbol: id.clone() };
    let genes: Vec<Gene> = golden.genes.iter().map(gene).collect();
    let encoder = |max_len| {
        RankValueEncoder::new(&vocabulary, &genes, max_len).map_err(|error| error.to_string())
    };
    let (cropped, whole) = (encoder(golden.model_input_size)?, encoder(golden.genes.len() + 2)?);
    let columns: Vec<u32> = (0..golden.genes.len() as u32).collect();
    let cells = golden.counts.len();
    for found in
        [golden.n_counts.len(), golden.input_ids.len(), golden.ranked_tokens_uncropped.len()]
    {
        if found != cells {
            return Err(format!("{found} results for {cells} cells"));
        }
    }
    let mut compared = 0;
    for cell in 0..cells {
        let encode = |encoder: &RankValueEncoder| {
            encoder.encode(&columns, &golden.counts[cell], golden.n_counts[cell]).ids
        };
        let ranked: Vec<u32> =
            encode(&whole).into_iter().filter(|id| !vocabulary.is_special(*id)).collect();
        compared += same(cell, &ranked, &golden.ranked_tokens_uncropped[cell])?;
        compared += same(cell, &encode(&cropped), &golden.input_ids[cell])?;
    }
    Ok(compared)
}

fn entries(golden: &Golden) -> Vec<VocabularyEntry> {
    let entry = |(id, token): (&String, &u32)| VocabularyEntry {
        ensembl_id: id.clone(),
        token_id: *token,
        nonzero_median: golden.gene_median_dictionary.get(id).copied(),
        symbol: None,
    };
    golden.token_dictionary.iter().map(entry).collect()
}

fn same(cell: usize, found: &[u32], expected: &[u32]) -> Result<usize, String> {
    if found == expected {
        return Ok(expected.len());
    }
    Err(format!("cell {cell}: found {found:?}, expected {expected:?}"))
}
