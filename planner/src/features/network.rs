//! The STRING network: a spectral embedding and diffusion of evidence over it.

use std::sync::LazyLock;

use super::sources::STRING;
use super::spectral::{Sparse, largest_eigenpairs};

const RANK: usize = 200;

/// The network with its embedding, built on first use.
pub static NETWORK: LazyLock<Network> = LazyLock::new(Network::build);

/// `D^-1/2 A D^-1/2` of STRING and its largest eigenvectors.
pub struct Network {
    matrix: Sparse,
    embedding: Vec<f64>,
    /// Dimensions kept.
    pub width: usize,
}

impl Network {
    fn build() -> Self {
        let lists = &STRING.neighbours;
        let degree: Vec<f64> = lists.iter().map(|l| (l.len() as f64).max(1.0)).collect();
        let rows: Vec<Vec<(u32, f64)>> = lists
            .iter()
            .enumerate()
            .map(|(i, l)| {
                l.iter().map(|&j| (j, 1.0 / (degree[i] * degree[j as usize]).sqrt())).collect()
            })
            .collect();
        let matrix = Sparse::from_rows(lists.len(), &rows);
        let (values, mut embedding, width) = largest_eigenpairs(&matrix, RANK);
        let scale: Vec<f64> =
            values.iter().map(|w| (w.max(0.0) / (1.02 - w).max(0.02)).sqrt()).collect();
        for row in embedding.chunks_exact_mut(width.max(1)) {
            row.iter_mut().zip(&scale).for_each(|(v, s)| *v *= s);
            let norm = row.iter().map(|v| v * v).sum::<f64>().sqrt();
            if norm > 1e-12 {
                row.iter_mut().for_each(|v| *v /= norm);
            }
        }
        Self { matrix, embedding, width }
    }

    /// Unit-length embedding of a node, `[width]`.
    #[must_use]
    pub fn embedding(&self, node: u32) -> &[f64] {
        &self.embedding[node as usize * self.width..(node as usize + 1) * self.width]
    }

    /// Random walk with restart, `f <- 0.6 W f + 0.4 seed`, 15 steps; `seed` and result by node.
    #[must_use]
    pub fn diffuse(&self, seed: &[f64]) -> Vec<f64> {
        let mut f = seed.to_vec();
        for _ in 0..15 {
            let mut next = vec![0.0; f.len()];
            for (row, slot) in next.iter_mut().enumerate() {
                let mut walked = [0.0];
                self.matrix.add_row_times(row, &f, 1, &mut walked);
                *slot = 0.6 * walked[0] + 0.4 * seed[row];
            }
            f = next;
        }
        f
    }
}

/// Number of neighbours of a node.
#[must_use]
pub fn degree(node: u32) -> usize {
    STRING.neighbours[node as usize].len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn diffusion_reaches_neighbours_more_than_strangers() {
        let at = |s: &str| STRING.genes.get(s).unwrap();
        let mut seed = vec![0.0; STRING.genes.names().len()];
        seed[at("STAT5B") as usize] = 100.0;
        let f = NETWORK.diffuse(&seed);
        assert!(f[at("JAK2") as usize] > f[at("MYH7") as usize]);
        assert!(f[at("STAT5B") as usize] > 40.0);
    }
}
