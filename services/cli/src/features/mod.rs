//! `nextwell features`: what the planner knows about genes before anything is measured.

mod build;
mod list;

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Subcommand;
use nextwell_planner::features::GeneTable;
use nextwell_planner::replay::screen::listed;

/// Largest file, unpacked.
const MOST_BYTES: u64 = 2 << 30;

/// What to do with feature blocks.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Clone, Subcommand)]
enum What {
    /// Make a block from a table of genes and numbers: CSV, TSV, .npy or .h5ad
    Build(build::Args),
    /// List the bundled blocks, and yours, with source, licence and coverage
    List(list::Args),
}

/// Runs the verb.
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    match args.what {
        What::Build(args) => build::run(&args)?,
        What::List(args) => list::run(&args)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Blocks from the files that `nextwell features build` wrote.
///
/// # Errors
/// A file that cannot be read or is no built block; two blocks of one name.
pub fn read(paths: &[PathBuf]) -> anyhow::Result<Vec<GeneTable>> {
    let mut tables: Vec<GeneTable> = Vec::new();
    for path in paths {
        let shown = path.display().to_string();
        let content = std::fs::read(path).with_context(|| format!("cannot read {shown}"))?;
        let table = GeneTable::from_bytes(&shown, &content)?;
        if tables.iter().any(|other| other.name() == table.name()) {
            bail!("{}: a block named {} was given already", path.display(), table.name());
        }
        tables.push(table);
    }
    Ok(tables)
}

/// A file's bytes, unpacked when its name ends in `.gz`.
fn bytes(path: &Path) -> anyhow::Result<Vec<u8>> {
    let cannot = || format!("cannot read {}", path.display());
    let file = std::fs::File::open(path).with_context(cannot)?;
    let packed = path.extension().is_some_and(|end| end.eq_ignore_ascii_case("gz"));
    let mut reader: Box<dyn Read> =
        if packed { Box::new(flate2::read::MultiGzDecoder::new(file)) } else { Box::new(file) };
    let mut bytes = Vec::new();
    reader.by_ref().take(MOST_BYTES + 1).read_to_end(&mut bytes).with_context(cannot)?;
    if bytes.len() as u64 > MOST_BYTES {
        bail!("{} is larger than 2 GiB; keep the columns that matter", path.display());
    }
    Ok(bytes)
}

/// Genes in a file: one a line, or the first column of a table.
fn genes(path: &Path) -> anyhow::Result<Vec<String>> {
    let text = String::from_utf8(bytes(path)?)
        .with_context(|| format!("{} is no text", path.display()))?;
    Ok(listed(&text))
}
