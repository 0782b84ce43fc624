//! The standard normal, accurate far into its tails.

use rand::Rng;
use statrs::function::erf::erfc_inv;

use std::f64::consts::{FRAC_1_SQRT_2, FRAC_2_SQRT_PI, PI, SQRT_2};

/// `ln(2 pi) / 2`.
pub const HALF_LN_TWO_PI: f64 = 0.918_938_533_204_672_8;

/// Density.
#[must_use]
pub fn pdf(u: f64) -> f64 {
    (-0.5 * u * u - HALF_LN_TWO_PI).exp()
}

/// Cumulative distribution function.
#[must_use]
pub fn cdf(u: f64) -> f64 {
    0.5 * erfc(-u * FRAC_1_SQRT_2)
}

/// Quantile of `p` in (0, 1); plus or minus infinity at the ends.
#[must_use]
pub fn quantile(p: f64) -> f64 {
    if p > 0.5 {
        return -quantile(1.0 - p);
    }
    let start = -SQRT_2 * erfc_inv(2.0 * p);
    // The series gives ten digits; one Newton step gives the rest where the density allows it.
    if start.abs() < 30.0 { start - (cdf(start) - p) / pdf(start) } else { start }
}

/// A standard normal number from a generator (Box and Muller 1958).
pub(crate) fn draw_normal(rng: &mut impl Rng) -> f64 {
    // Half a step away from 0, whose logarithm is infinite.
    let mut uniform = || ((rng.next_u64() >> 11) as f64 + 0.5) / (1u64 << 53) as f64;
    let radius = (-2.0 * uniform().ln()).sqrt();
    radius * (2.0 * PI * uniform()).cos()
}

/// Complementary error function.
///
/// Written here because the available crates stop at ten digits.
#[must_use]
pub fn erfc(x: f64) -> f64 {
    if x < 0.0 {
        2.0 - erfc(-x)
    } else if x < 1.0 {
        1.0 - erf_series(x)
    } else {
        (-x * x).exp() * erfcx(x)
    }
}

/// `erf(x) = 2/sqrt(pi) e^(-x^2) sum_n 2^n x^(2n+1) / (2n+1)!!` (DLMF 7.6.2), 0 <= x <= 1.
fn erf_series(x: f64) -> f64 {
    let (mut term, mut sum, mut n) = (x, x, 1.0);
    while term > 1e-18 * sum {
        term *= 2.0 * x * x / (2.0 * n + 1.0);
        sum += term;
        n += 1.0;
    }
    FRAC_2_SQRT_PI * (-x * x).exp() * sum
}

/// Scaled complementary error function `exp(x^2) erfc(x)`, relative error about 1e-15 for x >= 0.
///
/// From x = 1 on by the continued fraction of DLMF 7.9.2, evaluated backwards; the product itself
/// would lose `x^2` units in the last place there. Below 1 the product is accurate.
#[must_use]
pub fn erfcx(x: f64) -> f64 {
    if x < 1.0 {
        return (x * x).exp() * erfc(x);
    }
    let terms = if x < 2.0 {
        240
    } else if x < 6.0 {
        60
    } else {
        16
    };
    let mut tail = x;
    for k in (1..=terms).rev() {
        tail = x + 0.5 * f64::from(k) / tail;
    }
    1.0 / (PI.sqrt() * tail)
}

/// `ln Phi(u)`, finite wherever `u^2` is.
#[must_use]
pub fn ln_cdf(u: f64) -> f64 {
    if u < -1.0 { -0.5 * u * u + (0.5 * erfcx(-u * FRAC_1_SQRT_2)).ln() } else { cdf(u).ln() }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    #[test]
    fn erfcx_matches_reference_values_to_fifteen_digits() {
        // 30-digit values of exp(x^2) erfc(x).
        for (x, want) in [
            (0.0, 1.0),
            (0.5, 0.615_690_344_192_925_9),
            (1.0, 0.427_583_576_155_807),
            (2.0, 0.255_395_676_310_505_74),
            (5.0, 0.110_704_637_733_068_63),
            (10.0, 0.056_140_992_743_822_58),
            (100.0, 0.005_641_613_782_989_433),
        ] {
            let got = erfcx(x);
            assert!((got / want - 1.0_f64).abs() < 2e-15, "erfcx({x}) = {got:e}, want {want:e}");
        }
    }

    #[test]
    fn erfcx_is_continuous_where_its_branches_meet() {
        for x in [1.0_f64, 2.0, 6.0] {
            let (below, above) = (erfcx(x.next_down()), erfcx(x));
            assert!((below / above - 1.0).abs() < 4e-15, "{x}: {below:e} {above:e}");
        }
    }

    #[test]
    fn drawn_numbers_have_the_moments_of_a_standard_normal() {
        let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(1);
        let drawn: Vec<f64> = (0..40_000).map(|_| draw_normal(&mut rng)).collect();
        let moment = |k: i32| drawn.iter().map(|x| x.powi(k)).sum::<f64>() / drawn.len() as f64;
        // Five standard errors of each.
        assert!(moment(1).abs() < 0.025 && (moment(2) - 1.0).abs() < 0.036);
        assert!(moment(3).abs() < 0.1 && (moment(4) - 3.0).abs() < 0.25);
    }

    #[test]
    fn quantile_inverts_the_cdf() {
        for u in [-6.0_f64, -1.0, -0.1, 0.0, 0.7, 1.5] {
            assert!((quantile(cdf(u)) - u).abs() < 1e-12 * u.abs().max(1.0), "{u}");
        }
    }
}
