//! Passes over rows that a matrix product does not do, each written once for all instruction
//! sets: the compiler vectorises 16-wide chunks, `multiversion` picks a version when it runs.
//!
//! Sums run over 16 lanes in a fixed order, so a row's result never depends on the machine's load.
// `multiversion` expands to a checked call of a function with CPU features, which is `unsafe`.
#![allow(unsafe_code)]

use multiversion::multiversion;

const LANES: usize = 16;

/// `e^x` for `x <= 0`, within 2 ulp; results below the smallest normal number become about 1e-38.
///
/// Splits `x = n ln 2 + r` with `|r| <= ln 2 / 2` (Cody and Waite 1980, in two parts) and takes
/// a Taylor polynomial of degree 6 in `r`, whose remainder is below 2e-7 relative.
#[inline(always)]
fn exp_negative(x: f32) -> f32 {
    /// Adding and subtracting 1.5 * 2^23 rounds to the nearest integer, which the sum holds in its
    /// lowest bits (a cast to integer would saturate, and is several times slower).
    const ROUND: f32 = 12_582_912.0;
    const LN2_HIGH: f32 = 0.693_359_4;
    const LN2_LOW: f32 = -2.121_944_4e-4;
    let x = if x < -87.0 { -87.0 } else { x };
    let rounded = x * std::f32::consts::LOG2_E + ROUND;
    let n = rounded - ROUND;
    let r = (x - n * LN2_HIGH) - n * LN2_LOW;
    let mut p = 1.0 / 720.0;
    p = p * r + 1.0 / 120.0;
    p = p * r + 1.0 / 24.0;
    p = p * r + 1.0 / 6.0;
    p = p * r + 0.5;
    p = p * r + 1.0;
    p = p * r + 1.0;
    let power = f32::from_bits((rounded.to_bits() << 23).wrapping_add(127 << 23));
    p * power
}

#[inline(always)]
fn fold(lanes: [f32; LANES]) -> f32 {
    let mut width = LANES / 2;
    let mut lanes = lanes;
    while width > 0 {
        for i in 0..width {
            lanes[i] += lanes[i + width];
        }
        width /= 2;
    }
    lanes[0]
}

/// Sum over a row of `f(value)`, in lanes.
#[inline(always)]
fn lane_sum(row: &[f32], f: impl Fn(f32) -> f32) -> f32 {
    let (chunks, rest) = row.as_chunks::<LANES>();
    let mut lanes = [0f32; LANES];
    for chunk in chunks {
        for (lane, &v) in lanes.iter_mut().zip(chunk) {
            *lane += f(v);
        }
    }
    for (lane, &v) in lanes.iter_mut().zip(rest) {
        *lane += f(v);
    }
    fold(lanes)
}

#[inline(always)]
fn row_max(row: &[f32]) -> f32 {
    let (chunks, rest) = row.as_chunks::<LANES>();
    let mut lanes = [f32::NEG_INFINITY; LANES];
    for chunk in chunks {
        for (lane, &v) in lanes.iter_mut().zip(chunk) {
            *lane = if v > *lane { v } else { *lane };
        }
    }
    lanes.iter().chain(rest).fold(f32::NEG_INFINITY, |m, &v| if v > m { v } else { m })
}

/// Turns each row of `scores` (rows of `width`) into `exp(score - max)`, and writes one over the
/// row's sum to `inverse_sums`: dividing the `[rows, head]` product later is cheaper than dividing
/// the `[rows, width]` probabilities now.
#[multiversion(targets("x86_64+avx512f", "x86_64+avx2+fma", "aarch64+neon"))]
pub(super) fn softmax_unscaled(scores: &mut [f32], width: usize, inverse_sums: &mut [f32]) {
    for (row, inverse) in scores.chunks_exact_mut(width).zip(inverse_sums) {
        let max = row_max(row);
        let (chunks, rest) = row.as_chunks_mut::<LANES>();
        let mut lanes = [0f32; LANES];
        for chunk in chunks {
            for (lane, v) in lanes.iter_mut().zip(chunk) {
                *v = exp_negative(*v - max);
                *lane += *v;
            }
        }
        for (lane, v) in lanes.iter_mut().zip(rest) {
            *v = exp_negative(*v - max);
            *lane += *v;
        }
        *inverse = 1.0 / fold(lanes);
    }
}

