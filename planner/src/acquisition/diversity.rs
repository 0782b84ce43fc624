//! Batches that cover the feature space; no uncertainty is needed. For a first round without a
//! prior, and for surrogates without a posterior. All weak once a fitted regression is there.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Squared Euclidean distance.
fn square(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| (x - y).powi(2)).sum()
}

/// Squared distance of every point to the nearest of `centres`; infinity without any.
fn nearest(points: &[Vec<f64>], centres: &[usize]) -> Vec<f64> {
    let to = |point: &Vec<f64>| {
        let all = centres.iter().map(|&c| square(point, &points[c]));
        all.fold(f64::INFINITY, f64::min)
    };
    points.iter().map(to).collect()
}

/// The k-centre greedy (core-set) batch: again and again the point farthest from everything in
/// `measured` or picked. Without `measured` the first pick is the point nearest to the mean. Finds
/// outliers first; useless where the features carry no signal.
///
/// # Source
/// Sener and Savarese 2018, arXiv:1708.00489.
#[must_use]
pub fn k_centre(points: &[Vec<f64>], measured: &[usize], q: usize) -> Vec<usize> {
    let mut distance = nearest(points, measured);
    let mut picks = Vec::new();
    let mut open: Vec<bool> = vec![true; points.len()];
    measured.iter().filter(|&&m| m < points.len()).for_each(|&m| open[m] = false);
    while picks.len() < q.min(points.len()) {
        let next = match measured.is_empty() && picks.is_empty() {
            true => central(points),
            false => (0..points.len())
                .filter(|&i| open[i])
                .max_by(|&a, &b| distance[a].total_cmp(&distance[b]).then(b.cmp(&a))),
        };
        let Some(next) = next else { break };
        open[next] = false;
        picks.push(next);
        for (slot, point) in distance.iter_mut().zip(points) {
            *slot = slot.min(square(point, &points[next]));
        }
    }
    picks
}

/// The point nearest to the mean of all.
fn central(points: &[Vec<f64>]) -> Option<usize> {
    let width = points.first()?.len();
    let n = points.len() as f64;
    let mean: Vec<f64> =
        (0..width).map(|j| points.iter().map(|point| point[j]).sum::<f64>() / n).collect();
    let far = |i: &usize| square(&points[*i], &mean);
    (0..points.len()).min_by(|a, b| far(a).total_cmp(&far(b)))
}

/// The seeding of k-means++: points drawn with a chance in proportion to their squared distance
/// from those drawn before. On gradient embeddings (last-layer features times a sampled residual)
/// it is BADGE.
///
/// # Source
/// Arthur and Vassilvitskii 2007; Ash et al. 2020, arXiv:1906.03671.
#[must_use]
pub fn k_means_plus_plus(points: &[Vec<f64>], q: usize, seed: u64) -> Vec<usize> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut picks: Vec<usize> = Vec::new();
    let mut distance = vec![1.0; points.len()];
    while picks.len() < q.min(points.len()) {
        let total: f64 = distance.iter().sum();
        if total <= 0.0 {
            break;
        }
        let mut left = rng.random_range(0.0..total);
        let mut next = None;
        for (i, d) in distance.iter().enumerate() {
            if *d > 0.0 {
                next = Some(i);
                if left < *d {
                    break;
                }
                left -= d;
            }
        }
        let Some(next) = next else { break };
        let first = picks.is_empty();
        picks.push(next);
        for (slot, point) in distance.iter_mut().zip(points) {
            let here = square(point, &points[next]);
            *slot = if first { here } else { slot.min(here) };
        }
    }
    picks
}

