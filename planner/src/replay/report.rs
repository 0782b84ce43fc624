//! What a replay found.

use serde::{Deserialize, Serialize};

use super::screen::Screen;
use super::{Control, Plan, StrategyCurve, figures, paired_p, random_band};

/// A replay in numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReplayReport {
    /// Name of the screen.
    pub screen: String,
    /// Genes that were offered.
    pub genes: usize,
    /// Hits among them.
    pub hits: usize,
    /// What makes a hit, in words.
    pub hit_rule: String,
    /// Rounds played.
    pub rounds: usize,
    /// Genes of a round.
    pub batch: usize,
    /// Replays of each strategy.
    pub seeds: u64,
    /// What was permuted, if anything.
    pub control: Option<Control>,
    /// Share of hits that chance finds after each round, exactly (hypergeometric).
    pub random_band_90: Vec<BandPoint>,
    /// The strategies, in the order they were asked for.
    pub strategies: Vec<StrategyReport>,
}

/// What chance finds: mean, and the limits that hold in nine of ten cases.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct BandPoint {
    /// Mean share of hits.
    pub mean: f64,
    /// 5 % quantile.
    pub low: f64,
    /// 95 % quantile.
    pub high: f64,
}

/// One strategy in numbers. Shares are of all hits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StrategyReport {
    /// Its name.
    pub name: String,
    /// Share found after the last round, mean over seeds.
    pub mean: f64,
    /// Standard deviation over seeds.
    pub sd: f64,
    /// 95 % interval of the mean over seeds.
    pub interval_95: Option<[f64; 2]>,
    /// Mean share after each round.
    pub per_round: Vec<f64>,
    /// 95 % interval of that mean over seeds, after each round.
    pub per_round_95: Option<Vec<[f64; 2]>>,
    /// Area under the curve over that of a strategy that picks hits only.
    pub area: f64,
    /// Hits per well over hits per gene.
    pub enrichment: f64,
    /// Paired t test over seeds against `random`.
    pub p_vs_random: Option<f64>,
    /// Paired t test over seeds against `ridge`.
    pub p_vs_ridge: Option<f64>,
    /// Seconds that all seeds together took to plan.
    pub seconds: f64,
    /// New hits of each round, one list per seed.
    pub hits_per_seed: Vec<Vec<usize>>,
}

impl ReplayReport {
    /// Sums the curves of a played screen up.
    #[must_use]
    pub fn new(screen: &Screen, plan: &Plan, curves: &[StrategyCurve]) -> Self {
        let first = curves.first();
        let (genes, hits) = first.map_or((0, 0), |curve| (curve.total_genes, curve.total_hits));
        let share = |n: f64| n / hits.max(1) as f64;
        let band = |round: usize| {
            let (mean, low, high) = random_band(genes, hits, round * plan.batch);
            BandPoint { mean: share(mean), low: share(low as f64), high: share(high as f64) }
        };
        Self {
            screen: screen.name.clone(),
            genes,
            hits,
            hit_rule: screen.rule.clone(),
            rounds: plan.rounds,
            batch: plan.batch,
            seeds: plan.seeds,
            control: plan.control,
            random_band_90: (1..=plan.rounds).map(band).collect(),
            strategies: curves.iter().map(|curve| strategy(plan, curve, curves)).collect(),
        }
    }
}

fn strategy(plan: &Plan, curve: &StrategyCurve, curves: &[StrategyCurve]) -> StrategyReport {
    let found = figures(curve, plan.batch);
    StrategyReport {
        name: curve.name.clone(),
        mean: found.mean,
        sd: found.sd,
        interval_95: found.interval.map(|(low, high)| [low, high]),
        per_round_95: found.per_round_interval,
        per_round: found.per_round,
        area: found.area,
        enrichment: found.enrichment,
        p_vs_random: against("random", curve, curves),
        p_vs_ridge: against("ridge", curve, curves),
        seconds: curve.seconds,
        hits_per_seed: curve.hits_per_round.clone(),
    }
}

/// Paired test against another strategy that was played with the same seeds.
fn against(name: &str, curve: &StrategyCurve, curves: &[StrategyCurve]) -> Option<f64> {
    let other = curves.iter().find(|other| other.name == name && other.name != curve.name)?;
    paired_p(&curve.final_ratios(), &other.final_ratios())
}
