//! The background: all effects of one perturbation on one measure.

use std::collections::BTreeMap;

use rand::SeedableRng;
use rand::seq::index::sample;
use rand_chacha::ChaCha8Rng;

use super::row::Split;
use crate::screen::{Perturbation, RowSource, ScreenError, ScreenPlan};
use crate::stats::rank_sum_sorted;

/// Largest background; above it a seeded sample of this size is taken, as the reference does
/// (which draws it with Python's generator).
const LARGEST: usize = 100_000;
const SEED: u64 = 42;

/// Effects of all targets, sorted, and their mean.
#[derive(Debug, Clone, Default)]
pub(super) struct Background {
    sorted: Vec<f64>,
    sum: f64,
    n: usize,
}

impl Background {
    /// Mean of all effects, before any sampling; 0 without one.
    pub fn mean(&self) -> f64 {
        if self.n == 0 { 0.0 } else { self.sum / self.n as f64 }
    }

    /// Two-sided p of some of the effects against all.
    pub fn rank_sum(&self, values: &[f64]) -> Option<f64> {
        rank_sum_sorted(&self.sorted, values).map(|test| test.p)
    }
}

/// Backgrounds by perturbation, one per measure: of start cells only.
///
/// Effects are numbered in order of target and cell, so that a sample depends on the seed only.
pub(super) fn backgrounds(
    plan: &ScreenPlan,
    source: &dyn RowSource,
) -> Result<BTreeMap<Perturbation, Vec<Background>>, ScreenError> {
    let measures = plan.measures.len();
    let mut counts: BTreeMap<Perturbation, usize> = BTreeMap::new();
    source.each(&mut |row| {
        let split = Split::new(&row, &plan.cells, measures);
        *counts.entry(row.id.perturbation).or_default() += split.measure(0, false).len();
        Ok(())
    })?;
    let mut open: BTreeMap<Perturbation, Open> = counts
        .into_iter()
        .map(|(kind, n)| (kind, Open { sampled: places(n), next: 0, all: Vec::new() }))
        .collect();
    source.each(&mut |row| {
        let split = Split::new(&row, &plan.cells, measures);
        if let Some(open) = open.get_mut(&row.id.perturbation) {
            open.all.resize(measures, Background::default());
            let n = split.measure(0, false).len();
            for (measure, background) in open.all.iter_mut().enumerate() {
                let values = split.measure(measure, false);
                background.n += n;
                background.sum += values.iter().sum::<f64>();
                let taken = values.into_iter().zip(open.next..);
                let taken = taken.filter(|(_, place)| {
                    open.sampled.as_ref().is_none_or(|all| all.binary_search(place).is_ok())
                });
                background.sorted.extend(taken.map(|(value, _)| value));
            }
            open.next += n;
        }
        Ok(())
    })?;
    let sorted = |open: Open| {
        let mut all = open.all;
        all.iter_mut().for_each(|background| background.sorted.sort_by(f64::total_cmp));
        all
    };
    Ok(open.into_iter().map(|(kind, open)| (kind, sorted(open))).collect())
}

struct Open {
    /// Numbers of the sampled effects, ascending; all when absent.
    sampled: Option<Vec<usize>>,
    /// Number of the next effect.
    next: usize,
    all: Vec<Background>,
}

fn places(n: usize) -> Option<Vec<usize>> {
    (n > LARGEST).then(|| {
        let mut places = sample(&mut ChaCha8Rng::seed_from_u64(SEED), n, LARGEST).into_vec();
        places.sort_unstable();
        places
    })
}
