//! Several objectives, all to be maximised: fronts, hypervolume, and acquisitions over them.

/// Which points no other dominates. Equal points do not dominate each other and are all kept.
#[must_use]
pub fn non_dominated(points: &[Vec<f64>]) -> Vec<bool> {
    let dominates = |a: &[f64], b: &[f64]| {
        a.iter().zip(b).all(|(x, y)| x >= y) && a.iter().zip(b).any(|(x, y)| x > y)
    };
    points.iter().map(|point| !points.iter().any(|other| dominates(other, point))).collect()
}

/// Volume that the points dominate above the reference point, exactly, for any number of objectives
/// (cost grows fast beyond four).
///
/// # Source
/// Slicing by the last objective: Zitzler 1999; Fonseca et al. 2006 describe the same recursion.
#[must_use]
pub fn hypervolume(points: &[Vec<f64>], reference: &[f64]) -> f64 {
    let above: Vec<Vec<f64>> = points
        .iter()
        .filter(|point| point.iter().zip(reference).all(|(y, r)| y > r))
        .map(|point| point.iter().zip(reference).map(|(y, r)| y - r).collect())
        .collect();
    volume(above, reference.len())
}

/// Volume above the origin of the first `n` objectives.
fn volume(mut points: Vec<Vec<f64>>, n: usize) -> f64 {
    if points.is_empty() || n == 0 {
        return 0.0;
    }
    if n == 1 {
        return points.iter().map(|point| point[0]).fold(0.0, f64::max);
    }
    points.sort_by(|a, b| b[n - 1].total_cmp(&a[n - 1]));
    if n == 2 {
        // Downwards in the second objective each point adds what it has more of the first.
        let (mut total, mut widest) = (0.0, 0.0_f64);
        for (i, point) in points.iter().enumerate() {
            widest = widest.max(point[0]);
            let below = points.get(i + 1).map_or(0.0, |next| next[1]);
            total += widest * (point[1] - below);
        }
        return total;
    }
    let mut total = 0.0;
    for i in 0..points.len() {
        let below = points.get(i + 1).map_or(0.0, |next| next[n - 1]);
        let height = points[i][n - 1] - below;
        if height > 0.0 {
            total += height * volume(points[..=i].to_vec(), n - 1);
        }
    }
    total
}

/// A reference point where none was given: the worst value of the front in every objective, less a
/// tenth of the front's range. `None` without a point.
///
/// # Source
/// Ishibuchi et al. 2011, as BoTorch's default.
#[must_use]
pub fn inferred_reference(points: &[Vec<f64>]) -> Option<Vec<f64>> {
    let kept = non_dominated(points);
    let front: Vec<&Vec<f64>> =
        points.iter().zip(&kept).filter(|(_, kept)| **kept).map(|(point, _)| point).collect();
    let width = front.first()?.len();
    let axis = |j: usize| {
        let values = front.iter().map(|point| point[j]);
        let low = values.clone().fold(f64::INFINITY, f64::min);
        let high = values.fold(f64::NEG_INFINITY, f64::max);
        // A front of one point has no range: a tenth of its size instead.
        let range = if front.len() > 1 { high - low } else { low.abs() };
        low - 0.1 * range
    };
    Some((0..width).map(axis).collect())
}

/// Expected hypervolume improvement of a batch: mean over `samples` (each a list of points) of what
/// the points add to the volume of `front`. Exact for the samples given. Use the log of it to rank
/// where it is small.
///
/// # Source
/// Daulton, Balandat and Bakshy 2020, arXiv:2006.05078; here by direct differences of volumes.
#[must_use]
pub fn expected_hypervolume_improvement(
    front: &[Vec<f64>],
    reference: &[f64],
    samples: &[Vec<Vec<f64>>],
) -> f64 {
    let before = hypervolume(front, reference);
    let gain = |batch: &Vec<Vec<f64>>| {
        let all: Vec<Vec<f64>> = front.iter().chain(batch).cloned().collect();
        hypervolume(&all, reference) - before
    };
    samples.iter().map(gain).sum::<f64>() / samples.len().max(1) as f64
}

/// Augmented Chebyshev value of every point, larger is better: `-(max_i w_i n_i + alpha sum w_i n_i)`
/// with `n_i = (max y_i - y_i) / (max y_i - min y_i)` over `points`. With random weights, one set
/// per slot of the batch, and an expected improvement of it this is ParEGO.
///
/// # Source
/// Knowles 2006; alpha 0.05 as there.
#[must_use]
pub fn augmented_chebyshev(points: &[Vec<f64>], weights: &[f64], alpha: f64) -> Vec<f64> {
    let axis = |j: usize| {
        let values = points.iter().map(|point| point[j]);
        let low = values.clone().fold(f64::INFINITY, f64::min);
        let high = values.fold(f64::NEG_INFINITY, f64::max);
        (high, if high > low { high - low } else { 1.0 })
    };
    let axes: Vec<(f64, f64)> = (0..weights.len()).map(axis).collect();
    let value = |point: &Vec<f64>| {
        let lost = |j: usize| weights[j] * (axes[j].0 - point[j]) / axes[j].1;
        let worst = (0..weights.len()).map(lost).fold(f64::NEG_INFINITY, f64::max);
        -(worst + alpha * (0..weights.len()).map(lost).sum::<f64>())
    };
    points.iter().map(value).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn volumes_of_boxes_are_those_of_a_drawing() {
        let two = [vec![1.0, 3.0], vec![2.0, 2.0], vec![3.0, 1.0], vec![1.0, 1.0]];
        assert_eq!(hypervolume(&two, &[0.0, 0.0]), 6.0);
        assert_eq!(non_dominated(&two), [true, true, true, false]);
        let three = [vec![1.0, 1.0, 2.0], vec![2.0, 2.0, 1.0]];
        assert_eq!(hypervolume(&three, &[0.0; 3]), 5.0);
        assert_eq!(hypervolume(&three, &[2.0; 3]), 0.0);
        let gain = expected_hypervolume_improvement(&two, &[0.0; 2], &[vec![vec![3.0, 3.0]]]);
        assert_eq!(gain, 3.0);
    }

    #[test]
    fn the_weights_decide_which_corner_is_best() {
        let points = [vec![1.0, 0.0], vec![0.0, 1.0]];
        let found = augmented_chebyshev(&points, &[0.9, 0.1], 0.05);
        assert!(found[0] > found[1]);
    }

    proptest! {
        #[test]
        fn a_point_never_shrinks_the_volume_and_order_does_not_matter(
            points in prop::collection::vec(prop::collection::vec(-1.0..2.0f64, 3), 1..8),
        ) {
            let all = hypervolume(&points, &[0.0; 3]);
            let fewer = hypervolume(&points[1..], &[0.0; 3]);
            prop_assert!(all >= fewer - 1e-12);
            let reversed: Vec<Vec<f64>> = points.iter().rev().cloned().collect();
            prop_assert!((all - hypervolume(&reversed, &[0.0; 3])).abs() < 1e-9);
        }
    }
}