/// Adds `bias` to each row of `x`.
#[multiversion(targets("x86_64+avx512f", "x86_64+avx2+fma", "aarch64+neon"))]
pub(super) fn add_bias(x: &mut [f32], bias: &[f32]) {
    for row in x.chunks_exact_mut(bias.len()) {
        for (v, &b) in row.iter_mut().zip(bias) {
            *v += b;
        }
    }
}

/// `max(x + bias, 0)` on each row of `x`.
#[multiversion(targets("x86_64+avx512f", "x86_64+avx2+fma", "aarch64+neon"))]
pub(super) fn bias_relu(x: &mut [f32], bias: &[f32]) {
    for row in x.chunks_exact_mut(bias.len()) {
        for (v, &b) in row.iter_mut().zip(bias) {
            let sum = *v + b;
            *v = if sum > 0.0 { sum } else { 0.0 };
        }
    }
}

/// `erf(x)` for `x >= 0`, within 1.5e-7 (Abramowitz and Stegun 1964, 7.1.26).
#[inline(always)]
fn erf_positive(x: f32) -> f32 {
    let t = 1.0 / (1.0 + 0.327_591_1 * x);
    let mut p = 1.061_405_4;
    p = p * t - 1.453_152_1;
    p = p * t + 1.421_413_8;
    p = p * t - 0.284_496_72;
    p = p * t + 0.254_829_6;
    1.0 - p * t * exp_negative(-x * x)
}

/// `gelu(x + bias)` with the exact error function on each row of `x`.
#[multiversion(targets("x86_64+avx512f", "x86_64+avx2+fma", "aarch64+neon"))]
pub(super) fn bias_gelu(x: &mut [f32], bias: &[f32]) {
    for row in x.chunks_exact_mut(bias.len()) {
        for (v, &b) in row.iter_mut().zip(bias) {
            let sum = *v + b;
            let erf = erf_positive(sum.abs() * std::f32::consts::FRAC_1_SQRT_2);
            *v = 0.5 * sum * (1.0 + if sum < 0.0 { -erf } else { erf });
        }
    }
}

/// Scale, shift and epsilon of a layer norm.
pub(super) struct Norm {
    pub gamma: Vec<f32>,
    pub beta: Vec<f32>,
    pub eps: f32,
}

/// `x = norm(x)` on each row, in place.
#[multiversion(targets("x86_64+avx512f", "x86_64+avx2+fma", "aarch64+neon"))]
pub(super) fn norm_rows(x: &mut [f32], norm: &Norm) {
    for row in x.chunks_exact_mut(norm.gamma.len()) {
        norm_row(row, norm);
    }
}

#[inline(always)]
fn norm_row(row: &mut [f32], norm: &Norm) {
    let width = row.len() as f32;
    let mean = lane_sum(row, |v| v) / width;
    let variance = lane_sum(row, |v| (v - mean) * (v - mean)) / width;
    let scale = 1.0 / (variance + norm.eps).sqrt();
    for ((v, &g), &b) in row.iter_mut().zip(&norm.gamma).zip(&norm.beta) {
        *v = (*v - mean) * scale * g + b;
    }
}

/// `x = x + branch + bias` on each row, in place.
#[multiversion(targets("x86_64+avx512f", "x86_64+avx2+fma", "aarch64+neon"))]
pub(super) fn add_branch(x: &mut [f32], branch: &[f32], bias: &[f32]) {
    let width = bias.len();
    for (row, branch) in x.chunks_exact_mut(width).zip(branch.chunks_exact(width)) {
        for ((v, &b), &c) in row.iter_mut().zip(branch).zip(bias) {
            *v += b + c;
        }
    }
}

