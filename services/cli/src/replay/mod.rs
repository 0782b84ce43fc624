//! `nextwell replay`: would the planner have found the hits of a finished screen?

mod archive;
mod args;
mod report;
mod screen;

use std::process::ExitCode;

use anyhow::Context;
use nextwell_model::cells::{ReadLimits, expression, read_h5ad};
use nextwell_planner::features::{ArchiveScores, Candidate, Expression, FeatureInputs, ModelScore};
use nextwell_planner::replay::{self, Plan, ReplayReport, Strategy};

pub use args::Args;
pub use screen::approved;

/// Plays the screen and prints hits by round.
///
/// # Errors
/// An unreadable file; a request that makes no sense; what the planner refuses.
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    let plan = plan(&args)?;
    let mut screen = screen::read(&args)?;
    screen.drop(&screen::excluded(&args)?.test(&screen::approved));
    plan.permute_labels(&mut screen);
    let expression = args.cells.as_deref().map(expressed).transpose()?;
    let scores = screen::prior_scores(&args.prior)?;
    let tables = crate::features::read(&args.features)?;
    let inputs = |archive| FeatureInputs {
        resolve: &screen::approved,
        expression: expression.as_deref(),
        readout_gene: args.readout.clone(),
        keywords: args.keywords.clone(),
        model_scores: (!scores.is_empty()).then_some(scores.as_slice()),
        tables: &tables,
        archive,
    };
    let cold = plan.features(&screen, &inputs(None))?;
    let known = archive::scores(&args, &screen, &inputs(None))?;
    let warm = match &known {
        Some(archive) => Some(plan.features(&screen, &inputs(Some(archive)))?),
        None => None,
    };
    let curves = replay::run(&plan.spec(&screen, warm.as_ref().unwrap_or(&cold), &cold))?;
    let report = ReplayReport::new(&screen, &plan, &curves);
    match args.json {
        true => report::json(&report)?,
        false => report::table(&report),
    }
    Ok(ExitCode::SUCCESS)
}

fn plan(args: &Args) -> anyhow::Result<Plan> {
    Ok(Plan {
        rounds: args.rounds,
        batch: args.batch,
        seeds: args.seeds,
        first_seed: args.first_seed,
        strategies: match args.strategy.is_empty() {
            true => Strategy::ALL.to_vec(),
            false => args.strategies()?,
        },
        control: args.control.map(|control| match control {
            args::Control::Labels => replay::Control::Labels,
            args::Control::Features => replay::Control::Features,
        }),
    })
}

fn candidate(symbol: &str) -> Candidate {
    Candidate { symbol: symbol.to_owned(), ensembl_id: None }
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
