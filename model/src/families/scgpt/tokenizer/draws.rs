//! Uniform draws that belong to a gene of a cell.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Draw of a count between the edges it equals, without a seed.
const MIDDLE: f64 = 0.5;
/// Words of the stream that one gene owns: two numbers of 64 bits.
const WORDS_PER_GENE: u128 = 4;

/// The uniform numbers of one cell, by gene: from a seed, or fixed.
#[derive(Debug, Clone)]
pub struct Draws {
    rng: Option<ChaCha8Rng>,
}

/// What one gene needs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Draw {
    /// Place between the edges that its count equals, from 0 to below 1.
    pub edge: f64,
    /// Its rank among genes that compete for places: the smallest are kept. `None` without a
    /// seed, where the highest counts are.
    pub place: Option<f64>,
}

impl Draws {
    /// Of cell number `cell`; the same for the same seed and number, whatever else is encoded.
    pub fn new(seed: Option<u64>, cell: usize) -> Self {
        let seeded = |seed| {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            rng.set_stream(cell as u64);
            rng
        };
        Self { rng: seed.map(seeded) }
    }

    /// Of the gene with this token.
    pub fn of(&mut self, token: u32) -> Draw {
        let Some(rng) = &mut self.rng else {
            return Draw { edge: MIDDLE, place: None };
        };
        rng.set_word_pos(u128::from(token) * WORDS_PER_GENE);
        Draw { edge: rng.random(), place: Some(rng.random()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draw_depends_on_seed_cell_and_gene_and_not_on_the_order_of_asking() {
        let (mut a, mut b) = (Draws::new(Some(7), 3), Draws::new(Some(7), 3));
        let (first, second) = (a.of(10), a.of(11));
        assert_eq!((b.of(11), b.of(10)), (second, first));
        assert_ne!(first, second);
        assert_ne!(Draws::new(Some(8), 3).of(10), first);
        assert_ne!(Draws::new(Some(7), 4).of(10), first);
        let numbers: Vec<f64> = (0..4_000).map(|t| a.of(t).edge).collect();
        let mean = numbers.iter().sum::<f64>() / 4_000.0;
        assert!((mean - 0.5).abs() < 0.02, "{mean}");
    }

    #[test]
    fn without_a_seed_every_draw_is_the_middle() {
        assert_eq!(Draws::new(None, 3).of(10), Draw { edge: 0.5, place: None });
    }
}
