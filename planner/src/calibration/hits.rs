//! Were the hit probabilities honest?

use serde::{Deserialize, Serialize};

use super::binomial::{central_95, count_distribution};

/// Bins of the reliability diagram.
const BINS: usize = 10;

/// A predicted probability and what came.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Call {
    /// Probability of a hit, 0 to 1.
    pub p_hit: f64,
    /// Called a hit.
    pub hit: bool,
}

/// Hit probabilities against hits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HitCalibration {
    /// Sum of the probabilities.
    pub expected: f64,
    /// Hits that hold in 19 of 20 cases if the probabilities are right (Poisson binomial; wells
    /// count as independent, which genes of one pathway are not).
    pub low: usize,
    /// Upper limit of the same.
    pub high: usize,
    /// Hits called.
    pub found: usize,
    /// Mean squared distance of probability and outcome (Brier 1950); smaller is better.
    pub brier: f64,
    /// The same when every well is given the share of hits: what a probability must beat.
    pub brier_of_base_rate: f64,
    /// Reliability diagram: tenths of the probability that hold a well.
    pub bins: Vec<ReliabilityBin>,
}

/// Wells with about the same probability.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ReliabilityBin {
    /// Wells.
    pub wells: usize,
    /// Mean probability.
    pub predicted: f64,
    /// Share of hits.
    pub observed: f64,
    /// Shares that hold in 19 of 20 cases if the probabilities are right.
    pub low: f64,
    /// Upper limit of the same.
    pub high: f64,
}

/// Scores probabilities; `None` when there are none.
#[must_use]
pub fn hit_calibration(calls: &[Call]) -> Option<HitCalibration> {
    if calls.is_empty() {
        return None;
    }
    let n = calls.len() as f64;
    let found = calls.iter().filter(|call| call.hit).count();
    let base = found as f64 / n;
    let square = |call: &Call| (call.p_hit - f64::from(u8::from(call.hit))).powi(2);
    let probabilities: Vec<f64> = calls.iter().map(|call| call.p_hit).collect();
    let (low, high) = central_95(&count_distribution(&probabilities));
    let bin_of =
        |call: &&Call, bin: usize| ((call.p_hit * BINS as f64) as usize).min(BINS - 1) == bin;
    let bins = (0..BINS).filter_map(|bin| {
        let inside: Vec<Call> = calls.iter().filter(|c| bin_of(c, bin)).copied().collect();
        reliability(&inside)
    });
    Some(HitCalibration {
        expected: probabilities.iter().sum(),
        low,
        high,
        found,
        brier: calls.iter().map(square).sum::<f64>() / n,
        brier_of_base_rate: base * (1.0 - base),
        bins: bins.collect(),
    })
}

fn reliability(inside: &[Call]) -> Option<ReliabilityBin> {
    let wells = inside.len();
    let share = |count: f64| count / wells as f64;
    let probabilities: Vec<f64> = inside.iter().map(|call| call.p_hit).collect();
    let (low, high) = central_95(&count_distribution(&probabilities));
    (wells > 0).then(|| ReliabilityBin {
        wells,
        predicted: share(probabilities.iter().sum()),
        observed: share(inside.iter().filter(|call| call.hit).count() as f64),
        low: share(low as f64),
        high: share(high as f64),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expected_and_found_hits_stand_side_by_side() {
        let call = |p_hit, hit| Call { p_hit, hit };
        let calls = [
            call(0.9, true),
            call(0.95, true),
            call(0.1, false),
            call(0.12, true),
            call(1.0, true),
        ];
        let found = hit_calibration(&calls).unwrap();
        assert!((found.expected - 3.07).abs() < 1e-12 && found.found == 4);
        assert_eq!((found.low, found.high), (2, 4));
        let bins: Vec<(usize, f64)> = found.bins.iter().map(|b| (b.wells, b.observed)).collect();
        assert_eq!(bins, [(2, 0.5), (3, 1.0)]);
        assert!((found.brier_of_base_rate - 0.16).abs() < 1e-12);
        assert!((found.brier - (0.01 + 0.0025 + 0.01 + 0.7744) / 5.0).abs() < 1e-12);
        assert_eq!(hit_calibration(&[]), None);
    }
}
