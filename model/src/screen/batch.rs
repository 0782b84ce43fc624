//! Embedding many token sequences in batches.

use std::sync::atomic::{AtomicBool, Ordering};

use super::ScreenError;
use crate::encoder::{Encoder, Pooling};

/// Tokens given to the encoder at once: enough to keep every core busy, few enough that a
/// cancelled screen stops soon.
const TOKENS_PER_BATCH: usize = 16_384;

/// What and how to embed: the same for every cell of a screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// Index into the hidden states: 0 the embedding output, `i` the output of layer `i`.
    pub layer: usize,
    /// How positions become one vector.
    pub pooling: Pooling,
}

/// Progress and cancellation of a long step.
#[derive(Clone, Copy)]
pub struct Watch<'a> {
    /// Called with forwards done and forwards in total.
    pub progress: &'a dyn Fn(usize, usize),
    /// Set by the caller to stop at the next batch.
    pub cancel: &'a AtomicBool,
}

impl Watch<'_> {
    /// `Err` once the caller asked to stop.
    ///
    /// # Errors
    /// [`ScreenError::Cancelled`].
    pub fn check(&self) -> Result<(), ScreenError> {
        if self.cancel.load(Ordering::Relaxed) { Err(ScreenError::Cancelled) } else { Ok(()) }
    }
}

/// One pooled embedding per sequence, in order.
///
/// The encoder computes each sequence on its own, so the bits do not depend on the batches.
pub(super) fn embed_all(
    encoder: &dyn Encoder,
    sequences: &[Vec<u32>],
    reading: Reading,
    watch: Watch<'_>,
) -> Result<Vec<Vec<f32>>, ScreenError> {
    let mut found = Vec::with_capacity(sequences.len());
    while found.len() < sequences.len() {
        watch.check()?;
        let mut tokens = 0;
        let batch: Vec<&[u32]> = sequences[found.len()..]
            .iter()
            .take_while(|sequence| {
                let first = tokens == 0;
                tokens += sequence.len().max(1);
                first || tokens <= TOKENS_PER_BATCH
            })
            .map(Vec::as_slice)
            .collect();
        found.extend(encoder.pooled(&batch, reading.layer, reading.pooling)?);
        (watch.progress)(found.len(), sequences.len());
    }
    Ok(found)
}
