//! Timing of the CPU encoder, by default on the published V1-10M shape with random weights.

use std::path::PathBuf;
use std::time::Instant;

use serde::Serialize;

use super::{Encoder, EncoderError, from_net, open};
use crate::device::{Cpu, DeviceChoice};
use crate::families::geneformer::GeneformerConfig;
use crate::nets::seeded::seeded;

/// What to time.
#[derive(Debug, Clone)]
pub struct BenchPlan {
    /// Checkpoint directory; random weights of the V1-10M shape without one.
    pub checkpoint: Option<PathBuf>,
    /// Tokens of each sequence; at most the positions of the model.
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
    /// First numbers of the last hidden state at the last token: tells whether another program
    /// computed the same thing.
    pub last_hidden: Vec<f32>,
}

/// Times the CPU fast path: all layers, no vocabulary head; one untimed warm-up.
///
/// Every sequence is `2 + i * 7919 mod (vocab - 2)` for `i` from 0, so that another program can
/// encode the same.
///
/// # Errors
/// A checkpoint that cannot be read, or a plan that the model refuses, such as more tokens than
/// positions.
pub fn run(plan: &BenchPlan) -> Result<BenchResult, EncoderError> {
    let encoder = encoder(plan)?;
    let config = encoder.config();
    let (layers, genes) = (config.num_hidden_layers, config.vocab_size - 2);
    let tokens: Vec<u32> = (0..plan.tokens).map(|i| (2 + i * 7_919 % genes) as u32).collect();
    let batch = vec![tokens.as_slice(); plan.sequences];
    let warm_up = encoder.hidden_at(&batch, layers)?;
    let mut seconds = Vec::with_capacity(plan.repetitions);
    for _ in 0..plan.repetitions {
        let start = Instant::now();
        std::hint::black_box(encoder.hidden_at(&batch, layers)?);
        seconds.push(start.elapsed().as_secs_f64());
    }
    let fastest = seconds.iter().copied().fold(f64::INFINITY, f64::min);
    let last_row = warm_up.first().and_then(|state| state.rchunks(config.hidden_size).next());
    Ok(BenchResult {
        name: "nextwell".into(),
        sequences_per_second: plan.sequences as f64 / fastest,
        seconds,
        sequences: plan.sequences,
        tokens: plan.tokens,
        threads: rayon::current_num_threads(),
        last_hidden: last_row.unwrap_or_default().iter().take(8).copied().collect(),
    })
}

fn encoder(plan: &BenchPlan) -> Result<Box<dyn Encoder>, EncoderError> {
    if let Some(dir) = &plan.checkpoint {
        return open(dir, DeviceChoice::Cpu);
    }
    let config = GeneformerConfig::v1_10m();
    let net = seeded::<Cpu, _>(config.init(&Default::default()), 0, 0.02, 0.0);
    from_net(&config, &net)
}
