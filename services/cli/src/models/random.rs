//! `nextwell models random`: a checkpoint with random weights.

use std::path::PathBuf;

use anyhow::bail;
use nextwell_model::families::{Family, FamilyError};

const EXAMPLES: &str = "\
Examples:
  nextwell models random --family geneformer tiny-geneformer/
  nextwell models random --family scgpt --size published --seed 1 scgpt-random/

Random weights know no biology: such a checkpoint is for trying commands, for tests and for
measuring time and memory at the published sizes.";

/// Which checkpoint.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Family
    #[arg(long, value_parser = family)]
    family: Family,
    /// Size; the smallest when not given
    #[arg(long)]
    size: Option<String>,
    /// Seed of the weights
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Directory to write; must not exist or be empty
    dir: PathBuf,
}

fn family(name: &str) -> Result<Family, FamilyError> {
    name.parse()
}

/// Writes the checkpoint.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let sizes = args.family.random_sizes();
    let size = args.size.as_deref().unwrap_or(sizes[0]);
    if !sizes.contains(&size) {
        bail!("{} has no size {size}; it has: {}", args.family, sizes.join(", "));
    }
    if args.dir.read_dir().is_ok_and(|mut entries| entries.next().is_some()) {
        bail!("{} is not empty; name a new directory", args.dir.display());
    }
    std::fs::create_dir_all(&args.dir)?;
    args.family.random(&args.dir, size, args.seed)?;
    println!("{} ({size}, seed {}) written to {}", args.family, args.seed, args.dir.display());
    Ok(())
}
