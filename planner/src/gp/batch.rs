//! A batch by expected improvement of all picks together, from joint samples that ride along.

use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::exact::ExactGp;
use super::sequential::Sequential;
use crate::acquisition::fat_plus;
use crate::gauss::quantile;

/// Variance below which a candidate is known.
const KNOWN: f64 = 1e-12;

/// Greedy batch expected improvement over a pool.
///
/// In every sample the picks so far have values, the best of which is the incumbent; a candidate's
/// score is the smoothed mean gain over it, so that the batch as a whole is improved (the increment
/// of qEI). A candidate's value in a sample is `mean + sum_p v_p z_p + sd z`: the sum over the picks
/// p is carried from pick to pick, and a pick costs one pass over `pool x samples` instead of a
/// joint factorisation per candidate.
///
/// Not for many hits: all picks gather around one optimum.
///
/// # Source
/// Wilson et al. 2018, arXiv:1805.10196 (greedy maximisation of qEI); the smoothed positive part is
/// that of Ament et al. 2023, arXiv:2310.20708.
#[derive(Debug)]
pub struct BatchImprovement<'a> {
    sequence: Sequential<'a>,
    /// `sum_p v_p z_p`, one row of samples per candidate.
    carried: Vec<f32>,
    /// Best value so far, per sample.
    incumbent: Vec<f64>,
    /// Standard normals of the next pick, the same for all candidates.
    base: Vec<f64>,
    rng: ChaCha8Rng,
}

impl<'a> BatchImprovement<'a> {
    /// The pool before any pick. `best` is the incumbent, in the process's unit; `samples` 128 to
    /// 512; their numbers follow from `seed`.
    #[must_use]
    pub fn new(
        gp: &'a ExactGp,
        pool: &'a [Vec<f64>],
        best: f64,
        samples: usize,
        seed: u64,
    ) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let base = stratified(samples, &mut rng);
        let carried = vec![0.0; pool.len() * samples];
        let sequence = Sequential::new(gp, pool);
        Self { sequence, carried, incumbent: vec![best; samples], base, rng }
    }

    /// The pool's posterior, conditioned on where the picks are but not on their values.
    #[must_use]
    pub fn sequence(&self) -> &Sequential<'a> {
        &self.sequence
    }

    /// Log of the mean gain over the samples, per candidate. Finite and ordered where no sample
    /// improves.
    #[must_use]
    pub fn scores(&self) -> Vec<f64> {
        let posterior = self.sequence.mean().par_iter().zip(self.sequence.variance());
        let rows = self.carried.par_chunks(self.base.len().max(1));
        let one = |((mean, variance), carried): ((&f64, &f64), &[f32])| {
            let sd = variance.sqrt();
            let samples = carried.iter().zip(&self.base).zip(&self.incumbent);
            let gain = |((carried, z), best): ((&f32, &f64), &f64)| {
                fat_plus(mean + f64::from(*carried) + sd * z - best)
            };
            (samples.map(gain).sum::<f64>() / self.base.len() as f64).ln()
        };
        posterior.zip(rows).map(one).collect()
    }

    /// Takes candidate `at` into the batch. Nothing happens for a number that no candidate has.
    pub fn pick(&mut self, at: usize) {
        let Some((&mean, &variance)) =
            self.sequence.mean().get(at).zip(self.sequence.variance().get(at))
        else {
            return;
        };
        let samples = self.base.len();
        let own = &self.carried[at * samples..(at + 1) * samples];
        let values = own.iter().zip(&self.base).zip(&mut self.incumbent);
        values.for_each(|((carried, z), best)| {
            *best = best.max(mean + f64::from(*carried) + variance.sqrt() * z);
        });
        if variance > KNOWN {
            // Latent: what the assay adds is not part of a sample.
            self.sequence.believe(at, 0.0);
            let base: Vec<f32> = self.base.iter().map(|z| *z as f32).collect();
            if let Some(row) = self.sequence.last_row() {
                self.carried.par_chunks_mut(samples.max(1)).zip(row).for_each(|(carried, v)| {
                    carried.iter_mut().zip(&base).for_each(|(c, z)| *c += *v as f32 * z);
                });
            }
        }
        self.base = stratified(samples, &mut self.rng);
    }
}

/// Standard normals, one in each of equally probable strata, in random order (a Latin hypercube over
/// the picks).
fn stratified(samples: usize, rng: &mut ChaCha8Rng) -> Vec<f64> {
    let one = |i: usize| {
        let within: f64 = rng.random_range(1e-9..1.0);
        quantile((i as f64 + within) / samples as f64)
    };
    let mut all: Vec<f64> = (0..samples).map(one).collect();
    all.shuffle(rng);
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::acquisition::Samples;
    use crate::gp::{Kernel, Mean};

    fn gp() -> ExactGp {
        let x: Vec<Vec<f64>> = (0..6).map(|i| vec![f64::from(i) / 3.0]).collect();
        let y = x.iter().map(|x| x[0].sin()).collect();
        let kernel = Kernel::Rbf { dims: vec![0], lengthscale: vec![0.7] };
        ExactGp::condition(kernel, Mean::Constant(0.2), vec![0.05; 6], x, y).unwrap()
    }

    #[test]
    fn the_gains_of_the_picks_add_up_to_the_improvement_of_the_batch() {
        let (gp, best, samples) = (gp(), 0.9, 64);
        let pool: Vec<Vec<f64>> = (0..9).map(|i| vec![f64::from(i) / 4.0]).collect();
        let mut batch = BatchImprovement::new(&gp, &pool, best, samples, 1);
        let (mut base, mut gained) = (Vec::new(), 0.0);
        let picks = [6, 2, 8];
        for at in picks {
            gained += batch.scores()[at].exp();
            base.push(batch.base.clone());
            batch.pick(at);
        }
        let at: Vec<Vec<f64>> = picks.iter().map(|&i| pool[i].clone()).collect();
        let (mean, covariance) = gp.posterior(&at);
        let rows: Vec<f64> = (0..samples).flat_map(|s| base.iter().map(move |z| z[s])).collect();
        let together = Samples::of(&mean, &covariance, &rows).unwrap().ei(best);
        assert!((gained - together).abs() < 1e-5, "{gained} {together}");
    }

    #[test]
    fn a_pick_is_worth_little_once_more_and_the_seed_decides_the_numbers() {
        let (gp, pool) = (gp(), vec![vec![1.5], vec![1.6], vec![0.1]]);
        let start = |seed| BatchImprovement::new(&gp, &pool, 0.5, 128, seed);
        let (mut one, two) = (start(3), start(3));
        assert_eq!(one.scores(), two.scores());
        assert_ne!(one.scores(), start(4).scores());
        let before = one.scores()[0];
        one.pick(0);
        one.pick(99);
        assert!(one.scores()[0] < before - 5.0);
        assert!(one.scores().iter().all(|score| score.is_finite()));
        one.pick(0);
        assert!(one.scores().iter().all(|score| score.is_finite()));
    }
}
