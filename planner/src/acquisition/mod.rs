//! Acquisitions: a posterior in, one number per candidate out, larger is better.
//!
//! All are pure. `mean` and `sd` are the latent posterior in any one unit, the thresholds in the
//! same unit. A zero sd gives the limit, never NaN.

mod boxes;
mod diversity;
mod hits;
mod improvement;
mod log_hypervolume;
mod monte_carlo;
mod objectives;
mod probability;
mod smooth;

pub use diversity::{determinantal, k_centre, k_means_plus_plus};
pub use hits::{
    bald, expected_hits, knowledge_gradient, optimistic_probability_of_hit, rank_threshold,
    straddle,
};
pub use improvement::{expected_improvement, log_ei_helper, log_expected_improvement};
pub use log_hypervolume::{
    log_expected_hypervolume_improvement, log_noisy_expected_hypervolume_improvement,
};
pub use monte_carlo::Samples;
pub use objectives::{
    augmented_chebyshev, expected_hypervolume_improvement, hypervolume, inferred_reference,
    non_dominated,
};
pub use probability::{
    log_probability_of_improvement, probability_of_hit_two_sided, probability_of_improvement,
};
pub use smooth::Smoothing;
pub(crate) use smooth::fat_plus;

use crate::error::PlanError;

/// Check that a posterior is finite, of one length, with no negative sd.
pub(crate) fn check(mean: &[f64], sd: &[f64]) -> Result<(), PlanError> {
    if mean.len() != sd.len() {
        return Err(PlanError::LengthMismatch {
            left: "mean",
            left_len: mean.len(),
            right: "sd",
            right_len: sd.len(),
        });
    }
    let bad = |what, index, value: f64, hint| PlanError::BadPosterior {
        what,
        index,
        value: value.to_string(),
        hint,
    };
    for (index, (&m, &s)) in mean.iter().zip(sd).enumerate() {
        if !m.is_finite() {
            return Err(bad("mean", index, m, ""));
        }
        if !s.is_finite() || s < 0.0 {
            return Err(bad("sd", index, s, " that is not negative"));
        }
    }
    Ok(())
}

/// Upper confidence bound `mean + kappa sd`. **The default**, kappa = 1.
///
/// kappa is the square root of BoTorch's beta. Not for kappa far above 2 in a five-round campaign:
/// it then chases genes that resemble nothing. In high dimension all sd become equal and it turns
/// into [`greedy`].
///
/// # Errors
/// Unequal lengths, a value that is not finite, a negative sd.
/// # Source
/// Srinivas et al. 2010, arXiv:0912.3995, without their schedule for beta.
pub fn upper_confidence_bound(mean: &[f64], sd: &[f64], kappa: f64) -> Result<Vec<f64>, PlanError> {
    check(mean, sd)?;
    Ok(mean.iter().zip(sd).map(|(m, s)| m + kappa * s).collect())
}

/// The posterior mean. Right for the last round; a wrong model stays wrong if used from the first.
///
/// # Errors
/// As [`upper_confidence_bound`].
pub fn greedy(mean: &[f64], sd: &[f64]) -> Result<Vec<f64>, PlanError> {
    check(mean, sd)?;
    Ok(mean.to_vec())
}

/// The posterior sd: learn as much as possible. Picks outliers of feature space and ignores
/// effects, so not for finding hits.
///
/// # Errors
/// As [`upper_confidence_bound`].
pub fn max_variance(mean: &[f64], sd: &[f64]) -> Result<Vec<f64>, PlanError> {
    check(mean, sd)?;
    Ok(sd.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    type Acquisition = fn(&[f64], &[f64]) -> Result<Vec<f64>, PlanError>;

    const ALL: [(&str, Acquisition); 7] = [
        ("ucb", |m, s| upper_confidence_bound(m, s, 1.0)),
        ("greedy", greedy),
        ("max variance", max_variance),
        ("ei", |m, s| expected_improvement(m, s, 0.7)),
        ("log ei", |m, s| log_expected_improvement(m, s, 0.7)),
        ("log pi", |m, s| log_probability_of_improvement(m, s, 0.7)),
        ("p hit", |m, s| probability_of_hit_two_sided(m, s, 0.7)),
    ];

    proptest! {
        #[test]
        fn reordering_candidates_reorders_every_acquisition(
            pairs in proptest::collection::vec((-50.0_f64..50.0, 0.0_f64..5.0), 1..20)
        ) {
            let (mean, sd): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
            let (rev_mean, rev_sd): (Vec<f64>, Vec<f64>) = pairs.iter().rev().copied().unzip();
            for (name, f) in ALL {
                let mut back = f(&rev_mean, &rev_sd)?;
                back.reverse();
                prop_assert_eq!(f(&mean, &sd)?, back, "{}", name);
            }
        }

        #[test]
        fn no_acquisition_is_ever_nan(mean in -1e6_f64..1e6, sd in 0.0_f64..1e3) {
            for (name, f) in ALL {
                prop_assert!(!f(&[mean], &[sd])?[0].is_nan(), "{} at {} {}", name, mean, sd);
            }
        }
    }

    #[test]
    fn a_bad_posterior_is_refused_with_its_position() {
        let err = greedy(&[0.0, f64::NAN], &[1.0, 1.0]).unwrap_err();
        assert!(err.to_string().contains("position 1"), "{err}");
        assert!(max_variance(&[0.0], &[-1.0]).is_err());
        assert!(greedy(&[0.0], &[]).is_err());
    }
}
