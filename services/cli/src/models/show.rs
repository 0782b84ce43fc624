//! `nextwell models show`: what is known about a model.

use nextwell_contract::ModelDetails;
use nextwell_model::device::DeviceChoice;
use nextwell_model::families::{self, OpenOptions};
use nextwell_model::versions::digest_model_dir;

use super::place::{Place, version};
use super::{blocking, card};
use crate::api::{Api, ServerArgs};

/// Which model.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// Model directory, or the start of the digest of a version on a server
    #[arg(value_name = "DIR|DIGEST")]
    model: String,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    server: ServerArgs,
}

/// Shows it.
pub async fn run(args: Args) -> anyhow::Result<()> {
    match Place::of(&args.model)? {
        Place::Directory(dir) => {
            let json = args.json;
            blocking(move || {
                let options = OpenOptions { device: DeviceChoice::Cpu, ..OpenOptions::default() };
                let model = families::open(&dir, options)?;
                let digest = digest_model_dir(&dir)?;
                if json {
                    let card = card::to_json(model.card(), &digest);
                    println!("{}", serde_json::to_string_pretty(&card)?);
                } else {
                    card::print(model.card(), &digest);
                }
                Ok(())
            })
            .await
        }
        Place::Version(start) => {
            let api = Api::new(&args.server.server)?;
            let digest = version(&api, &start).await?.digest;
            let model: ModelDetails = api.get(&format!("/api/models/{digest}")).await?;
            if args.json {
                println!("{}", serde_json::to_string_pretty(&model)?);
            } else {
                card::print_details(&model);
            }
            Ok(())
        }
    }
}
