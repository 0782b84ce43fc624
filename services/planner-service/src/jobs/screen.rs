//! `screen`: knock-out and over-expression of every candidate in the campaign's start cells,
//! shard by shard.

use std::collections::HashMap;

use nextwell_contract::worker::{FinishedScreen, PredictedEffect, ScreenWork};
use nextwell_contract::{CellStateOrder, ScreenMode, ScreenOrder, ScreenTargetRow, TargetsOrder};
use nextwell_store::candidates::{self, Candidate};
use nextwell_store::jobs::{self, Lease, NewJob};
use nextwell_store::screen_scores::{self, ScreenScore};
use nextwell_store::screens::{self, NewScreen, Screen, ScreenState};
use nextwell_store::{PgConnection, Uuid, campaigns};
use serde::{Deserialize, Serialize};

use super::{ATTEMPTS, JobError, Work, commit, propose, shards};
use crate::digest::sha256_hex;
use crate::error::ApiError;
use crate::{VERSION, wire};

/// Kind of this job.
pub const KIND: &str = "screen";

const KNOCK_OUT: &str = "knock_out";
const OVER_EXPRESSION: &str = "over_expression";

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
    shards::compute_missing(work, &order).await?;
    work.say("summing up");
    let finished = work.app.model().finish_screen(&order, &work.work_id()).await?;
    end(work, &args, Some((screen.id, scores(&genes, &finished)))).await
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
    let settings = wire::screen_settings(&campaign)?;
    let state = |value: String| CellStateOrder { column: settings.state_column.clone(), value };
    let order = ScreenOrder {
        name: String::new(),
        dataset_digest: campaign.dataset_digest,
        model_digests: vec![campaign.model_digest.clone()],
        start: state(settings.start_value.clone()),
        goal: Some(state(settings.goal_value.clone())),
        alternatives: Vec::new(),
        null: None,
        targets: TargetsOrder::Each { genes: ids },
        perturbations: [KNOCK_OUT, OVER_EXPRESSION].map(String::from).to_vec(),
        embedding: None,
        emb_layer: settings.emb_layer,
        state_summary: "mean".into(),
        species: "human".into(),
        max_cells: settings.max_cells,
        donor_column: settings.donor_column.clone(),
        min_detections: 1,
        gene_shifts: false,
        mode: ScreenMode::Exact,
        top: 0,
        seed: wire::seed(campaign.seed),
    };
    Ok(ScreenWork { model_digest: campaign.model_digest, order, predict: true })
}

