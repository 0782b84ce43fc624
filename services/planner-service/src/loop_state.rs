//! The loop as one page: what to do now, what was found, what comes next.

use std::collections::{HashMap, HashSet};

use nextwell_contract::{
    Campaign, LoopState, ModelDecision, NextAction, RandomBand, RoundKind, RoundState,
    RoundSummary, SurrogateSummary,
};
use nextwell_planner::replay;
use nextwell_store::jobs::{Job, JobFilter, JobState};
use nextwell_store::overview::RoundProgress;
use nextwell_store::{
    Uuid, evaluations, gene_results, jobs, overview, picks, pooled_rounds, rounds,
};

use crate::error::ApiError;
use crate::{App, wire};

/// Reads everything the home page shows.
pub async fn loop_state(
    app: &App,
    campaign: Campaign,
    library_hits: Option<i32>,
) -> Result<LoopState, ApiError> {
    let db = app.store().api();
    let filter =
        JobFilter { campaign_id: Some(campaign.id), limit: Some(50), ..JobFilter::default() };
    // Jobs before rounds: a step that ends in between is then seen running, never as the end.
    let recent = jobs::list(db, &filter).await?;
    let rounds = timeline(app, campaign.id).await?;
    let (random_band, random_band_basis) = band(app, &campaign, library_hits, &rounds).await?;
    let spent = rounds::spent(db, campaign.id).await?;
    let budget_left = campaign.budget.map(|all| all - spent.amount);
    Ok(LoopState {
        next: next(&campaign, &rounds, &recent),
        random_band,
        random_band_basis,
        budget_left,
        jobs: recent.into_iter().filter(|job| !job.state.has_ended()).map(wire::job).collect(),
        rounds,
        campaign,
    })
}

/// Rounds of a campaign, oldest first.
pub async fn timeline(app: &App, campaign_id: Uuid) -> Result<Vec<RoundSummary>, ApiError> {
    let db = app.store().api();
    let progress = overview::rounds(db, campaign_id).await?;
    let rows = rounds::list(db, campaign_id).await?;
    let mut by_number: HashMap<i32, rounds::Round> =
        rows.into_iter().map(|row| (row.number, row)).collect();
    let pooled: HashSet<Uuid> =
        pooled_rounds::list(db, campaign_id).await?.into_iter().map(|p| p.round_id).collect();
    let mut decisions: HashMap<u32, ModelDecision> = decisions(app, campaign_id)
        .await?
        .into_iter()
        .map(|decision| (decision.round_number, decision))
        .collect();
    progress
        .into_iter()
        .filter_map(|done| Some((by_number.remove(&done.number)?, done)))
        .map(|(row, done)| {
            let kind = wire::round_kind(pooled.contains(&row.id));
            summary(row, kind, &done, &mut decisions)
        })
        .collect()
}

fn summary(
    row: rounds::Round,
    kind: RoundKind,
    done: &RoundProgress,
    decisions: &mut HashMap<u32, ModelDecision>,
) -> Result<RoundSummary, ApiError> {
    let surrogate: SurrogateSummary = wire::decode("surrogate", row.surrogate)?;
    let measured = row.results_at.is_some();
    let number = wire::small(row.number);
    Ok(RoundSummary {
        id: row.id,
        number,
        kind,
        state: wire::round_state(row.state),
        wells: wire::small(done.picks),
        hits: measured.then(|| wire::small(done.hits)),
        wells_cumulative: wire::small(done.picks_cumulative),
        hits_cumulative: measured.then(|| wire::small(done.hits_cumulative)),
        model_weight: Some(surrogate.model_weight),
        decision: decisions.remove(&number),
        created_at: row.created_at,
        results_at: row.results_at,
    })
}

/// Evaluations and decisions of a campaign, oldest first.
pub async fn decisions(app: &App, campaign_id: Uuid) -> Result<Vec<ModelDecision>, ApiError> {
    let db = app.store().api();
    let numbers: HashMap<Uuid, i32> =
        rounds::list(db, campaign_id).await?.into_iter().map(|r| (r.id, r.number)).collect();
    let rows = evaluations::list(db, campaign_id).await?;
    let mut decisions = rows
        .into_iter()
        .map(|row| {
            let number = numbers.get(&row.round_id).copied().unwrap_or(0);
            wire::decision(row, wire::small(number))
        })
        .collect::<Result<Vec<_>, _>>()?;
    decisions.sort_by_key(|decision| decision.round_number);
    Ok(decisions)
}