/// Greedy most likely batch of a determinantal point process with kernel `q_i S_ij q_j`, `q_i` the
/// quality and `S` the cosine of the features: good candidates that do not resemble each other.
/// Stops early when the rest is spanned by what was picked. Cost `q^2 m`.
///
/// # Source
/// Chen, Zhang and Zhou 2018, arXiv:1709.05135.
#[must_use]
pub fn determinantal(points: &[Vec<f64>], quality: &[f64], q: usize) -> Vec<usize> {
    let norm = |point: &Vec<f64>| point.iter().map(|x| x * x).sum::<f64>().sqrt();
    let unit: Vec<Vec<f64>> = points
        .iter()
        .map(|point| {
            let scale = 1.0 / norm(point).max(f64::MIN_POSITIVE);
            point.iter().map(|x| x * scale).collect()
        })
        .collect();
    let kernel = |i: usize, j: usize| {
        let cosine: f64 = unit[i].iter().zip(&unit[j]).map(|(a, b)| a * b).sum();
        quality[i] * cosine * quality[j]
    };
    let n = points.len().min(quality.len());
    let mut gain: Vec<f64> = (0..n).map(|i| quality[i] * quality[i]).collect();
    let largest = gain.iter().copied().fold(0.0, f64::max);
    let mut rows: Vec<Vec<f64>> = vec![Vec::new(); n];
    let mut picks: Vec<usize> = Vec::new();
    while picks.len() < q.min(n) {
        let open = (0..n).filter(|i| !picks.contains(i));
        let Some(next) = open.max_by(|&a, &b| gain[a].total_cmp(&gain[b]).then(b.cmp(&a))) else {
            break;
        };
        if gain[next] <= 1e-12 * largest {
            break;
        }
        let (row, root) = (rows[next].clone(), gain[next].sqrt());
        for i in (0..n).filter(|i| *i != next && !picks.contains(i)) {
            let shared: f64 = row.iter().zip(&rows[i]).map(|(a, b)| a * b).sum();
            let e = (kernel(next, i) - shared) / root;
            rows[i].push(e);
            gain[i] -= e * e;
        }
        picks.push(next);
    }
    picks
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn line(values: &[f64]) -> Vec<Vec<f64>> {
        values.iter().map(|v| vec![*v, 1.0]).collect()
    }

    #[test]
    fn the_next_centre_is_the_farthest_point() {
        let points = line(&[0.0, 1.0, 2.0, 10.0, 5.0]);
        assert_eq!(k_centre(&points, &[0], 2), [3, 4]);
        assert_eq!(k_centre(&points, &[], 1), [4], "nearest to the mean");
        assert!(k_centre(&[], &[], 3).is_empty());
    }

    #[test]
    fn a_twin_is_never_drawn_beside_its_twin() {
        let points = line(&[0.0, 0.0, 7.0, 7.0]);
        for seed in 0..20 {
            let picks = k_means_plus_plus(&points, 4, seed);
            assert_eq!(picks.len(), 2, "{picks:?}");
            assert_ne!(points[picks[0]], points[picks[1]]);
        }
    }

    #[test]
    fn quality_decides_first_and_likeness_next() {
        let points = vec![vec![1.0, 0.0], vec![1.0, 0.05], vec![0.0, 1.0]];
        assert_eq!(determinantal(&points, &[1.0, 0.99, 0.5], 2), [0, 2]);
        assert_eq!(determinantal(&points, &[1.0, 0.99, 1e-9], 2), [0, 1]);
    }

    proptest! {
        #[test]
        fn no_batch_holds_a_point_twice_or_a_measured_one(
            values in prop::collection::vec(-5.0..5.0f64, 1..40), q in 0usize..50, seed: u64,
        ) {
            let points = line(&values);
            let quality = vec![1.0; points.len()];
            let batches = [
                k_centre(&points, &[0], q),
                k_means_plus_plus(&points, q, seed),
                determinantal(&points, &quality, q),
            ];
            for picks in &batches {
                let mut distinct = picks.clone();
                distinct.sort_unstable();
                distinct.dedup();
                prop_assert_eq!(distinct.len(), picks.len());
                prop_assert!(picks.len() <= q.min(points.len()));
            }
            prop_assert!(!batches[0].contains(&0));
        }
    }
}
