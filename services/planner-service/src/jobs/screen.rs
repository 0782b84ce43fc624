//! `screen`: knock-out and over-expression of every candidate in the campaign's start cells,
//! shard by shard.

use nextwell_contract::worker::{ScreenWork, ShardResult, ShardWork};
use nextwell_contract::{Perturbation, ScreenRow};
use nextwell_store::candidates::{self, Candidate};
use nextwell_store::jobs::{self, Lease, NewJob, ShardOutcome};
use nextwell_store::screen_scores::{self, ScreenScore};
use nextwell_store::screens::{self, NewScreen, Screen, ScreenState};
use nextwell_store::{PgConnection, Uuid, campaigns};
use serde::{Deserialize, Serialize};

use super::{ATTEMPTS, JobError, Work, commit, propose};
use crate::digest::sha256_hex;
use crate::error::ApiError;
use crate::{VERSION, wire};

/// Kind of this job.
pub const KIND: &str = "screen";

#[derive(Debug, Serialize, Deserialize)]
struct Args {
    campaign_id: Uuid,
    /// Propose the next round afterwards.
    then_propose: bool,
}

/// Queues a screen of the campaign's current model version.
pub async fn queue(
    tx: &mut PgConnection,
    campaign_id: Uuid,
    then_propose: bool,
) -> Result<i64, ApiError> {
    let args = wire::encode(&Args { campaign_id, then_propose })?;
    let job = NewJob::new(KIND, args)
        .campaign(campaign_id)
        .dedupe(campaign_id.to_string())
        .attempts(ATTEMPTS);
    Ok(jobs::enqueue(tx, &job).await?.id)
}

/// Computes the missing shards, then writes the scores.
pub async fn run(work: &Work) -> Result<(), JobError> {
    let args: Args = work.args()?;
    let genes = candidates::list(work.store().jobs(), args.campaign_id).await?;
    let order = order(work, args.campaign_id, &genes).await?;
    let screen = start(work, args.campaign_id, &order).await?;
    if screen.state == ScreenState::Done && screen.job_id != Some(work.lease.job_id) {
        // The same model on the same cells was screened before: the scores stand.
        return end(work, &args, None).await;
    }
    for shard in jobs::missing_shards(work.store().jobs(), work.lease.job_id).await? {
        compute(work, &order, shard).await?;
    }
    let results = jobs::shard_results(work.store().jobs(), work.lease.job_id).await?;
    let mut rows = Vec::new();
    for shard in results {
        rows.extend(wire::decode::<Vec<ScreenRow>>("screen rows", shard.result)?);
    }
    let scores = scores(&genes, rows);
    end(work, &args, Some((screen.id, scores))).await
}

/// The screen as the model service is asked for it: a pure function of the campaign's state.
async fn order(
    work: &Work,
    campaign_id: Uuid,
    genes: &[Candidate],
) -> Result<ScreenWork, JobError> {
    let campaign = campaigns::get(work.store().jobs(), campaign_id).await?;
    let campaign = campaign.ok_or_else(|| ApiError::not_found("campaign", campaign_id))?;
    let mut ids: Vec<String> = genes.iter().filter_map(|gene| gene.ensembl_id.clone()).collect();
    ids.sort();
    ids.dedup();
    Ok(ScreenWork {
        screen: wire::screen_settings(&campaign)?,
        model_digest: campaign.model_digest,
        dataset_digest: campaign.dataset_digest,
        genes: ids,
        perturbations: vec![Perturbation::KnockOut, Perturbation::OverExpression],
        seed: wire::seed(campaign.seed),
    })
}

/// Writes the screen down, once, and tells the queue how many shards it has.
async fn start(work: &Work, campaign_id: Uuid, order: &ScreenWork) -> Result<Screen, JobError> {
    work.say("counting forward passes");
    let plan = work.app.model().plan_screen(order).await?;
    let spec = wire::encode(order)?;
    let shards = i32::try_from(plan.n_shards)
        .map_err(|_| ApiError::internal("the screen has too many shards"))?;
    let new = NewScreen {
        id: Uuid::now_v7(),
        campaign_id,
        model_digest: order.model_digest.clone(),
        dataset_digest: order.dataset_digest.clone(),
        spec_digest: sha256_hex(spec.to_string().as_bytes()),
        spec,
        seed: order.seed.cast_signed(),
        code_version: VERSION.into(),
        n_shards: shards,
    };
    let mut tx = work.store().begin_job().await?;
    let screen = screens::insert(&mut tx, &new).await?;
    if screen.state != ScreenState::Done {
        jobs::set_shards(&mut *tx, &work.lease, shards).await?;
        screens::set_job(&mut *tx, screen.id, work.lease.job_id).await?;
        screens::set_state(&mut *tx, screen.id, ScreenState::Running).await?;
    }
    commit(tx).await?;
    work.say(format!("{} cells, {} forward passes", plan.n_cells, plan.n_forwards));
    Ok(screen)
}

