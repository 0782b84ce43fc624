//! `nextwell results`: check, upload and accept results of the lab.

mod local;
mod names;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::Subcommand;
use nextwell_contract::{Accepted, Upload, UploadState};
use nextwell_planner::assay::formats::FormatId;

use crate::api::{Api, ServerArgs};

/// What to do with a results file.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Clone, Subcommand)]
enum What {
    /// Read a file in any known format and print what it holds; nothing is accepted
    ///
    /// Values of plates are checked by the server against the campaign; other files (genes of a
    /// screen, guide counts, qPCR, flow, images, cells) are read here.
    Check {
        #[command(flatten)]
        file: File,
        /// Read the file here, without a server and a campaign
        #[arg(long)]
        offline: bool,
        /// The format, when it cannot be told; implies --offline
        #[arg(long, value_parser = format)]
        format: Option<FormatId>,
    },
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
    /// Results: text or workbook, as the instrument or program wrote them
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
        What::Check { file, offline, format } => {
            let import = local::import(&file.file, format)?;
            if offline || format.is_some() || !local::concerns_a_campaign(&import) {
                return local::report(&file.file, &import, file.json);
            }
            (file, false)
        }
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

/// A format by its id.
fn format(text: &str) -> Result<FormatId, String> {
    serde_json::from_value(text.into()).map_err(|_| {
        format!("`{text}` is no format; expected an id such as `bmg_mars` or `guide_counts`")
    })
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
