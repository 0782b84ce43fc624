//! The heads of a fine-tuned model as a surrogate.

use faer::Mat;

use super::evidence::noise_only_evidence;
use super::process::Process;
use super::report::SurrogateReport;
use super::{Fitted, Posterior, Surrogate, TrainingSet};
use crate::error::PlanError;
use crate::features::FeatureTable;
use crate::gauss::HALF_LN_TWO_PI;

/// Predictions of every candidate by every member, as robust z.
///
/// The covariance between candidates is that between members, of rank one less than their number:
/// members should differ in seed and bootstrap sample, and be five or more.
#[derive(Debug, Clone, PartialEq)]
pub struct MemberPredictions(Vec<Vec<f64>>);

impl MemberPredictions {
    /// `members[m][candidate]`.
    ///
    /// # Errors
    /// [`PlanError::BadSetting`] for fewer than two members; [`PlanError::LengthMismatch`];
    /// [`PlanError::BadPosterior`] for a prediction that is not a number.
    pub fn new(members: Vec<Vec<f64>>, candidates: usize) -> Result<Self, PlanError> {
        if members.len() < 2 {
            let value = members.len().to_string();
            let (what, expected) = ("number of ensemble members", "at least 2, better 5");
            return Err(PlanError::BadSetting { what, value, expected });
        }
        for member in &members {
            if member.len() != candidates {
                return Err(PlanError::LengthMismatch {
                    left: "predictions of a member",
                    left_len: member.len(),
                    right: "candidates",
                    right_len: candidates,
                });
            }
            if let Some(index) = member.iter().position(|v| !v.is_finite()) {
                let (what, value) = ("prediction of a member", member[index].to_string());
                return Err(PlanError::BadPosterior { what, index, value, hint: "" });
            }
        }
        Ok(Self(members))
    }
}

/// Mean and covariance of the members, with a residual variance from the measured wells.
///
/// The members have seen the cells and whatever they were trained on; the measurements are not
/// conditioned on again, they only say how wrong the members are. So the residual is honest on wells
/// that the members were not trained on.
#[derive(Debug, Clone)]
pub(crate) struct Ensemble {
    pub predictions: MemberPredictions,
}

impl Surrogate for Ensemble {
    fn name(&self) -> &'static str {
        "ensemble of model heads"
    }

    fn fit<'t>(
        &self,
        table: &'t FeatureTable,
        data: &TrainingSet,
    ) -> Result<Fitted<'t>, PlanError> {
        let members = &self.predictions.0;
        if members[0].len() != table.len() {
            return Err(PlanError::LengthMismatch {
                left: "predictions of a member",
                left_len: members[0].len(),
                right: "candidates",
                right_len: table.len(),
            });
        }
        let scale = data.scale();
        let (count, root) = (members.len(), (members.len() as f64 - 1.0).sqrt());
        let standard = |m: usize, c: usize| (data.tail.target(members[m][c]) - scale.0) / scale.1;
        let mean: Vec<f64> = (0..table.len())
            .map(|row| {
                let candidate = table.candidate(row);
                (0..count).map(|m| standard(m, candidate)).sum::<f64>() / count as f64
            })
            .collect();
        let deviations = Mat::from_fn(table.len(), count, |row, m| {
            (standard(m, table.candidate(row)) - mean[row]) / root
        });
        let process = Process::Members { deviations };
        let between = process.diagonal(table, &data.rows);
        let residual: Vec<f64> = data
            .rows
            .iter()
            .zip(&data.target)
            .map(|(&row, y)| (y - scale.0) / scale.1 - mean[row])
            .collect();
        let noise = residual_variance(&residual, &between);
        let fit = Fit { nats: nats(data, scale, &residual, &between, noise), noise };
        let total: f64 =
            process.diagonal(table, &(0..table.len()).collect::<Vec<_>>()).iter().sum();
        let posterior = Posterior::given(table, process, mean, noise, scale);
        let report = self.report(data.len(), &fit, total / table.len() as f64, &posterior);
        Ok(Fitted { posterior, report })
    }
}

struct Fit {
    nats: f64,
    noise: f64,
}

impl Ensemble {
    fn report(
        &self,
        observed: usize,
        fit: &Fit,
        spread: f64,
        posterior: &Posterior<'_>,
    ) -> SurrogateReport {
        let signal_found = fit.nats >= 2.0;
        let count = self.predictions.0.len();
        let explanation = match (observed, signal_found) {
            (0 | 1, _) => {
                format!("{count} heads predict every candidate; nothing is measured yet.")
            }
            (_, true) => format!(
                "{count} heads predict the {observed} measured genes {:.1} nats better than noise \
                 alone.",
                fit.nats
            ),
            (_, false) => format!(
                "No signal found yet: {count} heads predict the {observed} measured genes only \
                 {:.1} nats better than noise alone (2 are asked for).",
                fit.nats
            ),
        };
        SurrogateReport {
            name: self.name().to_owned(),
            observed,
            signal_found,
            nats_over_noise: fit.nats,
            log_evidence: 0.0,
            signal_share: spread / (spread + fit.noise),
            noise_variance: fit.noise,
            noise_sd: posterior.noise_sd(),
            prior_slope: 0.0,
            iterations: 0,
            jitter: 0.0,
            blocks: Vec::new(),
            model: None,
            explanation,
        }
    }
}

/// What the members' spread does not explain of the squared residuals; 1 without measurements.
fn residual_variance(residual: &[f64], between: &[f64]) -> f64 {
    if residual.len() < 2 {
        return 1.0;
    }
    let n = residual.len() as f64;
    let square = residual.iter().map(|r| r * r).sum::<f64>() / n;
    (square - between.iter().sum::<f64>() / n).max(0.05 * square).max(1e-6)
}

/// Log density of the measurements under the members above that of noise alone.
fn nats(
    data: &TrainingSet,
    scale: (f64, f64),
    residual: &[f64],
    between: &[f64],
    noise: f64,
) -> f64 {
    if residual.len() < 2 {
        return 0.0;
    }
    let own: f64 = residual
        .iter()
        .zip(between)
        .map(|(r, b)| -0.5 * (r * r / (b + noise) + (b + noise).ln()) - HALF_LN_TWO_PI)
        .sum();
    let centred: Vec<f64> = data.target.iter().map(|y| (y - scale.0) / scale.1).collect();
    own - noise_only_evidence(&centred)
}
