//! Configuration of an scBERT checkpoint.

use serde::{Deserialize, Serialize};

use crate::checkpoint::{
    ConfigError, Weights, expect_at_least, expect_stack, expect_within, expect_word,
};
use crate::nets::performer::PerformerSizes;

/// Width of a feed-forward block in widths of a hidden state.
const FFN_FACTOR: usize = 4;

/// Sizes of an scBERT.
///
/// The published checkpoint has no configuration file; its sizes are those of its tensors
/// ([`ScBertConfig::of_weights`]).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScBertConfig {
    /// Always `scbert`.
    pub model: String,
    /// Rows of the token table: bins, 0 included, and the mask.
    pub num_tokens: usize,
    /// Width of a hidden state.
    pub dim: usize,
    /// Performer layers.
    pub depth: usize,
    /// Attention heads.
    pub heads: usize,
    /// Width of a head; heads together need not be as wide as a hidden state.
    pub dim_head: usize,
    /// Random features per head.
    pub nb_features: usize,
    /// Positions: the genes and one more.
    pub max_seq_len: usize,
    /// Highest bin of expression.
    #[serde(default = "default_bins")]
    pub bin_num: usize,
    /// Added to the variance in layer norms.
    #[serde(default = "default_eps")]
    pub eps_layernorm: f64,
}

fn default_bins() -> usize {
    5
}

fn default_eps() -> f64 {
    1e-5
}

impl ScBertConfig {
    /// A configuration for so many genes; `sizes` are dim, depth, heads, dim_head, features.
    pub fn with_sizes(genes: usize, [dim, depth, heads, dim_head, features]: [usize; 5]) -> Self {
        Self {
            model: "scbert".into(),
            num_tokens: 7,
            dim,
            depth,
            heads,
            dim_head,
            nb_features: features,
            max_seq_len: genes + 1,
            bin_num: default_bins(),
            eps_layernorm: default_eps(),
        }
    }

    /// The sizes that a checkpoint's tensors have; a size that cannot be read is 0, which
    /// [`validate`](Self::validate) refuses.
    pub fn of_weights(weights: &Weights) -> Self {
        let size = |key: &str, axis: usize| {
            weights.get(key).and_then(|raw| raw.shape.get(axis)).copied().unwrap_or(0)
        };
        let layer = |i: usize| format!("performer.net.layers.{i}.0.fn");
        let query = |i: usize| format!("{}.to_q.weight", layer(i));
        let projection = format!("{}.fast_attention.projection_matrix", layer(0));
        let dim_head = size(&projection, 1);
        let depth = (0..).take_while(|i| weights.contains_key(&query(*i))).count();
        let heads = size(&query(0), 0) / dim_head.max(1);
        let dim = size("token_emb.weight", 1);
        let genes = size("pos_emb.emb.weight", 0).saturating_sub(1);
        Self {
            num_tokens: size("token_emb.weight", 0),
            ..Self::with_sizes(genes, [dim, depth, heads, dim_head, size(&projection, 0)])
        }
    }

    /// Refuses a configuration this net cannot follow exactly.
    ///
    /// # Errors
    /// The first [`ConfigError`] met.
    pub fn validate(&self) -> Result<(), ConfigError> {
        expect_word("model", &self.model, "scbert")?;
        expect_at_least(&[
            ("num_tokens", self.num_tokens, 2),
            ("dim", self.dim, 1),
            ("depth", self.depth, 1),
            ("dim_head", self.dim_head, 1),
            ("nb_features", self.nb_features, 1),
            ("max_seq_len", self.max_seq_len, 2),
            ("bin_num", self.bin_num, 1),
        ])?;
        let inner = self.heads.saturating_mul(self.dim_head);
        expect_stack(("depth", self.depth), ("heads", self.heads), ("heads * dim_head", inner))?;
        // Bins run from 0 to bin_num, and each needs a row of the token table.
        expect_at_least(&[("num_tokens", self.num_tokens, self.bin_num + 1)])?;
        expect_within("eps_layernorm", self.eps_layernorm, f64::MIN_POSITIVE, 1.0)
    }

    /// Number of genes read.
    pub fn genes(&self) -> usize {
        self.max_seq_len - 1
    }

    /// What the layers of the net are made with.
    pub fn layer_sizes(&self) -> PerformerSizes {
        PerformerSizes {
            width: self.dim,
            depth: self.depth,
            heads: self.heads,
            dim_head: self.dim_head,
            features: self.nb_features,
            ffn: self.dim * FFN_FACTOR,
            qkv_bias: false,
            eps: self.eps_layernorm,
            std: 0.02,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_that_cannot_be_a_performer_are_refused() {
        let good = ScBertConfig::with_sizes(40, [24, 2, 3, 16, 44]);
        assert_eq!(good.validate(), Ok(()));
        let broken = |change: fn(&mut ScBertConfig)| {
            let mut config = good.clone();
            change(&mut config);
            config.validate().is_err()
        };
        assert!(broken(|c| c.heads = 0));
        assert!(broken(|c| c.depth = usize::MAX));
        assert!(broken(|c| c.max_seq_len = 1));
        assert!(broken(|c| c.bin_num = 7));
        assert!(broken(|c| c.eps_layernorm = f64::NAN));
        assert!(broken(|c| c.model = "bert".into()));
        assert!(ScBertConfig::of_weights(&Weights::new()).validate().is_err());
    }
}
