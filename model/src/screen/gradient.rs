//! A screen for the impatient: every knock-out estimated to first order, a sample run exactly to
//! say what the estimates are worth.
//!
//! The estimates choose what is run exactly; they are never results on their own, and cannot be
//! had without the check.

use std::fmt;

use rand::SeedableRng;
use rand::seq::index::sample;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::edits::edits_of;
use super::measure::Measure;
use super::runner::Screener;
use super::{Perturbation, ScreenError, Watch};
use crate::families::FirstOrder;
use crate::stats::{mean, spearman};

/// Size of the sample, and of the top that is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FirstOrderSettings {
    /// Targets of the sample.
    pub targets: usize,
    /// Cells of the sample.
    pub cells: usize,
    /// Size of the exact top of which the kept ones are counted.
    pub top: usize,
    /// Seed of the sample.
    pub seed: u64,
}

impl Default for FirstOrderSettings {
    fn default() -> Self {
        Self { targets: 200, cells: 4, top: 50, seed: 0 }
    }
}

/// What first-order estimates are worth, on a sample run exactly.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct FirstOrderCheck {
    /// Spearman correlation of estimated and exact mean shifts.
    pub spearman: Option<f64>,
    /// Of the exact top, how many are in the estimated top of the same size.
    pub kept: usize,
    /// Size of that top: 50, or a quarter of a smaller sample.
    pub top: usize,
    /// Targets of the sample.
    pub targets: usize,
    /// Cells of the sample.
    pub cells: usize,
}

impl fmt::Display for FirstOrderCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.spearman {
            Some(value) => write!(f, "first-order estimate: Spearman {value:.3} with exact")?,
            None => write!(f, "first-order estimate: no correlation with exact can be given")?,
        }
        write!(
            f,
            ", {} of the exact top {} kept, on {} genes in {} cells",
            self.kept, self.top, self.targets, self.cells
        )
    }
}

/// Estimated shift of one target.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Estimated {
    /// Number of the target in the plan.
    pub target: usize,
    /// Mean estimated shift towards the goal, over start cells that have the gene.
    pub mean: f64,
    /// Those cells.
    pub n_cells: usize,
}

/// Estimates of all targets with what they are worth.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FirstOrderScreen {
    check: FirstOrderCheck,
    estimates: Vec<Estimated>,
}

impl FirstOrderScreen {
    /// What the estimates are worth, and the estimates, highest first.
    pub fn ranking(&self) -> (FirstOrderCheck, &[Estimated]) {
        (self.check, &self.estimates)
    }
}

/// Estimates every target of a screen of knock-outs of single genes towards a goal.
///
/// # Errors
/// [`ScreenError::BadSetting`] for any other screen; whatever the model refuses;
/// [`ScreenError::Cancelled`].
pub fn first_order_screen(
    screener: &Screener,
    net: &dyn FirstOrder,
    settings: &FirstOrderSettings,
    watch: Watch<'_>,
) -> Result<FirstOrderScreen, ScreenError> {
    check_screen(screener)?;
    let cells: Vec<usize> =
        (0..screener.plan.cells.len()).filter(|&cell| !screener.plan.cells[cell].null).collect();
    let sampled = choose(&cells, settings.cells, settings.seed);
    let mut all = Sums::new(screener.plan.targets.len());
    let mut of_sample = Sums::new(screener.plan.targets.len());
    let place = Targets::of(screener);
    for (done, &cell) in cells.iter().enumerate() {
        watch.check()?;
        for (target, shift) in place.shifts(screener, net, cell)? {
            all.add(target, shift);
            if sampled.binary_search(&cell).is_ok() {
                of_sample.add(target, shift);
            }
        }
        (watch.progress)(done + 1, cells.len());
    }
    let check = compare(screener, &sampled, &of_sample, settings, watch)?;
    let mut estimates = all.estimates();
    estimates.sort_by(|a, b| b.mean.total_cmp(&a.mean).then(a.target.cmp(&b.target)));
    Ok(FirstOrderScreen { check, estimates })
}

fn check_screen(screener: &Screener) -> Result<(), ScreenError> {
    let plan = &screener.plan;
    let refused = |found: &str, expected: &str| Err(ScreenError::setting("mode", found, expected));
    if plan.perturbations != [Perturbation::KnockOut] {
        return refused("gradient", "knock-outs only; the exact mode does the others");
    }
    if plan.states.is_empty() {
        return refused("gradient without a goal", "a goal state");
    }
    if plan.targets.iter().any(|target| target.genes.len() != 1) {
        return refused("gradient with pairs or a group", "genes one by one");
    }
    Ok(())
}

