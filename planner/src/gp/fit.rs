//! Hyperparameters of the default process by marginal likelihood.

use std::borrow::Cow;

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::descend::{Patience, descend};
use super::exact::{ExactGp, Mean, check_rows};
use super::fallback::{constant, noise_only, ridge};
use super::kernel::Kernel;
use super::objective::{Objective, parameters};
use super::priors::{lengthscale_prior, noise_prior};
use crate::error::PlanError;

/// Starts: the prior's mode, and lengths that are three times longer and shorter.
const STARTS: [f64; 3] = [1.0, 3.0, 1.0 / 3.0];
/// Measurements from which only the prior's mode and the optimum over a third of the measurements
/// are starts: a step over the third costs a 27th.
const MANY: usize = 400;
const THINNING: usize = 3;
/// Measurements that hyperparameters are fitted on: all strong ones and others by chance. More would
/// hardly move the optimum, at the cube of the time.
const MOST: usize = 1_500;
/// What counts as strong, in standard deviations of the target.
const STRONG: f64 = 3.0;
/// Nats by which a process must beat noise alone to be called a signal.
const SIGNAL: f64 = 2.0;
/// The last descent.
const FINE: Patience = Patience { iterations: 200, cost: 1e-7, slope: 1e-4 };
/// One that only finds where to start.
const COARSE: Patience = Patience { iterations: 60, cost: 1e-4, slope: 1e-3 };

/// What could be fitted; later ones only where the earlier ones could not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// One length per column.
    LengthPerColumn,
    /// One length for all columns.
    OneLength,
    /// Bayesian ridge: effects are linear in the columns.
    Ridge,
    /// No column has an effect.
    Constant,
}

impl Form {
    /// The form in a sentence for the round's record; empty for the usual one.
    #[must_use]
    pub fn remark(self) -> &'static str {
        match self {
            Self::LengthPerColumn => "",
            Self::OneLength => {
                "No start of the fit with one length per feature gave a finite likelihood: all \
                 features share one length."
            }
            Self::Ridge => {
                "No Gaussian kernel could be fitted to these features: Bayesian ridge is used \
                 instead."
            }
            Self::Constant => {
                "Neither a Gaussian kernel nor ridge could be fitted; look for features of huge \
                 size. All candidates are predicted alike."
            }
        }
    }
}

/// A fitted process on the standardised target.
#[derive(Debug, Clone)]
pub struct FittedGp {
    /// The process; its numbers are in units of `sd` around `centre`.
    pub gp: ExactGp,
    /// What was fitted.
    pub form: Form,
    /// Lengths, one per column; empty for [`Form::Ridge`] and [`Form::Constant`].
    pub lengthscale: Vec<f64>,
    /// Noise variance, standardised.
    pub noise_variance: f64,
    /// `(log likelihood + log priors) / n`.
    pub objective_per_point: f64,
    /// Log likelihood less that of noise alone.
    pub nats_over_noise: f64,
    /// Mean of the target.
    pub centre: f64,
    /// Its standard deviation (n - 1).
    pub sd: f64,
    /// Evaluations of the objective, of all starts.
    pub evaluations: usize,
    /// Measurements that the hyperparameters were fitted on; the process is conditioned on all.
    pub fitted_on: usize,
}

impl FittedGp {
    /// Latent mean and variance at `at`, in the target's unit.
    #[must_use]
    pub fn predict(&self, at: &[Vec<f64>]) -> (Vec<f64>, Vec<f64>) {
        let (mean, covariance) = self.gp.posterior(at);
        let unit = self.sd * self.sd;
        let variance = (0..at.len()).map(|i| unit * covariance[i * at.len() + i]).collect();
        (mean.into_iter().map(|m| self.centre + self.sd * m).collect(), variance)
    }

    /// Whether the columns explain the target at least 2 nats better than noise alone. Where they do
    /// not, say "no signal found yet" and choose by prior or diversity.
    #[must_use]
    pub fn signal_found(&self) -> bool {
        self.nats_over_noise >= SIGNAL
    }
}

