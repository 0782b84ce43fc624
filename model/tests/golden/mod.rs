//! Which check a golden set gets.

mod genecompass;
mod genecompass_tokenizer;
mod geneformer;
mod io;
mod scbert;
mod scfoundation;
mod scgpt;
mod tokenizer;

use std::path::Path;

use serde_json::Value;

/// What a passed check says.
pub struct Report {
    pub family: &'static str,
    /// What was compared, in words.
    pub compared: String,
    /// Largest absolute difference met.
    pub largest: f64,
}

/// What became of a directory.
pub enum Outcome {
    /// Holds no golden set of a model.
    NotASet,
    /// Compared, or the reason why it failed.
    Checked(Result<Report, String>),
}

/// Finds out what `set` is by its files, and compares it.
pub fn check(set: &Path) -> Outcome {
    if set.join("tokenizer.json").is_file() {
        return check_tokenizer(set);
    }
    if !set.join("io.safetensors").is_file() {
        return Outcome::NotASet;
    }
    match model_family(set) {
        "genecompass" => Outcome::Checked(genecompass::check(set)),
        "geneformer" => Outcome::Checked(geneformer::check(set)),
        "scbert" => Outcome::Checked(scbert::check(set)),
        "scfoundation" => Outcome::Checked(scfoundation::check(set)),
        "scgpt" => Outcome::Checked(scgpt::check(set)),
        _ => unknown(),
    }
}

/// A set that no check knows is a failure: nothing that was recorded may go unseen.
fn unknown() -> Outcome {
    Outcome::Checked(Err("no family has a set of this layout".into()))
}

/// The family of a set of tensors, from its configuration.
fn model_family(set: &Path) -> &'static str {
    if set.join("args.json").is_file() {
        return "scgpt";
    }
    let config = json(&set.join("config.json"));
    let model = config["model"].as_str().unwrap_or_default();
    let knowledge = config.as_object().is_some_and(|c| c.keys().any(|k| k.starts_with("use_peca")));
    match model {
        "scbert" => "scbert",
        m if m.starts_with("mae") => "scfoundation",
        _ if config.get("n_bins").is_some() => "scgpt",
        _ if knowledge => "genecompass",
        _ if config.get("num_hidden_layers").is_some() => "geneformer",
        _ => "",
    }
}

fn check_tokenizer(set: &Path) -> Outcome {
    let sets = json(&set.join("tokenizer.json"));
    if sets.get("values").is_some() && sets.get("medians").is_some() {
        return Outcome::Checked(genecompass_tokenizer::check(set));
    }
    let ranked_by_median = |v: &Value| v.get("gene_median_dictionary").is_some();
    if !sets.as_object().is_some_and(|s| s.values().all(ranked_by_median)) {
        return unknown();
    }
    Outcome::Checked(tokenizer::check(set).map(|(ids, largest)| Report {
        family: "geneformer tokenizer",
        compared: format!("{ids} ids"),
        largest,
    }))
}

/// The JSON in a file; null where it cannot be read, which no family matches.
fn json(path: &Path) -> Value {
    let text = std::fs::read(path).unwrap_or_default();
    serde_json::from_slice(&text).unwrap_or_default()
}
