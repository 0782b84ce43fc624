//! `replay`: a finished screen, played strategy by strategy and seed by seed.

use std::sync::Arc;

use nextwell_planner::replay::{ReplayReport, ReplaySpec, StrategyCurve, run as play};
use nextwell_store::jobs::{self, NewJob};
use nextwell_store::screens::ScreenState;
use nextwell_store::{PgConnection, Uuid, replays};
use serde::{Deserialize, Serialize};

use super::{ATTEMPTS, JobError, Work, commit};
use crate::digest::sha256_hex;
use crate::error::ApiError;
use crate::propose::plan_error;
use crate::replays::{Prepared, prepare};
use crate::wire;

/// Kind of this job.
pub const KIND: &str = "replay";

#[derive(Debug, Serialize, Deserialize)]
struct Args {
    replay_id: Uuid,
}

/// Queues the replay, or finds the live job that plays it.
pub async fn queue(tx: &mut PgConnection, replay_id: Uuid) -> Result<i64, ApiError> {
    let args = wire::encode(&Args { replay_id })?;
    let job = NewJob::new(KIND, args).dedupe(replay_id.to_string()).attempts(ATTEMPTS);
    let job_id = jobs::enqueue(&mut *tx, &job).await?.id;
    replays::set_job(tx, replay_id, job_id).await?;
    Ok(job_id)
}

/// Plays what is not played yet, then sums up. A shard is one strategy with one seed.
pub async fn run(work: &Work) -> Result<(), JobError> {
    let Args { replay_id } = work.args()?;
    let row = replays::get(work.store().jobs(), replay_id).await?;
    let row = row.ok_or_else(|| ApiError::not_found("replay", replay_id))?;
    if row.state == ScreenState::Done {
        let mut tx = work.store().begin_job().await?;
        jobs::complete(&mut tx, &work.lease).await?;
        return Ok(commit(tx).await?);
    }
    work.say("reading the screen and its features");
    let content = replays::content(work.store().jobs(), replay_id).await?;
    let prepared = prepare(&work.app, &row, content).await?;
    let seeds = prepared.plan.all_seeds();
    let shards = i32::try_from(prepared.plan.strategies.len() * seeds.len())
        .map_err(|_| ApiError::internal("the replay has too many seeds"))?;
    let mut tx = work.store().begin_job().await?;
    jobs::set_shards(&mut *tx, &work.lease, shards).await?;
    commit(tx).await?;
    let missing = jobs::missing_shards(work.store().jobs(), work.lease.job_id).await?;
    for shards in together(&missing, seeds.len(), cores()) {
        compute(work, &prepared, &shards).await?;
    }
    work.say("summing up");
    end(work, replay_id, &prepared).await
}

/// Cores that planning may use.
fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Shards that are played at the same time: up to `cores` seeds of one strategy.
fn together(missing: &[i32], seeds: usize, cores: usize) -> Vec<Vec<usize>> {
    let places: Vec<usize> = missing.iter().filter_map(|&shard| shard.try_into().ok()).collect();
    let of_one_strategy = places.chunk_by(|a, b| a / seeds == b / seeds);
    of_one_strategy.flat_map(|shards| shards.chunks(cores)).map(<[usize]>::to_vec).collect()
}

