//! `nextwell plan`: plan the next round of a campaign and print its picks.

use std::process::ExitCode;

use anyhow::Context;
use nextwell_contract::{JobAccepted, PlanRequest, Round, RoundSummary};

use crate::api::{Api, ServerArgs};
use crate::progress;

/// Which campaign, under which limits.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// Name of the campaign; not needed when there is only one
    #[arg(long)]
    campaign: Option<String>,
    /// Candidate wells; the campaign's own number when not given
    #[arg(long)]
    batch: Option<u32>,
    /// Genes that must be in
    #[arg(long, value_delimiter = ',', value_name = "GENE,…")]
    force: Vec<String>,
    /// Genes that must stay out of this round
    #[arg(long, value_delimiter = ',', value_name = "GENE,…")]
    exclude: Vec<String>,
    /// Print CSV
    #[arg(long)]
    csv: bool,
    #[command(flatten)]
    server: ServerArgs,
}

/// Plans and prints.
pub async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let api = Api::new(&args.server.server)?;
    let campaign = api.campaign(args.campaign.as_deref()).await?;
    let request = PlanRequest { batch: args.batch, force: args.force, exclude: args.exclude };
    let path = format!("/api/campaigns/{}/rounds", campaign.id);
    let job: JobAccepted = api.post(&path, &request).await?;
    progress::follow(&api, job.job_id, "choosing wells").await?;
    let rounds: Vec<RoundSummary> = api.get(&path).await?;
    let round = rounds.last().context("no round was planned: the campaign's rounds are used up")?;
    if args.csv {
        print!("{}", api.text(&format!("/api/rounds/{}/picks.csv", round.id)).await?);
        return Ok(ExitCode::SUCCESS);
    }
    let round: Round = api.get(&format!("/api/rounds/{}", round.id)).await?;
    println!("round {} of {}", round.number, campaign.name);
    for pick in &round.picks {
        println!("{:>3}  {:<12} P(hit) {:.2}  {}", pick.rank, pick.symbol, pick.p_hit, pick.reason);
    }
    for plate in &round.plates {
        println!("plate {}: {}/api/plates/{}/map.csv", plate.barcode, args.server.server, plate.id);
    }
    Ok(ExitCode::SUCCESS)
}
