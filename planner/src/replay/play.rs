//! The replay loop.

use std::collections::HashMap;
use std::time::Instant;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::{ReplaySpec, ScoreScale, Strategy, StrategyCurve};
use crate::error::PlanError;
use crate::features::FeatureTable;
use crate::round::{RoundRequest, select_with};
use crate::surrogate::{BlockGp, Observed, Ridge};
use crate::target::robust_scores;

/// Play every strategy with every seed.
///
/// Seeds run in parallel and are collected in order, so the result does not depend on threads.
///
/// # Errors
/// [`PlanError::NotFinite`] for a truth that is not a number, [`PlanError::NoCandidates`] when no
/// candidate of the table is in the screen, and errors of the selection.
pub fn run(spec: &ReplaySpec<'_>) -> Result<Vec<StrategyCurve>, PlanError> {
    let oracle = Oracle::new(spec)?;
    let jobs: Vec<(Strategy, u64)> =
        spec.strategies.iter().flat_map(|s| spec.seeds.iter().map(|seed| (*s, *seed))).collect();
    let bare = spec.strategies.contains(&Strategy::Learn).then(|| spec.table.without_prior());
    let table = |strategy: Strategy| match strategy {
        Strategy::Cold => spec.cold.unwrap_or(spec.table),
        Strategy::Learn => bare.as_ref().unwrap_or(spec.table),
        _ => spec.table,
    };
    let played: Vec<(Vec<usize>, f64)> = jobs
        .par_iter()
        .map(|&(strategy, seed)| {
            let start = Instant::now();
            let hits = oracle.play(spec, table(strategy), strategy, seed)?;
            Ok((hits, start.elapsed().as_secs_f64()))
        })
        .collect::<Result<_, PlanError>>()?;
    let mut played = played.into_iter();
    let curve = |strategy: &Strategy| {
        let (hits_per_round, seconds): (Vec<_>, Vec<f64>) =
            played.by_ref().take(spec.seeds.len()).unzip();
        StrategyCurve {
            name: strategy.name().to_owned(),
            hits_per_round,
            seconds: seconds.iter().sum(),
            total_hits: oracle.hit.iter().filter(|h| **h).count(),
            total_genes: oracle.offered.len(),
        }
    };
    Ok(spec.strategies.iter().map(curve).collect())
}

/// The finished screen, by candidate.
struct Oracle {
    score: Vec<Option<f64>>,
    hit: Vec<bool>,
    /// Candidates with a value, by symbol.
    offered: Vec<usize>,
}

impl Oracle {
    fn new(spec: &ReplaySpec<'_>) -> Result<Self, PlanError> {
        let mut truth = HashMap::new();
        for (symbol, z) in &spec.truth {
            if !z.is_finite() {
                let (symbol, value) = (symbol.clone(), z.to_string());
                return Err(PlanError::NotFinite { what: "score", symbol, value });
            }
            truth.insert(symbol.as_str(), *z);
        }
        let candidates = spec.table.candidates();
        let score: Vec<Option<f64>> =
            candidates.iter().map(|c| truth.get(c.symbol.as_str()).copied()).collect();
        let called = |symbol: &str, z: f64| match &spec.hits {
            Some(hits) => hits.contains(symbol),
            None => spec.tail.strength(z) >= spec.hit_threshold,
        };
        let hit = candidates
            .iter()
            .zip(&score)
            .map(|(c, z)| z.is_some_and(|z| called(&c.symbol, z)))
            .collect();
        let mut offered: Vec<usize> =
            (0..candidates.len()).filter(|&c| score[c].is_some()).collect();
        offered.sort_by(|&a, &b| candidates[a].symbol.cmp(&candidates[b].symbol));
        if offered.is_empty() {
            return Err(PlanError::NoCandidates);
        }
        Ok(Self { score, hit, offered })
    }

    fn play(
        &self,
        spec: &ReplaySpec<'_>,
        table: &FeatureTable,
        strategy: Strategy,
        seed: u64,
    ) -> Result<Vec<usize>, PlanError> {
        let mut observed: Vec<(usize, f64)> = Vec::new();
        let list = self.fixed_list(table, strategy, seed);
        let mut hits = Vec::with_capacity(spec.rounds);
        for round in 0..spec.rounds {
            let left = self.offered.len() - observed.len();
            let batch = spec.batch.min(left);
            let picks: Vec<usize> = match strategy {
                _ if batch == 0 => Vec::new(),
                Strategy::Prior | Strategy::Random => list[observed.len()..][..batch].to_vec(),
                Strategy::Ridge if round == 0 => list[..batch].to_vec(),
                Strategy::Ridge | Strategy::Default | Strategy::Cold | Strategy::Learn => {
                    let observed = scaled(&observed, spec.scale);
                    self.select(spec, table, &Turn { strategy, seed, round, batch }, observed)?
                }
            };
            hits.push(picks.iter().filter(|p| self.hit[**p]).count());
            let seen = |&candidate: &usize| Some((candidate, self.score[candidate]?));
            observed.extend(picks.iter().filter_map(seen));
        }
        Ok(hits)
    }

    /// The order of the strategies that learn nothing; ridge uses its head as first round.
    fn fixed_list(&self, table: &FeatureTable, strategy: Strategy, seed: u64) -> Vec<usize> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut drawn: Vec<(u64, usize)> =
            self.offered.iter().map(|&c| (rng.next_u64(), c)).collect();
        drawn.sort_unstable();
        let mut list: Vec<usize> = drawn.into_iter().map(|(_, c)| c).collect();
        if strategy == Strategy::Prior {
            let prior = table.prior_scores();
            list.sort_by(|&a, &b| prior[b].total_cmp(&prior[a]));
        }
        list
    }

    fn select(
        &self,
        spec: &ReplaySpec<'_>,
        table: &FeatureTable,
        turn: &Turn,
        observed: Vec<Observed>,
    ) -> Result<Vec<usize>, PlanError> {
        let mut request = RoundRequest::new(table, turn.batch);
        request.observed = observed;
        request.excluded = (0..self.score.len()).filter(|&c| self.score[c].is_none()).collect();
        // The pool is the caller's choice: hits that are essential are hits here.
        request.limits.exclude_essential = false;
        request.hit_threshold = spec.hit_threshold;
        request.tail = spec.tail;
        request.round_no = turn.round as u32 + 1;
        request.seed = turn.seed;
        let proposal = if turn.strategy == Strategy::Ridge {
            request.kappa = 0.0;
            request.random_share = 0.0;
            select_with(&request, &Ridge)?
        } else {
            select_with(&request, &BlockGp { batch: spec.batch })?
        };
        Ok(proposal.picks.iter().map(|p| p.candidate).collect())
    }
}

/// One round of one replay.
struct Turn {
    strategy: Strategy,
    seed: u64,
    /// From 0.
    round: usize,
    /// Genes to pick.
    batch: usize,
}

/// What was seen so far, as a robust z.
fn scaled(observed: &[(usize, f64)], scale: ScoreScale) -> Vec<Observed> {
    let scores: Vec<f64> = observed.iter().map(|(_, score)| *score).collect();
    let scores = match scale {
        ScoreScale::RobustZ => scores,
        ScoreScale::Any => robust_scores(&scores),
    };
    let one = |(&(candidate, _), robust_z)| Observed { candidate, robust_z, se: None };
    observed.iter().zip(scores).map(one).collect()
}
