//! `nextwell results`: check, upload and accept results of the lab.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::Subcommand;
use nextwell_contract::{Accepted, Upload, UploadState};

use crate::api::{Api, ServerArgs};

/// What to do with a results file.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Clone, Subcommand)]
enum What {
    /// Upload a file and print its check; nothing is accepted
    Check(File),
    /// Upload a file, and accept it with --accept
    Upload {
        #[command(flatten)]
        file: File,
        /// Accept it when the check finds no error
        #[arg(long)]
        accept: bool,
    },
}

#[derive(Debug, Clone, clap::Args)]
struct File {
    /// Results as CSV or TSV
    file: PathBuf,
    /// Name of the campaign; not needed when there is only one
    #[arg(long)]
    campaign: Option<String>,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    server: ServerArgs,
}

/// Runs the verb; exit code 1 when the file has errors.
pub async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let (file, accept) = match args.what {
        What::Check(file) => (file, false),
        What::Upload { file, accept } => (file, accept),
    };
    let api = Api::new(&file.server.server)?;
    let campaign = api.campaign(file.campaign.as_deref()).await?;
    let content = std::fs::read(&file.file)
        .with_context(|| format!("cannot read {}", file.file.display()))?;
    let name = file.file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let path = format!("/api/campaigns/{}/uploads", campaign.id);
    let upload: Upload =
        api.post_bytes(&path, &[("file_name", &name)], "text/csv", content).await?;
    if file.json {
        println!("{}", serde_json::to_string_pretty(&upload.report)?);
    } else {
        print(&upload);
    }
    if upload.state == UploadState::Rejected {
        return Ok(ExitCode::FAILURE);
    }
    if accept {
        let path = format!("/api/uploads/{}/accept", upload.id);
        let accepted: Accepted = api.post(&path, &serde_json::json!({})).await?;
        let before = if accepted.already_accepted { " (before; nothing changed)" } else { "" };
        println!(
            "accepted{before}: {} measurements, {} genes, {} hits",
            accepted.measurements, accepted.genes, accepted.hits
        );
    }
    Ok(ExitCode::SUCCESS)
}

fn print(upload: &Upload) {
    let report = &upload.report;
    println!(
        "{}: {} rows, {}, {}, decimal mark {}",
        upload.file_name, report.rows, report.encoding, report.delimiter, report.decimal
    );
    for plate in &report.plates {
        let hits = plate.hits.map_or(String::new(), |hits| format!(", {hits} hits"));
        println!(
            "plate {}: {} values, {} wells missing{hits}",
            plate.barcode,
            plate.values,
            plate.missing_wells.len()
        );
        if let Some(qc) = &plate.qc {
            println!("  {}", qc.note);
        }
    }
    for (kind, issues) in [("error", &report.errors), ("warning", &report.warnings)] {
        for issue in issues {
            let row = issue.row.map_or(String::new(), |row| format!(" row {row}:"));
            println!("{kind}:{row} {}", issue.message);
        }
    }
}
