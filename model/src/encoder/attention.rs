//! Blocked self-attention of one sequence on one thread.

use super::kernels::softmax_unscaled;
use super::matmul::{View, multiply};

/// Scores held at once: 1.5 MiB, within an L2 cache of 2 MiB.
const SCORES_AT_ONCE: usize = 3 << 17;

/// Query rows taken at once. Each block packs all keys again, so more rows cost less; 64 rows of
/// 2,048 scores took 1.15 times as long as 192.
fn block_rows(tokens: usize) -> usize {
    (SCORES_AT_ONCE / tokens.max(1)).clamp(64, 512)
}

/// Buffers that one worker keeps from head to head.
#[derive(Default)]
pub(super) struct Buffers {
    scores: Vec<f32>,
    inverse_sums: Vec<f32>,
}

/// Sizes of one attention.
#[derive(Clone, Copy)]
pub(super) struct Sizes {
    /// Keys, that is tokens of the sequence.
    pub tokens: usize,
    /// Heads.
    pub heads: usize,
    /// Width of a head.
    pub head: usize,
}

/// Visits the attention of `rows` queries in blocks: calls `visit` with the head, the first query
/// of the block, its scores `exp(s - max)` `[block, tokens]`, and one over each row's sum.
///
/// # Shapes
/// `queries`: rows of `query_step` values of which the first `heads * head` are queries. `keys`:
/// rows of `key_step`, `tokens` of them.
pub(super) fn each_block(
    sizes: Sizes,
    rows: usize,
    (queries, query_step): (&[f32], usize),
    (keys, key_step): (&[f32], usize),
    buffers: &mut Buffers,
    mut visit: impl FnMut(usize, usize, &[f32], &[f32]),
) {
    let Sizes { tokens, heads, head } = sizes;
    let scale = 1.0 / (head as f32).sqrt();
    let block = block_rows(tokens).min(rows).max(1);
    buffers.scores.resize(block * tokens, 0.0);
    buffers.inverse_sums.resize(block, 0.0);
    for h in 0..heads {
        let k = View::rows(&keys[h * head..], key_step);
        for start in (0..rows).step_by(block) {
            let count = block.min(rows - start);
            let scores = &mut buffers.scores[..count * tokens];
            let inverse = &mut buffers.inverse_sums[..count];
            let q = View::rows(&queries[start * query_step + h * head..], query_step);
            multiply([count, tokens, head], scale, q, k.transposed(), scores, tokens);
            softmax_unscaled(scores, tokens, inverse);
            visit(h, start, scores, inverse);
        }
    }
}

/// `context = softmax(q k^T / sqrt(head)) v`, head by head.
///
/// # Shapes
/// Queries and keys as in [`each_block`], one row of queries per context wanted; `values` like
/// `keys`. `context`: `[queries, heads * head]`.
pub(super) fn attend(
    sizes: Sizes,
    queries: (&[f32], usize),
    (keys, values, kv_step): (&[f32], &[f32], usize),
    context: &mut [f32],
    buffers: &mut Buffers,
) {
    let Sizes { tokens, heads, head } = sizes;
    let hidden = heads * head;
    let rows = context.len() / hidden;
    each_block(sizes, rows, queries, (keys, kv_step), buffers, |h, start, scores, inverse| {
        let v = View::rows(&values[h * head..], kv_step);
        let out = &mut context[start * hidden + h * head..];
        let shape = [inverse.len(), head, tokens];
        multiply(shape, 1.0, View::rows(scores, tokens), v, out, hidden);
        for (row, inverse) in out.chunks_mut(hidden).zip(inverse) {
            row[..head].iter_mut().for_each(|v| *v *= *inverse);
        }
    });
}
