//! A block of a lab's own from a table.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use nextwell_model::cells::{ReadLimits, read_gene_matrix};
use nextwell_planner::features::{GeneNumbers, Scale};
use sha2::{Digest, Sha256};

use super::{bytes, genes};
use crate::replay::approved;

/// Make a block from a table of genes and numbers.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "\
Genes are named as HGNC names them today (old symbols, aliases and Ensembl ids are understood); rows of
one gene become their mean; missing numbers become the column's mean. All of it is reported.

  nextwell features build depmap.csv --name depmap_24q2 --licence \"CC BY 4.0\" -o depmap.csv.gz
  nextwell features build emb.npy --genes genes.txt --name gpt --scale rows -o gpt.csv.gz
  nextwell features build genes.h5ad --key varm/X_geneformer --name geneformer -o geneformer.csv.gz

The file that is written is CSV with its name, source and licence in comment lines; give it to
`nextwell replay --features FILE` or to a campaign.")]
pub struct Args {
    /// Table: CSV or TSV (also .gz) with the genes in the first column; .npy; .h5ad
    input: PathBuf,
    /// Name of the block: a-z, 0-9 and _
    #[arg(long)]
    name: String,
    /// Where the numbers come from, with the version; the file's name when not given
    #[arg(long)]
    source: Option<String>,
    /// Licence of the numbers
    #[arg(long, default_value = "not stated")]
    licence: String,
    /// Genes of the rows of an .npy file, one a line
    #[arg(long, value_name = "FILE")]
    genes: Option<PathBuf>,
    /// Place in an .h5ad file: varm/NAME (genes are variables), obsm/NAME or X (genes are
    /// observations)
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
    /// columns: each to mean 0 and sd 1; rows: centred, then each gene to length 1 (embeddings)
    #[arg(long, value_enum, default_value = "columns")]
    scale: ScaleArg,
    /// Most dimensions; wider tables are reduced to principal components. 0 keeps all
    #[arg(long, default_value_t = 200)]
    components: usize,
    /// Genes that may be picked, to say how many of them the block covers
    #[arg(long, value_name = "FILE")]
    candidates: Option<PathBuf>,
    /// File to write; .gz packs it
    #[arg(short, long, value_name = "OUT.csv.gz")]
    output: PathBuf,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum ScaleArg {
    Columns,
    Rows,
    None,
}

/// Builds, writes, and says what was done.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let (numbers, digest) = read(args)?;
    let (rows, width) = (numbers.genes.len(), numbers.width);
    let (mut numbers, naming) = numbers.named(&approved);
    let filled = numbers.fill();
    numbers.scale(match args.scale {
        ScaleArg::Columns => Scale::Columns,
        ScaleArg::Rows => Scale::Rows,
        ScaleArg::None => Scale::None,
    });
    let kept = numbers.reduce(args.components)?;
    let file = args.input.file_name().unwrap_or_default().to_string_lossy();
    let source = args.source.as_deref().unwrap_or(&file);
    let table = numbers.block(
        &args.name,
        &format!("{source} (sha256 {})", &digest[..12]),
        &args.licence,
    )?;
    write(&args.output, &table.to_text())?;
    println!(
        "{rows} rows of {width} numbers; {} genes in {}",
        table.genes().len(),
        args.output.display()
    );
    println!("  {} renamed to today's symbols, {} rows merged", naming.renamed, naming.merged);
    if !naming.unknown.is_empty() {
        let some = naming.unknown.iter().take(8).cloned().collect::<Vec<_>>().join(", ");
        println!("  {} names that no gene has, kept as spelt: {some}", naming.unknown.len());
    }
    if filled > 0 {
        println!("  {filled} missing numbers became their column's mean");
    }
    if let Some(share) = kept {
        let all = 100.0 * share;
        println!("  reduced to {} principal components: {all:.1} % of the variance", table.width());
    }
    if let Some(path) = &args.candidates {
        let offered = genes(path)?;
        let known: std::collections::HashSet<&str> =
            table.genes().iter().map(String::as_str).collect();
        let found = |name: &&String| {
            known.contains(name.as_str()) || approved(name).is_some_and(|s| known.contains(&*s))
        };
        let covered = offered.iter().filter(found).count();
        println!(
            "  covers {covered} of {} candidates; the others get zeros and are marked",
            offered.len()
        );
    }
    Ok(())
}

/// The numbers, and the digest of the file they are from.
fn read(args: &Args) -> anyhow::Result<(GeneNumbers, String)> {
    let name = args.input.display().to_string();
    let ends = |end: &str| name.to_lowercase().ends_with(end);
    let content = bytes(&args.input)?;
    let digest = hex(&Sha256::digest(&content));
    let numbers = if ends(".npy") {
        let Some(list) = &args.genes else { bail!("{name} names no genes; give --genes FILE") };
        GeneNumbers::read_npy(&name, &content, genes(list)?)?
    } else if ends(".h5ad") {
        let Some(key) = &args.key else {
            bail!("{name}: which numbers? give --key varm/NAME, obsm/NAME or X")
        };
        let found = read_gene_matrix(&args.input, key, &ReadLimits::default())?;
        GeneNumbers { genes: found.genes, width: found.width, values: found.values }
    } else {
        let text = String::from_utf8(content).with_context(|| format!("{name} is no text"))?;
        GeneNumbers::read_table(&name, &text)?
    };
    Ok((numbers, digest))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    let cannot = || format!("cannot write {}", path.display());
    if path.extension().is_some_and(|end| end.eq_ignore_ascii_case("gz")) {
        let file = std::fs::File::create(path).with_context(cannot)?;
        let mut packed = flate2::write::GzEncoder::new(file, flate2::Compression::default());
        packed.write_all(text.as_bytes()).with_context(cannot)?;
        packed.finish().with_context(cannot)?;
        return Ok(());
    }
    std::fs::write(path, text).with_context(cannot)
}
