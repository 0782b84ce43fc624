//! The rule that calls hits.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::super::AssayError;
use super::GeneEstimate;

/// Which direction of change counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sides {
    /// Up or down.
    #[default]
    Both,
    /// Up only.
    Up,
    /// Down only.
    Down,
}

/// Direction of an effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// The read-out rises.
    Up,
    /// The read-out falls.
    Down,
}

/// Calls a hit when robust z reaches the threshold on the side that counts.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct HitRule {
    /// Smallest |robust z| of a hit, above 0.
    pub threshold: f64,
    /// Which direction counts.
    pub sides: Sides,
}

impl Default for HitRule {
    /// |robust z| ≥ 3, both sides.
    fn default() -> Self {
        Self { threshold: 3.0, sides: Sides::Both }
    }
}

impl fmt::Display for HitRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.sides {
            Sides::Both => write!(
                f,
                "a gene is a hit when its |robust z| against the non-targeting wells is at least {}",
                self.threshold
            ),
            Sides::Up => write!(
                f,
                "a gene is a hit when its robust z against the non-targeting wells is {} or higher",
                self.threshold
            ),
            Sides::Down => write!(
                f,
                "a gene is a hit when its robust z against the non-targeting wells is {} or lower",
                -self.threshold
            ),
        }
    }
}

impl HitRule {
    /// The direction in which this robust z is a hit; `None` when it is none.
    pub fn direction(&self, robust_z: f64) -> Option<Direction> {
        let up = self.sides != Sides::Down && robust_z >= self.threshold;
        let down = self.sides != Sides::Up && robust_z <= -self.threshold;
        match (up, down) {
            (true, _) => Some(Direction::Up),
            (_, true) => Some(Direction::Down),
            _ => None,
        }
    }
}

/// The decision about one gene under a rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HitCall {
    /// The estimate that was judged.
    pub estimate: GeneEstimate,
    /// Direction of the hit; `None` when the gene is no hit.
    pub direction: Option<Direction>,
}

/// Judges every gene, in the order given.
///
/// # Errors
/// [`AssayError::Threshold`] when the threshold is not a finite number above 0.
pub fn call_hits(genes: &[GeneEstimate], rule: &HitRule) -> Result<Vec<HitCall>, AssayError> {
    if !rule.threshold.is_finite() || rule.threshold <= 0.0 {
        return Err(AssayError::Threshold { found: rule.threshold });
    }
    let call = |estimate: &GeneEstimate| HitCall {
        estimate: estimate.clone(),
        direction: rule.direction(estimate.robust_z),
    };
    Ok(genes.iter().map(call).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn directions(sides: Sides) -> Vec<Option<Direction>> {
        let rule = HitRule { threshold: 3.0, sides };
        [3.0, 2.9, -3.0, f64::NAN].map(|z| rule.direction(z)).to_vec()
    }

    #[test]
    fn the_threshold_itself_is_a_hit_and_only_the_chosen_side_counts() {
        let (up, down) = (Some(Direction::Up), Some(Direction::Down));
        assert_eq!(directions(Sides::Both), [up, None, down, None]);
        assert_eq!(directions(Sides::Up), [up, None, None, None]);
        assert_eq!(directions(Sides::Down), [None, None, down, None]);
    }

    #[test]
    fn the_rule_reads_as_a_sentence() {
        let rule = HitRule { threshold: 2.5, sides: Sides::Down };
        insta::assert_snapshot!(rule, @"a gene is a hit when its robust z against the non-targeting wells is -2.5 or lower");
        insta::assert_snapshot!(HitRule::default(), @"a gene is a hit when its |robust z| against the non-targeting wells is at least 3");
    }

    #[test]
    fn a_threshold_that_calls_everything_is_refused() {
        for threshold in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            let rule = HitRule { threshold, sides: Sides::Both };
            assert!(matches!(call_hits(&[], &rule), Err(AssayError::Threshold { .. })));
        }
    }
}
