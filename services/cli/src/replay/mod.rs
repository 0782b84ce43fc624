//! `nextwell replay`: would the planner have found the hits of a finished screen?

mod archive;
mod args;
mod report;
mod screen;

use std::collections::HashSet;
use std::process::ExitCode;

use anyhow::Context;
use nextwell_model::cells::{ReadLimits, expression, read_h5ad};
use nextwell_model::genes::GeneResolver;
use nextwell_planner::features::{
    ArchiveScores, Candidate, Expression, FeatureInputs, FeatureTable, ModelScore,
    is_core_essential,
};
use nextwell_planner::replay::{self, ReplaySpec, ScoreScale, Strategy};
use nextwell_planner::target::Tail;

pub use args::Args;

use args::Control;
use screen::Screen;

/// Plays the screen and prints hits by round.
///
/// # Errors
/// An unreadable file; a request that makes no sense; what the planner refuses.
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    let mut screen = Screen::read(&args)?;
    screen.drop(&excluded(&args)?);
    if args.control == Some(Control::Labels) {
        screen.permute(args.first_seed);
    }
    let expression = args.cells.as_deref().map(expressed).transpose()?;
    let scores = screen::prior_scores(&args.prior)?;
    let inputs = |archive| FeatureInputs {
        resolve: &|name| GeneResolver::bundled().resolve(name).symbol,
        expression: expression.as_deref(),
        readout_gene: args.readout.clone(),
        keywords: args.keywords.clone(),
        model_scores: (!scores.is_empty()).then_some(scores.as_slice()),
        archive,
    };
    let candidates: Vec<Candidate> =
        screen.genes.iter().map(|gene| candidate(&gene.symbol)).collect();
    let cold = table(&candidates, &inputs(None), &args)?;
    let known = archive::scores(&args, &screen, &inputs(None))?;
    let warm = match &known {
        Some(archive) => Some(table(&candidates, &inputs(Some(archive)), &args)?),
        None => None,
    };
    let strategies = match args.strategy.is_empty() {
        true => Strategy::ALL.to_vec(),
        false => args.strategies()?,
    };
    let curves = replay::run(&ReplaySpec {
        truth: screen.genes.iter().map(|gene| (gene.symbol.clone(), gene.score)).collect(),
        scale: ScoreScale::Any,
        hit_threshold: 3.0,
        hits: Some(screen.hits()),
        tail: Tail::TwoSided,
        table: warm.as_ref().unwrap_or(&cold),
        cold: Some(&cold),
        rounds: args.rounds,
        batch: args.batch,
        seeds: (args.first_seed..args.first_seed + args.seeds).collect(),
        strategies,
    })?;
    match args.json {
        true => report::json(&args, &screen, &curves)?,
        false => report::table(&args, &screen, &curves),
    }
    Ok(ExitCode::SUCCESS)
}

/// The features; with `--control features` given to other genes.
fn table(
    candidates: &[Candidate],
    inputs: &FeatureInputs<'_>,
    args: &Args,
) -> anyhow::Result<FeatureTable> {
    let table = FeatureTable::build(candidates, inputs)?;
    match args.control {
        Some(Control::Features) => {
            Ok(table.permuted(&screen::permutation(table.len(), args.first_seed))?)
        }
        _ => Ok(table),
    }
}

fn candidate(symbol: &str) -> Candidate {
    Candidate { symbol: symbol.to_owned(), ensembl_id: None }
}

/// Genes that are not offered: those of `--exclude`; without one, core-essential genes.
fn excluded(args: &Args) -> anyhow::Result<impl Fn(&str) -> bool + use<>> {
    let mut listed = HashSet::new();
    for path in &args.exclude {
        listed.extend(screen::names(path)?);
    }
    let essential = args.exclude.is_empty() && !args.keep_essential;
    let approved = |name: &str| GeneResolver::bundled().resolve(name).symbol;
    // A gene stands under its old name in one file and under its new one in another.
    let renamed: HashSet<String> = listed.iter().filter_map(|name| approved(name)).collect();
    Ok(move |symbol: &str| match essential {
        true => is_core_essential(symbol),
        false => {
            listed.contains(symbol)
                || (!renamed.is_empty() && approved(symbol).is_some_and(|s| renamed.contains(&s)))
        }
    })
}

/// Mean expression of every gene of an AnnData file.
///
/// # Errors
/// A file that cannot be used.
pub fn expressed(path: &std::path::Path) -> anyhow::Result<Vec<Expression>> {
    let (cells, _) = read_h5ad(path, &ReadLimits::default())
        .with_context(|| format!("cannot use {}", path.display()))?;
    let all: Vec<usize> = (0..cells.n_cells()).collect();
    let genes = expression(&cells, &all)?;
    let row = |gene: nextwell_model::cells::GeneExpression| Expression {
        symbol: gene.symbol,
        mean_log1p_cp10k: gene.mean_log1p_cp10k,
        detection_rate: gene.detection_rate,
    };
    Ok(genes.into_iter().map(row).collect())
}

/// What earlier screens say, and the scores that rank genes beforehand.
type Archive = Option<ArchiveScores>;
type Prior = Vec<ModelScore>;