/// Plays shards of one strategy and commits each.
async fn compute(work: &Work, prepared: &Arc<Prepared>, shards: &[usize]) -> Result<(), JobError> {
    let all = prepared.plan.all_seeds();
    let Some(first) = shards.first() else { return Ok(()) };
    let strategy = prepared.plan.strategies[first / all.len()];
    let seeds: Vec<u64> = shards.iter().map(|shard| all[shard % all.len()]).collect();
    let (from, to) = (first % all.len() + 1, first % all.len() + seeds.len());
    let several = if from == to { from.to_string() } else { format!("{from} and {to}") };
    work.say(format!("playing {}, seed {several} of {}", strategy.name(), all.len()));
    let held = Arc::clone(prepared);
    let played = tokio::task::spawn_blocking(move || {
        let table = &held.features;
        let spec = held.plan.spec(&held.screen, table, table);
        play(&ReplaySpec { seeds, strategies: vec![strategy], ..spec })
    });
    let played = played.await.map_err(|error| ApiError::internal(format!("replay: {error}")))?;
    let curves = played.map_err(plan_error)?;
    let curve = curves.into_iter().next().ok_or_else(|| ApiError::internal("no curve"))?;
    for (&shard, one) in shards.iter().zip(by_seed(curve)) {
        let digest = sha256_hex(format!("{:?}", one.hits_per_round).as_bytes());
        let shard = i32::try_from(shard).unwrap_or(i32::MAX);
        let mut tx = work.store().begin_job().await?;
        jobs::commit_shard(&mut tx, &work.lease, shard, &digest, &wire::encode(&one)?).await?;
        commit(tx).await?;
    }
    Ok(())
}

/// A curve of several seeds as curves of one.
fn by_seed(curve: StrategyCurve) -> Vec<StrategyCurve> {
    let seconds = curve.seconds / curve.hits_per_round.len().max(1) as f64;
    let one = |hits: &Vec<usize>| StrategyCurve {
        hits_per_round: vec![hits.clone()],
        seconds,
        name: curve.name.clone(),
        ..curve
    };
    curve.hits_per_round.iter().map(one).collect()
}

/// Curves of one seed each, by strategy and seed, as one curve per strategy.
fn by_strategy(shards: Vec<StrategyCurve>, seeds: usize) -> Vec<StrategyCurve> {
    let mut curves: Vec<StrategyCurve> = Vec::new();
    for (place, shard) in shards.into_iter().enumerate() {
        match curves.last_mut().filter(|_| place % seeds.max(1) != 0) {
            Some(curve) => {
                curve.hits_per_round.extend(shard.hits_per_round);
                curve.seconds += shard.seconds;
            }
            None => curves.push(shard),
        }
    }
    curves
}

/// Report and completion in one transaction.
async fn end(work: &Work, replay_id: Uuid, prepared: &Prepared) -> Result<(), JobError> {
    let shards = jobs::shard_results(work.store().jobs(), work.lease.job_id).await?;
    let shards: Vec<StrategyCurve> = shards
        .into_iter()
        .map(|shard| wire::decode("shard of a replay", shard.result))
        .collect::<Result<_, ApiError>>()?;
    let curves = by_strategy(shards, prepared.plan.all_seeds().len());
    let report = ReplayReport::new(&prepared.screen, &prepared.plan, &curves);
    let mut tx = work.store().begin_job().await?;
    replays::finish(&mut *tx, replay_id, &wire::encode(&report)?).await?;
    jobs::complete(&mut tx, &work.lease).await?;
    Ok(commit(tx).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curve(name: &str, hits_per_round: &[&[usize]], seconds: f64) -> StrategyCurve {
        StrategyCurve {
            name: name.into(),
            hits_per_round: hits_per_round.iter().map(|hits| hits.to_vec()).collect(),
            seconds,
            total_hits: 5,
            total_genes: 50,
        }
    }

    #[test]
    fn curves_taken_apart_by_seed_come_together_again() {
        let all = [curve("a", &[&[1, 2], &[0, 3]], 4.0), curve("b", &[&[2, 2], &[1, 1]], 2.0)];
        let apart: Vec<StrategyCurve> = all.iter().cloned().flat_map(by_seed).collect();
        assert_eq!(apart.len(), 4);
        assert_eq!(by_strategy(apart, 2), all);
    }

    #[test]
    fn what_runs_together_is_of_one_strategy_and_no_more_than_there_are_cores() {
        // Two strategies of three seeds; the first shard was played before a restart.
        assert_eq!(together(&[1, 2, 3, 4, 5], 3, 2), [vec![1, 2], vec![3, 4], vec![5]]);
        assert_eq!(together(&[], 3, 2), Vec::<Vec<usize>>::new());
    }
}
