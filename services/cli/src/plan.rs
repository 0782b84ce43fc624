//! `nextwell plan`: plan the next round of a campaign, or only look at it, and print its picks.

use std::process::ExitCode;

use anyhow::Context;
use nextwell_contract::{
    Campaign, JobAccepted, Pick, PlanRequest, Round, RoundPreview, RoundSummary,
};

use crate::api::{Api, ServerArgs};
use crate::progress;

/// Which campaign, under which limits.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// Name of the campaign; not needed when there is only one
    #[arg(long)]
    campaign: Option<String>,
    /// Candidate wells; the campaign's own number when not given
    #[arg(long, conflicts_with = "plates")]
    batch: Option<u32>,
    /// Full plates, instead of candidate wells
    #[arg(long)]
    plates: Option<u32>,
    /// Money this round may cost at most
    #[arg(long)]
    budget: Option<f64>,
    /// Genes that must be in
    #[arg(long, value_delimiter = ',', value_name = "GENE,…")]
    force: Vec<String>,
    /// Genes that must stay out of this round
    #[arg(long, value_delimiter = ',', value_name = "GENE,…")]
    exclude: Vec<String>,
    /// Genes of one family at most
    #[arg(long)]
    family_max: Option<u32>,
    /// Exploration: how many sd are added to the mean
    #[arg(long)]
    kappa: Option<f64>,
    /// Share of the round drawn at random, 0 to 1
    #[arg(long)]
    random_share: Option<f64>,
    /// Only look: nothing is planned
    #[arg(long, conflicts_with = "approve")]
    preview: bool,
    /// Send the round to the lab at once
    #[arg(long)]
    approve: bool,
    /// Print CSV
    #[arg(long, conflicts_with = "preview")]
    csv: bool,
    #[command(flatten)]
    server: ServerArgs,
}

impl Args {
    fn request(&self) -> PlanRequest {
        PlanRequest {
            batch: self.batch,
            plates: self.plates,
            budget: self.budget,
            force: self.force.clone(),
            exclude: self.exclude.clone(),
            family_max: self.family_max,
            kappa: self.kappa,
            random_share: self.random_share,
            approve: self.approve,
            ..PlanRequest::default()
        }
    }
}

/// Plans and prints.
pub async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let api = Api::new(&args.server.server)?;
    let campaign = api.campaign(args.campaign.as_deref()).await?;
    if args.preview {
        return preview(&api, &campaign, &args.request()).await;
    }
    let path = format!("/api/campaigns/{}/rounds", campaign.id);
    let job: JobAccepted = api.post(&path, &args.request()).await?;
    progress::follow(&api, job.job_id, "choosing wells").await?;
    let rounds: Vec<RoundSummary> = api.get(&path).await?;
    let round = rounds.last().context("no round was planned: the campaign's rounds are used up")?;
    if args.csv {
        print!("{}", api.text(&format!("/api/rounds/{}/picks.csv", round.id)).await?);
        return Ok(ExitCode::SUCCESS);
    }
    let round: Round = api.get(&format!("/api/rounds/{}", round.id)).await?;
    println!("round {} of {}", round.number, campaign.name);
    print_picks(&round.picks);
    for plate in &round.plates {
        println!("plate {}: {}/api/plates/{}/map.csv", plate.barcode, args.server.server, plate.id);
    }
    Ok(ExitCode::SUCCESS)
}

async fn preview(
    api: &Api,
    campaign: &Campaign,
    request: &PlanRequest,
) -> anyhow::Result<ExitCode> {
    let path = format!("/api/campaigns/{}/rounds/preview", campaign.id);
    let seen: RoundPreview = api.post(&path, request).await?;
    println!("round {} of {} would be:", seen.number, campaign.name);
    print_picks(&seen.picks);
    let (cost, hits) = (&seen.cost, &seen.expected_hits);
    println!(
        "{} wells on {} plates, cost {:.2}; {:.1} hits expected ({} to {})",
        cost.wells, cost.plates, cost.total, hits.mean, hits.low, hits.high
    );
    for line in seen.shortfall.iter().chain(seen.advice.iter().map(|advice| &advice.words)) {
        println!("{line}");
    }
    Ok(ExitCode::SUCCESS)
}

fn print_picks(picks: &[Pick]) {
    for pick in picks {
        println!("{:>3}  {:<12} P(hit) {:.2}  {}", pick.rank, pick.symbol, pick.p_hit, pick.reason);
    }
}
