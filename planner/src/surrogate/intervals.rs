//! How surely the block weights are known.

use faer::Mat;

use super::block_gp::{BlockGp, subset};
use super::evidence::Objective;
use super::linalg::{block_kernel, cholesky};
use super::posterior::residuals;
use super::report::SurrogateReport;
use super::training::TrainingSet;
use crate::error::PlanError;
use crate::features::FeatureTable;

/// Standard normal quantile of 95 %: both ends together leave 10 % out.
const Z: f64 = 1.644_853_626_951_472_2;
/// Step of the forward differences, in logarithms.
const STEP: f64 = 1e-4;

impl BlockGp {
    /// 90 % intervals of the weights in `report`, which must be this surrogate's fit to `data`.
    ///
    /// Laplace's approximation around the fitted log weights: the covariance is the inverse Hessian
    /// of the negative log posterior, by forward differences of its gradient (B + 1 evaluations).
    /// Where the model's block is switched off its interval runs from 0 to the upper end that it
    /// had with the block.
    pub(super) fn intervals(
        &self,
        table: &FeatureTable,
        data: &TrainingSet,
        report: &mut SurrogateReport,
    ) -> Result<(), PlanError> {
        if data.len() < 2 || report.blocks.len() != table.data().len() {
            return Ok(());
        }
        let problem = self.problem(table);
        let part = subset(data);
        let (_, residual) = residuals(table, &part, report.prior_slope);
        let unit = part.scale().1.powi(2);
        let extra: Vec<f64> = part.extra_noise.iter().map(|v| v / unit).collect();
        let kernels: Vec<Mat<f64>> =
            table.data().iter().map(|b| block_kernel(b.values.as_ref(), &part.rows)).collect();
        let used: Vec<usize> =
            (0..kernels.len()).filter(|&b| report.blocks[b].weight > 0.0).collect();
        let some = |blocks: &[usize]| -> (Vec<Mat<f64>>, Vec<f64>) {
            let noise = problem.prior_mean[kernels.len()];
            let means = blocks.iter().map(|&b| problem.prior_mean[b]).chain([noise]);
            (blocks.iter().map(|&b| kernels[b].clone()).collect(), means.collect())
        };
        let (mats, means) = some(&used);
        let objective = Objective::new(&mats, &residual, &extra, &means);
        let mut theta: Vec<f64> = used.iter().map(|&b| report.blocks[b].weight.ln()).collect();
        theta.push(report.noise_variance.ln());
        if let Some(sd) = log_sd(&objective, &theta) {
            for (&b, sd) in used.iter().zip(&sd) {
                let block = &mut report.blocks[b];
                block.interval =
                    Some((block.weight * (-Z * sd).exp(), block.weight * (Z * sd).exp()));
            }
        }
        let Some(at) = problem.lcm else { return Ok(()) };
        if report.blocks[at].weight == 0.0 {
            let all: Vec<usize> = (0..kernels.len()).collect();
            let (mats, means) = some(&all);
            let objective = Objective::new(&mats, &residual, &extra, &means);
            let theta = objective.minimise()?.theta;
            let high = log_sd(&objective, &theta).map(|sd| (theta[at] + Z * sd[at]).exp());
            report.blocks[at].interval = high.map(|high| (0.0, high));
        }
        if let Some(model) = &mut report.model {
            model.interval = report.blocks[at].interval;
        }
        Ok(())
    }
}

/// Sd of every log parameter; `None` where the Hessian is not that of a minimum.
fn log_sd(objective: &Objective<'_>, theta: &[f64]) -> Option<Vec<f64>> {
    let here = objective.evaluate(theta).gradient;
    let n = theta.len();
    let mut slopes = Vec::with_capacity(n);
    for k in 0..n {
        let mut moved = theta.to_vec();
        moved[k] += STEP;
        let there = objective.evaluate(&moved).gradient;
        slopes.push(there.iter().zip(&here).map(|(a, b)| (a - b) / STEP).collect::<Vec<f64>>());
    }
    let hessian = Mat::from_fn(n, n, |i, j| 0.5 * (slopes[i][j] + slopes[j][i]));
    let factor = cholesky(&hessian).ok().filter(|factor| factor.jitter == 0.0)?;
    let inverse = factor.inverse();
    let sd: Vec<f64> = (0..n).map(|i| inverse[(i, i)].sqrt()).collect();
    sd.iter().all(|s| s.is_finite()).then_some(sd)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::synthetic::{Lcm, plain_world};
    use crate::surrogate::{Observed, Surrogate};
    use crate::target::Tail;

    fn report(genes: usize, seed: u64, lcm: Lcm) -> SurrogateReport {
        let world = plain_world(160, seed, 1.0, lcm);
        let observed: Vec<Observed> = (0..genes)
            .map(|candidate| Observed { candidate, robust_z: world.robust_z[candidate], se: None })
            .collect();
        let data = TrainingSet::new(&world.table, &observed, Tail::TwoSided).unwrap();
        let learner = BlockGp { batch: 24 };
        let mut report = learner.fit(&world.table, &data).unwrap().report;
        learner.add_intervals(&world.table, &data, &mut report).unwrap();
        report
    }

    #[test]
    fn every_weight_lies_in_its_interval_which_is_inside_that_of_its_prior() {
        let found = report(100, 4, Lcm::Informative);
        for block in &found.blocks {
            let (low, high) = block.interval.unwrap();
            assert!(low < block.weight && block.weight < high, "{block:?}");
            // Data only add to what the prior knows: sd of a log weight at most 0.5.
            assert!((high / low).ln() <= 2.0 * Z * 0.5 + 1e-6, "{block:?}");
        }
        assert_eq!(found.model.unwrap().interval, found.blocks[3].interval);
    }

    #[test]
    fn the_curvature_of_a_known_bowl_gives_its_sd() {
        // Without data the objective is the prior's own bowl, sd 0.5 in every direction.
        let kernels = [Mat::zeros(0, 0)];
        let objective = Objective::new(&kernels, &[], &[], &[-1.0, -0.2]);
        let sd = log_sd(&objective, &[-1.0, -0.2]).unwrap();
        assert!(sd.iter().all(|s| (s - 0.5).abs() < 1e-6), "{sd:?}");
    }

    #[test]
    fn a_block_that_is_off_still_says_how_large_it_may_be() {
        let off = (0..10)
            .map(|seed| report(80, seed, Lcm::Noise))
            .find(|r| r.model.as_ref().is_some_and(|m| !m.active));
        let model = off.unwrap().model.unwrap();
        let (low, high) = model.interval.unwrap();
        assert!(model.weight == 0.0 && low == 0.0 && high > 0.0);
    }

    #[test]
    fn before_any_measurement_there_is_no_interval() {
        assert!(report(0, 1, Lcm::Absent).blocks.iter().all(|b| b.interval.is_none()));
    }
}
