//! False discovery rate.

/// Benjamini–Hochberg adjusted p-values, in the order of `p`.
///
/// `q_(i) = min_{j >= i} p_(j) n / j`, capped at 1 (Benjamini and Hochberg 1995). NaN p-values
/// count as 1.
pub fn benjamini_hochberg(p: &[f64]) -> Vec<f64> {
    let p: Vec<f64> = p.iter().map(|v| if v.is_nan() { 1.0 } else { *v }).collect();
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|&a, &b| p[a].total_cmp(&p[b]).then(a.cmp(&b)));
    let mut adjusted = vec![0.0; p.len()];
    let mut smallest = 1.0f64;
    for (position, &index) in order.iter().enumerate().rev() {
        smallest = smallest.min(p[index] * p.len() as f64 / (position + 1) as f64);
        adjusted[index] = smallest;
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn adjusted_values_follow_the_step_up_rule() {
        let q = benjamini_hochberg(&[0.01, 0.04, 0.03, 0.5]);
        let expected = [0.04, 0.16 / 3.0, 0.16 / 3.0, 0.5];
        for (found, want) in q.iter().zip(expected) {
            assert!((found - want).abs() < 1e-12, "{q:?}");
        }
    }

    proptest! {
        #[test]
        fn adjusted_values_keep_the_order_and_never_shrink(p in prop::collection::vec(0.0f64..1.0, 1..40)) {
            let q = benjamini_hochberg(&p);
            for i in 0..p.len() {
                prop_assert!(q[i] >= p[i] - 1e-15 && q[i] <= 1.0);
                for j in 0..p.len() {
                    prop_assert!(p[i] > p[j] || q[i] <= q[j] + 1e-15);
                }
            }
        }
    }
}
