//! The default surrogate: a Gaussian process with one linear kernel per feature block.

use faer::Mat;

use super::evidence::{MapFit, Objective, noise_only_evidence};
use super::linalg::block_kernel;
use super::posterior::{Hyper, residuals};
use super::report::{ModelWeight, SurrogateReport, block_weights, explain};
use super::{Fitted, Posterior, Surrogate, TrainingSet};
use crate::error::PlanError;
use crate::features::FeatureTable;

const NAME: &str = "block Gaussian process";
/// Slope of the mean on the assay prior, in sd of the target.
const PRIOR_SLOPE: f64 = 0.45;
/// Above this many labels the weights are fitted to an even subset.
const MAX_FIT: usize = 768;
/// Batch size from which the model's block gets the wide prior.
const WIDE_BATCH: usize = 64;

/// `y = c + 0.45 z(prior) + sum_b F_b v_b + noise`, weights by MAP on the block variances.
///
/// Prior of the log weights `N(ln(0.3 c_b / B), 0.5^2)`, c = 5 for the block `prior` and, in
/// batches of 64 and more, for `lcm`; else 1. Log noise `N(ln 0.8, 0.5^2)`. The prior is tight on
/// purpose: with a wide one the fit overreacts to a hundred noisy labels.
///
/// Every fit starts at the prior's mode, not at the last round's weights, so that a round depends
/// on its request alone.
///
/// The block `lcm` (a cellular model's in-silico screen) is fitted both with and without, and kept
/// only where the evidence with it is higher; otherwise its weight is exactly 0.
#[derive(Debug, Clone, Copy)]
pub struct BlockGp {
    /// Genes per round, which decides how much weight the model's block may get.
    pub batch: usize,
}

pub(super) struct Problem<'a> {
    names: Vec<&'a str>,
    /// Of the log weights, then of the log noise.
    pub(super) prior_mean: Vec<f64>,
    /// Place of the model's block.
    pub(super) lcm: Option<usize>,
}

impl BlockGp {
    pub(super) fn problem<'a>(&self, table: &'a FeatureTable) -> Problem<'a> {
        let names: Vec<&str> = table.blocks().map(|b| &*b.name).collect();
        let lcm = names.iter().position(|n| *n == "lcm");
        let base = (names.len() - usize::from(lcm.is_some())).max(1) as f64;
        let mut prior_mean: Vec<f64> = names
            .iter()
            .map(|name| {
                let wide = *name == "prior" || (*name == "lcm" && self.batch >= WIDE_BATCH);
                (0.3 * if wide { 5.0 } else { 1.0 } / base).ln()
            })
            .collect();
        prior_mean.push(0.8_f64.ln());
        Problem { names, prior_mean, lcm }
    }
}

impl Problem<'_> {
    /// Weights before any label, the model's block off.
    fn prior_hyper(&self) -> Hyper {
        let mut weights: Vec<f64> =
            self.prior_mean[..self.names.len()].iter().map(|m| m.exp()).collect();
        if let Some(at) = self.lcm {
            weights[at] = 0.0;
        }
        Hyper { weights, noise: 0.8, prior_slope: PRIOR_SLOPE }
    }

    /// Hyperparameters from a fit, with or without the model's block.
    fn hyper(&self, fit: &MapFit, with_lcm: bool) -> Hyper {
        let mut weights: Vec<f64> =
            fit.theta[..fit.theta.len() - 1].iter().map(|t| t.exp()).collect();
        if let (Some(at), false) = (self.lcm, with_lcm) {
            weights.insert(at, 0.0);
        }
        Hyper { weights, noise: fit.theta[fit.theta.len() - 1].exp(), prior_slope: PRIOR_SLOPE }
    }
}