/// Fits a process with one length per column, no outputscale, a constant mean and one noise
/// variance: what BoTorch's single-task model is, with its priors. Where that cannot be fitted
/// simpler forms are, and [`FittedGp::form`] says so. Of more than 1,500 measurements the
/// hyperparameters come from all strong ones (3 sd) and others by chance; the process then holds
/// all of them.
///
/// # Errors
/// [`PlanError::LengthMismatch`]; [`PlanError::NotFinite`] naming the row.
pub fn fit_rbf(x: &[Vec<f64>], y: &[f64]) -> Result<FittedGp, PlanError> {
    fit_from(x, y, None)
}

/// As [`fit_rbf`], descending from where the fit of an earlier round ended: few evaluations where
/// few measurements are new.
///
/// # Errors
/// As [`fit_rbf`].
pub fn refit_rbf(earlier: &FittedGp, x: &[Vec<f64>], y: &[f64]) -> Result<FittedGp, PlanError> {
    fit_from(x, y, Some(earlier))
}

fn fit_from(x: &[Vec<f64>], y: &[f64], earlier: Option<&FittedGp>) -> Result<FittedGp, PlanError> {
    check_rows(x, y, &vec![0.0; y.len()])?;
    let n = y.len().max(1) as f64;
    let centre = y.iter().sum::<f64>() / n;
    let square = y.iter().map(|v| (v - centre).powi(2)).sum::<f64>();
    let sd = (square / (n - 1.0).max(1.0)).sqrt();
    let sd = if sd > 0.0 && sd.is_finite() { sd } else { 1.0 };
    let standard: Vec<f64> = y.iter().map(|v| (v - centre) / sd).collect();
    let (part_x, part_y) = representative(x, &standard);
    let process = |shared| {
        let found = optimum(&part_x, &part_y, shared, earlier)?;
        found.map(|found| Ok((found.gp(x, &standard)?, found))).transpose()
    };
    for (shared, form) in [(false, Form::LengthPerColumn), (true, Form::OneLength)] {
        if let Some((gp, found)) = process(shared)? {
            return Ok(FittedGp {
                gp,
                form,
                nats_over_noise: found.log_likelihood - noise_only(&part_y).1,
                objective_per_point: -found.cost,
                lengthscale: found.lengthscale,
                noise_variance: found.noise,
                centre,
                sd,
                evaluations: found.evaluations,
                fitted_on: part_y.len(),
            });
        }
    }
    let (form, (gp, noise_variance, likelihood)) = match ridge(x, &standard) {
        Some(found) => (Form::Ridge, found),
        None => (Form::Constant, constant(x, &standard)?),
    };
    Ok(FittedGp {
        gp,
        form,
        lengthscale: Vec::new(),
        noise_variance,
        objective_per_point: likelihood / n,
        nats_over_noise: likelihood - noise_only(&standard).1,
        centre,
        sd,
        evaluations: 0,
        fitted_on: y.len(),
    })
}

/// At most [`MOST`] measurements: strong ones first, up to half, then others by chance.
fn representative<'a>(
    x: &'a [Vec<f64>],
    standard: &'a [f64],
) -> (Cow<'a, [Vec<f64>]>, Cow<'a, [f64]>) {
    if standard.len() <= MOST {
        return (x.into(), standard.into());
    }
    let mut order: Vec<usize> = (0..standard.len()).collect();
    order.shuffle(&mut ChaCha8Rng::seed_from_u64(standard.len() as u64));
    let (strong, rest): (Vec<usize>, Vec<usize>) =
        order.into_iter().partition(|&i| standard[i].abs() >= STRONG);
    let kept: Vec<usize> = strong.into_iter().take(MOST / 2).chain(rest).take(MOST).collect();
    let part_x: Vec<Vec<f64>> = kept.iter().map(|&i| x[i].clone()).collect();
    let part_y: Vec<f64> = kept.iter().map(|&i| standard[i]).collect();
    (part_x.into(), part_y.into())
}

/// The best hyperparameters.
struct Optimum {
    theta: Vec<f64>,
    lengthscale: Vec<f64>,
    noise: f64,
    constant: f64,
    cost: f64,
    log_likelihood: f64,
    evaluations: usize,
}

