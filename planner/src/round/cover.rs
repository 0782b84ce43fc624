//! Scores that spread a round over the features, one pick after another.

use faer::Mat;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Which way of covering.
#[derive(Debug, Clone)]
enum Rule {
    /// Squared distance to the nearest centre.
    Farthest,
    /// Its logarithm plus a Gumbel number: the largest is then a draw in proportion to the squared
    /// distance.
    Drawn(Box<ChaCha8Rng>),
    /// Log of the determinant's gain under `q_i cos_ij q_j`.
    Determinant { quality: Vec<f64>, norm: Vec<f64>, rows: Vec<Vec<f64>>, gain: Vec<f64> },
}

/// Scores of a pool given everything measured, pending or picked.
#[derive(Debug, Clone)]
pub(crate) struct Cover {
    rule: Rule,
    /// Squared distance of every point to the nearest centre; infinite without any.
    distance: Vec<f64>,
    /// Added to the logarithm of the distance by [`Rule::Drawn`].
    gumbel: Vec<f64>,
    centred: bool,
}

impl Cover {
    /// Core-set selection (Sener and Savarese 2018, arXiv:1708.00489).
    pub fn farthest(points: &Mat<f64>, centres: &Mat<f64>) -> Self {
        Self::new(Rule::Farthest, points, centres)
    }

    /// The seeding of k-means++ (Arthur and Vassilvitskii 2007).
    pub fn drawn(points: &Mat<f64>, centres: &Mat<f64>, seed: u64) -> Self {
        let mut cover =
            Self::new(Rule::Drawn(Box::new(ChaCha8Rng::seed_from_u64(seed))), points, centres);
        cover.draw();
        cover
    }

    /// The greedy most likely batch of a determinantal point process (Chen, Zhang and Zhou 2018,
    /// arXiv:1709.05135).
    pub fn determinant(points: &Mat<f64>, quality: Vec<f64>) -> Self {
        let norm = square_norms(points).into_iter().map(f64::sqrt).collect();
        let gain = quality.iter().map(|q| q * q).collect();
        let rows = vec![Vec::new(); points.nrows()];
        let rule = Rule::Determinant { quality, norm, rows, gain };
        Self { rule, distance: Vec::new(), gumbel: Vec::new(), centred: true }
    }

    fn new(rule: Rule, points: &Mat<f64>, centres: &Mat<f64>) -> Self {
        let distance = nearest(points, centres);
        let centred = centres.nrows() > 0;
        let mut cover = Self { rule, distance, gumbel: vec![0.0; points.nrows()], centred };
        if !centred && matches!(cover.rule, Rule::Farthest) {
            cover.distance = central(points);
        }
        cover
    }

    /// Score of the pool's point `i`; larger is better.
    pub fn score(&self, i: usize) -> f64 {
        match &self.rule {
            Rule::Farthest => self.distance[i],
            Rule::Drawn(_) => match self.centred {
                true => self.distance[i].ln() + self.gumbel[i],
                false => self.gumbel[i],
            },
            Rule::Determinant { gain, .. } => gain[i].max(0.0).ln(),
        }
    }

    /// Point `p` of the pool is a centre from now on.
    pub fn took(&mut self, points: &Mat<f64>, p: usize) {
        if let Rule::Determinant { quality, norm, rows, gain } = &mut self.rule {
            let root = gain[p].max(0.0).sqrt();
            if root < 1e-9 {
                return;
            }
            let own = rows[p].clone();
            let inner = points * points.as_ref().subrows(p, 1).transpose();
            for i in (0..rows.len()).filter(|i| *i != p) {
                let length = (norm[i] * norm[p]).max(f64::MIN_POSITIVE);
                let cosine = inner[(i, 0)] / length;
                let shared: f64 = own.iter().zip(&rows[i]).map(|(a, b)| a * b).sum();
                let e = (quality[i] * cosine * quality[p] - shared) / root;
                rows[i].push(e);
                gain[i] -= e * e;
            }
            gain[p] = 0.0;
            rows[p].push(root);
            return;
        }
        for (slot, here) in self.distance.iter_mut().zip(square_distances(points, p)) {
            *slot = if self.centred { slot.min(here) } else { here };
        }
        self.centred = true;
        self.draw();
    }

