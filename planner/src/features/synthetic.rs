//! Small random feature tables with a known effect, for tests.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::block::Raw;
use super::{Candidate, FeatureTable};
use crate::gauss::quantile;

/// A table, the planted robust z of each candidate, and the raw parts to rebuild it in another
/// order.
pub(crate) struct World {
    pub table: FeatureTable,
    pub robust_z: Vec<f64>,
}

/// How the block `lcm` relates to the effect.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Lcm {
    Absent,
    /// Knows the part of the effect that no other block knows.
    Informative,
    Noise,
}

fn normal(rng: &mut ChaCha8Rng) -> f64 {
    quantile(((rng.next_u64() >> 11) as f64 + 0.5) / (1u64 << 53) as f64)
}

/// `n` genes `G0000..`; effect = signal x (block a's first column + a hidden part) + noise.
/// `order` lists the genes' numbers in the order in which they are offered.
pub(crate) fn world(order: &[usize], seed: u64, signal: f64, lcm: Lcm) -> World {
    named_world(order, &|i| format!("G{i:04}"), seed, signal, lcm)
}

/// As [`world`], genes by names of one's own.
pub(crate) fn named_world(
    order: &[usize],
    name: &dyn Fn(usize) -> String,
    seed: u64,
    signal: f64,
    lcm: Lcm,
) -> World {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let n = order.len();
    let draw = |rng: &mut ChaCha8Rng| -> Vec<f64> { (0..n).map(|_| normal(rng)).collect() };
    let a: Vec<Vec<f64>> = (0..4).map(|_| draw(&mut rng)).collect();
    let b: Vec<Vec<f64>> = (0..3).map(|_| draw(&mut rng)).collect();
    let (prior, hidden, other, noise) =
        (draw(&mut rng), draw(&mut rng), draw(&mut rng), draw(&mut rng));
    let z: Vec<f64> = (0..n)
        .map(|i| {
            let strength = signal * (a[0][i] + hidden[i]) + 0.5 * noise[i];
            strength.exp() * if i % 2 == 0 { 1.0 } else { -1.0 }
        })
        .collect();
    let mut blocks = vec![("a", a), ("b", b), ("prior", vec![prior.clone()])];
    match lcm {
        Lcm::Absent => {}
        Lcm::Informative => blocks.push(("lcm", vec![hidden])),
        Lcm::Noise => blocks.push(("lcm", vec![other])),
    }
    let pick = |v: &Vec<f64>| -> Vec<f64> { order.iter().map(|&i| v[i]).collect() };
    let raw = blocks
        .into_iter()
        .map(|(name, columns)| Raw {
            name: name.into(),
            source: "synthetic".into(),
            licence: "none".into(),
            coverage: 1.0,
            columns: columns.iter().map(pick).collect(),
        })
        .collect();
    let candidates =
        order.iter().map(|i| Candidate { symbol: name(*i), ensembl_id: None }).collect();
    let table = FeatureTable::from_parts(candidates, pick(&prior), raw);
    World { table, robust_z: pick(&z) }
}

/// Genes in their own order.
pub(crate) fn plain_world(n: usize, seed: u64, signal: f64, lcm: Lcm) -> World {
    world(&(0..n).collect::<Vec<_>>(), seed, signal, lcm)
}
