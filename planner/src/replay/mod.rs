//! Replaying a finished screen: how fast would a strategy have found its hits?

mod band;
mod figures;
mod plan;
mod play;
mod report;
pub mod screen;
#[cfg(test)]
mod tests;

pub use band::{library_hits_from_random_arm, random_band};
pub use figures::{Figures, figures, paired_p};
pub use plan::{Control, Plan};
pub use play::run;
pub use report::{BandPoint, ReplayReport, StrategyReport};

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::features::FeatureTable;
use crate::target::Tail;

/// What chooses the genes of a replayed round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// Assay prior first, then the block Gaussian process, mean + 1 sd; with the lab's earlier
    /// screens where there are some.
    Default,
    /// As the default, as if there were no earlier screen.
    Cold,
    /// The Gaussian process without any prior: random first round, nothing about the assay.
    Learn,
    /// Random first round, then the largest mean of a Bayesian ridge.
    Ridge,
    /// Down the list of the assay prior; learns nothing.
    Prior,
    /// At random.
    Random,
}

/// What the numbers of a finished screen are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScoreScale {
    /// Robust z against the controls.
    #[default]
    RobustZ,
    /// Any unit: before each round the scores seen so far are centred on their median and scaled by
    /// their median deviation.
    Any,
}

impl Strategy {
    /// Every strategy, the default first.
    pub const ALL: [Self; 6] =
        [Self::Default, Self::Cold, Self::Learn, Self::Prior, Self::Ridge, Self::Random];

    /// Name for curves and reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Cold => "cold",
            Self::Learn => "learn",
            Self::Ridge => "ridge",
            Self::Prior => "prior",
            Self::Random => "random",
        }
    }

    /// The strategy of a name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|strategy| strategy.name() == name)
    }
}

/// A replay: the screen's values are revealed only for the genes a strategy picks.
#[derive(Debug, Clone)]
pub struct ReplaySpec<'a> {
    /// Symbol and score of every gene of the screen. Candidates that are not here are not offered.
    pub truth: Vec<(String, f64)>,
    /// What the scores are.
    pub scale: ScoreScale,
    /// `|z|` from which a gene is a hit.
    pub hit_threshold: f64,
    /// The hits by symbol, where the screen calls them by another rule than the threshold.
    pub hits: Option<BTreeSet<String>>,
    /// Which tail counts.
    pub tail: Tail,
    /// Features of the candidates.
    pub table: &'a FeatureTable,
    /// The same candidates as if there were no earlier screen, for [`Strategy::Cold`]; `table`
    /// itself when absent.
    pub cold: Option<&'a FeatureTable>,
    /// Rounds to play.
    pub rounds: usize,
    /// Genes per round.
    pub batch: usize,
    /// One replay per seed.
    pub seeds: Vec<u64>,
    /// Strategies to compare.
    pub strategies: Vec<Strategy>,
}

/// One strategy's replays.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StrategyCurve {
    /// The strategy's name.
    pub name: String,
    /// New hits in each round, one list per seed.
    pub hits_per_round: Vec<Vec<usize>>,
    /// Seconds that all seeds together took to plan.
    pub seconds: f64,
    /// Hits in the whole screen.
    pub total_hits: usize,
    /// Genes in the whole screen.
    pub total_genes: usize,
}

impl StrategyCurve {
    /// Share of all hits found after the last round, seed by seed.
    #[must_use]
    pub fn final_ratios(&self) -> Vec<f64> {
        let all = self.total_hits.max(1) as f64;
        self.hits_per_round.iter().map(|seed| seed.iter().sum::<usize>() as f64 / all).collect()
    }

    /// Share of all hits found after each round, seed by seed.
    #[must_use]
    pub fn ratios(&self) -> Vec<Vec<f64>> {
        let all = self.total_hits.max(1) as f64;
        let of = |seed: &Vec<usize>| {
            let found = seed.iter().scan(0, |found, hits| {
                *found += hits;
                Some(*found as f64 / all)
            });
            found.collect()
        };
        self.hits_per_round.iter().map(of).collect()
    }

    /// Mean over seeds of the share of all hits found after each round.
    #[must_use]
    pub fn recall(&self) -> Vec<f64> {
        let rounds = self.hits_per_round.first().map_or(0, Vec::len);
        let runs = (self.hits_per_round.len() * self.total_hits).max(1) as f64;
        let mut found = 0;
        (0..rounds)
            .map(|r| {
                found += self.hits_per_round.iter().map(|seed| seed[r]).sum::<usize>();
                found as f64 / runs
            })
            .collect()
    }
}
