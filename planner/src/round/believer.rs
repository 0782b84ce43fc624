//! Sequential conditioning: every pending candidate and every pick is believed to give its
//! posterior mean, which leaves means alone and shrinks the sd of everything that resembles it.

use faer::Mat;
use rand_chacha::ChaCha8Rng;

use crate::error::PlanError;
use crate::gauss::draw_normal;
use crate::surrogate::Posterior;

/// Posterior of a pool of rows, extended one believed row at a time.
///
/// Believing row p adds one row `v = c / l` to `V = L^-1 K*`, with `c` its posterior covariance
/// with the pool and `l = sqrt(c_p + noise)`; variances fall by `v^2`. That is the rank-one
/// extension of the Cholesky factor, so nothing is factorised again (GP-BUCB, Desautels et al.
/// 2014, arXiv:1206.6402). Joint samples are carried along: each is corrected by
/// `v (y_p - f_p - e) / l`, what it would have learnt from that measurement.
#[derive(Clone)]
pub(crate) struct Believer<'p> {
    posterior: &'p Posterior<'p>,
    pool: Vec<usize>,
    /// Target units.
    mean: Vec<f64>,
    /// Squared sd of the standardised target.
    variance: Vec<f64>,
    /// `[observed, pool]`.
    whitened: Mat<f64>,
    believed: Vec<Vec<f64>>,
    /// `[pool, width]`; products are prior covariances where the process is linear.
    points: Mat<f64>,
    samples: Option<Samples>,
    unit: f64,
}

/// Joint samples of the pool less their mean, `[pool, samples]`, standardised.
#[derive(Clone)]
struct Samples {
    deviations: Mat<f64>,
    rng: ChaCha8Rng,
}

impl<'p> Believer<'p> {
    /// `pool`: ascending, distinct rows.
    pub fn new(posterior: &'p Posterior<'p>, pool: Vec<usize>) -> Self {
        let marginals = posterior.latent_rows(&pool);
        let unit = posterior.scale.1;
        let variance = marginals.sd.iter().map(|s| (s / unit).powi(2)).collect();
        Self {
            posterior,
            mean: marginals.mean,
            variance,
            whitened: posterior.whitened(&pool),
            believed: Vec::new(),
            points: posterior.process.points(posterior.table, &pool),
            samples: None,
            unit,
            pool,
        }
    }

    /// Draw `count` joint samples of the pool, before anything is believed.
    pub fn follow(&mut self, count: usize, mut rng: ChaCha8Rng) -> Result<(), PlanError> {
        let deviations = self.posterior.deviations(&self.pool, count, &mut rng)?;
        self.samples = Some(Samples { deviations, rng });
        Ok(())
    }

    /// How many rows were believed so far.
    pub fn conditioned_on(&self) -> usize {
        self.believed.len()
    }

    /// Position of a row in the pool; the pool holds every row that can be asked for.
    pub fn at(&self, row: usize) -> Option<usize> {
        self.pool.binary_search(&row).ok()
    }

    /// The rows followed, ascending.
    pub fn pool(&self) -> &[usize] {
        &self.pool
    }

    /// Coordinates of the pool, `[pool, width]`.
    pub fn points(&self) -> &Mat<f64> {
        &self.points
    }

    /// Mean and latent sd of `row` in target units.
    pub fn marginal(&self, row: usize) -> Option<(f64, f64)> {
        self.at(row).map(|i| (self.mean[i], self.unit * self.variance[i].max(0.0).sqrt()))
    }

    /// Effect of `row` in joint sample `sample`, counted round and round, in target units.
    pub fn sampled(&self, row: usize, sample: usize) -> Option<f64> {
        let drawn = &self.samples.as_ref()?.deviations;
        let i = self.at(row)?;
        Some(self.mean[i] + self.unit * drawn[(i, sample % drawn.ncols().max(1))])
    }

    /// Share of the joint samples in which each row of the pool is among the `k` best.
    pub fn top_shares(&self, k: usize) -> Vec<f64> {
        let mut counts = vec![0_u32; self.pool.len()];
        let Some(Samples { deviations, .. }) = &self.samples else {
            return vec![0.0; counts.len()];
        };
        let k = k.clamp(1, counts.len().max(1));
        for s in 0..deviations.ncols() {
            let value = |i: usize| self.mean[i] + self.unit * deviations[(i, s)];
            let mut order: Vec<usize> = (0..counts.len()).collect();
            if k < order.len() {
                order.select_nth_unstable_by(k - 1, |&a, &b| {
                    value(b).total_cmp(&value(a)).then(a.cmp(&b))
                });
            }
            order.into_iter().take(k).for_each(|i| counts[i] += 1);
        }
        counts.into_iter().map(|n| f64::from(n) / deviations.ncols().max(1) as f64).collect()
    }

    /// Condition on `row` giving its mean.
    pub fn believe(&mut self, row: usize) {
        let Some(p) = self.at(row) else { return };
        let prior = self.prior_column(p);
        let shared = self.whitened.as_ref().transpose() * self.whitened.as_ref().subcols(p, 1);
        let mut c: Vec<f64> =
            (0..self.pool.len()).map(|i| prior[(i, 0)] - shared[(i, 0)]).collect();
        for v in &self.believed {
            let factor = v[p];
            c.iter_mut().zip(v).for_each(|(c, v)| *c -= factor * v);
        }
        let length = (c[p].max(0.0) + self.posterior.noise).max(1e-12).sqrt();
        c.iter_mut().for_each(|c| *c /= length);
        for (variance, v) in self.variance.iter_mut().zip(&c) {
            *variance = (*variance - v * v).max(0.0);
        }
        if let Some(Samples { deviations, rng }) = &mut self.samples {
            for s in 0..deviations.ncols() {
                let noise = self.posterior.noise.sqrt() * draw_normal(rng);
                let correction = (deviations[(p, s)] + noise) / length;
                c.iter().enumerate().for_each(|(i, v)| deviations[(i, s)] -= correction * v);
            }
        }
        self.believed.push(c);
    }

    /// Prior covariance of the pool's row `p` with the pool, `[pool, 1]`.
    fn prior_column(&self, p: usize) -> Mat<f64> {
        if self.posterior.process.is_linear() {
            let own = self.points.as_ref().subrows(p, 1).transpose().to_owned();
            return &self.points * own;
        }
        self.posterior.process.cross(self.posterior.table, &self.pool, &[self.pool[p]])
    }
}
