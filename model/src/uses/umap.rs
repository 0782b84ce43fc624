//! UMAP of a few hundred cells, the same picture for the same cells.
//!
//! McInnes, Healy and Melville 2018 (arXiv:1802.03426): fuzzy simplicial set of the exact nearest
//! neighbours, then stochastic gradient descent with negative samples. Every random number comes
//! from a seed and the cells are visited in order, which the published crates do not offer.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Neighbours of a cell.
const NEIGHBOURS: usize = 15;
/// Curve of the low-dimensional similarity `1 / (1 + a d^(2b))` for a spread of 1 and a smallest
/// distance of 0.1, as the reference fits it.
const A: f64 = 1.576_943;
const B: f64 = 0.895_060_9;
/// Passes over the edges.
const EPOCHS: usize = 400;
/// Cells that are pushed away for each that is pulled.
const NEGATIVES: usize = 5;
/// Side of the square in which cells start.
const START: f64 = 10.0;
/// Longest step along an axis.
const CLIP: f64 = 4.0;

/// Nearest neighbours of a cell, nearest first: their numbers and Euclidean distances.
type Neighbours = Vec<(usize, f64)>;

/// Cells in the plane, and the fuzzy neighbourhoods by which others are placed among them.
#[derive(Debug, Clone, PartialEq)]
pub struct Umap {
    points: Vec<Vec<f32>>,
    /// Where each cell is.
    pub places: Vec<[f64; 2]>,
}

/// Places cells in the plane. `points` are their embeddings, all of one length; `start` their
/// first places, for example two principal components.
pub fn umap(points: Vec<Vec<f32>>, start: &[[f64; 2]], seed: u64) -> Umap {
    let n = points.len();
    let near: Vec<Neighbours> = (0..n).map(|i| neighbours(&points, &points[i], Some(i))).collect();
    let mut places = scaled(start);
    let edges = edges(&near);
    descend(&mut places, &edges, seed);
    Umap { points, places }
}

impl Umap {
    /// Where a cell that was not placed belongs: the mean of its neighbours' places, weighted by
    /// their membership.
    pub fn place(&self, point: &[f32]) -> [f64; 2] {
        let near = neighbours(&self.points, point, None);
        let weights = memberships(&near);
        let total: f64 = weights.iter().sum();
        let axis = |axis: usize| {
            let parts = near.iter().zip(&weights).map(|((i, _), w)| w * self.places[*i][axis]);
            parts.sum::<f64>() / total.max(f64::MIN_POSITIVE)
        };
        [axis(0), axis(1)]
    }
}

fn neighbours(points: &[Vec<f32>], of: &[f32], but: Option<usize>) -> Neighbours {
    let distance = |other: &[f32]| {
        let squares = of.iter().zip(other).map(|(a, b)| f64::from(a - b).powi(2));
        squares.sum::<f64>().sqrt()
    };
    let others = points.iter().enumerate().filter(|(i, _)| Some(*i) != but);
    let mut all: Neighbours = others.map(|(i, point)| (i, distance(point))).collect();
    all.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
    all.truncate(NEIGHBOURS);
    all
}

/// Membership strengths `exp(-(d - rho) / sigma)`: rho is the distance of the nearest neighbour
/// and sigma makes them sum to log2 of their number (algorithm 3 of the paper).
fn memberships(near: &Neighbours) -> Vec<f64> {
    let rho = near.iter().map(|(_, d)| *d).find(|d| *d > 0.0).unwrap_or(0.0);
    let wanted = (near.len().max(2) as f64).log2();
    let strength = |d: f64, sigma: f64| (-(d - rho).max(0.0) / sigma).exp();
    let sum = |sigma: f64| near.iter().map(|(_, d)| strength(*d, sigma)).sum::<f64>();
    let mean = near.iter().map(|(_, d)| *d).sum::<f64>() / near.len().max(1) as f64;
    let (mut low, mut high) = (1e-3 * mean.max(1e-12), 1e3 * mean.max(1e-12));
    for _ in 0..64 {
        let middle = (low * high).sqrt();
        if sum(middle) > wanted { high = middle } else { low = middle }
    }
    near.iter().map(|(_, d)| strength(*d, low)).collect()
}

/// Edges of the fuzzy union `p + q - pq` of all neighbourhoods, in order.
fn edges(near: &[Neighbours]) -> Vec<(usize, usize, f64)> {
    let mut strengths = std::collections::BTreeMap::new();
    for (i, near) in near.iter().enumerate() {
        for ((j, _), strength) in near.iter().zip(memberships(near)) {
            strengths.entry((i.min(*j), i.max(*j))).or_insert([0.0; 2])[usize::from(i > *j)] =
                strength;
        }
    }
    let union = |[p, q]: [f64; 2]| p + q - p * q;
    strengths.into_iter().map(|((i, j), both)| (i, j, union(both))).collect()
}

