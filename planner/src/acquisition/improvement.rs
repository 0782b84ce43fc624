//! Expected improvement and its logarithm.

use std::f64::consts::{FRAC_1_SQRT_2, LN_2, PI};

use super::check;
use crate::error::PlanError;
use crate::gauss::{HALF_LN_TWO_PI, cdf, erfcx, pdf};

/// `ln h(u)`, `h(u) = phi(u) + u Phi(u)`, accurate for |u| up to 1e100.
///
/// Three branches: directly for u > -1; with `erfcx` down to -1e6, where the direct sum cancels
/// (`|u|` stays inside the logarithm, otherwise 16 digits cancel again); the leading term below.
///
/// # Source
/// Ament et al. 2023, arXiv:2310.20708.
#[must_use]
pub fn log_ei_helper(u: f64) -> f64 {
    if u > -1.0 {
        (pdf(u) + u * cdf(u)).ln()
    } else if u > -1e6 {
        let w = (erfcx(-u * FRAC_1_SQRT_2) * u.abs()).ln() + 0.5 * (PI / 2.0).ln();
        -0.5 * u * u - HALF_LN_TWO_PI + ln_one_minus_exp(w)
    } else {
        -0.5 * u * u - HALF_LN_TWO_PI - 2.0 * u.abs().ln()
    }
}

/// `ln(1 - e^w)` for w < 0.
fn ln_one_minus_exp(w: f64) -> f64 {
    if w > -LN_2 { (-w.exp_m1()).ln() } else { (-w.exp()).ln_1p() }
}

/// Expected improvement over `best`, `s h((mean - best) / s)`, in the unit of `mean`.
///
/// Underflows to 0 below about 38 sd under `best`: never rank by it, use
/// [`log_expected_improvement`].
///
/// # Errors
/// Unequal lengths, a value that is not finite, a negative sd.
/// # Source
/// Jones et al. 1998.
pub fn expected_improvement(mean: &[f64], sd: &[f64], best: f64) -> Result<Vec<f64>, PlanError> {
    check(mean, sd)?;
    let one = |(m, s): (&f64, &f64)| {
        let gain = m - best;
        if *s == 0.0 { gain.max(0.0) } else { s * log_ei_helper(gain / s).exp() }
    };
    Ok(mean.iter().zip(sd).map(one).collect())
}

/// Log expected improvement over `best`, for maximisation; natural log of the unit of `mean`.
///
/// Keeps ordering candidates where plain EI underflows and ranks nothing. Minus infinity for
/// sd = 0 at or below `best`. Not when many hits are wanted: all picks gather around one optimum.
/// With noisy data pass the largest posterior mean over the observed genes as `best`, not the
/// largest measurement.
///
/// # Errors
/// Unequal lengths, a value that is not finite, a negative sd.
/// # Source
/// Ament et al. 2023, arXiv:2310.20708.
pub fn log_expected_improvement(
    mean: &[f64],
    sd: &[f64],
    best: f64,
) -> Result<Vec<f64>, PlanError> {
    check(mean, sd)?;
    let one = |(m, s): (&f64, &f64)| {
        let gain = m - best;
        if *s == 0.0 { gain.max(0.0).ln() } else { log_ei_helper(gain / s) + s.ln() }
    };
    Ok(mean.iter().zip(sd).map(one).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn log_ei_keeps_ordering_far_below_the_incumbent() {
        let means: Vec<f64> = (0..60).map(|i| -(1.3_f64.powi(i))).collect();
        let sd = vec![1e-3; means.len()];
        let scores = log_expected_improvement(&means, &sd, 0.0).unwrap();
        assert!(scores.iter().all(|s| s.is_finite()));
        assert!(scores.windows(2).all(|w| w[0] > w[1]));
    }

    #[test]
    fn a_vanishing_sd_gives_the_certain_gain() {
        let near = log_expected_improvement(&[2.0], &[1e-9], 0.5).unwrap()[0];
        let at = log_expected_improvement(&[2.0, 0.0], &[0.0, 0.0], 0.5).unwrap();
        assert!((near - at[0]).abs() < 1e-8);
        assert_eq!(at[1], f64::NEG_INFINITY);
    }

    #[test]
    fn the_branches_meet() {
        for u in [-1.0_f64, -1e6] {
            let (below, above) = (log_ei_helper(u.next_down()), log_ei_helper(u.next_up()));
            assert!((below - above).abs() < 1e-12 * above.abs().max(1.0), "{u}: {below} {above}");
        }
    }
}