    fn draw(&mut self) {
        if let Rule::Drawn(rng) = &mut self.rule {
            for slot in &mut self.gumbel {
                let u = ((rng.next_u64() >> 11) as f64 + 0.5) / (1u64 << 53) as f64;
                *slot = -(-u.ln()).ln();
            }
        }
    }
}

/// Squared norm of every point, column by column as they lie in memory.
fn square_norms(points: &Mat<f64>) -> Vec<f64> {
    let mut out = vec![0.0; points.nrows()];
    for column in points.col_iter() {
        out.iter_mut().zip(column.iter()).for_each(|(sum, x)| *sum += x * x);
    }
    out
}

/// Squared distance of every point to point `p`.
fn square_distances(points: &Mat<f64>, p: usize) -> Vec<f64> {
    let mut out = vec![0.0; points.nrows()];
    for (j, column) in points.col_iter().enumerate() {
        let own = points[(p, j)];
        out.iter_mut().zip(column.iter()).for_each(|(sum, x)| *sum += (x - own) * (x - own));
    }
    out
}

/// Squared distance of every point to the nearest centre; infinite without any.
fn nearest(points: &Mat<f64>, centres: &Mat<f64>) -> Vec<f64> {
    let (norm, centre_norm) = (square_norms(points), square_norms(centres));
    let inner = points * centres.transpose();
    (0..points.nrows())
        .map(|i| {
            let to = |j: usize| (norm[i] + centre_norm[j] - 2.0 * inner[(i, j)]).max(0.0);
            (0..centres.nrows()).map(to).fold(f64::INFINITY, f64::min)
        })
        .collect()
}

/// Minus the squared distance to the mean: the first centre is the point nearest to it.
fn central(points: &Mat<f64>) -> Vec<f64> {
    let (n, width) = (points.nrows(), points.ncols());
    let mean: Vec<f64> =
        (0..width).map(|j| points.col(j).iter().sum::<f64>() / n.max(1) as f64).collect();
    let far = |i: usize| points.row(i).iter().zip(&mean).map(|(x, m)| (x - m).powi(2)).sum::<f64>();
    (0..n).map(|i| -far(i)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(values: &[f64]) -> Mat<f64> {
        Mat::from_fn(values.len(), 2, |i, j| if j == 0 { values[i] } else { 1.0 })
    }

    fn best(cover: &Cover, n: usize) -> usize {
        (0..n).max_by(|&a, &b| cover.score(a).total_cmp(&cover.score(b))).unwrap()
    }

    #[test]
    fn the_next_centre_is_the_farthest_point_and_the_first_the_central_one() {
        let points = line(&[0.0, 1.0, 2.0, 10.0, 5.0]);
        let mut cover = Cover::farthest(&points, &line(&[0.0]));
        assert_eq!(best(&cover, 5), 3);
        cover.took(&points, 3);
        assert_eq!(best(&cover, 5), 4);
        let none = Mat::zeros(0, 2);
        let mut cover = Cover::farthest(&points, &none);
        assert_eq!(best(&cover, 5), 4, "nearest to the mean");
        cover.took(&points, 4);
        assert!(cover.score(0) == 25.0 && cover.score(3) == 25.0);
    }

    #[test]
    fn draws_follow_the_squared_distance() {
        let points = line(&[0.0, 1.0, 3.0]);
        let far = (0..2000)
            .filter(|&seed| best(&Cover::drawn(&points, &line(&[0.0]), seed), 3) == 2)
            .count();
        // 9 of 10 by squared distances 0, 1 and 9; four standard errors are 54.
        assert!((1746..=1854).contains(&far), "{far}");
    }

    #[test]
    fn the_determinant_keeps_a_twin_out_unless_quality_forces_it() {
        let points = Mat::from_fn(3, 2, |i, j| [[1.0, 0.0], [1.0, 0.05], [0.0, 1.0]][i][j]);
        let mut cover = Cover::determinant(&points, vec![1.0, 0.99, 0.5]);
        cover.took(&points, 0);
        assert!(cover.score(2) > cover.score(1));
        assert_eq!(cover.score(0), f64::NEG_INFINITY);
    }
}
