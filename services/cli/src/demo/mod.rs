//! `nextwell demo`: the whole loop on real data, through the public API like anyone's.

mod baselines;
mod lab;
mod setup;
mod table;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, bail};
use nextwell_contract::{CampaignPatch, LoopState, NextAction, RoundState, RoundSummary};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::api::Api;
use crate::progress;
use crate::serve::{self, Server};
use baselines::Baselines;
use lab::Lab;

/// How to run the demo.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// End after the last round instead of leaving the web UI running
    #[arg(long)]
    pub exit: bool,
    /// Rounds to run
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=50))]
    pub rounds: u32,
    /// Candidate wells of a round
    #[arg(long, default_value_t = 24, value_parser = clap::value_parser!(u32).range(1..=68))]
    pub batch: u32,
    /// Seed of every random choice
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Also write the table to this file
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// Folder of the demo's own server
    #[arg(long, default_value = ".nextwell/demo")]
    pub data: PathBuf,
    /// Go on with an earlier demo instead of starting afresh
    #[arg(long = "continue")]
    pub go_on: bool,
    /// Address of the web UI; port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:7300")]
    pub listen: SocketAddr,
    /// Device of the models: auto, cpu or cuda:N
    #[arg(long, default_value = "auto")]
    pub device: nextwell_model_service::DeviceChoice,
}

/// Runs the demo.
pub async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let stop = serve::stop_on_signal()?;
    if !args.go_on {
        setup::clear(&args.data)?;
    }
    println!("nextwell demo: which knock-outs change IL2RA in human T cells?");
    println!("  cells   200 T cells, Wu et al. 2020; lab: CRISPR screen, Freimer et al. 2022");
    println!("  server  a private Postgres and the services, all in {}", args.data.display());
    let server = Server::start(&setup::server(&args), &stop).await?;
    let address = format!("http://{}", server.address);
    let outcome = tokio::select! {
        outcome = play(&args, &address) => outcome,
        () = stop.cancelled() => Err(anyhow::anyhow!("stopped; `--continue` goes on from here")),
    };
    if outcome.is_ok() && !args.exit {
        println!("\nThe web UI is running at {address}  (Ctrl-C ends it)");
        stop.cancelled().await;
    }
    end(server, &stop).await?;
    outcome?;
    Ok(ExitCode::SUCCESS)
}

async fn end(server: Server, stop: &CancellationToken) -> anyhow::Result<()> {
    stop.cancel();
    server.wait().await
}

async fn play(args: &Args, address: &str) -> anyhow::Result<()> {
    let api = Api::new(address)?;
    let lab = Lab::bundled()?;
    let campaign = setup::campaign(&api, &lab, args).await?;
    println!(
        "  library {} candidates; a hit is {}\n",
        campaign.n_candidates,
        campaign.hit_rule.trim_end_matches('.')
    );
    let truth = lab.truth(&candidates(&api, campaign.id).await?)?;
    let baselines = {
        let (args, truth) = (args.clone(), truth.clone());
        tokio::task::spawn_blocking(move || Baselines::of(&truth, &args))
    };
    let mut shown = 0;
    println!("{}", table::header());
    let baselines = baselines.await??;
    loop {
        let state = next_turn(&api, campaign.id).await?;
        for round in state.rounds.iter().skip(shown).take_while(|r| r.state == RoundState::Learned)
        {
            println!("{}", table::line(&table::row(round, &baselines)));
            shown += 1;
        }
        if shown >= args.rounds as usize {
            break;
        }
        work_in_lab(&api, &lab, &state).await?;
    }
    finish(&api, args, campaign.id, &baselines).await
}

