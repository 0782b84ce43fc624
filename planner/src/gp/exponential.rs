//! The exponential of many numbers at once.
//!
//! A fit takes it of every pair of measurements in every evaluation: one call of the C library a
//! number was three quarters of its time. Here the compiler vectorises plain loops, and
//! `multiversion` picks the instruction set when it runs. No operation is fused, so that all of
//! them give the same bits.
// `multiversion` expands to a checked call of a function with CPU features, which is `unsafe`.
#![allow(unsafe_code)]

use multiversion::multiversion;

/// Below this the result is taken as 0: it would lose digits.
const SMALLEST: f64 = -708.0;
/// Adding it rounds to an integer, which the low bits of the sum then hold.
const ROUNDING: f64 = 6_755_399_441_055_744.0;
/// `ln 2` in two parts, the first with so few bits that a multiple of it is exact.
const LN_2: [f64; 2] = [0.693_147_180_369_123_8, 1.908_214_929_270_587_7e-10];
/// `1 / k!` from 13 down: on half a `ln 2` to both sides the next term is below rounding.
const TAYLOR: [f64; 14] = [
    1.0 / 6_227_020_800.0,
    1.0 / 479_001_600.0,
    1.0 / 39_916_800.0,
    1.0 / 3_628_800.0,
    1.0 / 362_880.0,
    1.0 / 40_320.0,
    1.0 / 5_040.0,
    1.0 / 720.0,
    1.0 / 120.0,
    1.0 / 24.0,
    1.0 / 6.0,
    0.5,
    1.0,
    1.0,
];

/// `exp(min(v, 0))` of every number in place, to the last digit but one.
#[multiversion(targets("x86_64+avx512f+avx512dq", "x86_64+avx2+fma", "aarch64+neon"))]
pub(super) fn exp_negative(values: &mut [f64]) {
    for value in values {
        let x = value.clamp(SMALLEST, 0.0);
        let shifted = x * std::f64::consts::LOG2_E + ROUNDING;
        let power = shifted - ROUNDING;
        let rest = (x - power * LN_2[0]) - power * LN_2[1];
        let mut sum = TAYLOR[0];
        for term in &TAYLOR[1..] {
            sum = sum * rest + term;
        }
        // The integer sits in the low bits of the rounded sum: into the exponent with it.
        let scale = f64::from_bits((shifted.to_bits() << 52).wrapping_add(1023 << 52));
        *value = if *value < SMALLEST { 0.0 } else { sum * scale };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_sizes_agree_with_the_library_to_the_last_digit_but_one() {
        let arguments: Vec<f64> = (0..200_000).map(|i| -f64::from(i) * 0.003_541).collect();
        let mut found = arguments.clone();
        exp_negative(&mut found);
        for (x, y) in arguments.iter().zip(&found) {
            let error = (y - x.exp()).abs() / x.exp();
            assert!(error < 5e-16 || *x < SMALLEST, "exp({x}): {error:e}");
        }
    }

    #[test]
    fn above_zero_is_one_far_below_is_zero_and_nothing_stays_nothing() {
        let mut values = [0.0, 1e-9, 3.0, -709.0, f64::NEG_INFINITY, f64::NAN];
        exp_negative(&mut values);
        assert_eq!(values[..5], [1.0, 1.0, 1.0, 0.0, 0.0]);
        assert!(values[5].is_nan());
    }
}