/// What a person, or the loop itself, does next.
fn next(campaign: &Campaign, rounds: &[RoundSummary], jobs: &[Job]) -> NextAction {
    if let Some(round) = rounds.iter().find(|round| round.state == RoundState::Planned) {
        let message = format!(
            "Round {} is planned: {} candidates. Look at the picks and approve it.",
            round.number, round.wells
        );
        return NextAction::Approve { round_id: round.id, message };
    }
    if let Some(round) = rounds.iter().find(|round| round.state == RoundState::Approved) {
        let what = match round.kind {
            RoundKind::Arrayed => "Print the plates, run them, upload the results.",
            RoundKind::Pooled => {
                "Order the guides, run the screen, upload the gene summary of MAGeCK."
            }
        };
        let message =
            format!("Round {} is ready: {} candidates. {what}", round.number, round.wells);
        return NextAction::RunAndUpload { round_id: round.id, message };
    }
    if let Some(job) = jobs.iter().find(|job| !job.state.has_ended()) {
        return NextAction::Wait { message: doing(job), job_id: Some(job.id) };
    }
    if let Some(job) = jobs.first().filter(|job| job.state != JobState::Done) {
        return stopped(job);
    }
    if let Some(round) = rounds.iter().find(|round| round.state == RoundState::ResultsIn) {
        let message = format!("The results of round {} are in; learning follows.", round.number);
        return NextAction::Wait { message, job_id: None };
    }
    let most = campaign.max_rounds.map_or(String::new(), |most| format!(" of {most}"));
    NextAction::Finished { message: format!("{} rounds{most} are done.", rounds.len()) }
}

fn doing(job: &Job) -> String {
    let what = match job.kind.as_str() {
        "screen" => "Screening every candidate in silico",
        "propose" => "Choosing the next wells",
        "learn" => "Learning from the results",
        "pretrain" => "Training a model",
        other => other,
    };
    match &job.message {
        Some(message) => format!("{what}: {message}."),
        None => format!("{what}."),
    }
}

/// The last job did not end well: either the campaign is used up, or a person is needed.
fn stopped(job: &Job) -> NextAction {
    let text = |key: &str| {
        let error = job.last_error.as_ref();
        error.and_then(|e| e.get(key)?.as_str()).unwrap_or_default().to_owned()
    };
    if text("code") == "no_round_fits" {
        return NextAction::Finished {
            message: format!("{}.", text("detail").replacen("No round", "No further round", 1)),
        };
    }
    let message = match job.state {
        JobState::Cancelled => {
            format!("The {} job was cancelled. Run it again to go on.", job.kind)
        }
        _ => format!("The {} job failed: {}", job.kind, text("detail")),
    };
    NextAction::Fix { message, job_id: Some(job.id) }
}

/// Random band at 0 and after each measured round, and where its base rate comes from.
async fn band(
    app: &App,
    campaign: &Campaign,
    library_hits: Option<i32>,
    rounds: &[RoundSummary],
) -> Result<(Vec<RandomBand>, String), ApiError> {
    let total = usize::try_from(campaign.n_candidates).unwrap_or(0);
    let (hits, basis) = match library_hits {
        Some(hits) => {
            let hits = usize::try_from(hits).unwrap_or(0);
            (hits, format!("exact: {hits} hits among all {total} candidates of the library"))
        }
        None => {
            let (tried, hits) = random_arm(app, campaign.id, rounds).await?;
            if tried == 0 {
                return Ok((Vec::new(), "no random pick has been measured yet".into()));
            }
            let expected = replay::library_hits_from_random_arm(total, tried, hits);
            (expected, format!("estimated from the random arm: {hits} hits in {tried} wells"))
        }
    };
    let measured = rounds.iter().filter(|round| round.hits.is_some());
    let wells = std::iter::once(0).chain(measured.map(|round| round.wells_cumulative));
    let band = wells.map(|wells| {
        let (expected, low, high) = replay::random_band(total, hits, wells as usize);
        RandomBand { wells, expected, low: low as f64, high: high as f64 }
    });
    Ok((band.collect(), basis))
}

/// Wells and hits of the random arm so far.
async fn random_arm(
    app: &App,
    campaign_id: Uuid,
    rounds: &[RoundSummary],
) -> Result<(usize, usize), ApiError> {
    let db = app.store().api();
    let results = gene_results::current(db, campaign_id).await?;
    let hit: HashMap<&str, bool> =
        results.iter().map(|result| (result.symbol.as_str(), result.hit)).collect();
    let (mut tried, mut hits) = (0, 0);
    for round in rounds {
        for pick in picks::list(db, round.id).await?.iter().filter(|pick| pick.kind == "random") {
            if let Some(hit) = hit.get(pick.symbol.as_str()) {
                tried += 1;
                hits += usize::from(*hit);
            }
        }
    }
    Ok((tried, hits))
}
