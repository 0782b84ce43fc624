//! What can be asked of a screen.

use std::path::PathBuf;

use nextwell_model::screen::{CellState, Perturbation, ScreenError};

const EXAMPLES: &str = "\
Examples:
  nextwell screen --cells t.h5ad --model geneformer/ --start state=rest --goal state=active \\
      --factors --donor donor -o factors.csv
  nextwell screen --cells t.h5ad --model geneformer/ --start state=rest --goal state=active \\
      --all --perturb knock-out,over-expression -o all.parquet --values values.parquet
  nextwell screen --cells t.h5ad --model a/ --model b/ --start state=rest --goal state=active \\
      --gene GATA3,TBX21,FOXP3 --pairs -o pairs.csv
  nextwell screen ... --estimate        forwards, time and memory, then stop

The run directory (OUT.run unless --run-dir says otherwise) keeps every finished block: the same
command goes on where a stopped one was. docs/screen.md describes the columns.";

/// What to screen.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// AnnData file with raw counts
    #[arg(long, value_name = "FILE.h5ad")]
    pub cells: PathBuf,
    /// Model directory of any family; several give a consensus
    #[arg(long, value_name = "DIR", required = true)]
    pub model: Vec<PathBuf>,

    /// State to perturb, for example source=Tumor
    #[arg(long, value_name = "COLUMN=VALUE", value_parser = state, help_heading = "Cells")]
    pub start: CellState,
    /// State to move towards; without it the effect is the similarity to the original cell
    #[arg(long, value_name = "COLUMN=VALUE", value_parser = state, help_heading = "Cells")]
    pub goal: Option<CellState>,
    /// Another state to measure the shift to; may be given again
    #[arg(long, value_name = "COLUMN=VALUE", value_parser = state, help_heading = "Cells")]
    pub alternative: Vec<CellState>,
    /// Cells that get the same perturbations, to test the others against
    #[arg(long, value_name = "COLUMN=VALUE", value_parser = state, help_heading = "Cells")]
    pub null: Option<CellState>,
    /// obs column of donors or samples, for tests and intervals over donors
    #[arg(long, value_name = "COLUMN", help_heading = "Cells")]
    pub donor: Option<String>,
    /// Most start cells (and null cells); all when not given
    #[arg(long, value_name = "N", help_heading = "Cells")]
    pub max_cells: Option<usize>,
    /// Species of the cells: human or mouse
    #[arg(long, default_value = "human", help_heading = "Cells")]
    pub species: String,

    /// File with one symbol or Ensembl id a line
    #[arg(long, value_name = "FILE", help_heading = "Genes")]
    pub genes: Option<PathBuf>,
    /// Genes by name
    #[arg(long, value_name = "GENE,...", value_delimiter = ',', help_heading = "Genes")]
    pub gene: Vec<String>,
    /// Every transcription factor (Lambert et al. 2018)
    #[arg(long, help_heading = "Genes")]
    pub factors: bool,
    /// Every gene that a start cell expresses (the default when no gene is named)
    #[arg(long, help_heading = "Genes")]
    pub all: bool,
    /// Perturb the genes all together
    #[arg(long, help_heading = "Genes", conflicts_with_all = ["pairs", "anchor"])]
    pub group: bool,
    /// Perturb all pairs of the genes
    #[arg(long, help_heading = "Genes", conflicts_with = "anchor")]
    pub pairs: bool,
    /// Perturb this gene together with each of the others
    #[arg(long, value_name = "GENE", help_heading = "Genes")]
    pub anchor: Option<String>,
    /// knock-out, over-expression, inhibit-P, activate-P (P a percentile of the cell's genes)
    #[arg(long, value_delimiter = ',', default_value = "knock-out", value_parser = kind,
        help_heading = "Genes")]
    pub perturb: Vec<Perturbation>,

    /// Kind of embedding (`nextwell models show DIR` lists them); the family's when not given
    #[arg(long, value_name = "KIND", help_heading = "Effects")]
    pub embedding: Option<String>,
    /// 0 = last layer, -1 = the one before it
    #[arg(long, default_value_t = 0, allow_negative_numbers = true, help_heading = "Effects")]
    pub emb_layer: i32,
    /// A state's embedding: mean or median of its cells
    #[arg(long, default_value = "mean", help_heading = "Effects")]
    pub state_embedding: String,
    /// Fewest cells in which a perturbation must be done to be tested
    #[arg(long, default_value_t = 5, value_name = "N", help_heading = "Effects")]
    pub min_detections: usize,
    /// Write how far every other gene's embedding moves: FILE.csv or FILE.parquet
    #[arg(long, value_name = "FILE", help_heading = "Effects")]
    pub gene_shifts: Option<PathBuf>,
    /// Genes known to matter, one a line: the ranking and baselines are evaluated against them
    #[arg(long, value_name = "FILE", help_heading = "Effects")]
    pub positives: Option<PathBuf>,
    /// CSV with a column of genes and a column hit (yes or no): only these genes are ranked
    #[arg(long, value_name = "FILE.csv", help_heading = "Effects")]
    pub measured: Option<PathBuf>,
    /// Seed of the choice of cells
    #[arg(long, default_value_t = 0, help_heading = "Effects")]
    pub seed: u64,

    /// exact, or gradient: estimate every knock-out to first order and run the best exactly
    #[arg(long, value_enum, default_value_t = Mode::Exact, help_heading = "Effects")]
    pub mode: Mode,
    /// Genes that the gradient mode runs exactly
    #[arg(long, value_name = "N", default_value_t = 100, help_heading = "Effects")]
    pub top: usize,

    /// Table to write: .csv, .parquet or .h5ad; may be given again; the terminal shows the best
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    pub out: Vec<PathBuf>,
    /// Only rows of these in tables and on the terminal: factors, druggable or a FILE of genes
    #[arg(long, value_name = "WHAT", help_heading = "Output")]
    pub only: Vec<String>,
    /// CSV with a column of genes (symbol, gene or ensembl_id) whose other columns come along
    #[arg(long, value_name = "FILE.csv", help_heading = "Output")]
    pub annotations: Option<PathBuf>,
    /// Write every effect in every cell: FILE.csv or FILE.parquet
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub values: Option<PathBuf>,
    /// Directory of finished blocks
    #[arg(long, value_name = "DIR", help_heading = "Output")]
    pub run_dir: Option<PathBuf>,
    /// Say what it will cost, and stop
    #[arg(long, help_heading = "Output")]
    pub estimate: bool,

    /// Devices: auto, cpu or cuda:N; several, as cuda:0,cuda:1, share the work
    #[arg(long, value_delimiter = ',', default_value = "auto", help_heading = "Machine")]
    pub device: Vec<nextwell_model::device::DeviceChoice>,
    /// Most tokens given to the model at once
    #[arg(long, value_name = "TOKENS", help_heading = "Machine")]
    pub batch_tokens: Option<usize>,
}

/// How a screen is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Mode {
    /// Every perturbation is run through the model.
    Exact,
    /// Knock-outs are estimated to first order; the best are run exactly.
    Gradient,
}

/// Reads COLUMN=VALUE.
pub fn state(text: &str) -> Result<CellState, String> {
    let (column, value) = text.split_once('=').ok_or("write it as COLUMN=VALUE")?;
    Ok(CellState { column: column.to_owned(), value: value.to_owned() })
}

fn kind(text: &str) -> Result<Perturbation, String> {
    text.parse().map_err(|error: ScreenError| error.to_string())
}