/// The library is finished now: the random band of the web UI becomes exact.
async fn finish(
    api: &Api,
    args: &Args,
    campaign: Uuid,
    baselines: &Baselines,
) -> anyhow::Result<()> {
    let hits = u32::try_from(baselines.total_hits)?;
    let patch = CampaignPatch { library_hits: Some(hits), ..CampaignPatch::default() };
    let _: nextwell_contract::Campaign =
        api.patch(&format!("/api/campaigns/{campaign}"), &patch).await?;
    let rounds: Vec<RoundSummary> = api.get(&format!("/api/campaigns/{campaign}/rounds")).await?;
    let measured: Vec<&RoundSummary> = rounds.iter().filter(|r| r.hits.is_some()).collect();
    let rows: Vec<_> = measured.iter().map(|round| table::row(round, baselines)).collect();
    if let Some(last) = rows.last() {
        println!("{}", table::closing(last, baselines));
    }
    if let Some(file) = &args.json {
        let text = serde_json::to_string_pretty(&serde_json::json!({ "rounds": rows }))?;
        std::fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))?;
    }
    Ok(())
}

/// Waits, with a progress bar, until it is the lab's turn or the loop has ended.
async fn next_turn(api: &Api, campaign: Uuid) -> anyhow::Result<LoopState> {
    let mut bar: Option<(i64, indicatif::ProgressBar)> = None;
    loop {
        let state = api.loop_state(campaign).await?;
        if let NextAction::Fix { message, .. } = &state.next {
            bail!("{message}");
        }
        let Some(job) = state.jobs.first() else {
            if let Some((_, bar)) = bar {
                bar.finish_and_clear();
            }
            if matches!(state.next, NextAction::Wait { .. }) {
                tokio::time::sleep(progress::POLL).await;
                bar = None;
                continue;
            }
            return Ok(state);
        };
        if bar.as_ref().is_none_or(|(id, _)| *id != job.id) {
            if let Some((_, bar)) = bar {
                bar.finish_and_clear();
            }
            bar = Some((job.id, progress::bar(what(&job.kind), 1)));
        }
        if let Some((_, bar)) = &bar {
            progress::show(bar, job);
        }
        tokio::time::sleep(progress::POLL).await;
    }
}

fn what(kind: &str) -> &'static str {
    match kind {
        "screen" => "in-silico screen",
        "propose" => "choosing wells",
        "learn" => "fine-tuning",
        _ => "working",
    }
}

/// Measures every plate of every approved round and uploads the results.
async fn work_in_lab(api: &Api, lab: &Lab, state: &LoopState) -> anyhow::Result<()> {
    let NextAction::RunAndUpload { round_id, .. } = &state.next else {
        match &state.next {
            NextAction::Finished { message } => bail!("the loop ended early: {message}"),
            other => bail!("the loop waits for a person: {other:?}"),
        }
    };
    let round: nextwell_contract::Round = api.get(&format!("/api/rounds/{round_id}")).await?;
    for plate in &round.plates {
        let plate: nextwell_contract::Plate = api.get(&format!("/api/plates/{}", plate.id)).await?;
        if plate.wells.iter().all(|well| well.value.is_none()) {
            upload(api, lab, &plate).await?;
        }
    }
    Ok(())
}

async fn upload(api: &Api, lab: &Lab, plate: &nextwell_contract::Plate) -> anyhow::Result<()> {
    let file_name = format!("{}.csv", plate.barcode);
    let upload: nextwell_contract::Upload = api
        .post_bytes(
            &format!("/api/campaigns/{}/uploads", plate.campaign_id),
            &[("file_name", &file_name)],
            "text/csv",
            lab.measure(plate)?.into_bytes(),
        )
        .await?;
    if let Some(first) = upload.report.errors.first() {
        bail!("{file_name} was refused: {}", first.message);
    }
    let path = format!("/api/uploads/{}/accept", upload.id);
    let _: nextwell_contract::Accepted = api.post(&path, &serde_json::json!({})).await?;
    Ok(())
}

/// Candidates that may be chosen, by symbol.
async fn candidates(api: &Api, campaign: Uuid) -> anyhow::Result<Vec<String>> {
    let mut symbols = Vec::new();
    loop {
        let path = format!(
            "/api/campaigns/{campaign}/targets?sort=symbol&limit=1000&offset={}",
            symbols.len()
        );
        let page: nextwell_contract::TargetPage = api.get(&path).await?;
        let before = symbols.len();
        symbols.extend(page.rows);
        if symbols.len() == before || symbols.len() as u64 >= page.total {
            break;
        }
    }
    let open = symbols.into_iter().filter(|target| target.excluded_reason.is_none());
    Ok(open.map(|target| target.symbol).collect())
}
