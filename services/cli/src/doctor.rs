//! `nextwell doctor`: what is found, what is missing, what to do.

use std::path::PathBuf;
use std::process::ExitCode;

use serde::Serialize;

use crate::api::{Api, ServerArgs};
use crate::postgres;

/// What to look at.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// Data folder of the server
    #[arg(long, env = "NEXTWELL_DATA", default_value = ".nextwell")]
    data: PathBuf,
    #[command(flatten)]
    server: ServerArgs,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Verdict {
    Ok,
    Warn,
    Fail,
}

#[derive(Debug, Clone, Serialize)]
struct Line {
    what: &'static str,
    verdict: Verdict,
    found: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    todo: Option<String>,
}

/// Looks at everything; exit code 1 when something fails.
pub async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let mut lines = vec![program(), database_tools(), data_folder(&args.data), device()];
    lines.push(server(&args.server.server).await);
    if args.json {
        println!("{}", serde_json::to_string_pretty(&lines)?);
    } else {
        for line in &lines {
            print(line);
        }
    }
    let failed = lines.iter().any(|line| line.verdict == Verdict::Fail);
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn print(line: &Line) {
    let verdict = match line.verdict {
        Verdict::Ok => "ok  ",
        Verdict::Warn => "warn",
        Verdict::Fail => "fail",
    };
    println!("{verdict}  {:<14} {}", line.what, line.found);
    if let Some(todo) = &line.todo {
        println!("      {:<14} → {todo}", "");
    }
}

fn line(what: &'static str, verdict: Verdict, found: String, todo: Option<&str>) -> Line {
    Line { what, verdict, found, todo: todo.map(str::to_owned) }
}

fn program() -> Line {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let found = format!("version {}, {threads} cores", env!("CARGO_PKG_VERSION"));
    line("nextwell", Verdict::Ok, found, None)
}

fn database_tools() -> Line {
    match postgres::find_tools() {
        Ok(tools) => line("Postgres", Verdict::Ok, format!("tools in {}", tools.display()), None),
        Err(_) => line(
            "Postgres",
            Verdict::Warn,
            "no initdb on PATH or in /usr/lib/postgresql".into(),
            Some("install the package postgresql, or give --database-url to `nextwell serve`"),
        ),
    }
}

fn data_folder(data: &std::path::Path) -> Line {
    if !data.exists() {
        let found = format!("{} does not exist yet", data.display());
        return line(
            "data folder",
            Verdict::Ok,
            found,
            Some("the first `nextwell serve` makes it"),
        );
    }
    let cluster = postgres::cluster_dir(data).map(|dir| dir.display().to_string());
    let cluster = cluster.unwrap_or_else(|error| error.to_string());
    let probe = data.join(".doctor");
    let writable = std::fs::write(&probe, b"x").and_then(|()| std::fs::remove_file(&probe));
    match writable {
        Ok(()) => {
            let found = format!("{}; private database in {cluster}", data.display());
            line("data folder", Verdict::Ok, found, None)
        }
        Err(error) => line(
            "data folder",
            Verdict::Fail,
            format!("{} cannot be written: {error}", data.display()),
            Some("give yourself the right to write there, or choose another with --data"),
        ),
    }
}

fn device() -> Line {
    let report = nextwell_model::device::probe();
    if report.cuda_usable() {
        let found = format!("{} GPU(s); the first is used by default", report.cuda_devices);
        return line("device", Verdict::Ok, found, None);
    }
    let found =
        format!("CPU ({} threads); no GPU: {}", report.cpu_threads, report.missing.join("; "));
    line("device", Verdict::Ok, found, None)
}

async fn server(address: &str) -> Line {
    let info = match Api::new(address) {
        Ok(api) => api.get::<serde_json::Value>("/api/info").await,
        Err(error) => Err(error),
    };
    match info {
        Ok(info) => {
            let text = |value: &serde_json::Value| value.as_str().unwrap_or("?").to_owned();
            let model = &info["model_service"]["device"];
            let found = format!("{address} answers; database: {}", text(&info["database"]));
            if model.is_null() {
                let todo = Some("start the model service, or check --model-service");
                return line("server", Verdict::Fail, format!("{found}; no model service"), todo);
            }
            line("server", Verdict::Ok, format!("{found}; models on {}", text(model)), None)
        }
        Err(_) => line(
            "server",
            Verdict::Warn,
            format!("none answers at {address}"),
            Some("start one with `nextwell serve`"),
        ),
    }
}
