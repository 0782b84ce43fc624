//! `nextwell replay`: would the planner have found the hits of a finished screen?

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, bail};
use nextwell_model::genes::GeneResolver;
use nextwell_planner::features::{Candidate, FeatureInputs, FeatureTable};
use nextwell_planner::replay::{self, ReplaySpec, Strategy};
use nextwell_planner::target::Tail;
use serde_json::json;

/// Which screen, and how it is played.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// CSV with a gene column and a score column (robust z, 0 = no effect)
    #[arg(long, value_name = "FILE.csv")]
    screen: PathBuf,
    /// Column of the gene symbols
    #[arg(long, default_value = "gene")]
    gene_column: String,
    /// Column of the scores
    #[arg(long, default_value = "score")]
    score_column: String,
    /// |score| of a hit
    #[arg(long, default_value_t = 3.0)]
    threshold: f64,
    /// Rounds to play
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Genes of a round
    #[arg(long, default_value_t = 24)]
    batch: usize,
    /// Replays, each with its own seed
    #[arg(long, default_value_t = 10)]
    seeds: u64,
    /// Gene that is read out
    #[arg(long)]
    readout: Option<String>,
    /// Words of the assay's title
    #[arg(long, value_delimiter = ',')]
    keywords: Vec<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Plays the screen and prints hits by round.
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    let truth = read(&args)?;
    let candidates: Vec<Candidate> = truth
        .iter()
        .map(|(symbol, _)| Candidate { symbol: symbol.clone(), ensembl_id: None })
        .collect();
    let table = FeatureTable::build(
        &candidates,
        &FeatureInputs {
            resolve: &|name| GeneResolver::bundled().resolve(name).symbol,
            expression: None,
            readout_gene: args.readout.clone(),
            keywords: args.keywords.clone(),
            model_scores: None,
        },
    )?;
    let curves = replay::run(&ReplaySpec {
        truth,
        hit_threshold: args.threshold,
        hits: None,
        tail: Tail::TwoSided,
        table: &table,
        rounds: args.rounds,
        batch: args.batch,
        seeds: (1..=args.seeds).collect(),
        strategies: vec![Strategy::Default, Strategy::Prior, Strategy::Ridge, Strategy::Random],
    })?;
    if args.json {
        let strategies: Vec<_> = curves
            .iter()
            .map(|curve| json!({ "name": curve.name, "per_round": curve.recall() }))
            .collect();
        let first = curves.first();
        println!(
            "{}",
            serde_json::to_string_pretty(&json!({
                "screen": args.screen.display().to_string(),
                "genes": first.map(|curve| curve.total_genes),
                "hits": first.map(|curve| curve.total_hits),
                "rounds": args.rounds, "batch": args.batch, "seeds": args.seeds,
                "strategies": strategies,
            }))?
        );
        return Ok(ExitCode::SUCCESS);
    }
    if let Some(first) = curves.first() {
        println!("{} genes, {} hits; share of hits found", first.total_genes, first.total_hits);
    }
    let rounds: Vec<String> = (1..=args.rounds).map(|round| format!("{round:>6}")).collect();
    println!("{:<10}{}", "round", rounds.join(""));
    for curve in &curves {
        let shares: Vec<String> = curve.recall().iter().map(|r| format!("{r:>6.3}")).collect();
        println!("{:<10}{}", curve.name, shares.join(""));
    }
    Ok(ExitCode::SUCCESS)
}

fn read(args: &Args) -> anyhow::Result<Vec<(String, f64)>> {
    let mut file = csv::Reader::from_path(&args.screen)
        .with_context(|| format!("cannot read {}", args.screen.display()))?;
    let headers = file.headers()?.clone();
    let column = |name: &str| {
        headers.iter().position(|header| header.trim() == name).with_context(|| {
            let found: Vec<&str> = headers.iter().collect();
            format!(
                "column {name} not found in {} (found: {}); name it with --gene-column or \
                 --score-column",
                args.screen.display(),
                found.join(", ")
            )
        })
    };
    let (gene, score) = (column(&args.gene_column)?, column(&args.score_column)?);
    let mut truth = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for (index, row) in file.records().enumerate() {
        let row = row?;
        let (symbol, text) = (row.get(gene).unwrap_or(""), row.get(score).unwrap_or(""));
        let value: f64 = text.trim().parse().unwrap_or(f64::NAN);
        if !value.is_finite() {
            bail!("row {}: score {text:?} of {symbol} is no number; leave the row out", index + 2);
        }
        if !seen.insert(symbol.to_owned()) {
            bail!("row {}: {symbol} is listed twice; keep one row a gene", index + 2);
        }
        truth.push((symbol.to_owned(), value));
    }
    Ok(truth)
}
