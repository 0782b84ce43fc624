//! `nextwell network`: targets of a factor, scored against known edges.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use nextwell_model::stats::BootstrapInterval;
use nextwell_model::uses::find_gene;
use nextwell_model::uses::network::{
    Edges, Network, NetworkScore, NetworkSettings, coexpression, human, network, score,
};
use serde_json::json;

use crate::model_args::{ModelArgs, Session};

const EXAMPLES: &str = "\
Examples:
  nextwell network cells.h5ad --model geneformer/ --factor GATA3 --edges trrust.csv.gz -o gata3.csv

Knocks the factor out of cells that express it and ranks the other genes by how far their embeddings
in context move (1 - cosine, mean over cells). --edges is a CSV or TSV, gzipped or not, with columns
tf (or source) and target, such as TRRUST or CollecTRI: the ranking is then scored by the area under
the precision-recall curve, beside co-expression and chance.";

/// Which factor.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(flatten)]
    with: ModelArgs,
    /// Factor to knock out: symbol or Ensembl id
    #[arg(long, value_name = "GENE")]
    factor: String,
    /// Known edges to score the ranking against
    #[arg(long, value_name = "FILE")]
    edges: Option<PathBuf>,
    /// Most cells that express the factor
    #[arg(long, value_name = "N", default_value_t = NetworkSettings::default().max_cells)]
    max_cells: usize,
    /// Seed of the choice of cells and of the intervals
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Ranking to write
    #[arg(short, long, value_name = "FILE.csv")]
    output: Option<PathBuf>,
}

/// Ranks, scores and writes.
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    // Read first: a bad table should not cost the passes of the model.
    let edges = args.edges.as_deref().map(Edges::read).transpose()?;
    let session = args.with.open()?;
    let cells = &session.cells;
    let factor = find_gene(cells, &args.factor)?;
    let settings = NetworkSettings { max_cells: args.max_cells, seed: args.seed };
    let found = session.watched("network", |watch| {
        network(session.model.as_ref(), cells, factor, settings, &session.options, watch)
    })?;
    let scored = match &edges {
        Some(edges) => Some(score(&found, cells, edges, session.options.species, args.seed)?),
        None => None,
    };
    if let Some(path) = &args.output {
        write(path, &session, &found, edges.as_ref())?;
    }
    if args.with.json {
        let summary = json!({
            "model": session.origin(),
            "factor": found.symbol,
            "cells": found.cells,
            "cells_truncated": found.cells_truncated,
            "cells_expressing": found.cells_expressing,
            "score": scored,
            "top": found.genes.iter().take(20).collect::<Vec<_>>(),
            "output": args.output,
        });
        println!("{}", serde_json::to_string_pretty(&summary)?);
        return Ok(ExitCode::SUCCESS);
    }
    print(&found, scored.as_ref());
    if let Some(path) = &args.output {
        println!("ranking written to {}", path.display());
    }
    Ok(ExitCode::SUCCESS)
}

fn print(found: &Network, scored: Option<&NetworkScore>) {
    println!(
        "{}: knocked out in {} of {} cells that express it ({} had no room for it), {} genes ranked",
        found.symbol,
        found.cells,
        found.cells_expressing,
        found.cells_truncated,
        found.genes.len()
    );
    for gene in found.genes.iter().take(10) {
        println!("{:>12.6}  {:<14} {} cells", gene.shift, gene.symbol, gene.cells);
    }
    let Some(scored) = scored else { return };
    println!(
        "{} known targets, {} among the {} ranked genes; area under the precision-recall curve:",
        scored.targets_known, scored.targets_ranked, scored.genes
    );
    let row = |name: &str, value: &BootstrapInterval| {
        println!("  {name:<24} {:.4}  [{:.4}, {:.4}]", value.estimate, value.low, value.high);
    };
    row("gene shifts", &scored.model);
    row("co-expression", &scored.coexpression);
    row("random rankings", &scored.random);
    row("shifts - co-expression", &scored.difference);
    println!("  {:<24} {:.4}", "share of targets", scored.prevalence);
}

fn write(
    path: &Path,
    session: &Session,
    found: &Network,
    edges: Option<&Edges>,
) -> anyhow::Result<()> {
    let together = coexpression(&session.cells, found.factor);
    let genes = human(&session.cells, session.options.species);
    let mut file =
        csv::Writer::from_path(path).with_context(|| format!("cannot write {}", path.display()))?;
    let header = ["rank", "symbol", "ensembl_id", "shift", "cells", "coexpression", "known_target"];
    file.write_record(header)?;
    for (rank, gene) in (1..).zip(&found.genes) {
        let known = edges.map(|edges| edges.has(&genes[found.factor], &genes[gene.column]));
        file.write_record([
            format!("{rank}"),
            gene.symbol.clone(),
            gene.ensembl.clone().unwrap_or_default(),
            gene.shift.to_string(),
            gene.cells.to_string(),
            together[gene.column].to_string(),
            known.map_or(String::new(), |known| known.to_string()),
        ])?;
    }
    file.flush()?;
    Ok(())
}
