//! `nextwell annotate`: cell types and their marker genes.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use nextwell_model::cells::ObsColumn;
use nextwell_model::uses::{MarkerSettings, Markers, annotate, markers};
use serde_json::json;

use crate::model_args::ModelArgs;

const EXAMPLES: &str = "\
Examples:
  nextwell annotate cells.h5ad --model scbert-zheng68k/ -o annotated.h5ad
  nextwell annotate cells.h5ad --model classifier/ --threshold 0.7 --markers markers.csv -o out.h5ad

Writes obs[\"predicted_label\"], obs[\"predicted_probability\"] and obsm[\"class_probabilities\"] (its
columns are uns[\"nextwell\"][\"labels\"]). A cell whose best class is below the threshold is
\"Unassigned\": perhaps a type that the classifier was not trained on.";

/// What to annotate.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(flatten)]
    with: ModelArgs,
    /// Least probability of a label; the family's own when not given (scBERT: 0.5)
    #[arg(long, value_name = "P")]
    threshold: Option<f32>,
    /// Also write the genes that receive most attention in each class
    #[arg(long, value_name = "FILE.csv")]
    markers: Option<PathBuf>,
    /// Most cells of a class looked at for markers
    #[arg(long, value_name = "N", default_value_t = MarkerSettings::default().cells_per_label)]
    marker_cells: usize,
    /// Most genes considered as markers: those that most of the cells express
    #[arg(long, value_name = "N", default_value_t = MarkerSettings::default().genes)]
    marker_genes: usize,
    /// Seed of the choice of cells
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// AnnData file to write
    #[arg(short, long, value_name = "OUT.h5ad")]
    output: PathBuf,
}

/// Annotates and writes.
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    let session = args.with.open()?;
    let (model, cells) = (session.model.as_ref(), &session.cells);
    let found = session.watched("annotation", |watch| {
        annotate(model, cells, args.threshold, &session.options, watch)
    })?;
    let settings = MarkerSettings {
        cells_per_label: args.marker_cells,
        genes: args.marker_genes,
        seed: args.seed,
        ..MarkerSettings::default()
    };
    let ranked = match &args.markers {
        None => None,
        Some(path) => {
            let ranked = session.watched("marker genes", |watch| {
                markers(model, cells, &found, settings, &session.options, watch)
            })?;
            write_markers(path, &ranked)?;
            Some(ranked)
        }
    };
    let mut file = session.write(&args.output, "annotate")?;
    let confidence = (0..cells.n_cells()).map(|cell| f64::from(found.confidence(cell))).collect();
    file.obs("predicted_label", found.column())?;
    file.obs("predicted_probability", ObsColumn::Numeric(confidence))?;
    file.obsm("class_probabilities", found.labels.len(), &found.probabilities)?;
    file.note_list("labels", &found.labels)?;
    file.note_number("threshold", f64::from(found.threshold))?;
    file.finish()?;
    let counts = found.counts();
    if args.with.json {
        let per_label: serde_json::Map<_, _> =
            counts.iter().map(|(name, n)| ((*name).to_owned(), json!(n))).collect();
        let summary = json!({
            "model": session.origin(),
            "output": args.output,
            "threshold": found.threshold,
            "cells": per_label,
            "blank_cells": found.blank.len(),
            "markers": ranked,
        });
        println!("{}", serde_json::to_string_pretty(&summary)?);
        return Ok(ExitCode::SUCCESS);
    }
    for (name, n) in counts {
        println!("{n:>8}  {name}");
    }
    for label in ranked.iter().flat_map(|ranked| &ranked.labels) {
        let genes: Vec<&str> = label.genes.iter().take(8).map(|g| g.symbol.as_str()).collect();
        println!("markers of {} ({} cells): {}", label.label, label.cells, genes.join(", "));
    }
    println!("labels written to {}", args.output.display());
    Ok(ExitCode::SUCCESS)
}

fn write_markers(path: &Path, found: &Markers) -> anyhow::Result<()> {
    let mut file =
        csv::Writer::from_path(path).with_context(|| format!("cannot write {}", path.display()))?;
    file.write_record(["label", "rank", "symbol", "ensembl_id", "attention", "ratio", "cells"])?;
    for label in &found.labels {
        for (rank, gene) in (1..).zip(&label.genes) {
            file.write_record([
                label.label.clone(),
                format!("{rank}"),
                gene.symbol.clone(),
                gene.ensembl.clone().unwrap_or_default(),
                gene.attention.to_string(),
                gene.ratio.map_or(String::new(), |ratio| ratio.to_string()),
                label.cells.to_string(),
            ])?;
        }
    }
    file.flush()?;
    Ok(())
}