/// Which targets perturb a token.
struct Targets(std::collections::HashMap<u32, usize>);

impl Targets {
    fn of(screener: &Screener) -> Self {
        let targets = screener.plan.targets.iter().enumerate();
        Self(targets.filter_map(|(n, target)| Some((*target.tokens.first()?, n))).collect())
    }

    /// Estimated shift of every target that a cell holds.
    fn shifts(
        &self,
        screener: &Screener,
        net: &dyn FirstOrder,
        cell: usize,
    ) -> Result<Vec<(usize, f64)>, ScreenError> {
        let tokens = screener.source.original(screener.plan.cells[cell].row).tokens;
        let goal = screener.states[0].values();
        let shifts = net.deletion_shifts(&tokens, &screener.plan.embedding, goal)?;
        let of = tokens.ids.iter().zip(shifts);
        Ok(of.filter_map(|(token, shift)| Some((*self.0.get(token)?, shift))).collect())
    }
}

/// Sums by target.
struct Sums(Vec<(f64, usize)>);

impl Sums {
    fn new(targets: usize) -> Self {
        Self(vec![(0.0, 0); targets])
    }

    fn add(&mut self, target: usize, shift: f64) {
        self.0[target].0 += shift;
        self.0[target].1 += 1;
    }

    fn estimates(&self) -> Vec<Estimated> {
        let all = self.0.iter().enumerate().filter(|(_, (_, n))| *n > 0);
        all.map(|(target, (sum, n))| Estimated { target, mean: sum / *n as f64, n_cells: *n })
            .collect()
    }
}

/// Runs a sample of targets exactly in the sampled cells, and compares.
fn compare(
    screener: &Screener,
    cells: &[usize],
    estimated: &Sums,
    settings: &FirstOrderSettings,
    watch: Watch<'_>,
) -> Result<FirstOrderCheck, ScreenError> {
    let there: Vec<usize> = estimated.estimates().iter().map(|e| e.target).collect();
    let targets = choose(&there, settings.targets, settings.seed);
    let mut exact: Vec<Vec<f64>> = vec![Vec::new(); targets.len()];
    for &cell in cells {
        watch.check()?;
        for (place, shift) in exact_shifts(screener, cell, &targets)? {
            exact[place].push(shift);
        }
    }
    let pairs = targets.iter().zip(&exact).filter_map(|(&target, exact)| {
        let (sum, n) = estimated.0[target];
        Some((sum / n as f64, mean(exact)?))
    });
    let (estimates, exact): (Vec<f64>, Vec<f64>) = pairs.unzip();
    let top = settings.top.min(exact.len() / 4);
    Ok(FirstOrderCheck {
        spearman: spearman(&estimates, &exact),
        kept: common(&highest(&estimates, top), &highest(&exact, top)),
        top,
        targets: exact.len(),
        cells: cells.len(),
    })
}

/// Exact shifts to the goal of some targets in one cell, by place in `targets`.
fn exact_shifts(
    screener: &Screener,
    cell: usize,
    targets: &[usize],
) -> Result<Vec<(usize, f64)>, ScreenError> {
    let (mut edits, mut places) = (Vec::new(), Vec::new());
    let mut original = None;
    for (place, &target) in targets.iter().enumerate() {
        let found = edits_of(&screener.source, &screener.plan, cell, target..target + 1);
        places.extend(found.edits.iter().map(|_| place));
        edits.extend(found.edits);
        original = Some(found.original);
    }
    let Some(original) = original else { return Ok(Vec::new()) };
    let mut measure = Measure::of(screener, &original)?;
    let found = measure.take(&original, &edits)?;
    Ok(places.into_iter().zip(found).map(|(place, m)| (place, m.effects[0])).collect())
}

/// At most `most` of `all`, chosen by `seed`, in their order.
fn choose(all: &[usize], most: usize, seed: u64) -> Vec<usize> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut places = sample(&mut rng, all.len(), most.min(all.len())).into_vec();
    places.sort_unstable();
    places.into_iter().map(|place| all[place]).collect()
}

fn highest(values: &[f64], n: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[b].total_cmp(&values[a]).then(a.cmp(&b)));
    order.truncate(n);
    order
}

fn common(a: &[usize], b: &[usize]) -> usize {
    a.iter().filter(|item| b.contains(item)).count()
}
