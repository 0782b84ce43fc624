//! `perturb`: a screen that was ordered on its own, shard by shard.

use nextwell_contract::ScreenTargetRow;
use nextwell_contract::worker::FinishedScreen;
use nextwell_store::jobs::{self, NewJob};
use nextwell_store::screen_rows::{self, ScreenRow};
use nextwell_store::screens::{self, ScreenState};
use nextwell_store::{PgConnection, Uuid, screen_orders};
use serde::{Deserialize, Serialize};

use super::{ATTEMPTS, JobError, Work, commit, shards};
use crate::error::ApiError;
use crate::{genes, screen_orders as orders, wire};

/// Kind of this job.
pub const KIND: &str = "perturb";

/// Rows of one insert.
const ROWS_AT_ONCE: usize = 2000;

#[derive(Debug, Serialize, Deserialize)]
struct Args {
    screen_id: Uuid,
}

/// Queues the screen, or finds the live job that computes it.
pub async fn queue(tx: &mut PgConnection, screen_id: Uuid) -> Result<i64, ApiError> {
    let args = wire::encode(&Args { screen_id })?;
    let job = NewJob::new(KIND, args).dedupe(screen_id.to_string()).attempts(ATTEMPTS);
    let job_id = jobs::enqueue(&mut *tx, &job).await?.id;
    screens::set_job(tx, screen_id, job_id).await?;
    Ok(job_id)
}

/// Computes the missing shards, then writes the report with its rows.
pub async fn run(work: &Work) -> Result<(), JobError> {
    let Args { screen_id } = work.args()?;
    let row = screen_orders::get(work.store().jobs(), screen_id).await?;
    let row = row.ok_or_else(|| ApiError::not_found("screen", screen_id))?;
    if row.state == ScreenState::Done {
        let mut tx = work.store().begin_job().await?;
        jobs::complete(&mut tx, &work.lease).await?;
        return Ok(commit(tx).await?);
    }
    let order = orders::work(&orders::decode(&row)?);
    work.say("counting forward passes");
    work.follow_model_service(true);
    let plan = work.app.model().plan_screen(&order, &work.work_id()).await?;
    work.follow_model_service(false);
    let n_shards = i32::try_from(plan.n_shards)
        .map_err(|_| ApiError::internal("the screen has too many shards"))?;
    let mut tx = work.store().begin_job().await?;
    jobs::set_shards(&mut *tx, &work.lease, n_shards).await?;
    screen_orders::set_shards(&mut *tx, screen_id, n_shards).await?;
    commit(tx).await?;
    work.say(format!("{} cells, {} forward passes", plan.n_cells, plan.n_forwards));
    shards::compute_missing(work, &order).await?;
    work.say("summing up");
    let finished = work.app.model().finish_screen(&order, &work.work_id()).await?;
    end(work, screen_id, finished).await
}

/// Report, rows and completion in one transaction.
async fn end(work: &Work, screen_id: Uuid, mut report: FinishedScreen) -> Result<(), JobError> {
    let rows = std::mem::take(&mut report.rows);
    let rows: Vec<ScreenRow> =
        rows.into_iter().zip(0..).map(stored).collect::<Result<_, ApiError>>()?;
    let mut tx = work.store().begin_job().await?;
    for rows in rows.chunks(ROWS_AT_ONCE) {
        screen_rows::insert_all(&mut *tx, screen_id, rows).await?;
    }
    screen_orders::finish(&mut *tx, screen_id, &wire::encode(&report)?).await?;
    jobs::complete(&mut tx, &work.lease).await?;
    Ok(commit(tx).await?)
}

fn stored((mut row, place): (ScreenTargetRow, i32)) -> Result<ScreenRow, ApiError> {
    (row.transcription_factor, row.druggable) = genes::classes(&row.label);
    let first = row.effects.first();
    Ok(ScreenRow {
        place,
        rank: row.rank.and_then(|rank| i32::try_from(rank).ok()),
        mean: first.and_then(|effect| effect.mean),
        q: first.and_then(|effect| effect.q_donor.or(effect.q)),
        n_cells: i64::try_from(row.n_cells).unwrap_or(i64::MAX),
        significant: row.significant,
        transcription_factor: row.transcription_factor,
        druggable: !row.druggable.is_empty(),
        label: row.label.clone(),
        genes: row.genes.clone(),
        perturbation: row.perturbation.clone(),
        content: wire::encode(&row)?,
    })
}
