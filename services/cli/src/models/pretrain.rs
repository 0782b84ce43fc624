//! `nextwell models pretrain`: a small Geneformer from a file of cells.

use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

use nextwell_model::families::geneformer::tokenizer::Vocabulary;
use nextwell_model::learn::{PretrainConfig, pretrain_to};

use crate::models::read_cells;
use crate::progress;

/// Cells, sizes and schedule.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// AnnData file with raw counts
    #[arg(long, value_name = "FILE.h5ad")]
    cells: PathBuf,
    /// Directory to write; must not exist
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Encoder layers
    #[arg(long, default_value_t = 2)]
    layers: usize,
    /// Width of a token
    #[arg(long, default_value_t = 64)]
    hidden: usize,
    /// Attention heads
    #[arg(long, default_value_t = 4)]
    heads: usize,
    /// Width of the feed-forward layer
    #[arg(long, default_value_t = 128)]
    ffn: usize,
    /// Tokens kept of a cell
    #[arg(long, default_value_t = 512)]
    max_len: usize,
    /// Passes over the cells
    #[arg(long, default_value_t = 4)]
    epochs: usize,
    /// obs column of donors: whole donors are held out of training
    #[arg(long, value_name = "COLUMN")]
    donor: Option<String>,
    /// Seed of weights, masks and order
    #[arg(long, default_value_t = 0)]
    seed: u64,
}

/// Trains and writes the model.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let cells = read_cells(&args.cells)?;
    let config = PretrainConfig {
        layers: args.layers,
        hidden: args.hidden,
        heads: args.heads,
        ffn: args.ffn,
        max_len: args.max_len,
        epochs: args.epochs,
        donor_column: args.donor.clone(),
        seed: args.seed,
        ..PretrainConfig::default()
    };
    let bar = progress::bar("pretraining", 1);
    let shown = |done: usize, total: usize| {
        bar.set_length(total as u64);
        bar.set_position(done as u64);
    };
    let never = AtomicBool::new(false);
    let vocabulary = Vocabulary::geneformer_v1();
    let curve = pretrain_to(&args.out, &cells, vocabulary, &config, &shown, &never)?;
    bar.finish();
    println!("loss in nats per masked gene (gene frequencies alone: {:.3})", curve.baseline);
    println!("epoch  training  held out");
    for point in &curve.points {
        let number = |loss: Option<f64>| loss.map_or("-".into(), |loss| format!("{loss:.3}"));
        println!("{:>5}  {:>8}  {:>8}", point.step, number(point.train), number(point.validation));
    }
    println!("model written to {}", args.out.display());
    Ok(())
}
