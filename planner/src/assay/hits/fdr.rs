//! p values from control wells and the false discovery rate.

use statrs::function::gamma::gamma_ur;

use super::super::AssayError;

/// Empirical two-sided p of each score from the scores of non-targeting wells:
/// (1 + number of controls with |N| ≥ |x|) / (1 + number of controls).
///
/// Makes no assumption about the shape of the null; its floor 1 / (1 + n) makes it useless for
/// small q below some 200 controls, so pool controls over plates.
///
/// # Errors
/// [`AssayError::TooFewWells`] without controls, [`AssayError::NotFinite`] for NaN.
pub fn empirical_p(scores: &[f64], controls: &[f64]) -> Result<Vec<f64>, AssayError> {
    if controls.is_empty() {
        return Err(AssayError::TooFewWells {
            plate: "(all)".into(),
            kind: "non-targeting",
            found: 0,
            needed: 1,
        });
    }
    if let Some(bad) = scores.iter().chain(controls).find(|score| score.is_nan()) {
        return Err(AssayError::NotFinite {
            plate: "(all)".into(),
            well: "(score)".into(),
            found: *bad,
        });
    }
    let mut null: Vec<f64> = controls.iter().map(|control| control.abs()).collect();
    null.sort_by(f64::total_cmp);
    let p = |score: &f64| {
        let smaller = null.partition_point(|control| *control < score.abs());
        (1 + null.len() - smaller) as f64 / (1 + null.len()) as f64
    };
    Ok(scores.iter().map(p).collect())
}

/// Two-sided p of a standard normal: 2 Φ(−|z|). Too small for robust z from few controls, which
/// is t-like: show it, do not call hits by it alone.
pub fn normal_p(z: f64) -> f64 {
    // erfc(x) = Q(1/2, x²), which statrs computes to more digits than its `erfc`.
    let half_square = 0.5 * z * z;
    match half_square {
        0.0 => 1.0,
        f64::INFINITY => 0.0,
        _ => gamma_ur(0.5, half_square),
    }
}

/// Benjamini–Hochberg q values: with p sorted upwards, q₍ᵢ₎ = min over j ≥ i of m p₍ⱼ₎ / j, at
/// most 1. The family is what is passed: the candidates of one round and read-out, controls out.
///
/// # Errors
/// [`AssayError::NotAProbability`] with the first bad index.
pub fn benjamini_hochberg(p: &[f64]) -> Result<Vec<f64>, AssayError> {
    if let Some(index) = p.iter().position(|value| !(0.0..=1.0).contains(value)) {
        return Err(AssayError::NotAProbability { index, found: p[index] });
    }
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|a, b| p[*a].total_cmp(&p[*b]).then(a.cmp(b)));
    let mut q = vec![1.0; p.len()];
    let mut least = 1.0f64;
    for (rank, index) in order.into_iter().enumerate().rev() {
        // The ratio is at least 1, so rounding never takes q below p.
        least = least.min(p[index] * (p.len() as f64 / (rank + 1) as f64));
        q[index] = least;
    }
    Ok(q)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn q_values_of_a_small_family_agree_with_the_formula() {
        let q = benjamini_hochberg(&[0.01, 0.04, 0.03, 0.5]).unwrap();
        let expected = [0.04, 0.16 / 3.0, 0.16 / 3.0, 0.5];
        for (q, expected) in q.iter().zip(expected) {
            assert!((q - expected).abs() < 1e-12, "{q} {expected}");
        }
    }

    #[test]
    fn a_p_value_that_is_no_probability_is_refused() {
        for bad in [-0.1, 1.1, f64::NAN] {
            let error = benjamini_hochberg(&[0.5, bad]).unwrap_err();
            assert!(matches!(error, AssayError::NotAProbability { index: 1, .. }));
        }
    }

    #[test]
    fn empirical_p_counts_controls_that_are_at_least_as_extreme() {
        let p = empirical_p(&[2.0, -9.0, 0.0], &[-3.0, 2.0, 0.5]).unwrap();
        assert_eq!(p, [0.75, 0.25, 1.0]);
        assert!(empirical_p(&[1.0], &[]).is_err());
    }

    #[test]
    fn normal_p_of_the_usual_quantile_is_five_percent() {
        assert!((normal_p(-1.959963984540054) - 0.05).abs() < 1e-12);
        assert!(normal_p(30.0) > 0.0 && normal_p(1e-200) == 1.0);
        assert_eq!((normal_p(0.0), normal_p(f64::NEG_INFINITY)), (1.0, 0.0));
        assert!(normal_p(f64::NAN).is_nan());
    }

    proptest! {
        #[test]
        fn q_is_never_below_p_and_keeps_its_order(p in prop::collection::vec(0.0f64..=1.0, 1..40)) {
            let q = benjamini_hochberg(&p).unwrap();
            for i in 0..p.len() {
                prop_assert!(q[i] >= p[i] && q[i] <= 1.0);
                for j in 0..p.len() {
                    prop_assert!(p[i] > p[j] || q[i] <= q[j]);
                }
            }
        }
    }
}
