//! `nextwell screen`: an in-silico screen on files, without a server.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use anyhow::{Context, bail};
use nextwell_model::encoder;
use nextwell_model::families::geneformer::tokenizer::Vocabulary;
use nextwell_model::genes::GeneResolver;
use nextwell_model::screen::{
    CellState, Perturbation, ScreenContext, ScreenRow, ScreenSpec, Watch,
};

use crate::{models, progress};

/// What to screen.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// AnnData file with raw counts
    #[arg(long, value_name = "FILE.h5ad")]
    cells: PathBuf,
    /// Model directory (config.json and weights)
    #[arg(long, value_name = "DIR")]
    model: PathBuf,
    /// State to perturb, for example source=Tumor
    #[arg(long, value_name = "COLUMN=VALUE", value_parser = state)]
    start: CellState,
    /// State to move towards, for example source=NAT
    #[arg(long, value_name = "COLUMN=VALUE", value_parser = state)]
    goal: CellState,
    /// Genes to perturb: a file with one symbol or Ensembl id a line
    #[arg(long, value_name = "FILE")]
    genes: PathBuf,
    /// Perturbations
    #[arg(long, value_delimiter = ',', default_value = "knock-out,over-expression")]
    perturb: Vec<Kind>,
    /// 0 = last layer, -1 = the one before it
    #[arg(long, default_value_t = 0, allow_negative_numbers = true)]
    emb_layer: i32,
    /// Most start cells; all when not given
    #[arg(long)]
    max_cells: Option<usize>,
    /// obs column of donors, for intervals over donors
    #[arg(long, value_name = "COLUMN")]
    donor: Option<String>,
    /// Seed of the choice of cells
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Device: auto, cpu or cuda:N
    #[arg(long, default_value = "auto")]
    device: nextwell_model::device::DeviceChoice,
    /// CSV to write; the terminal when not given
    #[arg(long, value_name = "FILE.csv")]
    out: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Kind {
    KnockOut,
    OverExpression,
}

/// Reads COLUMN=VALUE.
pub fn state(text: &str) -> Result<CellState, String> {
    let (column, value) = text.split_once('=').ok_or("write it as COLUMN=VALUE")?;
    Ok(CellState { column: column.to_owned(), value: value.to_owned() })
}

/// Screens and writes the rows.
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    let cells = models::read_cells(&args.cells)?;
    let own = own_vocabulary(&args)?;
    let vocabulary = own.as_ref().unwrap_or_else(|| Vocabulary::geneformer_v1());
    let encoder: Arc<dyn encoder::Encoder> = Arc::from(encoder::open(&args.model, args.device)?);
    vocabulary.check_fits(encoder.config().vocab_size)?;
    let bar = progress::bar("in-silico screen", 1);
    let never = AtomicBool::new(false);
    let watch = Watch { progress: &|_, _| {}, cancel: &never };
    let context = ScreenContext::prepare(spec(&args)?, &cells, vocabulary, encoder, watch)?;
    let plan = context.plan();
    eprintln!("{} start cells, {} forward passes", plan.cells.len(), plan.forwards);
    for gene in &plan.unknown_genes {
        eprintln!("nextwell: {gene} is not in the model's vocabulary");
    }
    let shards = plan.shards.len();
    bar.set_length(shards as u64);
    let mut rows = Vec::new();
    for shard in 0..shards {
        rows.extend(context.run_shard(shard, watch)?.rows);
        bar.inc(1);
    }
    bar.finish();
    rows.sort_by(|a, b| {
        let shift = |row: &ScreenRow| row.mean_shift.unwrap_or(f64::NEG_INFINITY);
        (a.perturbation.cmp(&b.perturbation)).then(shift(b).total_cmp(&shift(a)))
    });
    write(&args, &rows)?;
    Ok(ExitCode::SUCCESS)
}

/// The model's own vocabulary, when its directory holds one.
fn own_vocabulary(args: &Args) -> anyhow::Result<Option<Vocabulary>> {
    let file = args.model.join("vocabulary.csv");
    Ok(if file.is_file() { Some(Vocabulary::load_csv(&file)?) } else { None })
}

fn spec(args: &Args) -> anyhow::Result<ScreenSpec> {
    let text = std::fs::read_to_string(&args.genes)
        .with_context(|| format!("cannot read {}", args.genes.display()))?;
    let resolver = GeneResolver::bundled();
    let mut genes = Vec::new();
    for name in text.lines().map(str::trim).filter(|name| !name.is_empty()) {
        let found = resolver.resolve(name);
        match found.ensembl_id {
            Some(id) if !genes.contains(&id) => genes.push(id),
            Some(_) => {}
            None => {
                eprintln!("nextwell: {name} is left out: {:?} {:?}", found.status, found.candidates)
            }
        }
    }
    if genes.is_empty() {
        bail!(
            "{} names no known gene; write one symbol or Ensembl id a line",
            args.genes.display()
        );
    }
    let kinds = args.perturb.iter().map(|kind| match kind {
        Kind::KnockOut => Perturbation::KnockOut,
        Kind::OverExpression => Perturbation::OverExpression,
    });
    Ok(ScreenSpec {
        start: args.start.clone(),
        goal: args.goal.clone(),
        genes,
        perturbations: kinds.collect(),
        emb_layer: args.emb_layer,
        max_cells: args.max_cells,
        donor_column: args.donor.clone(),
        keep_cell_shifts: false,
        seed: args.seed,
    })
}

fn write(args: &Args, rows: &[ScreenRow]) -> anyhow::Result<()> {
    let out: Box<dyn std::io::Write> = match &args.out {
        Some(path) => Box::new(
            std::fs::File::create(path)
                .with_context(|| format!("cannot write {}", path.display()))?,
        ),
        None => Box::new(std::io::stdout()),
    };
    let mut file = csv::Writer::from_writer(out);
    file.write_record([
        "symbol",
        "ensembl_id",
        "perturbation",
        "n_cells",
        "n_truncated",
        "coverage",
        "mean_shift",
        "sd",
        "ci_low",
        "ci_high",
    ])?;
    let number = |value: Option<f64>| value.map_or(String::new(), |value| value.to_string());
    for row in rows {
        let symbol = GeneResolver::bundled().resolve(&row.gene).symbol.unwrap_or_default();
        let kind = match row.perturbation {
            Perturbation::KnockOut => "knock_out",
            Perturbation::OverExpression => "over_expression",
        };
        let interval = row.interval.as_ref();
        file.write_record([
            symbol,
            row.gene.clone(),
            kind.to_owned(),
            row.n_cells.to_string(),
            row.n_truncated.to_string(),
            row.coverage.to_string(),
            number(row.mean_shift),
            number(row.sd),
            number(interval.map(|interval| interval.low)),
            number(interval.map(|interval| interval.high)),
        ])?;
    }
    file.flush()?;
    Ok(())
}