/// Asks for one shard and commits it together with the check of the lease.
async fn compute(work: &Work, order: &ScreenWork, shard: i32) -> Result<(), JobError> {
    let ask = ShardWork { work: order.clone(), shard: wire::small(shard) };
    let ShardResult { digest, rows } = work.app.model().shard(&ask, &work.work_id()).await?;
    let mut tx = work.store().begin_job().await?;
    let outcome =
        jobs::commit_shard(&mut tx, &work.lease, shard, &digest, &wire::encode(&rows)?).await?;
    if outcome == ShardOutcome::Conflict {
        tracing::error!(job_id = work.lease.job_id, shard, "two different results for one shard");
    }
    Ok(commit(tx).await?)
}

/// Scores by symbol, ranked by the knock-out's and the over-expression's shift towards the goal.
fn scores(genes: &[Candidate], rows: Vec<ScreenRow>) -> Vec<ScreenScore> {
    let symbols: std::collections::HashMap<&str, &str> = genes
        .iter()
        .filter_map(|gene| Some((gene.ensembl_id.as_deref()?, gene.symbol.as_str())))
        .collect();
    let mut scores: Vec<ScreenScore> = rows
        .into_iter()
        .filter_map(|row| Some(score(symbols.get(row.ensembl_id.as_str())?, row)))
        .collect();
    scores.sort_by(|a, b| {
        let shift = |s: &ScreenScore| s.mean_shift.unwrap_or(f64::NEG_INFINITY);
        (a.perturbation.as_str().cmp(b.perturbation.as_str()))
            .then(shift(b).total_cmp(&shift(a)))
            .then(a.symbol.cmp(&b.symbol))
    });
    let mut rank = 0;
    let mut of = None;
    for score in &mut scores {
        rank = if of == Some(score.perturbation) { rank + 1 } else { 1 };
        of = Some(score.perturbation);
        score.rank = score.mean_shift.map(|_| rank);
    }
    scores
}

fn score(symbol: &str, row: ScreenRow) -> ScreenScore {
    ScreenScore {
        symbol: symbol.to_owned(),
        perturbation: match row.perturbation {
            Perturbation::KnockOut => screen_scores::Perturbation::KnockOut,
            Perturbation::OverExpression => screen_scores::Perturbation::OverExpression,
        },
        n_cells: i32::try_from(row.n_cells).unwrap_or(i32::MAX),
        n_truncated: i32::try_from(row.n_truncated).unwrap_or(i32::MAX),
        coverage: row.coverage,
        mean_shift: row.mean_shift,
        sd: row.sd,
        ci_low: row.ci_low,
        ci_high: row.ci_high,
        interval_kind: row.interval_kind.unwrap_or_else(|| "none".into()),
        p_value: None,
        q_value: None,
        rank: None,
        predicted_effect: row.predicted_effect,
        predicted_sd: row.predicted_sd,
    }
}

/// Scores, completion and the next step in one transaction.
async fn end(
    work: &Work,
    args: &Args,
    scored: Option<(Uuid, Vec<ScreenScore>)>,
) -> Result<(), JobError> {
    let lease: &Lease = &work.lease;
    let mut tx = work.store().begin_job().await?;
    if let Some((screen_id, scores)) = scored {
        screen_scores::insert_all(&mut *tx, screen_id, &scores).await?;
        screens::set_state(&mut *tx, screen_id, ScreenState::Done).await?;
    }
    if args.then_propose {
        propose::queue(&mut tx, args.campaign_id, None).await?;
    }
    jobs::complete(&mut tx, lease).await?;
    Ok(commit(tx).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(id: &str, perturbation: Perturbation, shift: Option<f64>) -> ScreenRow {
        ScreenRow {
            ensembl_id: id.into(),
            perturbation,
            n_cells: u64::from(shift.is_some()),
            n_truncated: 0,
            coverage: 0.5,
            mean_shift: shift,
            sd: None,
            ci_low: None,
            ci_high: None,
            interval_kind: None,
            predicted_effect: None,
            predicted_sd: None,
        }
    }

    #[test]
    fn genes_are_ranked_within_each_perturbation_and_unscreened_genes_have_no_rank() {
        let genes = ["A", "B", "C"].map(|symbol| Candidate {
            symbol: symbol.into(),
            ensembl_id: Some(format!("ENSG_{symbol}")),
            excluded_reason: None,
        });
        let rows = vec![
            row("ENSG_A", Perturbation::KnockOut, Some(-0.1)),
            row("ENSG_B", Perturbation::KnockOut, Some(0.2)),
            row("ENSG_C", Perturbation::KnockOut, None),
            row("ENSG_A", Perturbation::OverExpression, Some(0.3)),
        ];
        let ranked: Vec<_> = scores(&genes, rows)
            .into_iter()
            .map(|s| (s.symbol, s.perturbation.as_str(), s.rank))
            .collect();
        let expected = [
            ("B", "knock_out", Some(1)),
            ("A", "knock_out", Some(2)),
            ("C", "knock_out", None),
            ("A", "over_expression", Some(1)),
        ];
        assert_eq!(ranked, expected.map(|(s, p, r)| (s.to_owned(), p, r)));
    }
}
