//! What is fitted where the usual process cannot be.

use faer::{Mat, Side};

use super::exact::{ExactGp, Mean};
use super::kernel::Kernel;
use crate::error::PlanError;
use crate::gauss::HALF_LN_TWO_PI;

/// Ratios of noise to signal variance that are tried, as powers of ten.
const RATIOS: std::ops::RangeInclusive<i32> = -4..=4;

/// A process, its noise variance and its log likelihood.
pub(super) type Simple = (ExactGp, f64, f64);

/// Bayesian ridge over all columns, `y` standardised: the noise-to-signal ratio is the best of a
/// grid by marginal likelihood, the signal variance then the mean of the whitened squares. `None`
/// where the numbers overflow.
pub(super) fn ridge(x: &[Vec<f64>], y: &[f64]) -> Option<Simple> {
    let n = y.len();
    let dims: Vec<usize> = (0..x.first()?.len()).collect();
    let features = Mat::from_fn(n, dims.len(), |i, j| x[i][j]);
    let gram = &features * features.transpose();
    let size = (0..n).map(|i| gram[(i, i)]).sum::<f64>() / n as f64;
    if !size.is_finite() || size <= 0.0 {
        return None;
    }
    let eigen = gram.self_adjoint_eigen(Side::Lower).ok()?;
    let values: Vec<f64> = eigen.S().column_vector().iter().map(|v| v.max(0.0)).collect();
    let along = eigen.U().transpose() * Mat::from_fn(n, 1, |i, _| y[i]);
    let of_ratio = |power: i32| {
        let ratio = size * 10_f64.powi(power);
        let terms = || values.iter().zip(along.col(0).iter()).map(|(v, a)| (v + ratio, a));
        let signal = terms().map(|(v, a)| a * a / v).sum::<f64>() / n as f64;
        let log_det = terms().map(|(v, _)| (signal * v).ln()).sum::<f64>();
        (signal, signal * ratio, -0.5 * (n as f64 + log_det) - n as f64 * HALF_LN_TWO_PI)
    };
    let found = RATIOS.map(of_ratio).filter(|(_, _, likelihood)| likelihood.is_finite());
    let (variance, noise, likelihood) = found.max_by(|a, b| a.2.total_cmp(&b.2))?;
    let kernel = Kernel::Linear { dims, variance };
    let gp =
        ExactGp::condition(kernel, Mean::Constant(0.0), vec![noise; n], x.to_vec(), y.to_vec());
    Some((gp.ok()?, noise, likelihood))
}

/// No effect of any column: a constant and noise.
///
/// # Errors
/// As [`ExactGp::condition`].
pub(super) fn constant(x: &[Vec<f64>], y: &[f64]) -> Result<Simple, PlanError> {
    let noise = noise_only(y);
    let kernel = Kernel::Sum(Vec::new());
    let all = vec![noise.0; y.len()];
    let gp = ExactGp::condition(kernel, Mean::Constant(0.0), all, x.to_vec(), y.to_vec())?;
    Ok((gp, noise.0, noise.1))
}

/// Best noise variance and log likelihood where nothing but noise is assumed, `y` centred.
pub(super) fn noise_only(y: &[f64]) -> (f64, f64) {
    let n = y.len() as f64;
    let mean_square = y.iter().map(|y| y * y).sum::<f64>() / n.max(1.0);
    let noise = if mean_square > 0.0 { mean_square } else { 1.0 };
    (noise, -0.5 * (n * noise.ln() + n * mean_square / noise) - n * HALF_LN_TWO_PI)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_found_by_ridge_and_its_likelihood_is_that_of_the_process() {
        let x: Vec<Vec<f64>> = (0..12).map(|i| vec![f64::from(i) - 5.5]).collect();
        let y: Vec<f64> = x.iter().map(|x| 0.3 * x[0]).collect();
        let (gp, noise, likelihood) = ridge(&x, &y).unwrap();
        assert!((gp.log_marginal_likelihood() - likelihood).abs() < 1e-9);
        assert!(noise < 0.01);
        let (mean, _) = gp.posterior(&[vec![10.0]]);
        assert!((mean[0] - 3.0).abs() < 0.05, "{mean:?}");
    }

    #[test]
    fn the_constant_explains_nothing_and_never_fails() {
        let x = vec![vec![1e300], vec![-1e300]];
        let (gp, noise, likelihood) = constant(&x, &[1.0, -1.0]).unwrap();
        assert!((gp.log_marginal_likelihood() - likelihood).abs() < 1e-12);
        assert_eq!((noise, gp.posterior(&x[..1])), (1.0, (vec![0.0], vec![0.0])));
        assert!(ridge(&x, &[1.0, -1.0]).is_none());
    }
}