/// Turns rows of exponents `u` into FAVOR+ features `exp(u - s - max) + added`, with the maximum
/// over the row where `highest` is absent. `s` is one number per row and `u - s` at most `max`.
#[multiversion(targets("x86_64+avx512f", "x86_64+avx2+fma", "aarch64+neon"))]
pub(super) fn favor_features(
    exponents: &mut [f32],
    width: usize,
    s: &[f32],
    highest: Option<f32>,
    added: f32,
) {
    for (row, &s) in exponents.chunks_exact_mut(width).zip(s) {
        let shift = s + highest.unwrap_or_else(|| row_max(row));
        for v in row {
            *v = exp_negative(*v - shift) + added;
        }
    }
}

/// The largest value of all.
#[multiversion(targets("x86_64+avx512f", "x86_64+avx2+fma", "aarch64+neon"))]
pub(super) fn largest(values: &[f32]) -> f32 {
    row_max(values)
}

/// `x = norm(x + branch + bias)` on each row, in place.
#[multiversion(targets("x86_64+avx512f", "x86_64+avx2+fma", "aarch64+neon"))]
pub(super) fn residual_norm(x: &mut [f32], branch: &[f32], bias: &[f32], norm: &Norm) {
    let width = bias.len();
    for (row, branch) in x.chunks_exact_mut(width).zip(branch.chunks_exact(width)) {
        for ((v, &b), &c) in row.iter_mut().zip(branch).zip(bias) {
            *v += b + c;
        }
        norm_row(row, norm);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exponential_is_right_over_its_whole_range() {
        for i in 0..=87_000 {
            let x = -(i as f32) / 1_000.0;
            let (ours, exact) = (f64::from(exp_negative(x)), f64::from(x).exp());
            assert!((ours - exact).abs() <= 3e-7 * exact, "{x}: {ours} {exact}");
        }
        assert_eq!(exp_negative(0.0), 1.0);
        assert!(exp_negative(f32::MIN) < 2e-38);
    }

    #[test]
    fn gelu_is_right_over_its_whole_range() {
        for i in -12_000..=12_000 {
            let x = i as f32 / 1_000.0;
            let mut ours = [x - 0.5];
            bias_gelu(&mut ours, &[0.5]);
            let exact =
                0.5 * f64::from(x) * (1.0 + statrs::function::erf::erf(f64::from(x) / 2f64.sqrt()));
            assert!((f64::from(ours[0]) - exact).abs() < 1e-6, "{x}: {} {exact}", ours[0]);
        }
    }

    #[test]
    fn softmax_rows_sum_to_one_for_widths_around_the_lanes() {
        for width in [1, 2, 15, 16, 17, 33] {
            let mut rows: Vec<f32> = (0..2 * width).map(|i| (i * 7 % 11) as f32 - 5.0).collect();
            let mut inverse = [0.0; 2];
            softmax_unscaled(&mut rows, width, &mut inverse);
            for (row, inverse) in rows.chunks(width).zip(inverse) {
                let sum: f32 = row.iter().map(|v| v * inverse).sum();
                assert!((sum - 1.0).abs() < 1e-6, "{width}: {sum}");
            }
        }
    }

    #[test]
    fn a_normed_row_has_mean_zero_and_variance_one() {
        let norm = Norm { gamma: vec![1.0; 20], beta: vec![0.0; 20], eps: 1e-12 };
        let mut x: Vec<f32> = (0..20).map(|i| i as f32).collect();
        residual_norm(&mut x, &[1.0; 20], &[3.0; 20], &norm);
        let mean: f32 = x.iter().sum::<f32>() / 20.0;
        let variance: f32 = x.iter().map(|v| v * v).sum::<f32>() / 20.0;
        assert!(mean.abs() < 1e-6 && (variance - 1.0).abs() < 1e-5);
    }
}
