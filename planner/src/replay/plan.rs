//! How a finished screen is played.

use serde::{Deserialize, Serialize};

use super::screen::{Screen, permutation};
use super::{ReplaySpec, ScoreScale, Strategy};
use crate::error::PlanError;
use crate::features::{Candidate, FeatureInputs, FeatureTable};
use crate::target::Tail;

/// What a control permutes: any gain that is left is a mistake in the bookkeeping.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Control {
    /// Scores and hits among genes.
    Labels,
    /// Features among genes.
    Features,
}

impl Control {
    /// As options and reports name it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Labels => "labels",
            Self::Features => "features",
        }
    }
}

/// Budget, seeds and strategies of a replay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Rounds to play.
    pub rounds: usize,
    /// Genes of a round.
    pub batch: usize,
    /// Replays, each with its own seed.
    pub seeds: u64,
    /// First seed, also that of a control's permutation.
    pub first_seed: u64,
    /// Strategies to compare.
    pub strategies: Vec<Strategy>,
    /// What is permuted, if anything.
    pub control: Option<Control>,
}

impl Plan {
    /// Every seed.
    #[must_use]
    pub fn all_seeds(&self) -> Vec<u64> {
        (0..self.seeds).map(|n| self.first_seed.wrapping_add(n)).collect()
    }

    /// Permutes the screen's labels where the control asks for it. Before anything else is made of
    /// the screen.
    pub fn permute_labels(&self, screen: &mut Screen) {
        if self.control == Some(Control::Labels) {
            screen.permute(self.first_seed);
        }
    }

    /// Features of the screen's genes; given to other genes where the control asks for it.
    ///
    /// # Errors
    /// Those of [`FeatureTable::build`].
    pub fn features(
        &self,
        screen: &Screen,
        inputs: &FeatureInputs<'_>,
    ) -> Result<FeatureTable, PlanError> {
        let candidate = |symbol: &String| Candidate { symbol: symbol.clone(), ensembl_id: None };
        let candidates: Vec<Candidate> =
            screen.genes.iter().map(|gene| candidate(&gene.symbol)).collect();
        let table = FeatureTable::build(&candidates, inputs)?;
        match self.control {
            Some(Control::Features) => table.permuted(&permutation(table.len(), self.first_seed)),
            _ => Ok(table),
        }
    }

    /// The replay of a screen; `cold` are the features as if there were no earlier screen.
    #[must_use]
    pub fn spec<'a>(
        &self,
        screen: &Screen,
        table: &'a FeatureTable,
        cold: &'a FeatureTable,
    ) -> ReplaySpec<'a> {
        ReplaySpec {
            truth: screen.genes.iter().map(|gene| (gene.symbol.clone(), gene.score)).collect(),
            scale: ScoreScale::Any,
            hit_threshold: 3.0,
            hits: Some(screen.hits()),
            tail: Tail::TwoSided,
            table,
            cold: Some(cold),
            rounds: self.rounds,
            batch: self.batch,
            seeds: self.all_seeds(),
            strategies: self.strategies.clone(),
        }
    }
}
