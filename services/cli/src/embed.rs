//! `nextwell embed`: one vector per cell, into AnnData.

use std::path::PathBuf;
use std::process::ExitCode;

use nextwell_model::uses::{embed, pca};
use serde_json::json;

use crate::model_args::{ModelArgs, print_coverage};

const EXAMPLES: &str = "\
Examples:
  nextwell embed cells.h5ad --model geneformer-v2/ -o embedded.h5ad
  nextwell embed cells.h5ad --model scgpt-human/ --kind cls --pca 20 -o embedded.h5ad
  nextwell embed mouse.h5ad --model genecompass/ --species mouse -o embedded.h5ad

Vectors are in obsm[\"X_<family>_<kind>\"], principal components in \"..._pca\", and where they come
from in uns[\"nextwell\"]. `nextwell models show DIR` lists the kinds of a model.";

/// What to embed.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(flatten)]
    with: ModelArgs,
    /// Kind of embedding; the family's default when not given
    #[arg(long)]
    kind: Option<String>,
    /// Also write this many principal components
    #[arg(long, value_name = "N")]
    pca: Option<usize>,
    /// AnnData file to write
    #[arg(short, long, value_name = "OUT.h5ad")]
    output: PathBuf,
}

/// Embeds and writes.
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    let session = args.with.open()?;
    let coverage = session.coverage()?;
    let (model, kind) = (session.model.as_ref(), args.kind.as_deref());
    let found = session.watched("embedding", |watch| {
        embed(model, &session.cells, kind, &session.options, watch)
    })?;
    let name = format!("X_{}_{}", model.card().family, found.kind);
    let mut file = session.write(&args.output, "embed")?;
    file.note("embedding_kind", &found.kind)?;
    file.obsm(&name, found.width, &found.values)?;
    let mut share = None;
    if let Some(components) = args.pca {
        let axes = pca(&found, components)?;
        file.obsm(&format!("{name}_pca"), axes.components, &axes.scores)?;
        file.note_numbers("pca_variance_share", &axes.share)?;
        share = Some(axes.share);
    }
    file.finish()?;
    if args.with.json {
        let summary = json!({
            "model": session.origin(),
            "output": args.output,
            "obsm": name,
            "kind": found.kind,
            "cells": found.n_cells,
            "width": found.width,
            "blank_cells": found.blank.len(),
            "pca_variance_share": share,
            "coverage": coverage,
        });
        println!("{}", serde_json::to_string_pretty(&summary)?);
        return Ok(ExitCode::SUCCESS);
    }
    print_coverage(&coverage);
    if let Some(share) = share {
        let parts: Vec<String> = share.iter().map(|s| format!("{:.1} %", s * 100.0)).collect();
        println!("variance  {}", parts.join(", "));
    }
    let (cells, width) = (found.n_cells, found.width);
    println!(
        "{cells} cells, {width} values each, in obsm[\"{name}\"] of {}",
        args.output.display()
    );
    Ok(ExitCode::SUCCESS)
}
