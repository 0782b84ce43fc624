//! Does a ranking find what is known to matter, and better than simple ones?

use std::collections::HashSet;

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::expression::TargetExpression;
use crate::stats::{BootstrapInterval, auroc, average_precision, bootstrap, quantile};

/// Resamples of an interval.
const ROUNDS: usize = 500;
/// Where enrichment is read.
const TOPS: [usize; 4] = [10, 20, 50, 100];

/// A score for every row, higher first.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranking {
    /// What ranks.
    pub name: String,
    /// One score per row of the report; absent where it has none.
    pub scores: Vec<Option<f64>>,
}

/// Share of positives among the first `k` over their share among all.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Enrichment {
    /// How many of the first.
    pub k: usize,
    /// 1 is chance.
    pub value: f64,
}

/// How well a ranking finds positives. Chance is 0.5 for AUROC and the share of positives for
/// AUPRC.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// What ranks.
    pub ranking: String,
    /// Targets ranked.
    pub n: usize,
    /// Positives among them.
    pub positives: usize,
    /// Area under the ROC curve, with an interval over resampled targets.
    pub auroc: Option<BootstrapInterval>,
    /// Average precision, likewise.
    pub auprc: Option<BootstrapInterval>,
    /// At 10, 20, 50 and 100, as far as there are so many.
    pub enrichment: Vec<Enrichment>,
    /// Mean over positives of one over their rank.
    pub mrr: Option<f64>,
}

/// What the rankings need of a row of one perturbation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RankedRow {
    /// Mean of the first measure; absent where nothing was measured.
    pub mean: Option<f64>,
    /// How the target is expressed in the cells.
    pub expression: Option<TargetExpression>,
}

/// A screen's own ranking of one perturbation and the baselines beside it: random, detection
/// rate, mean expression, start-against-goal differential expression (by magnitude). `has_goal`
/// says whether the means are shifts, else cosines.
pub fn rankings(rows: &[RankedRow], has_goal: bool, seed: u64) -> Vec<Ranking> {
    let of = |name: &str, score: &dyn Fn(&RankedRow) -> Option<f64>| Ranking {
        name: name.to_owned(),
        // All rankings rank the same targets: those that the screen measured.
        scores: rows.iter().map(|row| row.mean.and_then(|_| score(row))).collect(),
    };
    let mut random: Vec<f64> = (0..rows.len()).map(|i| i as f64).collect();
    random.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
    let chance = rows.iter().zip(&random).map(|(row, place)| row.mean.map(|_| *place)).collect();
    let sign = if has_goal { 1.0 } else { -1.0 };
    let mut all = vec![
        of("screen", &|row| row.mean.map(|mean| sign * mean)),
        of("screen, either direction", &|row| row.mean.map(f64::abs)),
        Ranking { name: "random".to_owned(), scores: chance },
        of("detection rate", &|row| row.expression.map(|e| e.detection_rate)),
        of("mean expression", &|row| row.expression.map(|e| e.mean_expression)),
        of("differential expression", &|row| row.expression?.goal_minus_start.map(f64::abs)),
    ];
    if !has_goal {
        all.remove(1);
    }
    all.retain(|ranking| ranking.scores.iter().any(Option::is_some));
    all
}

/// Evaluates a ranking; `positive[i]` says whether row `i` is a positive. `None` without a ranked
/// positive or without a ranked negative.
pub fn evaluate(ranking: &Ranking, positive: &[bool], seed: u64) -> Option<Evaluation> {
    let pairs = ranking.scores.iter().zip(positive);
    let (scores, positive): (Vec<f64>, Vec<bool>) =
        pairs.filter_map(|(score, is)| Some(((*score)?, *is))).unzip();
    let positives = positive.iter().filter(|is| **is).count();
    if positives == 0 || positives == positive.len() {
        return None;
    }
    let interval = |statistic: fn(&[f64], &[bool]) -> Option<f64>| {
        let estimate = statistic(&scores, &positive)?;
        let resampled = bootstrap(scores.len(), ROUNDS, seed, |picks| {
            let scores: Vec<f64> = picks.iter().map(|&pick| scores[pick]).collect();
            let positive: Vec<bool> = picks.iter().map(|&pick| positive[pick]).collect();
            statistic(&scores, &positive)
        });
        let (low, high) = (quantile(&resampled, 0.025)?, quantile(&resampled, 0.975)?);
        Some(BootstrapInterval { estimate, low, high })
    };
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]).then(a.cmp(&b)));
    let hits: HashSet<usize> =
        order.iter().enumerate().filter(|(_, row)| positive[**row]).map(|(at, _)| at).collect();
    let share = positives as f64 / scores.len() as f64;
    let enrichment = TOPS.iter().filter(|&&k| k <= scores.len()).map(|&k| {
        let found = hits.iter().filter(|&&at| at < k).count() as f64;
        Enrichment { k, value: found / k as f64 / share }
    });
    Some(Evaluation {
        ranking: ranking.name.clone(),
        n: scores.len(),
        positives,
        auroc: interval(auroc),
        auprc: interval(average_precision),
        enrichment: enrichment.collect(),
        mrr: Some(reciprocal(&hits) / positives as f64),
    })
}

/// Sum of one over the rank, in order of rank.
fn reciprocal(hits: &HashSet<usize>) -> f64 {
    let mut places: Vec<usize> = hits.iter().copied().collect();
    places.sort_unstable();
    places.into_iter().map(|at| 1.0 / (at + 1) as f64).sum()
}
