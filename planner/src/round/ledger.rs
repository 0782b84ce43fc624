//! What a round has used so far.

use std::collections::BTreeMap;

use super::Limits;
use crate::features::{FeatureTable, gene_families};

/// Counters of one round: wells, money, plates and families.
#[derive(Clone)]
pub(crate) struct Ledger<'a> {
    limits: &'a Limits,
    table: &'a FeatureTable,
    picks: usize,
    /// Money for wells, plates not included.
    wells: f64,
    families: BTreeMap<&'static str, usize>,
}

impl<'a> Ledger<'a> {
    pub fn new(limits: &'a Limits, table: &'a FeatureTable) -> Self {
        Self { limits, table, picks: 0, wells: 0.0, families: BTreeMap::new() }
    }

    /// Price of one row's pick.
    pub fn cost(&self, row: usize) -> f64 {
        self.limits.cost(self.table.candidate(row))
    }

    /// Picks still wanted.
    pub fn room(&self) -> usize {
        self.limits.batch.saturating_sub(self.picks)
    }

    /// Price of everything taken, plates included.
    pub fn spent(&self) -> f64 {
        self.price(self.picks, self.wells)
    }

    fn price(&self, picks: usize, wells: f64) -> f64 {
        wells + self.limits.cost_per_plate * self.limits.plates(picks) as f64
    }

    fn pays_for(&self, row: usize) -> bool {
        self.limits.budget_left.is_none()
            || self.limits.pays(self.price(self.picks + 1, self.wells + self.cost(row)))
    }

    fn family_open(&self, row: usize) -> bool {
        let Some(most) = self.limits.family_max else { return true };
        gene_families(self.table.symbol(row))
            .iter()
            .all(|family| self.families.get(family).is_none_or(|taken| *taken < most))
    }

    /// Whether one more pick of `row` keeps every limit.
    pub fn fits(&self, row: usize) -> bool {
        self.room() > 0 && self.pays_for(row) && self.family_open(row)
    }

    /// Count a pick.
    pub fn take(&mut self, row: usize) {
        self.picks += 1;
        self.wells += self.cost(row);
        if self.limits.family_max.is_some() {
            for family in gene_families(self.table.symbol(row)) {
                *self.families.entry(family).or_default() += 1;
            }
        }
    }

    /// Take rows in the order given, as many as `count`, skipping those that do not fit.
    pub fn take_first(&mut self, rows: impl Iterator<Item = usize>, count: usize) -> Vec<usize> {
        let mut taken = Vec::new();
        for row in rows {
            if taken.len() == count {
                break;
            }
            if self.fits(row) {
                self.take(row);
                taken.push(row);
            }
        }
        taken
    }

    /// Which limits keep `rows` out, in words; none when all fit.
    pub fn in_the_way(&self, rows: impl Iterator<Item = usize>) -> Option<String> {
        let (mut dear, mut full) = (0, 0);
        for row in rows {
            dear += usize::from(!self.pays_for(row));
            full += usize::from(!self.family_open(row));
        }
        let mut parts = Vec::new();
        if dear > 0 {
            parts.push(format!("{dear} more genes cost more than the budget left"));
        }
        if let (true, Some(most)) = (full > 0, self.limits.family_max) {
            parts.push(format!("{full} belong to a family that has its {most} picks"));
        }
        (!parts.is_empty()).then(|| parts.join(" and "))
    }

    /// Picks of the family that has most.
    pub fn largest_family(&self) -> Option<(&'static str, usize)> {
        let largest = self.families.iter().max_by_key(|(_, taken)| **taken);
        largest.map(|(name, taken)| (*name, *taken))
    }
}
