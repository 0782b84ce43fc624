//! What a round may use.

use serde::{Deserialize, Serialize};

use crate::error::PlanError;

/// What a round may use: hard limits, which are filters and counters, never penalties.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Limits {
    /// Candidates wanted.
    pub batch: usize,
    /// Wells left in the campaign, one per pick.
    pub wells_left: Option<usize>,
    /// Money left, in the unit of `cost_per_well`.
    pub budget_left: Option<f64>,
    /// The campaign's whole budget: what is left of it says how much cheap picks are preferred when
    /// candidates differ in price. All of it counts as left when absent.
    pub budget: Option<f64>,
    /// Price of one pick.
    pub cost_per_well: f64,
    /// Price of each candidate's pick, in the order of the table's candidates; empty where all cost
    /// `cost_per_well`.
    pub costs: Vec<f64>,
    /// Price of a plate, controls included.
    pub cost_per_plate: f64,
    /// Picks that fit on one plate beside its controls; one plate holds all when absent.
    pub candidates_per_plate: Option<usize>,
    /// Plates that the round may fill, of `candidates_per_plate` picks each.
    pub plates_left: Option<usize>,
    /// Most picks of one gene family ([`gene_families`](crate::features::gene_families)); a gene of
    /// several counts in each.
    pub family_max: Option<usize>,
    /// Largest share of a round that measures unclear genes once more; 0 for none.
    pub replicate_share: f64,
    /// Wells in which one gene is measured at most, all rounds together, unless forced.
    pub max_replicates: usize,
    /// Rounds left, this one included. The last one has nothing to learn for: `kappa` counts as 0
    /// in it. Nothing is assumed when absent.
    pub rounds_left: Option<u32>,
    /// Leave out core-essential genes unless forced.
    pub exclude_essential: bool,
}

impl Limits {
    /// `batch` picks, essential genes left out, no replicates, nothing else limited.
    #[must_use]
    pub fn batch(batch: usize) -> Self {
        Self {
            batch,
            wells_left: None,
            budget_left: None,
            budget: None,
            cost_per_well: 0.0,
            costs: Vec::new(),
            cost_per_plate: 0.0,
            candidates_per_plate: None,
            plates_left: None,
            family_max: None,
            replicate_share: 0.0,
            max_replicates: 3,
            rounds_left: None,
            exclude_essential: true,
        }
    }

    /// Price of a candidate's pick.
    pub(crate) fn cost(&self, candidate: usize) -> f64 {
        self.costs.get(candidate).copied().unwrap_or(self.cost_per_well)
    }

    /// Whether candidates differ in price.
    pub(crate) fn costs_differ(&self) -> bool {
        self.costs.windows(2).any(|pair| pair[0] != pair[1])
    }

    /// Plates that `picks` fill.
    pub(crate) fn plates(&self, picks: usize) -> usize {
        match self.candidates_per_plate {
            Some(room) => picks.div_ceil(room.max(1)),
            None => picks.min(1),
        }
    }

    /// Whether `cost` is within the money left; a sum such as 3 x 0.1 must still pay for three.
    pub(crate) fn pays(&self, cost: f64) -> bool {
        self.budget_left.is_none_or(|left| cost <= left.max(0.0) * (1.0 + 1e-12))
    }

    /// Refuse numbers that mean nothing.
    pub(crate) fn check(&self, candidates: usize) -> Result<(), PlanError> {
        if !self.costs.is_empty() && self.costs.len() != candidates {
            return Err(PlanError::LengthMismatch {
                left: "costs",
                left_len: self.costs.len(),
                right: "candidates",
                right_len: candidates,
            });
        }
        let price = |what, value: f64| (what, value, value >= 0.0 && value.is_finite());
        let prices = self.costs.iter().map(|&cost| price("cost of a candidate", cost));
        let fixed = [
            price("cost per well", self.cost_per_well),
            price("cost per plate", self.cost_per_plate),
            price("budget", self.budget.unwrap_or(0.0)),
        ];
        for (what, value, fine) in fixed.into_iter().chain(prices) {
            if !fine {
                let (value, expected) = (value.to_string(), "0 or more");
                return Err(PlanError::BadSetting { what, value, expected });
            }
        }
        if self.budget_left.is_some_and(f64::is_nan) {
            let (what, value) = ("budget left", "NaN".to_owned());
            return Err(PlanError::BadSetting { what, value, expected: "a number" });
        }
        if !(0.0..=1.0).contains(&self.replicate_share) {
            let (what, value) = ("replicate share", self.replicate_share.to_string());
            return Err(PlanError::BadSetting { what, value, expected: "between 0 and 1" });
        }
        let counts = [
            ("batch", Some(self.batch)),
            ("candidates per plate", self.candidates_per_plate),
            ("picks of one family", self.family_max),
            ("rounds left", self.rounds_left.map(|n| n as usize)),
        ];
        for (what, count) in counts {
            if count == Some(0) {
                let value = "0".to_owned();
                return Err(PlanError::BadSetting { what, value, expected: "at least 1" });
            }
        }
        Ok(())
    }
}
