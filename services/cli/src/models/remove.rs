//! `nextwell models remove`: from a server, or from this machine.

use std::path::Path;

use anyhow::{Context, bail};
use nextwell_contract::JobAccepted;
use nextwell_model::families::Family;

use super::place::{Place, version};
use crate::api::{Api, ServerArgs};
use crate::progress;

/// Which model.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// The start of the digest of a version on a server, or a model directory
    #[arg(value_name = "DIGEST|DIR")]
    model: String,
    /// Do not ask
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    server: ServerArgs,
}

/// Removes it, after asking.
pub async fn run(args: Args) -> anyhow::Result<()> {
    match Place::of(&args.model)? {
        Place::Directory(dir) => {
            let family = Family::of(&dir)?;
            confirm(args.yes, &format!("delete {} ({family})", dir.display()))?;
            remove_directory(&dir)
        }
        Place::Version(start) => {
            let api = Api::new(&args.server.server)?;
            let model = version(&api, &start).await?;
            confirm(args.yes, &format!("remove {:.12} ({})", model.digest, model.name))?;
            let path = format!("/api/models/{}", model.digest);
            let job: JobAccepted = api.delete(&path).await?;
            progress::follow(&api, job.job_id, "remove").await?;
            println!("{:.12}  {} removed", model.digest, model.name);
            Ok(())
        }
    }
}

fn confirm(yes: bool, what: &str) -> anyhow::Result<()> {
    use std::io::{IsTerminal, Write};
    if yes {
        return Ok(());
    }
    if !std::io::stdin().is_terminal() {
        bail!("to {what}, give --yes");
    }
    print!("{what}? [y/N] ");
    std::io::stdout().flush()?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    if answer.trim().eq_ignore_ascii_case("y") { Ok(()) } else { bail!("nothing was removed") }
}

/// Deletes the files directly inside and then the directory, if nothing else is in it.
fn remove_directory(dir: &Path) -> anyhow::Result<()> {
    let entries = dir.read_dir().and_then(Iterator::collect::<Result<Vec<_>, _>>)?;
    if let Some(inner) = entries.iter().find(|entry| entry.path().is_dir()) {
        bail!("{} holds the directory {:?}; delete it by hand", dir.display(), inner.file_name());
    }
    for entry in &entries {
        let path = entry.path();
        std::fs::remove_file(&path).with_context(|| format!("cannot delete {}", path.display()))?;
    }
    std::fs::remove_dir(dir).with_context(|| format!("cannot delete {}", dir.display()))?;
    println!("{} deleted", dir.display());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_with_another_inside_is_left_whole() {
        let dir = tempfile::tempdir().unwrap();
        let model = dir.path().join("model");
        std::fs::create_dir_all(model.join("inner")).unwrap();
        std::fs::write(model.join("config.json"), "{}").unwrap();
        assert!(remove_directory(&model).is_err());
        assert!(model.join("config.json").is_file());
        std::fs::remove_dir(model.join("inner")).unwrap();
        remove_directory(&model).unwrap();
        assert!(!model.exists());
    }
}