/// Places in a square of [`START`] around the origin.
fn scaled(start: &[[f64; 2]]) -> Vec<[f64; 2]> {
    let largest = start.iter().flatten().fold(0.0_f64, |most, x| most.max(x.abs()));
    let factor = if largest > 0.0 { START / largest } else { 0.0 };
    start.iter().map(|[x, y]| [factor * x, factor * y]).collect()
}

/// Pulls neighbours together as often as their edge is strong, and pushes random cells apart.
fn descend(places: &mut [[f64; 2]], edges: &[(usize, usize, f64)], seed: u64) {
    let n = places.len();
    let strongest = edges.iter().fold(0.0_f64, |most, edge| most.max(edge.2));
    if n < 3 || strongest <= 0.0 {
        return;
    }
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut due = vec![0.0_f64; edges.len()];
    for epoch in 0..EPOCHS {
        let rate = 1.0 - epoch as f64 / EPOCHS as f64;
        for ((i, j, strength), due) in edges.iter().zip(&mut due) {
            *due += strength / strongest;
            if *due < 1.0 {
                continue;
            }
            *due -= 1.0;
            let pull = gradient(places[*i], places[*j], attraction);
            step(&mut places[*i], pull, rate);
            step(&mut places[*j], [-pull[0], -pull[1]], rate);
            for _ in 0..NEGATIVES {
                let other = rng.random_range(0..n);
                if other != *i {
                    let push = gradient(places[*i], places[other], repulsion);
                    step(&mut places[*i], push, rate);
                }
            }
        }
    }
}

fn attraction(square: f64) -> f64 {
    if square > 0.0 {
        -2.0 * A * B * square.powf(B - 1.0) / (1.0 + A * square.powf(B))
    } else {
        0.0
    }
}

fn repulsion(square: f64) -> f64 {
    2.0 * B / ((0.001 + square) * (1.0 + A * square.powf(B)))
}

fn gradient(a: [f64; 2], b: [f64; 2], force: fn(f64) -> f64) -> [f64; 2] {
    let d = [a[0] - b[0], a[1] - b[1]];
    let force = force(d[0] * d[0] + d[1] * d[1]);
    d.map(|d| (force * d).clamp(-CLIP, CLIP))
}

fn step(place: &mut [f64; 2], by: [f64; 2], rate: f64) {
    place[0] += rate * by[0];
    place[1] += rate * by[1];
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three groups of cells in ten dimensions, far apart, and their first two coordinates.
    fn groups() -> (Vec<Vec<f32>>, Vec<[f64; 2]>) {
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        let points: Vec<Vec<f32>> = (0..90)
            .map(|i| {
                let mut point: Vec<f32> = (0..10).map(|_| rng.random_range(-1.0..1.0)).collect();
                point[2 + i % 3] += 8.0;
                point
            })
            .collect();
        let start = points.iter().map(|p| [f64::from(p[0]), f64::from(p[1])]).collect();
        (points, start)
    }

    #[test]
    fn cells_of_a_group_are_nearest_to_their_own_and_the_picture_is_the_same_again() {
        let (points, start) = groups();
        let map = umap(points.clone(), &start, 1);
        assert_eq!(map, umap(points, &start, 1));
        assert!(map.places.iter().flatten().all(|x| x.is_finite()));
        for (i, a) in map.places.iter().enumerate() {
            let far = |b: &[f64; 2]| (a[0] - b[0]).powi(2) + (a[1] - b[1]).powi(2);
            let others = map.places.iter().enumerate().filter(|(j, _)| *j != i);
            let nearest = others.min_by(|x, y| far(x.1).total_cmp(&far(y.1))).unwrap().0;
            assert_eq!(nearest % 3, i % 3, "cell {i} lies among another group");
        }
    }

    #[test]
    fn a_cell_that_was_placed_before_is_placed_where_it_is() {
        let (points, start) = groups();
        let map = umap(points.clone(), &start, 1);
        let spread = |at: [f64; 2], to: [f64; 2]| (at[0] - to[0]).hypot(at[1] - to[1]);
        let group = |of: usize| {
            let own: Vec<[f64; 2]> = (0..30).map(|k| map.places[3 * k + of]).collect();
            own.iter().map(|at| spread(*at, own[0])).fold(0.0, f64::max)
        };
        for (i, point) in points.iter().enumerate().take(12) {
            assert!(spread(map.place(point), map.places[i]) < group(i % 3), "cell {i}");
        }
    }

    #[test]
    fn a_handful_of_equal_cells_stays_finite() {
        let map = umap(vec![vec![1.0, 2.0]; 4], &[[0.0, 0.0]; 4], 0);
        assert!(map.places.iter().flatten().all(|x| x.is_finite()));
        assert!(map.place(&[1.0, 2.0]).iter().all(|x| x.is_finite()));
    }
}
