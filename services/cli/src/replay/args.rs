//! Which screen, and how it is played.

use std::path::PathBuf;

use anyhow::Context;
use nextwell_planner::replay::Strategy;

/// Replay a finished screen: would the planner have found its hits?
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "\
Reads any table of genes and scores (CSV or TSV, also .gz): columns gene and score, or a MAGeCK gene
summary (RRA or MLE), recognised by its columns. Hits are the column hit where there is one, FDR below
5 % in a MAGeCK table, else the 5 % of genes farthest from the median.

  nextwell replay --screen ifng.csv --rounds 5 --batch 128 --readout IFNG --keywords \"interferon-gamma,t cell\" --cells t.h5ad
  nextwell replay --screen il2ra.csv --batch 24 --archive il2.csv --archive ctla4.csv --json")]
pub struct Args {
    /// Finished screen: genes and scores
    #[arg(long, value_name = "FILE")]
    pub screen: PathBuf,
    /// Column of the genes; recognised when not given
    #[arg(long, value_name = "COLUMN", help_heading = "Screen")]
    pub gene_column: Option<String>,
    /// Column of the scores; recognised when not given
    #[arg(long, value_name = "COLUMN", help_heading = "Screen")]
    pub score_column: Option<String>,
    /// Only rows of which a column has a value, as screen=IL2RA
    #[arg(long = "where", value_name = "COLUMN=VALUE", help_heading = "Screen")]
    pub filter: Option<String>,
    /// A column of 0 and 1, or a rule: top5%, |score|>=3, score>=2, score<=-2, fdr<0.05
    #[arg(long, value_name = "COLUMN|RULE", help_heading = "Screen")]
    pub hits: Option<String>,
    /// Genes that are not offered, one a line or the first column; may be given again.
    /// Core-essential genes (by DepMap) when not given
    #[arg(long, value_name = "FILE", help_heading = "Screen")]
    pub exclude: Vec<PathBuf>,
    /// Offer every gene
    #[arg(long, conflicts_with = "exclude", help_heading = "Screen")]
    pub keep_essential: bool,

    /// Gene that is read out
    #[arg(long, value_name = "GENE", help_heading = "Known beforehand")]
    pub readout: Option<String>,
    /// Words of the assay's title, as \"interferon-gamma,t cell\"
    #[arg(long, value_delimiter = ',', value_name = "WORDS", help_heading = "Known beforehand")]
    pub keywords: Vec<String>,
    /// Cells of the assay's type: their expression
    #[arg(long, value_name = "FILE.h5ad", help_heading = "Known beforehand")]
    pub cells: Option<PathBuf>,
    /// An earlier screen of the lab; may be given again, as FILE or FILE:COLUMN=VALUE
    #[arg(long, value_name = "FILE", help_heading = "Known beforehand")]
    pub archive: Vec<String>,
    /// A block of gene features that `nextwell features build` wrote; may be given again
    #[arg(long, value_name = "FILE", help_heading = "Known beforehand")]
    pub features: Vec<PathBuf>,
    /// Genes with a score of a model, as an in-silico screen writes them; may be given again
    #[arg(long, value_name = "FILE", help_heading = "Known beforehand")]
    pub prior: Vec<PathBuf>,

    /// default, cold (no earlier screens), learn (no prior), prior (no learning), ridge, random;
    /// all when not given
    #[arg(long, value_delimiter = ',', value_name = "NAME", help_heading = "Replay")]
    pub strategy: Vec<String>,
    /// Rounds to play
    #[arg(long, default_value_t = 5, help_heading = "Replay")]
    pub rounds: usize,
    /// Genes of a round
    #[arg(long, default_value_t = 24, help_heading = "Replay")]
    pub batch: usize,
    /// Replays, each with its own seed
    #[arg(long, default_value_t = 10, help_heading = "Replay")]
    pub seeds: u64,
    /// First seed
    #[arg(long, default_value_t = 1, help_heading = "Replay")]
    pub first_seed: u64,
    /// Give every gene another one's label or features: any gain left is a mistake
    #[arg(long, value_enum, value_name = "WHAT", help_heading = "Replay")]
    pub control: Option<Control>,
    /// Print JSON
    #[arg(long, conflicts_with = "table", help_heading = "Replay")]
    pub json: bool,
    /// Print a table (the default)
    #[arg(long, help_heading = "Replay")]
    pub table: bool,
}

/// What a control permutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Control {
    /// Scores and hits among genes.
    Labels,
    /// Features among genes.
    Features,
}

impl Args {
    /// The strategies by their names.
    ///
    /// # Errors
    /// A name that no strategy has.
    pub fn strategies(&self) -> anyhow::Result<Vec<Strategy>> {
        let of = |name: &String| {
            let known = Strategy::ALL.into_iter().find(|strategy| strategy.name() == name);
            let names = Strategy::ALL.map(Strategy::name).join(", ");
            known.with_context(|| format!("no strategy {name}; there are {names}"))
        };
        self.strategy.iter().map(of).collect()
    }
}
