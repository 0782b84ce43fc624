//! `nextwell models`: pretrain offline, import into a server, list.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::AtomicBool;

use anyhow::{Context, bail};
use clap::Subcommand;
use nextwell_contract::{ModelState, ModelVersion};
use nextwell_model::cells::{CellMatrix, ReadLimits, read_h5ad};
use nextwell_model::families::geneformer::tokenizer::Vocabulary;
use nextwell_model::learn::{PretrainConfig, pretrain_to};

use crate::api::{Api, ServerArgs};
use crate::progress;

/// What to do with models.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Clone, Subcommand)]
enum What {
    /// Train a small Geneformer by masked-gene learning on an AnnData file
    Pretrain(Pretrain),
    /// Give a checkpoint directory to a server
    Import(Import),
    /// List the versions of a server
    List {
        #[command(flatten)]
        server: ServerArgs,
    },
}

#[derive(Debug, Clone, clap::Args)]
struct Pretrain {
    /// AnnData file with raw counts
    #[arg(long, value_name = "FILE.h5ad")]
    cells: PathBuf,
    /// Directory to write; must not exist
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Encoder layers
    #[arg(long, default_value_t = 2)]
    layers: usize,
    /// Width of a token
    #[arg(long, default_value_t = 64)]
    hidden: usize,
    /// Attention heads
    #[arg(long, default_value_t = 4)]
    heads: usize,
    /// Width of the feed-forward layer
    #[arg(long, default_value_t = 128)]
    ffn: usize,
    /// Tokens kept of a cell
    #[arg(long, default_value_t = 512)]
    max_len: usize,
    /// Passes over the cells
    #[arg(long, default_value_t = 4)]
    epochs: usize,
    /// obs column of donors: whole donors are held out of training
    #[arg(long, value_name = "COLUMN")]
    donor: Option<String>,
    /// Seed of weights, masks and order
    #[arg(long, default_value_t = 0)]
    seed: u64,
}

#[derive(Debug, Clone, clap::Args)]
struct Import {
    /// Directory with config.json and model.safetensors or pytorch_model.bin
    dir: PathBuf,
    /// Name for people
    #[arg(long)]
    name: Option<String>,
    #[command(flatten)]
    server: ServerArgs,
}

/// Runs the verb.
pub async fn run(args: Args) -> anyhow::Result<ExitCode> {
    match args.what {
        What::Pretrain(args) => tokio::task::spawn_blocking(move || pretrain(&args)).await??,
        What::Import(args) => import(&args).await?,
        What::List { server } => list(&server).await?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Reads an AnnData file and says what a careful reader should look at.
pub fn read_cells(path: &Path) -> anyhow::Result<CellMatrix> {
    let (cells, report) = read_h5ad(path, &ReadLimits::default())?;
    for warning in &report.warnings {
        eprintln!("nextwell: {}: {warning}", path.display());
    }
    Ok(cells)
}

fn pretrain(args: &Pretrain) -> anyhow::Result<()> {
    let cells = read_cells(&args.cells)?;
    let config = PretrainConfig {
        layers: args.layers,
        hidden: args.hidden,
        heads: args.heads,
        ffn: args.ffn,
        max_len: args.max_len,
        epochs: args.epochs,
        donor_column: args.donor.clone(),
        seed: args.seed,
        ..PretrainConfig::default()
    };
    let bar = progress::bar("pretraining", 1);
    let shown = |done: usize, total: usize| {
        bar.set_length(total as u64);
        bar.set_position(done as u64);
    };
    let never = AtomicBool::new(false);
    let vocabulary = Vocabulary::geneformer_v1();
    let curve = pretrain_to(&args.out, &cells, vocabulary, &config, &shown, &never)?;
    bar.finish();
    println!("loss in nats per masked gene (gene frequencies alone: {:.3})", curve.baseline);
    println!("epoch  training  held out");
    for point in &curve.points {
        let number = |loss: Option<f64>| loss.map_or("-".into(), |loss| format!("{loss:.3}"));
        println!("{:>5}  {:>8}  {:>8}", point.step, number(point.train), number(point.validation));
    }
    println!("model written to {}", args.out.display());
    Ok(())
}

async fn import(args: &Import) -> anyhow::Result<()> {
    let api = Api::new(&args.server.server)?;
    let boundary = format!("nextwell-{}", uuid::Uuid::new_v4().simple());
    let mut body = Vec::new();
    let names = ["config.json", "model.safetensors", "pytorch_model.bin", "vocabulary.csv"];
    for name in names {
        let path = args.dir.join(name);
        if !path.is_file() || (name == "pytorch_model.bin" && args.dir.join(names[1]).is_file()) {
            continue;
        }
        let content =
            std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let head = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
             Content-Type: application/octet-stream\r\n\r\n"
        );
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(&content);
        body.extend_from_slice(b"\r\n");
    }
    if body.is_empty() {
        bail!("{} holds none of {}", args.dir.display(), names.join(", "));
    }
    body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    let kind = format!("multipart/form-data; boundary={boundary}");
    let query: Vec<(&str, &str)> = args.name.iter().map(|name| ("name", name.as_str())).collect();
    let model: ModelVersion = api.post_bytes("/api/models/import", &query, &kind, body).await?;
    println!("{}  {}  {}", model.digest, model.family, model.name);
    Ok(())
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
