//! Intervals that the random arm vouches for.

use serde::{Deserialize, Serialize};

use super::Prediction;
use crate::gauss::quantile;

/// A conformal interval `mean ± multiplier sd` of one level.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ConformalInterval {
    /// Nominal level, 0..1.
    pub level: f64,
    /// Wells of the random arm that this level needs, `N >= 1/a - 1`.
    pub wells_needed: usize,
    /// Sds on either side; absent while the random arm is too small.
    pub multiplier: Option<f64>,
    /// Sds on either side that the prediction itself claims.
    pub claimed: f64,
}

/// Split conformal intervals: with `N` scores `|y - mean| / sd` of wells drawn at random, the
/// interval at level `1 - a` reaches to the `ceil((N + 1)(1 - a))`-th smallest score. It holds at
/// least that share of further random wells whatever the model (Vovk et al. 2005; Lei et al. 2018,
/// JASA 113:1094). Wells chosen by their score are not exchangeable with the rest, so `random` must
/// hold the random arm only.
#[must_use]
pub fn conformal(random: &[Prediction], levels: &[f64]) -> Vec<ConformalInterval> {
    let mut scores: Vec<f64> = random.iter().map(|p| (p.measured - p.mean).abs() / p.sd).collect();
    scores.sort_by(f64::total_cmp);
    // Products such as 20 · 0.95 are not exact: less than a billionth above a whole is that whole.
    let up = |value: f64| (value - 1e-9).ceil().max(0.0) as usize;
    let one = |&level: &f64| ConformalInterval {
        level,
        wells_needed: up(1.0 / (1.0 - level) - 1.0),
        multiplier: up((scores.len() as f64 + 1.0) * level)
            .checked_sub(1)
            .and_then(|place| scores.get(place).copied()),
        claimed: quantile(0.5 + level / 2.0),
    };
    levels.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wells(n: usize) -> Vec<Prediction> {
        (1..=n).map(|i| Prediction { mean: 0.0, sd: 0.5, measured: i as f64 }).collect()
    }

    #[test]
    fn the_interval_reaches_to_the_score_of_its_rank() {
        let found = conformal(&wells(19), &[0.5, 0.9, 0.95]);
        let multipliers: Vec<Option<f64>> = found.iter().map(|c| c.multiplier).collect();
        assert_eq!(multipliers, [Some(20.0), Some(36.0), Some(38.0)]);
        assert!((found[2].claimed - 1.959_964).abs() < 1e-6);
    }

    #[test]
    fn too_few_random_wells_give_no_interval_and_say_how_many_are_needed() {
        let found = conformal(&wells(8), &[0.8, 0.9, 0.95]);
        let needed: Vec<usize> = found.iter().map(|c| c.wells_needed).collect();
        assert_eq!(needed, [4, 9, 19]);
        assert!(found[0].multiplier.is_some() && found[1].multiplier.is_none());
        assert!(conformal(&wells(9), &[0.9])[0].multiplier.is_some());
        assert!(conformal(&[], &[0.5])[0].multiplier.is_none());
    }
}
