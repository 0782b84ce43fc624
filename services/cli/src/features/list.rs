//! Blocks with source, licence and coverage.

use std::path::PathBuf;

use nextwell_planner::features::{Candidate, FeatureInputs, FeatureTable, bundled_symbols};

use super::{genes, read};
use crate::replay::approved;

/// List the bundled blocks, and yours.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// Genes that may be picked, one a line or the first column; all bundled genes when not given
    #[arg(long, value_name = "FILE")]
    candidates: Option<PathBuf>,
    /// A block that `nextwell features build` wrote; may be given again
    #[arg(long, value_name = "FILE")]
    features: Vec<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Prints one line a block.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let tables = read(&args.features)?;
    let mut symbols = match &args.candidates {
        Some(path) => genes(path)?,
        None => bundled_symbols().into_iter().map(str::to_owned).collect(),
    };
    symbols.sort();
    symbols.dedup();
    let candidates: Vec<Candidate> =
        symbols.into_iter().map(|symbol| Candidate { symbol, ensembl_id: None }).collect();
    let inputs =
        FeatureInputs { resolve: &approved, tables: &tables, ..FeatureInputs::bundled_only() };
    let table = FeatureTable::build(&candidates, &inputs)?;
    if args.json {
        let blocks: Vec<_> = table.blocks().collect();
        println!("{}", serde_json::to_string_pretty(&blocks)?);
        return Ok(());
    }
    println!("{} genes", table.len());
    println!("{:<16} {:>5} {:>9}  source (licence)", "block", "width", "coverage");
    for block in table.blocks() {
        let share = 100.0 * block.coverage;
        let (source, licence) = (&block.source, &block.licence);
        println!("{:<16} {:>5} {share:>8.1}%  {source} ({licence})", block.name, block.width);
    }
    println!("Made in a campaign from its own inputs: expr, expr_rbf, lcm, arch.");
    Ok(())
}
