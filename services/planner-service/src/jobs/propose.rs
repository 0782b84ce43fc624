//! `propose`: the next round from everything measured so far.

use nextwell_contract::PlanRequest;
use nextwell_store::campaigns::{self, Campaign};
use nextwell_store::jobs::{self, NewJob};
use nextwell_store::{PgConnection, Uuid, audit, picks, plates, posteriors, rounds};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{ATTEMPTS, JobError, Work, commit};
use crate::error::ApiError;
use crate::propose::{self, Proposed};
use crate::wire;

/// Kind of this job.
pub const KIND: &str = "propose";

#[derive(Debug, Serialize, Deserialize)]
struct Args {
    campaign_id: Uuid,
    /// Number of the round to plan: planned once, whoever asks again.
    number: i32,
    /// What a person asked for; the campaign's own limits otherwise.
    request: PlanRequest,
}

/// Queues the planning of the round after the latest one; returns the job that plans it.
pub async fn queue(
    tx: &mut PgConnection,
    campaign_id: Uuid,
    request: Option<PlanRequest>,
) -> Result<i64, ApiError> {
    let latest = rounds::latest(&mut *tx, campaign_id).await?;
    let number = latest.map_or(1, |round| round.number + 1);
    let args = Args { campaign_id, number, request: request.unwrap_or_default() };
    let job = NewJob::new(KIND, wire::encode(&args)?)
        .campaign(campaign_id)
        .dedupe(format!("{campaign_id} round {number}"))
        .attempts(ATTEMPTS);
    Ok(jobs::enqueue(tx, &job).await?.id)
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
    let proposed = propose::propose(&work.app, &campaign, args.number, &args.request).await?;
    let mut tx = work.store().begin_job().await?;
    write(&mut tx, &campaign, &proposed).await?;
    jobs::complete(&mut tx, &work.lease).await?;
    // Last: it holds the lock of the audit chain until the commit.
    audit::append(&mut *tx, &audit_line(&campaign, &proposed)).await?;
    Ok(commit(tx).await?)
}

async fn write(
    tx: &mut PgConnection,
    campaign: &Campaign,
    proposed: &Proposed,
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
    if !campaign.ask_me_first {
        rounds::approve(&mut *tx, round.id).await?;
    }
    Ok(())
}

fn audit_line(campaign: &Campaign, proposed: &Proposed) -> audit::NewAuditEvent {
    audit::NewAuditEvent {
        actor: "loop".into(),
        action: "plan round".into(),
        subject: proposed.round.id.to_string(),
        campaign_id: Some(campaign.id),
        details: json!({ "number": proposed.round.number, "picks": proposed.picks.len(),
            "approved": !campaign.ask_me_first }),
    }
}
