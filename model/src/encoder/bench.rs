//! Timing of the encoder on the published V1-10M shape with random weights.

use std::time::Instant;

use serde::Serialize;

use super::{Encoder, EncoderError, FastEncoder};
use crate::device::Cpu;
use crate::nets::GeneformerConfig;
use crate::nets::seeded::seeded;

/// What to time.
#[derive(Debug, Clone, Copy)]
pub struct BenchPlan {
    /// Tokens of each sequence; at most 2,048.
    pub tokens: usize,
    /// Sequences of one repetition.
    pub sequences: usize,
    /// Timed repetitions; the fastest counts.
    pub repetitions: usize,
}

/// What was timed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BenchResult {
    /// Which encoder.
    pub name: String,
    /// Sequences per second of the fastest repetition.
    pub sequences_per_second: f64,
    /// Seconds of each repetition.
    pub seconds: Vec<f64>,
    /// Sequences of one repetition.
    pub sequences: usize,
    /// Tokens of each sequence.
    pub tokens: usize,
    /// Threads used.
    pub threads: usize,
}

/// Times the CPU fast path: V1-10M shape, all layers, no vocabulary head; one untimed warm-up.
///
/// # Errors
/// A plan that the model refuses, such as more tokens than positions.
pub fn run(plan: BenchPlan) -> Result<BenchResult, EncoderError> {
    let config = GeneformerConfig::v1_10m();
    let net = seeded::<Cpu, _>(config.init(&Default::default()), 0, 0.02, 0.0);
    let encoder = FastEncoder::new(&config, &net)?;
    let genes = config.vocab_size - 2;
    let tokens: Vec<u32> = (0..plan.tokens).map(|i| (2 + i * 7_919 % genes) as u32).collect();
    let batch = vec![tokens.as_slice(); plan.sequences];
    encoder.hidden_at(&batch, config.num_hidden_layers)?;
    let mut seconds = Vec::with_capacity(plan.repetitions);
    for _ in 0..plan.repetitions {
        let start = Instant::now();
        std::hint::black_box(encoder.hidden_at(&batch, config.num_hidden_layers)?);
        seconds.push(start.elapsed().as_secs_f64());
    }
    let fastest = seconds.iter().copied().fold(f64::INFINITY, f64::min);
    Ok(BenchResult {
        name: "nextwell-fast".into(),
        sequences_per_second: plan.sequences as f64 / fastest,
        seconds,
        sequences: plan.sequences,
        tokens: plan.tokens,
        threads: rayon::current_num_threads(),
    })
}
