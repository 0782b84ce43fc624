//! `nextwell screen`: an in-silico screen on files, without a server.

mod annotate;
mod args;
mod engine;
mod known;
mod output;
mod targets;

use std::process::ExitCode;

pub use args::{Args, state};

/// Screens with every model asked for and writes what was asked for.
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    let lab = engine::Lab::open(&args)?;
    let mut screens = Vec::new();
    for model in &args.model {
        match lab.screen(&args, model)? {
            Some(done) => screens.push(done),
            None => continue,
        }
    }
    if args.estimate {
        return Ok(ExitCode::SUCCESS);
    }
    for done in &screens {
        output::report(&args, &lab, done, screens.len() > 1)?;
    }
    if screens.len() > 1 {
        output::consensus(&args, &screens)?;
    }
    Ok(ExitCode::SUCCESS)
}