impl Optimum {
    fn gp(&self, x: &[Vec<f64>], y: &[f64]) -> Result<ExactGp, PlanError> {
        let lengthscale = self.lengthscale.clone();
        let kernel = Kernel::Rbf { dims: (0..lengthscale.len()).collect(), lengthscale };
        let noise = vec![self.noise; y.len()];
        ExactGp::condition(kernel, Mean::Constant(self.constant), noise, x.to_vec(), y.to_vec())
    }
}

/// The best of all starts; `None` where none has a finite objective.
fn optimum(
    x: &[Vec<f64>],
    y: &[f64],
    shared: bool,
    earlier: Option<&FittedGp>,
) -> Result<Option<Optimum>, PlanError> {
    if y.is_empty() {
        return Ok(None);
    }
    let groups = if shared { x[0].len().min(1) } else { x[0].len() };
    let starts = match earlier.filter(|fit| !shared && fit.lengthscale.len() == groups) {
        Some(fit) => vec![parameters(&fit.lengthscale, fit.noise_variance)],
        None => starts(x, y, shared)?,
    };
    best_of(x, y, shared, starts, FINE)
}

/// Descends from all starts, each by itself on its own matrices; equal ones go to the first.
fn best_of(
    x: &[Vec<f64>],
    y: &[f64],
    shared: bool,
    starts: Vec<Vec<f64>>,
    patience: Patience,
) -> Result<Option<Optimum>, PlanError> {
    let one = |start: Vec<f64>| -> Result<Option<Optimum>, PlanError> {
        let objective = Objective::new(x, y.to_vec(), shared);
        let Some(end) = descend(&objective, start, patience)? else { return Ok(None) };
        let (lengthscale, noise) = objective.hyperparameters(&end.theta);
        Ok(Some(Optimum {
            theta: end.theta,
            lengthscale,
            noise,
            constant: end.at.constants[0],
            cost: end.at.cost,
            log_likelihood: end.at.log_likelihood,
            evaluations: end.evaluations,
        }))
    };
    let found: Vec<_> = starts.into_par_iter().map(one).collect::<Result<_, _>>()?;
    let evaluations = found.iter().flatten().map(|found| found.evaluations).sum();
    let best = found.into_iter().flatten().reduce(|a, b| if b.cost < a.cost { b } else { a });
    Ok(best.map(|best| Optimum { evaluations, ..best }))
}

/// Where to start: around the prior's mode; where there are many measurements, at it and at the
/// optimum over a part of them.
fn starts(x: &[Vec<f64>], y: &[f64], shared: bool) -> Result<Vec<Vec<f64>>, PlanError> {
    let groups = if shared { x[0].len().min(1) } else { x[0].len() };
    let mode = lengthscale_prior(x[0].len()).mode();
    let around =
        STARTS.map(|factor| parameters(&vec![factor * mode; groups], noise_prior().mode()));
    if y.len() < MANY {
        return Ok(around.to_vec());
    }
    // Shuffled: rows may come in a rhythm, plates or donors.
    let mut order: Vec<usize> = (0..y.len()).collect();
    order.shuffle(&mut ChaCha8Rng::seed_from_u64(y.len() as u64));
    order.truncate(y.len() / THINNING);
    let part_x: Vec<Vec<f64>> = order.iter().map(|&i| x[i].clone()).collect();
    let part_y: Vec<f64> = order.iter().map(|&i| y[i]).collect();
    let coarse = best_of(&part_x, &part_y, shared, starts(&part_x, &part_y, shared)?, COARSE)?;
    let [mode, ..] = around;
    Ok(std::iter::once(mode).chain(coarse.map(|coarse| coarse.theta)).collect())
}

#[cfg(test)]
mod tests {
    use rand::RngExt;

    use super::*;

    fn grid(n: i32) -> Vec<Vec<f64>> {
        let at = |i: i32| vec![f64::from(i) / f64::from(n), f64::from(i * 17 % n) / f64::from(n)];
        (0..n).map(at).collect()
    }

