//! `learn`: fine-tune on everything measured, evaluate on held-out genes, promote or reject.

use std::collections::BTreeMap;

use nextwell_contract::worker::{FineTuneWork, FineTuned, MeasuredGene};
use nextwell_store::campaigns::{self, Campaign};
use nextwell_store::evaluations::{self, NewEvaluation};
use nextwell_store::jobs::{self, NewJob};
use nextwell_store::{PgConnection, Uuid, audit, candidates, gene_results, models, rounds};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{ATTEMPTS, JobError, Work, commit, propose, screen};
use crate::error::ApiError;
use crate::{learnt, wire};

/// Kind of this job.
pub const KIND: &str = "learn";

#[derive(Debug, Serialize, Deserialize)]
struct Args {
    campaign_id: Uuid,
    round_id: Uuid,
}

/// Queues learning from a round whose results are all in.
pub async fn queue(
    tx: &mut PgConnection,
    campaign_id: Uuid,
    round_id: Uuid,
) -> Result<i64, ApiError> {
    let args = wire::encode(&Args { campaign_id, round_id })?;
    let job = NewJob::new(KIND, args)
        .campaign(campaign_id)
        .round(round_id)
        .dedupe(round_id.to_string())
        .attempts(ATTEMPTS);
    Ok(jobs::enqueue(tx, &job).await?.id)
}

/// Trains, then writes version, evaluation, decision and the next step together.
pub async fn run(work: &Work) -> Result<(), JobError> {
    let args: Args = work.args()?;
    let db = work.store().jobs();
    let campaign = campaigns::get(db, args.campaign_id).await?;
    let campaign = campaign.ok_or_else(|| ApiError::not_found("campaign", args.campaign_id))?;
    let round = rounds::get(db, args.round_id).await?;
    let round = round.ok_or_else(|| ApiError::not_found("round", args.round_id))?;
    if evaluations::of_round(db, round.id).await?.is_some() {
        return end(work, &campaign, &round, None).await;
    }
    let measurements = measurements(work, campaign.id).await?;
    jobs::set_steps(db, &work.lease, 100).await?;
    work.say(format!("fine-tuning on {} measured genes", measurements.len()));
    work.follow_model_service(true);
    let order = FineTuneWork {
        parent_digest: campaign.model_digest.clone(),
        dataset_digest: campaign.dataset_digest.clone(),
        screen: wire::screen_settings(&campaign)?,
        measurements,
        split_seed: wire::seed(campaign.seed),
        seed: wire::seed(campaign.seed).wrapping_add(u64::from(round.number.unsigned_abs())),
    };
    let tuned = match work.app.model().fine_tune(&order, &work.work_id()).await {
        Ok(tuned) => Some(tuned),
        // Not enough measured yet: the round is learnt by the planner alone, the model waits.
        Err(error) if error.0.code == "too_few_genes" => {
            tracing::info!(round = round.number, "{error}");
            None
        }
        Err(error) => return Err(error.into()),
    };
    end(work, &campaign, &round, tuned).await
}

/// Everything measured in the campaign, in order of Ensembl id.
async fn measurements(work: &Work, campaign_id: Uuid) -> Result<Vec<MeasuredGene>, JobError> {
    let db = work.store().jobs();
    let ids: BTreeMap<String, String> = candidates::list(db, campaign_id)
        .await?
        .into_iter()
        .filter_map(|gene| Some((gene.symbol, gene.ensembl_id?)))
        .collect();
    let mut measured: Vec<MeasuredGene> = gene_results::current(db, campaign_id)
        .await?
        .into_iter()
        .filter_map(|result| {
            let ensembl_id = ids.get(&result.symbol)?.clone();
            Some(MeasuredGene { ensembl_id, robust_z: result.robust_z })
        })
        .collect();
    measured.sort_by(|a, b| a.ensembl_id.cmp(&b.ensembl_id));
    Ok(measured)
}

async fn end(
    work: &Work,
    campaign: &Campaign,
    round: &rounds::Round,
    tuned: Option<FineTuned>,
) -> Result<(), JobError> {
    let mut tx = work.store().begin_job().await?;
    let promoted = match &tuned {
        Some(tuned) => decide(&mut tx, campaign, round, tuned).await?,
        None => false,
    };
    rounds::mark_learned(&mut *tx, round.id).await?;
    if promoted {
        screen::queue(&mut tx, campaign.id, true).await?;
    } else {
        propose::queue(&mut tx, campaign.id).await?;
    }
    jobs::complete(&mut tx, &work.lease).await?;
    if let Some(tuned) = &tuned {
        // Last: it holds the lock of the audit chain until the commit.
        audit::append(&mut *tx, &audit_line(campaign, round, tuned, promoted)).await?;
    }
    Ok(commit(tx).await?)
}

/// Writes the version and its evaluation; true when it became the campaign's current version.
async fn decide(
    tx: &mut PgConnection,
    campaign: &Campaign,
    round: &rounds::Round,
    tuned: &FineTuned,
) -> Result<bool, JobError> {
    let current = &campaign.model_digest;
    let name = format!("{} round {}", campaign.name, round.number);
    learnt::insert_candidate(tx, &tuned.model, &name, current, &campaign.dataset_digest).await?;
    let evaluation = NewEvaluation {
        id: Uuid::now_v7(),
        campaign_id: campaign.id,
        round_id: round.id,
        candidate_digest: tuned.model.digest.clone(),
        current_digest: current.clone(),
        report: wire::encode(&tuned.evaluation)?,
        promote: tuned.promote,
        reason: tuned.reason.clone(),
    };
    evaluations::insert(tx, &evaluation).await?;
    let promoted =
        tuned.promote && models::promote(tx, campaign.id, current, &tuned.model.digest).await?;
    if !promoted {
        models::reject(&mut *tx, &tuned.model.digest).await?;
    }
    Ok(promoted)
}

fn audit_line(
    campaign: &Campaign,
    round: &rounds::Round,
    tuned: &FineTuned,
    promoted: bool,
) -> audit::NewAuditEvent {
    audit::NewAuditEvent {
        actor: "loop".into(),
        action: if promoted { "promote model" } else { "reject model" }.into(),
        subject: tuned.model.digest.clone(),
        campaign_id: Some(campaign.id),
        details: json!({ "round": round.number, "reason": tuned.reason }),
    }
}
