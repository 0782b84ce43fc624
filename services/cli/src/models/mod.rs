//! `nextwell models`: make, import, look at, verify and remove models.

mod card;
mod import;
mod place;
mod pretrain;
mod random;
mod remove;
mod show;
mod verify;

use std::path::Path;
use std::process::ExitCode;

use clap::Subcommand;
use nextwell_contract::{ModelState, ModelVersion};
use nextwell_model::cells::{CellMatrix, ReadLimits, read_h5ad};

use crate::api::{Api, ServerArgs};

/// What to do with models.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Clone, Subcommand)]
enum What {
    /// Train a small Geneformer by masked-gene learning on an AnnData file
    Pretrain(pretrain::Args),
    /// Write a checkpoint of a family with random weights, in the published layout
    Random(random::Args),
    /// Give a checkpoint directory of any family to a server
    Import(import::Args),
    /// List the versions of a server
    List {
        #[command(flatten)]
        server: ServerArgs,
    },
    /// Show what is known about a model: sizes, vocabulary, licence, embeddings, labels
    Show(show::Args),
    /// Check that a model gives its defined numbers on this machine
    Verify(verify::Args),
    /// Remove a model version from a server, or a model directory
    Remove(remove::Args),
}

/// Runs the verb.
pub async fn run(args: Args) -> anyhow::Result<ExitCode> {
    match args.what {
        What::Pretrain(args) => blocking(move || pretrain::run(&args)).await?,
        What::Random(args) => blocking(move || random::run(&args)).await?,
        What::Import(args) => import::run(&args).await?,
        What::List { server } => list(&server).await?,
        What::Show(args) => show::run(args).await?,
        What::Verify(args) => return verify::run(args).await,
        What::Remove(args) => remove::run(args).await?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Runs what computes or reads for long where it does not hold up the runtime.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> anyhow::Result<T> + Send + 'static,
) -> anyhow::Result<T> {
    tokio::task::spawn_blocking(work).await?
}

/// Reads an AnnData file and says what a careful reader should look at.
pub fn read_cells(path: &Path) -> anyhow::Result<CellMatrix> {
    let (cells, report) = read_h5ad(path, &ReadLimits::default())?;
    for warning in &report.warnings {
        eprintln!("nextwell: {}: {warning}", path.display());
    }
    Ok(cells)
}

async fn list(server: &ServerArgs) -> anyhow::Result<()> {
    let models: Vec<ModelVersion> = Api::new(&server.server)?.get("/api/models").await?;
    if models.is_empty() {
        println!("no model yet: `nextwell models pretrain` or `nextwell models import`");
    }
    for model in models {
        let state = match model.state {
            ModelState::Base => "base",
            ModelState::Candidate => "candidate",
            ModelState::Promoted => "promoted",
            ModelState::Rejected => "rejected",
        };
        println!("{:.12}  {state:<9}  {:<12} {}", model.digest, model.family, model.name);
    }
    Ok(())
}
