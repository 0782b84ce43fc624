//! `nextwell models import`: a checkpoint directory to a server.

use std::io::{Seek, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use nextwell_contract::ModelVersion;
use nextwell_model::families::Family;

use crate::api::{Api, ServerArgs};

const EXAMPLES: &str = "\
Examples:
  nextwell models import geneformer-v2/ --name geneformer-v2
  nextwell models import scgpt-human/

All files of the directory are sent but for hidden ones and for pytorch_model.bin beside
model.safetensors. The licence of the family's weights is printed first: it binds you.";

/// Which directory.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Checkpoint directory of any family
    dir: PathBuf,
    /// Name for people
    #[arg(long)]
    name: Option<String>,
    #[command(flatten)]
    server: ServerArgs,
}

/// Sends the files.
pub async fn run(args: &Args) -> anyhow::Result<()> {
    let family = Family::of(&args.dir)?;
    let licence = family.licence();
    eprintln!("licence of {family} weights: {}: {}", licence.name, licence.note);
    let boundary = format!("nextwell-{}", uuid::Uuid::new_v4().simple());
    let body = body(&files(&args.dir)?, &boundary)?;
    let kind = format!("multipart/form-data; boundary={boundary}");
    let query: Vec<(&str, &str)> = args.name.iter().map(|name| ("name", name.as_str())).collect();
    let api = Api::new(&args.server.server)?;
    let model: ModelVersion = api.post_file("/api/models/import", &query, &kind, body).await?;
    println!("{}  {}  {}", model.digest, model.family, model.name);
    Ok(())
}

/// The files to send, by name.
fn files(dir: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in dir.read_dir().with_context(|| format!("cannot read {}", dir.display()))? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let shadowed = name == "pytorch_model.bin" && dir.join("model.safetensors").is_file();
        if path.is_file() && !name.starts_with('.') && !shadowed {
            found.push(path);
        }
    }
    if found.is_empty() {
        bail!("{} holds no file", dir.display());
    }
    found.sort();
    Ok(found)
}

/// The request's body in an unnamed file, so that weights need not fit in memory.
fn body(files: &[PathBuf], boundary: &str) -> anyhow::Result<std::fs::File> {
    let mut body = tempfile::tempfile().context("no temporary file for the upload")?;
    for path in files {
        let name = path.file_name().unwrap_or_default().to_string_lossy().replace('"', "_");
        write!(
            body,
            "--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
             Content-Type: application/octet-stream\r\n\r\n"
        )?;
        let mut file =
            std::fs::File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
        std::io::copy(&mut file, &mut body)
            .with_context(|| format!("cannot copy {}", path.display()))?;
        body.write_all(b"\r\n")?;
    }
    write!(body, "--{boundary}--\r\n")?;
    body.rewind()?;
    Ok(body)
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn the_body_holds_each_file_once_and_no_shadowed_or_hidden_one() {
        let dir = tempfile::tempdir().unwrap();
        let names = ["config.json", "model.safetensors", "pytorch_model.bin", ".hidden"];
        for name in names {
            std::fs::write(dir.path().join(name), format!("<{name}>")).unwrap();
        }
        let mut text = String::new();
        let files = files(dir.path()).unwrap();
        body(&files, "B").unwrap().read_to_string(&mut text).unwrap();
        assert!(text.contains("<config.json>\r\n--B") && text.ends_with("--B--\r\n"), "{text}");
        assert_eq!(text.matches("filename=").count(), 2, "{text}");
    }
}
