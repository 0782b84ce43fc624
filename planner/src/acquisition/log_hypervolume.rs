//! The logarithm of the expected hypervolume improvement, smoothed.

use super::boxes::{Cell, non_dominated_boxes};
use super::smooth::{Smoothing, log_mean_exp};

/// Sides of boxes are at most so long.
const LONGEST: f64 = 1e10;
/// Smoothing of the minima where every sample has its own front.
const TAU_NOISY: f64 = 1e-3;

/// Log of [`expected_hypervolume_improvement`](super::expected_hypervolume_improvement), smoothed:
/// finite and ordered where no sample improves and the plain one is 0.
///
/// Inside each box of the non-dominated space the gain of a batch follows by inclusion and exclusion
/// over its subsets, `2^q` of them: take one candidate at a time and what is pending as fantasies
/// for a large batch. Not for more than four objectives: the number of boxes explodes.
///
/// # Shapes
/// `front`: points, of which the dominated ones do not matter; `samples`: one batch each, `[q]` points.
/// # Source
/// Ament et al. 2023, arXiv:2310.20708, appendix on multi-objective optimisation; Daulton et al.
/// 2020, arXiv:2006.05078 (inclusion and exclusion).
#[must_use]
pub fn log_expected_hypervolume_improvement(
    front: &[Vec<f64>],
    reference: &[f64],
    samples: &[Vec<Vec<f64>>],
) -> f64 {
    let cells = non_dominated_boxes(front, reference);
    let gains = samples.iter().map(|batch| log_gain(&cells, batch, Smoothing::default()));
    log_mean_exp(&gains.collect::<Vec<_>>())
}

/// The same for noisy measurements: each sample holds the values of the first `measured` points,
/// whose front is that sample's own, and then those of the batch.
///
/// # Source
/// Daulton et al. 2021, arXiv:2105.08195, in the logarithmic form of Ament et al. 2023.
#[must_use]
pub fn log_noisy_expected_hypervolume_improvement(
    measured: usize,
    reference: &[f64],
    samples: &[Vec<Vec<f64>>],
) -> f64 {
    let smoothing = Smoothing { tau_max: TAU_NOISY, ..Smoothing::default() };
    let gain = |points: &Vec<Vec<f64>>| {
        let (baseline, batch) = points.split_at(measured.min(points.len()));
        log_gain(&non_dominated_boxes(baseline, reference), batch, smoothing)
    };
    log_mean_exp(&samples.iter().map(gain).collect::<Vec<_>>())
}

/// Log of the volume that a batch adds in all boxes.
fn log_gain(cells: &[Cell], batch: &[Vec<f64>], smoothing: Smoothing) -> f64 {
    let in_cell = |cell: &Cell| {
        let logs: Vec<Vec<f64>> = batch.iter().map(|y| log_reach(cell, y, smoothing)).collect();
        let (mut odd, mut even) = (Vec::new(), Vec::new());
        for subset in 1_u64..1 << batch.len() {
            let area = log_overlap(cell, &logs, subset, smoothing);
            if subset.count_ones() % 2 == 1 { odd.push(area) } else { even.push(area) }
        }
        log_difference(log_sum_exp(&odd), log_sum_exp(&even))
    };
    log_sum_exp(&cells.iter().map(in_cell).collect::<Vec<_>>())
}

/// Log of how far a point reaches above the box's lower corner, per objective.
fn log_reach(cell: &Cell, y: &[f64], smoothing: Smoothing) -> Vec<f64> {
    y.iter().zip(&cell.lower).map(|(y, lower)| smoothing.log_positive(y - lower)).collect()
}

/// Log of the volume that all points of a subset cover together in the box.
fn log_overlap(cell: &Cell, logs: &[Vec<f64>], subset: u64, smoothing: Smoothing) -> f64 {
    let side = |j: usize| {
        let members = logs.iter().enumerate().filter(|(i, _)| subset >> i & 1 == 1);
        let reaches: Vec<f64> = members.map(|(_, log)| log[j]).collect();
        let length = (cell.upper[j].min(LONGEST) - cell.lower[j]).ln();
        smoothing.minimum(&[smoothing.minimum(&reaches), length])
    };
    (0..cell.lower.len()).map(side).sum()
}

fn log_sum_exp(logs: &[f64]) -> f64 {
    let most = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if most == f64::NEG_INFINITY {
        return most;
    }
    most + logs.iter().map(|log| (log - most).exp()).sum::<f64>().ln()
}

/// `ln(e^a - e^b)`; minus infinity where smoothing has made b the larger.
fn log_difference(a: f64, b: f64) -> f64 {
    let w = b - a;
    if b == f64::NEG_INFINITY {
        a
    } else if w >= 0.0 {
        f64::NEG_INFINITY
    } else if w > -std::f64::consts::LN_2 {
        a + (-w.exp_m1()).ln()
    } else {
        a + (-w.exp()).ln_1p()
    }
}

#[cfg(test)]
mod tests {
    use super::super::expected_hypervolume_improvement;
    use super::*;

    const FRONT: [[f64; 3]; 3] = [[1.0, 3.0, 2.0], [2.0, 2.0, 1.0], [3.0, 1.0, 3.0]];

    fn front() -> Vec<Vec<f64>> {
        FRONT.map(|point| point.to_vec()).to_vec()
    }

    #[test]
    fn where_samples_improve_it_is_the_log_of_the_exact_improvement() {
        let samples = [vec![vec![2.5, 2.5, 2.5], vec![3.5, 0.5, 1.0]], vec![vec![0.5; 3]; 2]];
        let exact = expected_hypervolume_improvement(&front(), &[0.0; 3], &samples).ln();
        let smooth = log_expected_hypervolume_improvement(&front(), &[0.0; 3], &samples);
        assert!((exact - smooth).abs() < 0.05, "{exact} {smooth}");
    }

    #[test]
    fn where_none_improves_nearer_is_still_better() {
        let of = |y: f64| {
            let samples = [vec![vec![y; 3]]];
            log_expected_hypervolume_improvement(&front(), &[0.0; 3], &samples)
        };
        assert!(of(0.9).is_finite() && of(0.9) > of(0.5) && of(0.5) > of(-4.0));
    }

    #[test]
    fn one_noiseless_front_is_the_noisy_case_of_equal_samples() {
        let batch = vec![vec![2.5, 2.5, 2.5]];
        let joint = vec![[front(), batch.clone()].concat(); 2];
        let plain = log_expected_hypervolume_improvement(&front(), &[0.0; 3], &[batch]);
        let noisy = log_noisy_expected_hypervolume_improvement(3, &[0.0; 3], &joint);
        assert!((plain - noisy).abs() < 0.05, "{plain} {noisy}");
    }
}
