//! The fast path against Burn's own forward pass, on random models.

use proptest::prelude::*;

use super::super::{BurnEncoder, Encoder, EncoderError, Pooling};
use super::FastEncoder;
use crate::device::{Cpu, Device};
use crate::families::geneformer::GeneformerConfig;
use crate::nets::seeded::seeded;

const TOLERANCE: f32 = 2e-5;

fn pair(config: &GeneformerConfig, seed: u64) -> (FastEncoder, BurnEncoder<Cpu>) {
    let net = seeded::<Cpu, _>(config.init(&Default::default()), seed, 0.15, 0.1);
    let fast = FastEncoder::new(config, &net).unwrap();
    (fast, BurnEncoder::new(config.clone(), net, Default::default(), Device::Cpu))
}

fn sequences(lengths: &[usize], vocabulary: usize, seed: u32) -> Vec<Vec<u32>> {
    let token = |i: usize, j: usize| (i * 31 + j * 17 + seed as usize) % vocabulary;
    let one = |(i, &n): (usize, &usize)| (0..n).map(|j| token(i, j) as u32).collect();
    lengths.iter().enumerate().map(one).collect()
}

fn refs(sequences: &[Vec<u32>]) -> Vec<&[u32]> {
    sequences.iter().map(Vec::as_slice).collect()
}

fn assert_close(a: &[Vec<f32>], b: &[Vec<f32>]) {
    assert_eq!(a.len(), b.len());
    for (a, b) in a.iter().zip(b) {
        assert_eq!(a.len(), b.len());
        for (x, y) in a.iter().zip(b) {
            assert!((x - y).abs() <= TOLERANCE, "{x} {y}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn the_fast_path_equals_burn_on_random_models(
        heads in 1usize..5, head in 1usize..20, layers in 1usize..4, inner in 1usize..70,
        lengths in prop::collection::vec(1usize..150, 1..5), seed in 0u32..1000,
    ) {
        let config = GeneformerConfig::with_sizes(50, heads * head, layers, heads, inner, 160);
        // Norm over one value divides rounding by rounding: no net is one wide.
        prop_assume!(config.hidden_size >= 4);
        let (fast, burn) = pair(&config, u64::from(seed));
        let tokens = sequences(&lengths, 50, seed);
        let tokens = refs(&tokens);
        for layer in 0..=layers {
            assert_close(&fast.hidden_at(&tokens, layer)?, &burn.hidden_at(&tokens, layer)?);
            for pooling in [Pooling::mean(false), Pooling::Position(0)] {
                let ours = fast.pooled(&tokens, layer, pooling)?;
                assert_close(&ours, &burn.pooled(&tokens, layer, pooling)?);
            }
        }
    }
}

#[test]
fn a_sequence_has_the_same_bits_alone_in_any_batch_and_on_any_number_of_threads() {
    let config = GeneformerConfig::with_sizes(50, 32, 2, 2, 48, 300);
    let (fast, _) = pair(&config, 3);
    let tokens = sequences(&[300, 1, 65, 64, 17, 128, 2], 50, 1);
    let tokens = refs(&tokens);
    let alone: Vec<Vec<f32>> = tokens
        .iter()
        .map(|t| fast.hidden_at(std::slice::from_ref(t), 2).unwrap().remove(0))
        .collect();
    for threads in [1, 2, 5] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let together = pool.install(|| fast.hidden_at(&tokens, 2).unwrap());
        assert_eq!(alone, together, "{threads} threads");
    }
}

#[test]
fn bad_input_is_refused_with_its_place() {
    let config = GeneformerConfig::with_sizes(50, 8, 1, 2, 8, 4);
    let (fast, burn) = pair(&config, 3);
    for encoder in [&fast as &dyn Encoder, &burn] {
        let error = |s: &[&[u32]], layer| encoder.hidden_at(s, layer).unwrap_err();
        assert!(matches!(error(&[&[1], &[]], 1), EncoderError::Empty { index: 1 }));
        assert!(matches!(error(&[&[1, 2, 3, 4, 5]], 1), EncoderError::TooLong { found: 5, .. }));
        assert!(matches!(
            error(&[&[1, 50]], 1),
            EncoderError::UnknownToken { position: 1, token: 50, .. }
        ));
        assert!(matches!(error(&[&[1]], 2), EncoderError::NoSuchLayer { found: 2, last: 1 }));
        assert!(encoder.pooled(&[&[1, 2]], 1, Pooling::mean(true)).is_err());
        assert!(encoder.hidden_at(&[], 1).unwrap().is_empty());
    }
}

#[test]
fn a_net_of_other_sizes_than_its_configuration_is_refused() {
    let config = GeneformerConfig::with_sizes(50, 8, 1, 2, 8, 4);
    let net = config.init::<Cpu>(&Default::default());
    for other in [
        GeneformerConfig::with_sizes(51, 8, 1, 2, 8, 4),
        GeneformerConfig::with_sizes(50, 8, 2, 2, 8, 4),
        GeneformerConfig::with_sizes(50, 8, 1, 2, 9, 4),
    ] {
        assert!(matches!(FastEncoder::new(&other, &net), Err(EncoderError::WeightSize { .. })));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn edited_versions_have_the_bits_of_sequences_on_their_own(
        heads in 1usize..4, head in 3usize..20, layers in 1usize..4, inner in 1usize..70,
        n in 2usize..140, edits in prop::collection::vec((0usize..140, 0usize..3), 1..12),
        seed in 0u32..1000,
    ) {
        let config = GeneformerConfig::with_sizes(200, heads * head, layers, heads, inner, 160);
        prop_assume!(config.hidden_size >= 4);
        let (fast, burn) = pair(&config, u64::from(seed));
        let original: Vec<u32> = (0..n).map(|i| ((i * 7 + seed as usize) % 200) as u32).collect();
        let edited: Vec<Vec<u32>> = edits.iter().map(|&(place, kind)| {
            let mut edited = original.clone();
            let place = place % n;
            match kind {
                0 => { edited.remove(place); }
                1 => { let moved = edited.remove(place); edited.insert(0, moved); }
                _ => edited.insert(place, 199),
            }
            edited
        }).collect();
        let edited = refs(&edited);
        for layer in 0..=layers {
            for pooling in [Pooling::mean(false), Pooling::Position(0)] {
                let found = fast.pooled_edited(&original, &edited, layer, pooling)?;
                prop_assert_eq!(&found, &fast.pooled(&edited, layer, pooling)?);
                assert_close(&found, &burn.pooled_edited(&original, &edited, layer, pooling)?);
            }
        }
    }
}
