//! `nextwell models verify`: does a model give its defined numbers here?

use std::process::ExitCode;

use anyhow::Context;
use nextwell_contract::{JobAccepted, ModelDetails};
use nextwell_model::device::DeviceChoice;
use nextwell_model::families::{Parity, verify};

use super::blocking;
use super::place::{Place, version};
use crate::api::{Api, ServerArgs};
use crate::progress;

const EXAMPLES: &str = "\
Examples:
  nextwell models verify geneformer-v2/
  nextwell models verify 3fa9c1 --server http://127.0.0.1:7300

Opens the checkpoint twice, with the fastest kernels of the device and with the plain forward pass
that defines the model, and compares the default embeddings of a few seeded cells. Each cell must
also give exactly the same numbers alone as among others. Exit code 1 when either does not hold.";

/// Which model.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Model directory, or the start of the digest of a version on a server
    #[arg(value_name = "DIR|DIGEST")]
    model: String,
    /// Device: auto, cpu or cuda:N
    #[arg(long, default_value = "auto")]
    device: DeviceChoice,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    server: ServerArgs,
}

/// Verifies and says whether it holds.
pub async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let parity = match Place::of(&args.model)? {
        Place::Directory(dir) => blocking(move || Ok(verify(&dir, args.device)?)).await?,
        Place::Version(start) => {
            let api = Api::new(&args.server.server)?;
            on_server(&api, &version(&api, &start).await?.digest).await?
        }
    };
    if args.json {
        println!("{}", serde_json::to_string_pretty(&parity)?);
    } else {
        print(&parity);
    }
    Ok(if parity.holds() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Asks a server to verify and waits.
async fn on_server(api: &Api, digest: &str) -> anyhow::Result<Parity> {
    let path = format!("/api/models/{digest}");
    let job: JobAccepted = api.post(&format!("{path}/verify"), &serde_json::json!({})).await?;
    progress::follow(api, job.job_id, "verify").await?;
    let details: ModelDetails = api.get(&path).await?;
    let found = details.version.parity.context("the server kept no figures; try again")?;
    Ok(Parity {
        embedding: found.embedding,
        cells: found.cells as usize,
        tokens: found.tokens as usize,
        largest_difference: found.largest_difference,
        batch_invariant: found.batch_invariant,
        seconds: found.seconds,
    })
}

fn print(parity: &Parity) {
    let within = if parity.largest_difference <= Parity::TOLERANCE { "within" } else { "ABOVE" };
    println!(
        "{} cells, {} tokens, embedding {}: largest difference {:.2e}, {within} {:.0e}",
        parity.cells,
        parity.tokens,
        parity.embedding,
        parity.largest_difference,
        Parity::TOLERANCE
    );
    let same = if parity.batch_invariant { "exactly the same" } else { "NOT the same" };
    println!("each cell alone gives {same} numbers as among others ({:.1} s)", parity.seconds);
}
