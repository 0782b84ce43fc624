//! Quantile bins of one cell's expression.

/// Bins of one cell: the edges at its own quantiles.
#[derive(Debug, Clone, PartialEq)]
pub struct QuantileBins {
    edges: Vec<f64>,
}

/// Where a value lies among the edges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sides {
    /// Edges at or below the value (`numpy.digitize(x, edges)`).
    pub left: usize,
    /// Edges below the value (`numpy.digitize(x, edges, right=True)`); differs from `left` where
    /// the value equals edges.
    pub right: usize,
}

impl Sides {
    /// `ceil(u (right - left) + left)`: `left` for `u = 0`, just above `right` for `u` near 1.
    pub fn bin(self, u: f64) -> usize {
        let (left, right) = (self.left as f64, self.right as f64);
        (u * (right - left) + left).ceil() as usize
    }
}

impl QuantileBins {
    /// Bins `1..n_bins` of the non-zero `values` of a cell; bin 0 stays for zeros.
    pub fn of(values: &[f32], n_bins: usize) -> Self {
        Self { edges: edges_of(values, n_bins) }
    }

    /// The edges, ascending; `n_bins - 1` of them.
    pub fn edges(&self) -> &[f64] {
        &self.edges
    }

    /// Where `value` lies.
    pub fn sides(&self, value: f32) -> Sides {
        let value = f64::from(value);
        Sides {
            left: self.edges.partition_point(|&edge| edge <= value),
            right: self.edges.partition_point(|&edge| edge < value),
        }
    }

    /// Bin of `value` for the uniform draw `u` from 0 to below 1; a zero is bin 0.
    pub fn bin(&self, value: f32, u: f64) -> usize {
        if value == 0.0 { 0 } else { self.sides(value).bin(u) }
    }
}

/// `numpy.quantile(values, numpy.linspace(0, 1, n_bins - 1))`, to the last bit: linear
/// interpolation with differences in single and products in double precision, from the nearer end.
///
/// `values` must not be empty; `n_bins` at least 3.
pub fn edges_of(values: &[f32], n_bins: usize) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f32::total_cmp);
    let count = n_bins - 1;
    let step = 1.0 / (count - 1) as f64;
    let quantile = |i: usize| if i + 1 == count { 1.0 } else { i as f64 * step };
    (0..count).map(|i| interpolated(&sorted, quantile(i))).collect()
}

fn interpolated(sorted: &[f32], quantile: f64) -> f64 {
    let last = sorted.len() - 1;
    let place = last as f64 * quantile;
    let below = place.floor();
    if below as usize >= last {
        return f64::from(sorted[last]);
    }
    let (a, b) = (sorted[below as usize], sorted[below as usize + 1]);
    let (difference, t) = (f64::from(b - a), place - below);
    if t >= 0.5 { f64::from(b) - difference * (1.0 - t) } else { f64::from(a) + difference * t }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cell() -> impl Strategy<Value = Vec<f32>> {
        prop::collection::vec(prop_oneof![(1u32..40).prop_map(|c| c as f32), 0.01f32..1e6], 1..200)
    }

    proptest! {
        #[test]
        fn bins_run_from_one_to_the_last_and_zeros_stay_zero(
            values in cell(), n_bins in 3usize..80, u in 0.0f64..1.0,
        ) {
            let bins = QuantileBins::of(&values, n_bins);
            prop_assert_eq!(bins.edges().len(), n_bins - 1);
            prop_assert!(bins.edges().is_sorted());
            for &value in &values {
                let bin = bins.bin(value, u);
                prop_assert!((1..n_bins).contains(&bin), "{value} in bin {bin}");
            }
            prop_assert_eq!(bins.bin(0.0, u), 0);
        }

        #[test]
        fn a_larger_value_is_in_no_lower_bin_whatever_the_draws(
            values in cell(), u in 0.0f64..1.0, v in 0.0f64..1.0,
        ) {
            let bins = QuantileBins::of(&values, 51);
            let mut sorted = values.clone();
            sorted.sort_unstable_by(f32::total_cmp);
            sorted.dedup();
            for pair in sorted.windows(2) {
                prop_assert!(bins.bin(pair[0], u) <= bins.bin(pair[1], v));
            }
        }

        #[test]
        fn bins_depend_on_ranks_only(counts in prop::collection::vec(1u32..400, 1..100)) {
            let values: Vec<f32> = counts.iter().map(|&c| c as f32).collect();
            // Powers of two scale without rounding.
            let scaled: Vec<f32> = values.iter().map(|v| v * 0.125).collect();
            let (a, b) = (QuantileBins::of(&values, 51), QuantileBins::of(&scaled, 51));
            for (x, y) in values.iter().zip(&scaled) {
                prop_assert_eq!(a.bin(*x, 0.5), b.bin(*y, 0.5));
            }
        }
    }

    #[test]
    fn one_value_is_in_the_middle_and_draws_spread_it_over_all_bins() {
        let bins = QuantileBins::of(&[3.0, 3.0], 51);
        assert_eq!(bins.sides(3.0), Sides { left: 50, right: 0 });
        assert_eq!(bins.bin(3.0, 0.5), 25);
        assert_eq!(bins.bin(3.0, 0.0), 50);
        assert_eq!(bins.bin(3.0, 0.999), 1);
    }

    #[test]
    fn the_largest_of_different_values_is_in_the_top_bin() {
        let values: Vec<f32> = (1..=200).map(|v| v as f32).collect();
        let bins = QuantileBins::of(&values, 51);
        assert_eq!((bins.bin(200.0, 0.5), bins.bin(1.0, 0.5)), (50, 1));
    }
}
