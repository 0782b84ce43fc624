//! The process over pairs, conditioned on measured ones and extended pick by pick.

use faer::Mat;

use crate::error::PlanError;
use crate::gauss::HALF_LN_TWO_PI;
use crate::surrogate::Posterior;
use crate::surrogate::linalg::{Factor, cholesky};
use crate::target::Tail;

/// Interaction variances that are compared, in prior variances of a single effect.
const GRID: [f64; 8] = [0.0, 0.02, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6];
/// Of them, the one taken before enough pairs are measured to compare.
const BEFORE: usize = 3;
/// Measured pairs from which the variance is learnt.
const ENOUGH: usize = 8;

/// A measured pair by canonical rows, the smaller first.
pub(super) struct Measured {
    pub rows: (usize, usize),
    pub target: f64,
}

/// What is believed of one pair, target units.
#[derive(Debug, Clone, Copy)]
pub(super) struct Belief {
    pub mean: f64,
    pub sd: f64,
    pub interaction: f64,
    pub interaction_sd: f64,
}

/// Single effects of the genes that occur, and what pairs of them have in common.
struct Singles {
    /// Canonical rows, ascending.
    genes: Vec<usize>,
    mean: Vec<f64>,
    /// Posterior covariance of the single effects, squared target units.
    covariance: Mat<f64>,
    /// Prior kernel over its mean diagonal.
    alike: Mat<f64>,
    /// Target of a gene without effect.
    null: f64,
}

impl Singles {
    fn at(&self, row: usize) -> usize {
        // Every row of an open, measured or pending pair is among the genes.
        self.genes.binary_search(&row).unwrap_or(0)
    }

    /// Sum of the single effects, the effect of nothing counted once.
    fn sum(&self, (a, b): (usize, usize)) -> f64 {
        self.mean[self.at(a)] + self.mean[self.at(b)] - self.null
    }

    /// Covariance of the sums of two pairs.
    fn additive(&self, p: (usize, usize), q: (usize, usize)) -> f64 {
        let [a, b, c, d] = [p.0, p.1, q.0, q.1].map(|row| self.at(row));
        let k = &self.covariance;
        k[(a, c)] + k[(a, d)] + k[(b, c)] + k[(b, d)]
    }

    /// Covariance of two pairs' interactions at variance 1; the same for either order of the genes.
    fn product(&self, p: (usize, usize), q: (usize, usize)) -> f64 {
        let [a, b, c, d] = [p.0, p.1, q.0, q.1].map(|row| self.at(row));
        let k = &self.alike;
        0.5 * (k[(a, c)] * k[(b, d)] + k[(a, d)] * k[(b, c)])
    }
}

pub(super) struct PairModel {
    singles: Singles,
    open: Vec<(usize, usize)>,
    /// Variance of the interactions, squared target units.
    interaction: f64,
    noise: f64,
    mean: Vec<f64>,
    variance: Vec<f64>,
    own_mean: Vec<f64>,
    own_variance: Vec<f64>,
    /// `L^-1 k(measured, open)` of the effects and of their interactions, then one row for each
    /// believed pair.
    rows: Vec<Vec<f64>>,
    own_rows: Vec<Vec<f64>>,
}

impl PairModel {
    /// `paired`: canonical rows that open pairs are formed of, ascending.
    pub fn fit(
        posterior: &Posterior<'_>,
        paired: &[usize],
        measured: Vec<Measured>,
        pending: &[(usize, usize)],
        tail: Tail,
    ) -> Result<Self, PlanError> {
        let mut genes: Vec<usize> = paired.to_vec();
        let busy = measured.iter().map(|m| &m.rows).chain(pending);
        genes.extend(busy.flat_map(|(a, b)| [*a, *b]));
        genes.sort_unstable();
        genes.dedup();
        let unit = posterior.scale.1 * posterior.scale.1;
        let prior = posterior.process.cross(posterior.table, &genes, &genes);
        let signal =
            (0..genes.len()).map(|i| prior[(i, i)]).sum::<f64>() / genes.len().max(1) as f64;
        let singles = Singles {
            mean: posterior.latent_rows(&genes).mean,
            covariance: faer::Scale(unit) * posterior.covariance(&genes),
            alike: faer::Scale(1.0 / signal.max(1e-300)) * prior,
            null: tail.null_scale().0,
            genes,
        };
        let noise = posterior.noise_sd().powi(2);
        let learnt = Learnt::best(&singles, &measured, noise, signal * unit)?;
        let mut open = Vec::new();
        for (i, &a) in paired.iter().enumerate() {
            for &b in &paired[i + 1..] {
                let taken = measured.iter().any(|m| m.rows == (a, b));
                if !taken && pending.binary_search(&(a, b)).is_err() {
                    open.push((a, b));
                }
            }
        }
        // Pending pairs are believed like picks, so they stand in the list while that is done.
        let count = open.len();
        open.extend(pending);
        let mut model = Self::condition(singles, open, &measured, &learnt, noise);
        (count..count + pending.len()).for_each(|at| model.believe(at));
        model.cut(count);
        Ok(model)
    }

