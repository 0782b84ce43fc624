//! `nextwell enhance`: expression as deeper sequencing would have shown it.

use std::path::PathBuf;
use std::process::ExitCode;

use nextwell_model::families::EncodeOptions;
use nextwell_model::uses::{UseError, enhance};
use serde_json::json;

use crate::model_args::ModelArgs;

const EXAMPLES: &str = "\
Examples:
  nextwell enhance cells.h5ad --model scfoundation/ --target-depth 4 -o enhanced.h5ad

Writes layers[\"enhanced\"]: ln(1 + CP10k) per cell and gene, NaN for genes that the model does not
have. Raw counts stay in X.";

/// What to enhance.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(flatten)]
    with: ModelArgs,
    /// Target depth as log10 of counts per cell; the model's own when not given
    #[arg(long, value_name = "LOG10")]
    target_depth: Option<f32>,
    /// AnnData file to write
    #[arg(short, long, value_name = "OUT.h5ad")]
    output: PathBuf,
}

/// Enhances and writes, a batch of cells at a time.
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    let session = args.with.open()?;
    let options = EncodeOptions { target_depth: args.target_depth, ..session.options.clone() };
    let mut file = session.write(&args.output, "enhance")?;
    let mut layer = file.layer("enhanced")?;
    let report = session.watched("read depth", |watch| {
        let mut each = |row: &[f32]| layer.row(row).map_err(UseError::from);
        enhance(session.model.as_ref(), &session.cells, &options, watch, &mut each)
    })?;
    drop(layer);
    if let Some(depth) = args.target_depth {
        file.note_number("target_depth_log10", f64::from(depth))?;
    }
    file.finish()?;
    if args.with.json {
        let summary = json!({
            "model": session.origin(),
            "output": args.output,
            "layer": "enhanced",
            "report": report,
        });
        println!("{}", serde_json::to_string_pretty(&summary)?);
        return Ok(ExitCode::SUCCESS);
    }
    println!(
        "{} cells, {} of {} genes, in layers[\"enhanced\"] of {}",
        report.cells,
        report.genes,
        session.cells.n_genes(),
        args.output.display()
    );
    if !report.blank.is_empty() {
        println!("{} cells express no gene of the model: their rows are NaN", report.blank.len());
    }
    Ok(ExitCode::SUCCESS)
}