impl Surrogate for BlockGp {
    fn name(&self) -> &'static str {
        NAME
    }

    fn fit<'t>(
        &self,
        table: &'t FeatureTable,
        data: &TrainingSet,
    ) -> Result<Fitted<'t>, PlanError> {
        let problem = self.problem(table);
        if data.len() < 2 {
            let hyper = problem.prior_hyper();
            let model = problem.lcm.map(|_| not_yet());
            let outcome = Outcome { fit: None, noise_only: 0.0, model };
            return finish(table, data, hyper, &problem.names, outcome);
        }
        let subset = subset(data);
        let (_, residual) = residuals(table, &subset, PRIOR_SLOPE);
        let unit = subset.scale().1.powi(2);
        let extra: Vec<f64> = subset.extra_noise.iter().map(|v| v / unit).collect();
        let mut kernels: Vec<Mat<f64>> =
            table.data().iter().map(|b| block_kernel(b.values.as_ref(), &subset.rows)).collect();
        let mut prior_mean = problem.prior_mean.clone();
        let with = match problem.lcm {
            Some(_) => Some(Objective::new(&kernels, &residual, &extra, &prior_mean).minimise()?),
            None => None,
        };
        if let Some(at) = problem.lcm {
            kernels.remove(at);
            prior_mean.remove(at);
        }
        let without = Objective::new(&kernels, &residual, &extra, &prior_mean).minimise()?;
        // Of the targets themselves: a wrong prior mean must not count as signal when a kernel
        // takes it back.
        let noise_only = noise_only_evidence(&residuals(table, &subset, 0.0).1);
        let (fit, kept) = match &with {
            Some(with) if with.log_evidence > without.log_evidence => (with, true),
            _ => (&without, false),
        };
        let hyper = problem.hyper(fit, kept);
        let model = with
            .as_ref()
            .map(|w| model_weight(&hyper, problem.lcm, w.log_evidence - without.log_evidence));
        let outcome = Outcome { fit: Some(fit), noise_only, model };
        finish(table, data, hyper, &problem.names, outcome)
    }

    fn add_intervals(
        &self,
        table: &FeatureTable,
        data: &TrainingSet,
        report: &mut SurrogateReport,
    ) -> Result<(), PlanError> {
        self.intervals(table, data, report)
    }
}

/// At most 768 rows, evenly spaced over the canonical order.
pub(super) fn subset(data: &TrainingSet) -> TrainingSet {
    let n = data.len();
    let keep = n.min(MAX_FIT);
    let at: Vec<usize> = (0..keep).map(|i| i * n / keep).collect();
    TrainingSet {
        rows: at.iter().map(|&i| data.rows[i]).collect(),
        target: at.iter().map(|&i| data.target[i]).collect(),
        extra_noise: at.iter().map(|&i| data.extra_noise[i]).collect(),
        tail: data.tail,
    }
}

fn not_yet() -> ModelWeight {
    ModelWeight {
        weight: 0.0,
        interval: None,
        share_of_prior_variance: 0.0,
        log_bayes_factor: 0.0,
        active: false,
        explanation:
            "Off: the in-silico screen enters only after a round has shown that it helps, \
                      and nothing is measured yet."
                .to_owned(),
    }
}

fn model_weight(hyper: &Hyper, lcm: Option<usize>, log_bayes_factor: f64) -> ModelWeight {
    let weight = lcm.map_or(0.0, |at| hyper.weights[at]);
    let share = weight / hyper.weights.iter().sum::<f64>().max(1e-300);
    let explanation = if weight > 0.0 {
        format!(
            "On: with the in-silico screen the measured genes are {log_bayes_factor:.2} nats more \
             likely than without it; it carries {:.0} % of the prior variance.",
            100.0 * share
        )
    } else {
        format!(
            "Off: with the in-silico screen the measured genes are {:.2} nats less likely than \
             without it, so its weight is 0 and picks do not use it.",
            -log_bayes_factor
        )
    };
    ModelWeight {
        weight,
        interval: None,
        share_of_prior_variance: share,
        log_bayes_factor,
        active: weight > 0.0,
        explanation,
    }
}

/// What a fit leaves for the report.
struct Outcome<'a> {
    fit: Option<&'a MapFit>,
    noise_only: f64,
    model: Option<ModelWeight>,
}

fn finish<'t>(
    table: &'t FeatureTable,
    data: &TrainingSet,
    hyper: Hyper,
    names: &[&str],
    outcome: Outcome<'_>,
) -> Result<Fitted<'t>, PlanError> {
    let posterior = Posterior::condition(table, data, hyper.clone())?;
    let total: f64 = hyper.weights.iter().sum();
    let signal_share = total / (total + hyper.noise);
    let log_evidence = outcome.fit.map_or(0.0, |f| f.log_evidence);
    let nats = outcome.fit.map_or(0.0, |f| f.log_evidence - outcome.noise_only);
    let signal_found = nats >= 2.0;
    let report = SurrogateReport {
        name: NAME.to_owned(),
        observed: data.len(),
        signal_found,
        nats_over_noise: nats,
        log_evidence,
        signal_share,
        noise_variance: hyper.noise,
        noise_sd: posterior.noise_sd(),
        prior_slope: hyper.prior_slope,
        iterations: outcome.fit.map_or(0, |f| f.iterations),
        jitter: posterior.factor.jitter,
        blocks: block_weights(names, &hyper.weights),
        model: outcome.model,
        explanation: explain(data.len(), signal_found, nats, signal_share),
    };
    Ok(Fitted { posterior, report })
}
