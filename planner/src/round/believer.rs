//! Sequential conditioning: every pending candidate and every pick is believed to give its
//! posterior mean, which leaves means alone and shrinks the sd of everything that resembles it.

use faer::Mat;

use crate::surrogate::Posterior;
use crate::surrogate::linalg::gather;

/// Posterior of a pool of rows, extended one believed row at a time.
///
/// Believing row p adds one row `v = c / l` to `V = L^-1 K*`, with `c` its posterior covariance
/// with the pool and `l = sqrt(c_p + noise)`; variances fall by `v^2`. That is the rank-one
/// extension of the Cholesky factor, so nothing is factorised again (GP-BUCB, Desautels et al.
/// 2014, arXiv:1206.6402).
pub(crate) struct Believer {
    pool: Vec<usize>,
    /// Target units.
    mean: Vec<f64>,
    /// Squared sd of the standardised target.
    variance: Vec<f64>,
    /// `[observed, pool]`.
    whitened: Mat<f64>,
    believed: Vec<Vec<f64>>,
    /// `[pool, features]`, each block times the root of its weight.
    features: Mat<f64>,
    noise: f64,
    unit: f64,
}

impl Believer {
    /// `pool`: ascending, distinct rows.
    pub fn new(posterior: &Posterior<'_>, pool: Vec<usize>) -> Self {
        let marginals = posterior.latent_rows(&pool);
        let unit = posterior.scale.1;
        let variance = marginals.sd.iter().map(|s| (s / unit).powi(2)).collect();
        Self {
            mean: marginals.mean,
            variance,
            whitened: posterior.whitened(&pool),
            believed: Vec::new(),
            features: weighted_features(posterior, &pool),
            noise: posterior.hyper.noise,
            unit,
            pool,
        }
    }

    /// How many rows were believed so far.
    pub fn conditioned_on(&self) -> usize {
        self.believed.len()
    }

    /// Position of a row in the pool; the pool holds every row that can be asked for.
    fn at(&self, row: usize) -> Option<usize> {
        self.pool.binary_search(&row).ok()
    }

    /// Mean and latent sd of `row` in target units.
    pub fn marginal(&self, row: usize) -> Option<(f64, f64)> {
        self.at(row).map(|i| (self.mean[i], self.unit * self.variance[i].max(0.0).sqrt()))
    }

    /// Condition on `row` giving its mean.
    pub fn believe(&mut self, row: usize) {
        let Some(p) = self.at(row) else { return };
        let own = self.features.as_ref().subrows(p, 1).transpose().to_owned();
        let prior = &self.features * own;
        let shared = self.whitened.as_ref().transpose() * self.whitened.as_ref().subcols(p, 1);
        let mut c: Vec<f64> =
            (0..self.pool.len()).map(|i| prior[(i, 0)] - shared[(i, 0)]).collect();
        for v in &self.believed {
            let factor = v[p];
            c.iter_mut().zip(v).for_each(|(c, v)| *c -= factor * v);
        }
        let length = (c[p].max(0.0) + self.noise).max(1e-12).sqrt();
        c.iter_mut().for_each(|c| *c /= length);
        for (variance, v) in self.variance.iter_mut().zip(&c) {
            *variance = (*variance - v * v).max(0.0);
        }
        self.believed.push(c);
    }
}

fn weighted_features(posterior: &Posterior<'_>, pool: &[usize]) -> Mat<f64> {
    let used: Vec<(Mat<f64>, f64)> = posterior
        .table
        .data()
        .iter()
        .zip(&posterior.hyper.weights)
        .filter(|(_, w)| **w > 0.0)
        .map(|(block, w)| (gather(block.values.as_ref(), pool), w.sqrt()))
        .collect();
    let width = used.iter().map(|(m, _)| m.ncols()).sum();
    let mut out = Mat::zeros(pool.len(), width);
    let mut start = 0;
    for (block, root) in &used {
        for j in 0..block.ncols() {
            for i in 0..pool.len() {
                out[(i, start + j)] = root * block[(i, j)];
            }
        }
        start += block.ncols();
    }
    out
}
