//! `propose`: the next round from everything measured so far.

use nextwell_contract::PlanRequest;
use nextwell_store::campaigns::{self, Campaign};
use nextwell_store::jobs::{self, Enqueued, NewJob};
use nextwell_store::{
    PgConnection, StoreError, Uuid, audit, picks, plates, pooled_rounds, posteriors, rounds,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{ATTEMPTS, JobError, Work, commit};
use crate::error::ApiError;
use crate::known::Known;
use crate::pooled::Bench;
use crate::propose::{self, Proposed};
use crate::{App, campaign, limits, reagents, wire};

/// Kind of this job.
pub const KIND: &str = "propose";

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Args {
    campaign_id: Uuid,
    /// Number of the round to plan: planned once, whoever asks again.
    number: i32,
    /// What a person asked for; the campaign's own limits otherwise.
    request: PlanRequest,
    /// Whether a person asked, not the loop.
    #[serde(default)]
    asked: bool,
}

/// Queues the planning of the round after the latest one; returns the job that plans it.
pub async fn queue(tx: &mut PgConnection, campaign_id: Uuid) -> Result<i64, ApiError> {
    let latest = rounds::latest(&mut *tx, campaign_id).await?;
    let number = latest.map_or(1, |round| round.number + 1);
    let args = Args { campaign_id, number, request: PlanRequest::default(), asked: false };
    Ok(enqueue(tx, &args).await?.id)
}

/// Queues the round that a person asked for, after checking that it fits.
///
/// # Errors
/// 422 when a limit is broken; 409 when the round that was meant is planned already, is being
/// planned differently, or would not be the one that was previewed.
pub async fn ask(app: &App, id: Uuid, request: PlanRequest) -> Result<i64, ApiError> {
    let db = app.store().api();
    let campaign = campaign::row(app, id).await?;
    let next = Known::next_number(db, id).await?;
    if let Some(number) = request.number.filter(|number| *number != wire::small(next)) {
        let detail = if number < wire::small(next) {
            format!("round {number} is planned already; look at it before you plan another one")
        } else {
            format!("the next round is {next}, not {number}; load the page again")
        };
        return Err(ApiError::conflict("planned_already", detail));
    }
    let known = Known::read(db, campaign, next).await?;
    match Bench::of(db, id, &request).await? {
        Some(bench) => limits::allow(&known, &bench.narrow(&known, &request)?)?,
        None => limits::allow(&known, &request)?,
    };
    propose::check_seen(&known, &request)?;
    let args = Args { campaign_id: id, number: next, request, asked: true };
    let mut tx = app.store().begin().await?;
    let queued = enqueue(&mut tx, &args).await?;
    if !queued.is_new {
        let other = jobs::get(&mut *tx, queued.id).await?;
        let other: Option<Args> = other.and_then(|job| serde_json::from_value(job.args).ok());
        if other.is_none_or(|other| other != args) {
            let detail = format!("round {next} is being planned just now; look at it in a moment");
            return Err(ApiError::conflict("being_planned", detail));
        }
    }
    tx.commit().await.map_err(StoreError::from)?;
    Ok(queued.id)
}

async fn enqueue(tx: &mut PgConnection, args: &Args) -> Result<Enqueued, ApiError> {
    let job = NewJob::new(KIND, wire::encode(args)?)
        .campaign(args.campaign_id)
        .dedupe(format!("{} round {}", args.campaign_id, args.number))
        .attempts(ATTEMPTS);
    Ok(jobs::enqueue(tx, &job).await?)
}

/// Selects and lays out, then writes round, picks, plates and wells in one transaction.
pub async fn run(work: &Work) -> Result<(), JobError> {
    let args: Args = work.args()?;
    let db = work.store().jobs();
    let campaign = campaigns::get(db, args.campaign_id).await?;
    let campaign = campaign.ok_or_else(|| ApiError::not_found("campaign", args.campaign_id))?;
    let planned = rounds::by_number(db, campaign.id, args.number).await?.is_some();
    let over = campaign.max_rounds.is_some_and(|most| args.number > most);
    if planned || over {
        let mut tx = work.store().begin_job().await?;
        jobs::complete(&mut tx, &work.lease).await?;
        return Ok(commit(tx).await?);
    }
    work.say("fitting the surrogate and choosing wells");
    let (known, proposed) =
        propose::propose(&work.app, db, campaign, args.number, &args.request).await?;
    let approve = args.request.approve || !known.campaign.ask_me_first;
    let mut tx = work.store().begin_job().await?;
    write(&mut tx, &known.campaign, &proposed, approve).await?;
    jobs::complete(&mut tx, &work.lease).await?;
    // Last: it holds the lock of the audit chain until the commit.
    audit::append(&mut *tx, &audit_line(&args, &proposed, approve)).await?;
    Ok(commit(tx).await?)
}

async fn write(
    tx: &mut PgConnection,
    campaign: &Campaign,
    proposed: &Proposed,
    approve: bool,
) -> Result<(), JobError> {
    let round = &proposed.round;
    // Two planners at once take turns; the second one's round then breaks a constraint and waits.
    campaigns::lock(&mut *tx, campaign.id).await?;
    rounds::insert(&mut *tx, round).await?;
    picks::insert_all(&mut *tx, round.id, campaign.id, &proposed.picks).await?;
    posteriors::insert_all(&mut *tx, round.id, &proposed.posteriors).await?;
    for (plate, wells) in &proposed.plates {
        plates::insert(&mut *tx, plate).await?;
        plates::insert_wells(&mut *tx, plate.id, wells).await?;
    }
    if let Some(library) = &proposed.library {
        pooled_rounds::insert(tx, &library.row, &library.guide_ids).await?;
    }
    if approve {
        rounds::approve(&mut *tx, round.id).await?;
        reagents::reserve(tx, campaign.id, round.id).await.map_err(JobError::from)?;
    }
    Ok(())
}

fn audit_line(args: &Args, proposed: &Proposed, approved: bool) -> audit::NewAuditEvent {
    audit::NewAuditEvent {
        actor: if args.asked { "api" } else { "loop" }.into(),
        action: if approved { "plan and approve round" } else { "plan round" }.into(),
        subject: proposed.round.id.to_string(),
        campaign_id: Some(args.campaign_id),
        details: json!({ "number": proposed.round.number, "picks": proposed.picks.len(),
            "cost": proposed.round.cost_amount, "request": proposed.round.request,
            "approved": approved }),
    }
}
