//! Which genes are kept out of every training, to compare versions on.

use sha2::{Digest, Sha256};

/// Share of genes held out.
pub const HELD_OUT_SHARE: f64 = 0.25;

/// True for the about 25 % of genes that no version may train on.
///
/// A hash of seed and Ensembl id decides, so the answer never changes as more genes are measured:
/// a version trained in round 1 and one trained in round 9 are compared on genes neither has seen.
pub fn is_held_out(ensembl: &str, seed: u64) -> bool {
    fraction("held out", ensembl, seed) < HELD_OUT_SHARE
}

/// A number in 0..1 fixed by `purpose`, gene and seed.
pub(super) fn fraction(purpose: &str, ensembl: &str, seed: u64) -> f64 {
    let mut digest = Sha256::new();
    digest.update(purpose.as_bytes());
    digest.update(seed.to_le_bytes());
    digest.update(ensembl.as_bytes());
    let bytes = digest.finalize();
    let first = bytes.iter().take(8).fold(0u64, |sum, byte| (sum << 8) | u64::from(*byte));
    first as f64 / (u64::MAX as f64 + 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn about_a_quarter_is_held_out_and_the_answer_never_changes() {
        let held: Vec<bool> = (0..4000).map(|i| is_held_out(&format!("ENSG{i:011}"), 7)).collect();
        let share = held.iter().filter(|h| **h).count() as f64 / 4000.0;
        assert!((share - HELD_OUT_SHARE).abs() < 0.03, "{share}");
        assert_eq!(is_held_out("ENSG00000000042", 7), held[42]);
        assert!((0..4000).any(|i| is_held_out(&format!("ENSG{i:011}"), 8) != held[i]));
    }
}
