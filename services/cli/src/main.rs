//! `nextwell`: the one binary. A file per verb; maths and HTTP handlers live elsewhere.

mod annotate;
mod api;
mod demo;
mod doctor;
mod embed;
mod enhance;
mod features;
mod inspect;
mod model_args;
mod models;
mod network;
mod plan;
mod postgres;
mod predict;
mod progress;
mod replay;
mod results;
mod screen;
mod serve;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Tells a lab which wells to run next.
#[derive(Debug, Parser)]
#[command(name = "nextwell", version, propagate_version = true, arg_required_else_help = true)]
struct Cli {
    /// More log lines: -v for progress of the services, -vv for everything.
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    verbose: u8,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Run the services and the web UI
    Serve(serve::Args),
    /// Run the whole loop on real data, then leave the web UI running
    Demo(demo::Args),
    /// Screen genes in silico, offline, on files
    Screen(Box<screen::Args>),
    /// Embed cells with a model of any family
    Embed(embed::Args),
    /// Label cells with a classifier, and rank marker genes
    Annotate(annotate::Args),
    /// Predict expression at a greater read depth
    Enhance(enhance::Args),
    /// Rank the targets of a transcription factor
    Network(network::Args),
    /// Predict expression after a perturbation
    Predict(predict::Args),
    /// Plan the next round of a campaign and print its picks
    Plan(plan::Args),
    /// Check, upload and accept results of the lab
    Results(results::Args),
    /// Make, import, show, verify and remove models
    Models(models::Args),
    /// Build, and list, blocks of gene features for the planner
    Features(features::Args),
    /// Replay a finished screen: would the planner have found its hits?
    Replay(replay::Args),
    /// Say what is found, what is missing and what to do
    Doctor(doctor::Args),
    /// Read one uploaded file inside limits (used by the model service)
    #[command(hide = true)]
    InspectFile(inspect::Args),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    if let Verb::InspectFile(args) = cli.verb {
        return inspect::run(args);
    }
    start_logging(cli.verbose);
    match run(cli.verb) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("nextwell: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(verb: Verb) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let outcome = runtime.block_on(async {
        match verb {
            Verb::Serve(args) => serve::run(args).await,
            Verb::Demo(args) => demo::run(args).await,
            Verb::Screen(args) => screen::run(*args),
            Verb::Embed(args) => embed::run(args),
            Verb::Annotate(args) => annotate::run(args),
            Verb::Enhance(args) => enhance::run(args),
            Verb::Network(args) => network::run(args),
            Verb::Predict(args) => predict::run(args),
            Verb::Plan(args) => plan::run(args).await,
            Verb::Results(args) => results::run(args).await,
            Verb::Models(args) => models::run(args).await,
            Verb::Features(args) => features::run(args),
            Verb::Replay(args) => replay::run(args),
            Verb::Doctor(args) => doctor::run(args).await,
            Verb::InspectFile(args) => Ok(inspect::run(args)),
        }
    });
    // Work on the blocking pool must not hold the exit up.
    runtime.shutdown_timeout(std::time::Duration::from_secs(5));
    outcome
}

/// People read log lines on a terminal; machines read JSON otherwise.
fn start_logging(verbose: u8) {
    use std::io::IsTerminal;
    let default = match verbose {
        0 => "warn",
        1 => "info",
        _ => "debug,hyper=info,h2=info,sqlx=info",
    };
    let filter = tracing_subscriber::EnvFilter::try_from_env("NEXTWELL_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(default));
    let logs = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if std::io::stderr().is_terminal() {
        logs.with_target(false).init();
    } else {
        logs.json().init();
    }
}