    fn condition(
        singles: Singles,
        open: Vec<(usize, usize)>,
        measured: &[Measured],
        learnt: &Learnt,
        noise: f64,
    ) -> Self {
        let w = learnt.interaction;
        let (n, m) = (measured.len(), open.len());
        let own = Mat::from_fn(n, m, |i, j| w * singles.product(measured[i].rows, open[j]));
        let all =
            Mat::from_fn(n, m, |i, j| singles.additive(measured[i].rows, open[j]) + own[(i, j)]);
        let shift = |k: &Mat<f64>, j: usize| -> f64 {
            learnt.alpha.iter().enumerate().map(|(i, a)| a * k[(i, j)]).sum()
        };
        let mean = (0..m).map(|j| singles.sum(open[j]) + shift(&all, j)).collect();
        let own_mean = (0..m).map(|j| shift(&own, j)).collect();
        let whiten = |mut k: Mat<f64>| -> Vec<Vec<f64>> {
            learnt.factor.solve_lower(&mut k);
            (0..n).map(|i| (0..m).map(|j| k[(i, j)]).collect()).collect()
        };
        let (rows, own_rows) = (whiten(all), whiten(own));
        let left = |prior: f64, rows: &[Vec<f64>], j: usize| {
            (prior - rows.iter().map(|row| row[j] * row[j]).sum::<f64>()).max(0.0)
        };
        let product = |j: usize| w * singles.product(open[j], open[j]);
        let total = |j: usize| singles.additive(open[j], open[j]) + product(j);
        let variance = (0..m).map(|j| left(total(j), &rows, j)).collect();
        let own_variance = (0..m).map(|j| left(product(j), &own_rows, j)).collect();
        Self {
            singles,
            interaction: w,
            noise,
            mean,
            variance,
            own_mean,
            own_variance,
            rows,
            own_rows,
            open,
        }
    }

    /// Keep the first `count` pairs alone.
    fn cut(&mut self, count: usize) {
        self.open.truncate(count);
        for list in [&mut self.mean, &mut self.variance, &mut self.own_mean, &mut self.own_variance]
        {
            list.truncate(count);
        }
        self.rows.iter_mut().chain(&mut self.own_rows).for_each(|row| row.truncate(count));
    }

    /// Pairs that may be picked, by canonical rows.
    pub fn open(&self) -> &[(usize, usize)] {
        &self.open
    }

    pub fn interaction_variance(&self) -> f64 {
        self.interaction
    }

    /// Mean of a single effect, target units.
    pub fn single(&self, row: usize) -> f64 {
        self.singles.mean[self.singles.at(row)]
    }

    pub fn belief(&self, at: usize) -> Belief {
        Belief {
            mean: self.mean[at],
            sd: self.variance[at].sqrt(),
            interaction: self.own_mean[at],
            interaction_sd: self.own_variance[at].sqrt(),
        }
    }

    /// Take the pair at `p` for measured at its mean: the rank-one extension of a round's believer,
    /// for the effects and their interactions at once.
    pub fn believe(&mut self, p: usize) {
        let pair = self.open[p];
        let length = (self.variance[p] + self.noise).max(1e-12).sqrt();
        let mut row = Vec::with_capacity(self.open.len());
        let mut own_row = Vec::with_capacity(self.open.len());
        for (j, &other) in self.open.iter().enumerate() {
            let own = self.interaction * self.singles.product(pair, other);
            let seen = |rows: &[Vec<f64>]| -> f64 {
                rows.iter().zip(&self.rows).map(|(of, all)| of[j] * all[p]).sum()
            };
            let all = self.singles.additive(pair, other) + own;
            row.push((all - seen(&self.rows)) / length);
            own_row.push((own - seen(&self.own_rows)) / length);
        }
        for (variance, v) in self.variance.iter_mut().zip(&row) {
            *variance = (*variance - v * v).max(0.0);
        }
        for (variance, v) in self.own_variance.iter_mut().zip(&own_row) {
            *variance = (*variance - v * v).max(0.0);
        }
        self.rows.push(row);
        self.own_rows.push(own_row);
    }
}

/// The measured pairs' part: variance of interactions, factor and weights.
struct Learnt {
    interaction: f64,
    factor: Factor,
    alpha: Vec<f64>,
    log_evidence: f64,
}

impl Learnt {
    /// The variance of largest marginal likelihood; the smaller of equals. `signal`: prior variance
    /// of a single effect.
    fn best(
        singles: &Singles,
        measured: &[Measured],
        noise: f64,
        signal: f64,
    ) -> Result<Self, PlanError> {
        if measured.len() < ENOUGH {
            return Self::at(singles, measured, noise, GRID[BEFORE] * signal);
        }
        let mut best = Self::at(singles, measured, noise, GRID[0])?;
        for factor in &GRID[1..] {
            let next = Self::at(singles, measured, noise, factor * signal)?;
            if next.log_evidence > best.log_evidence {
                best = next;
            }
        }
        Ok(best)
    }

    fn at(
        singles: &Singles,
        measured: &[Measured],
        noise: f64,
        interaction: f64,
    ) -> Result<Self, PlanError> {
        let n = measured.len();
        let sigma = Mat::from_fn(n, n, |i, j| {
            let (p, q) = (measured[i].rows, measured[j].rows);
            let own = if i == j { noise } else { 0.0 };
            singles.additive(p, q) + interaction * singles.product(p, q) + own
        });
        let factor = cholesky(&sigma)?;
        let residual: Vec<f64> = measured.iter().map(|m| m.target - singles.sum(m.rows)).collect();
        let alpha = factor.solve(&residual);
        let fit: f64 = alpha.iter().zip(&residual).map(|(a, r)| a * r).sum();
        let log_evidence = -0.5 * (fit + factor.log_det()) - n as f64 * HALF_LN_TWO_PI;
        Ok(Self { interaction, factor, alpha, log_evidence })
    }
}