    #[test]
    fn a_column_that_matters_gets_the_shorter_length() {
        let x = grid(40);
        let y: Vec<f64> = x.iter().map(|x| 5.0 + 2.0 * (9.0 * x[0]).sin()).collect();
        let fitted = fit_rbf(&x, &y).unwrap();
        assert_eq!(fitted.form, Form::LengthPerColumn);
        assert!(fitted.signal_found() && fitted.form.remark().is_empty());
        assert!(fitted.lengthscale[0] < 0.5 * fitted.lengthscale[1], "{:?}", fitted.lengthscale);
        let (mean, variance) = fitted.predict(&x[..3]);
        assert!(mean.iter().zip(&y).all(|(a, b)| (a - b).abs() < 0.2), "{mean:?}");
        assert!(variance.iter().all(|v| *v >= 0.0));
        let residual: Vec<f64> = y.iter().map(|y| (y - fitted.centre) / fitted.sd).collect();
        let over = fitted.gp.log_marginal_likelihood() - noise_only(&residual).1;
        assert!((over - fitted.nats_over_noise).abs() < 1e-8);
    }

    #[test]
    fn many_measurements_reach_the_optimum_and_a_refit_takes_fewer_evaluations() {
        let x = grid(401);
        let y: Vec<f64> =
            x.iter().map(|x| (9.0 * x[0]).sin() + 0.3 * (70.0 * x[1]).sin()).collect();
        let fitted = fit_rbf(&x[..400], &y[..400]).unwrap();
        let again = refit_rbf(&fitted, &x, &y).unwrap();
        assert!(again.evaluations < fitted.evaluations / 3, "{}", again.evaluations);
        assert!((again.objective_per_point - fitted.objective_per_point).abs() < 0.02);
        let same = fit_rbf(&x[..400], &y[..400]).unwrap();
        assert_eq!(same.lengthscale, fitted.lengthscale);
    }

    #[test]
    fn of_very_many_measurements_the_strong_ones_and_some_by_chance_are_fitted() {
        let x: Vec<Vec<f64>> = (0..4_000).map(|i| vec![f64::from(i)]).collect();
        let y: Vec<f64> = (0..4_000).map(|i| f64::from(u8::from(i % 100 == 0)) * 5.0).collect();
        let (part_x, part_y) = representative(&x, &y);
        assert_eq!((part_x.len(), part_y.len()), (MOST, MOST));
        assert_eq!(part_y.iter().filter(|y| **y > 0.0).count(), 40);
        let (all, _) = representative(&x[..MOST], &y[..MOST]);
        assert!(matches!(all, Cow::Borrowed(_)));
    }

    #[test]
    fn noise_alone_is_no_signal() {
        let x = grid(30);
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        let y: Vec<f64> = x.iter().map(|_| rng.random_range(-1.0..1.0)).collect();
        let fitted = fit_rbf(&x, &y).unwrap();
        assert!(!fitted.signal_found(), "{}", fitted.nats_over_noise);
    }

    #[test]
    fn features_too_large_for_any_kernel_leave_a_constant_and_say_so() {
        let x: Vec<Vec<f64>> = (0..5).map(|i| vec![f64::from(i - 2) * 1e200]).collect();
        let y = [1.0, 2.0, 3.0, 2.0, 1.0];
        let fitted = fit_rbf(&x, &y).unwrap();
        assert_eq!(fitted.form, Form::Constant);
        assert!(fitted.form.remark().contains("huge"));
        let (mean, variance) = fitted.predict(&x[..2]);
        assert!(mean.iter().all(|m| (m - 1.8).abs() < 1e-12));
        assert_eq!(variance, [0.0, 0.0]);
        assert!(matches!(fit_rbf(&[], &[]), Ok(FittedGp { form: Form::Constant, .. })));
    }

    #[test]
    fn a_target_that_is_not_a_number_is_refused_with_its_row() {
        let refused = fit_rbf(&[vec![0.0], vec![1.0]], &[0.0, f64::INFINITY]).unwrap_err();
        assert!(refused.to_string().contains("row 1"), "{refused}");
    }
}
