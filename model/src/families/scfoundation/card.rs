//! What is known about an scFoundation without running it, and its cell embeddings.

use super::config::{DEPTH_TOKENS, FFN_FACTOR, ScFoundationConfig};
use super::genes::GeneList;
use crate::checkpoint::LoadReport;
use crate::families::{EmbeddingKind, Family, Licence, ModelCard, Sizes};

/// Licence of the published weights.
pub const LICENCE: Licence = Licence {
    name: "scFoundation model licence",
    note: "Non-commercial research only, not transferable, and neither the weights nor derivatives \
           of them may be passed on; get them from the authors and accept their terms. (Their code \
           is Apache-2.0.)",
    source: "MODEL_LICENSE in github.com/biomap-research/scFoundation",
};

/// Pools a row-major `[genes + 2, hidden]` output of the encoder, T and S last.
pub type Pool = fn(&[f32], usize) -> Vec<f32>;

/// Cell embeddings, the default first: name, what it is, width in hidden states, and how.
pub const EMBEDDINGS: [(&str, &str, usize, Pool); 4] = [
    (
        "all",
        "encoder output at S and at T, then maximum and mean over genes (the authors' default; the \
         first two mostly say how deeply the cell was sequenced)",
        4,
        all,
    ),
    ("max", "maximum over genes, T and S", 1, max),
    ("mean_genes", "mean over genes", 1, |rows, hidden| mean(genes(rows, hidden), hidden)),
    ("max_genes", "maximum over genes", 1, |rows, hidden| max(genes(rows, hidden), hidden)),
];

fn genes(rows: &[f32], hidden: usize) -> &[f32] {
    &rows[..rows.len() - DEPTH_TOKENS * hidden]
}

fn max(rows: &[f32], hidden: usize) -> Vec<f32> {
    let mut highest = vec![f32::NEG_INFINITY; hidden];
    for row in rows.chunks_exact(hidden) {
        highest.iter_mut().zip(row).for_each(|(h, v)| *h = h.max(*v));
    }
    highest
}

/// Sums in double precision, in the order of the genes.
fn mean(rows: &[f32], hidden: usize) -> Vec<f32> {
    let mut sums = vec![0f64; hidden];
    for row in rows.chunks_exact(hidden) {
        sums.iter_mut().zip(row).for_each(|(s, v)| *s += f64::from(*v));
    }
    let count = (rows.len() / hidden) as f64;
    sums.into_iter().map(|s| (s / count) as f32).collect()
}

fn all(rows: &[f32], hidden: usize) -> Vec<f32> {
    let genes = genes(rows, hidden);
    let (t, s) = rows[genes.len()..].split_at(hidden);
    [s, t, &max(genes, hidden), &mean(genes, hidden)].concat()
}

/// The card of a model; `numbers` are all its numbers, stored projections included.
pub(super) fn card(
    config: &ScFoundationConfig,
    list: &GeneList,
    numbers: u64,
    report: LoadReport,
) -> ModelCard {
    let hidden = config.encoder.hidden_dim;
    let projections = config.decoder.depth * config.features() * config.decoder.dim_head;
    let kinds = EMBEDDINGS.iter();
    ModelCard {
        family: Family::ScFoundation,
        variant: config.part.map_or("one model", |part| part.name()).to_owned(),
        sizes: Sizes {
            layers: config.encoder.depth,
            hidden,
            heads: config.encoder.heads,
            ffn: hidden * FFN_FACTOR,
            context: config.seq_len,
            parameters: numbers - projections as u64,
        },
        vocabulary: list.card(),
        embeddings: kinds
            .map(|&(name, what, widths, _)| EmbeddingKind { name, what, width: widths * hidden })
            .collect(),
        labels: Vec::new(),
        report,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pools_keep_the_depth_tokens_apart() {
        let rows = [1.0, 8.0, 5.0, 2.0, 30.0, 31.0, 40.0, 41.0];
        let pooled = |name: &str| {
            let (.., pool) = EMBEDDINGS.iter().find(|(n, ..)| *n == name).unwrap();
            pool(&rows, 2)
        };
        assert_eq!(pooled("all"), [40.0, 41.0, 30.0, 31.0, 5.0, 8.0, 3.0, 5.0]);
        assert_eq!(pooled("max"), [40.0, 41.0]);
        assert_eq!(pooled("mean_genes"), [3.0, 5.0]);
        assert_eq!(pooled("max_genes"), [5.0, 8.0]);
    }
}