/// Writes the screen down, once, and tells the queue how many shards it has.
async fn start(work: &Work, campaign_id: Uuid, order: &ScreenWork) -> Result<Screen, JobError> {
    work.say("counting forward passes");
    let plan = work.app.model().plan_screen(order, &work.work_id()).await?;
    let spec = wire::encode(order)?;
    let shards = i32::try_from(plan.n_shards)
        .map_err(|_| ApiError::internal("the screen has too many shards"))?;
    let new = NewScreen {
        id: Uuid::now_v7(),
        campaign_id,
        model_digest: order.model_digest.clone(),
        dataset_digest: order.order.dataset_digest.clone(),
        spec_digest: sha256_hex(spec.to_string().as_bytes()),
        spec,
        seed: order.order.seed.cast_signed(),
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

/// Scores by symbol, as the report ranks them: by shift towards the goal.
fn scores(genes: &[Candidate], finished: &FinishedScreen) -> Vec<ScreenScore> {
    let symbols: HashMap<&str, &str> = genes
        .iter()
        .filter_map(|gene| Some((gene.ensembl_id.as_deref()?, gene.symbol.as_str())))
        .collect();
    let predicted: HashMap<&str, &PredictedEffect> =
        finished.predictions.iter().map(|effect| (effect.ensembl_id.as_str(), effect)).collect();
    let score = |row: &ScreenTargetRow| {
        let id = row.genes.first()?;
        score(symbols.get(id.as_str())?, row, predicted.get(id.as_str()).copied())
    };
    finished.rows.iter().filter_map(score).collect()
}

fn score(
    symbol: &str,
    row: &ScreenTargetRow,
    predicted: Option<&PredictedEffect>,
) -> Option<ScreenScore> {
    let effect = row.effects.first()?;
    // Over donors where there are enough, else over cells; the same for interval and test.
    let over_donors = effect.donor_low.is_some();
    let (low, high) = match over_donors {
        true => (effect.donor_low, effect.donor_high),
        false => (effect.cell_low, effect.cell_high),
    };
    let kind = if over_donors { "donor" } else { "cell" };
    let donors = |n: u64| i32::try_from(n).ok();
    Some(ScreenScore {
        symbol: symbol.to_owned(),
        perturbation: match row.perturbation.as_str() {
            KNOCK_OUT => screen_scores::Perturbation::KnockOut,
            OVER_EXPRESSION => screen_scores::Perturbation::OverExpression,
            _ => return None,
        },
        n_cells: i32::try_from(row.n_cells).unwrap_or(i32::MAX),
        n_truncated: i32::try_from(row.n_truncated).unwrap_or(i32::MAX),
        coverage: row.coverage,
        mean_shift: effect.mean,
        sd: effect.sd,
        ci_low: low,
        ci_high: high,
        interval_kind: if low.is_some() { kind } else { "none" }.into(),
        p_value: effect.p_donor.or(effect.p),
        q_value: effect.q_donor.or(effect.q),
        rank: row.rank.and_then(|rank| i32::try_from(rank).ok()),
        n_donors: donors(row.n_donors).filter(|n| *n > 0),
        donors_agreeing: donors(row.donors_agreeing).filter(|_| row.n_donors > 0),
        predicted_effect: predicted.map(|found| found.effect),
        predicted_sd: predicted.map(|found| found.sd),
    })
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
        propose::queue(&mut tx, args.campaign_id).await?;
    }
    jobs::complete(&mut tx, lease).await?;
    Ok(commit(tx).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(id: &str, perturbation: &str, rank: Option<u32>, donors: bool) -> ScreenTargetRow {
        let number = |value: f64| rank.map(|_| value);
        let effect = nextwell_contract::EffectSummary {
            measure: "goal".into(),
            mean: number(0.1),
            sd: number(0.2),
            cell_low: number(0.0),
            cell_high: number(0.2),
            donor_low: number(-0.1).filter(|_| donors),
            donor_high: number(0.3).filter(|_| donors),
            p: number(0.01),
            q: number(0.02),
            p_donor: number(0.3).filter(|_| donors),
            q_donor: number(0.4).filter(|_| donors),
        };
        ScreenTargetRow {
            rank,
            genes: vec![id.to_owned()],
            perturbation: perturbation.to_owned(),
            effects: vec![effect],
            n_cells: u64::from(rank.is_some()),
            coverage: 0.5,
            ..ScreenTargetRow::default()
        }
    }

    #[test]
    fn scores_keep_the_ranks_and_the_test_over_donors_where_there_is_one() {
        let genes = ["A", "B", "C"].map(|symbol| Candidate {
            symbol: symbol.into(),
            ensembl_id: Some(format!("ENSG_{symbol}")),
            excluded_reason: None,
        });
        let prediction = PredictedEffect { ensembl_id: "ENSG_B".into(), effect: 1.5, sd: 0.5 };
        let finished = FinishedScreen {
            rows: vec![
                row("ENSG_B", KNOCK_OUT, Some(1), true),
                row("ENSG_A", KNOCK_OUT, Some(2), false),
                row("ENSG_C", KNOCK_OUT, None, false),
                row("ENSG_A", OVER_EXPRESSION, Some(1), true),
                row("ENSG_X", OVER_EXPRESSION, Some(2), true),
            ],
            predictions: vec![prediction],
            ..FinishedScreen::default()
        };
        let found: Vec<_> = scores(&genes, &finished)
            .into_iter()
            .map(|s| (s.symbol, s.rank, s.interval_kind, s.q_value, s.predicted_effect))
            .collect();
        let expected = [
            ("B", Some(1), "donor", Some(0.4), Some(1.5)),
            ("A", Some(2), "cell", Some(0.02), None),
            ("C", None, "none", None, None),
            ("A", Some(1), "donor", Some(0.4), None),
        ];
        let expected = expected
            .map(|(s, rank, kind, q, effect)| (s.to_owned(), rank, kind.to_owned(), q, effect));
        assert_eq!(found, expected);
    }
}
