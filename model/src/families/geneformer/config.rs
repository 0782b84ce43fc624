//! `config.json` of a Geneformer checkpoint (the Hugging Face BERT configuration).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::checkpoint::{ConfigError, expect_at_least, expect_stack, expect_within, expect_word};
use crate::nets::bert::{Activation, LayerSizes};

/// Sizes and settings of a Geneformer, as in the checkpoint's `config.json`.
///
/// Fields this net does not use are kept in `rest`, so that a saved model carries them on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GeneformerConfig {
    /// Hugging Face class names, for example `BertForMaskedLM`.
    #[serde(default)]
    pub architectures: Vec<String>,
    /// Model type; `bert` for every Geneformer.
    #[serde(default = "default_model_type")]
    pub model_type: String,
    /// Tokens known, specials included.
    pub vocab_size: usize,
    /// Width of a hidden state.
    pub hidden_size: usize,
    /// Transformer layers.
    pub num_hidden_layers: usize,
    /// Attention heads per layer.
    pub num_attention_heads: usize,
    /// Width of the feed-forward block.
    pub intermediate_size: usize,
    /// Longest sequence, in tokens.
    pub max_position_embeddings: usize,
    /// Rows of the token-type table; row 0 is used.
    #[serde(default = "default_type_vocab")]
    pub type_vocab_size: usize,
    /// Activation; only `relu` is implemented (what every Geneformer uses).
    #[serde(default = "default_act")]
    pub hidden_act: String,
    /// Added to the variance in layer norms.
    #[serde(default = "default_eps")]
    pub layer_norm_eps: f64,
    /// Dropout on hidden states, when training.
    #[serde(default = "default_dropout")]
    pub hidden_dropout_prob: f64,
    /// Dropout on attention probabilities, when training.
    #[serde(default = "default_dropout")]
    pub attention_probs_dropout_prob: f64,
    /// Padding token.
    #[serde(default)]
    pub pad_token_id: u32,
    /// Kind of position embedding; only `absolute` is implemented.
    #[serde(default = "default_positions")]
    pub position_embedding_type: String,
    /// Standard deviation of freshly drawn weights.
    #[serde(default = "default_range")]
    pub initializer_range: f64,
    /// Class names of a fine-tuned model, keyed by class number as text.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub id2label: BTreeMap<String, String>,
    /// Everything else in config.json, kept as it was.
    #[serde(flatten)]
    pub rest: BTreeMap<String, serde_json::Value>,
}

fn default_model_type() -> String {
    "bert".into()
}
fn default_type_vocab() -> usize {
    2
}
/// Hugging Face's default, which is not what Geneformer uses: a missing field must not pass.
fn default_act() -> String {
    "gelu".into()
}
fn default_eps() -> f64 {
    1e-12
}
fn default_dropout() -> f64 {
    0.1
}
fn default_positions() -> String {
    "absolute".into()
}
fn default_range() -> f64 {
    0.02
}

impl GeneformerConfig {
    /// Shape of the published V1-10M model: 6 layers of 256, 4 heads, FFN 512, 2,048 positions.
    pub fn v1_10m() -> Self {
        Self::with_sizes(25_426, 256, 6, 4, 512, 2_048)
    }

    /// Shape of the published V2-104M model: 12 layers of 768, 12 heads, FFN 3,072, 4,096 positions.
    pub fn v2_104m() -> Self {
        let dropout = 0.1;
        Self {
            hidden_dropout_prob: dropout,
            attention_probs_dropout_prob: dropout,
            ..Self::with_sizes(20_275, 768, 12, 12, 3_072, 4_096)
        }
    }

    /// A configuration of the given sizes with Geneformer's other settings (relu, eps 1e-12,
    /// dropout 0.02).
    pub fn with_sizes(
        vocab: usize,
        hidden: usize,
        layers: usize,
        heads: usize,
        intermediate: usize,
        positions: usize,
    ) -> Self {
        Self {
            architectures: vec!["BertForMaskedLM".into()],
            model_type: default_model_type(),
            vocab_size: vocab,
            hidden_size: hidden,
            num_hidden_layers: layers,
            num_attention_heads: heads,
            intermediate_size: intermediate,
            max_position_embeddings: positions,
            type_vocab_size: 2,
            hidden_act: "relu".into(),
            layer_norm_eps: 1e-12,
            hidden_dropout_prob: 0.02,
            attention_probs_dropout_prob: 0.02,
            pad_token_id: 0,
            position_embedding_type: default_positions(),
            initializer_range: default_range(),
            id2label: BTreeMap::new(),
            rest: BTreeMap::new(),
        }
    }

    /// Refuses a configuration this net cannot follow exactly.
    ///
    /// # Errors
    /// The first [`ConfigError`] met.
    pub fn validate(&self) -> Result<(), ConfigError> {
        let sizes = [
            ("vocab_size", self.vocab_size, 2),
            ("hidden_size", self.hidden_size, 1),
            ("num_hidden_layers", self.num_hidden_layers, 1),
            ("num_attention_heads", self.num_attention_heads, 1),
            ("intermediate_size", self.intermediate_size, 1),
            ("max_position_embeddings", self.max_position_embeddings, 1),
            ("type_vocab_size", self.type_vocab_size, 1),
        ];
        expect_at_least(&sizes)?;
        expect_stack(
            ("num_hidden_layers", self.num_hidden_layers),
            ("num_attention_heads", self.num_attention_heads),
            ("hidden_size", self.hidden_size),
        )?;
        expect_word("model_type", &self.model_type, "bert")?;
        expect_word("hidden_act", &self.hidden_act, "relu")?;
        expect_word("position_embedding_type", &self.position_embedding_type, "absolute")?;
        expect_within("layer_norm_eps", self.layer_norm_eps, f64::MIN_POSITIVE, 1.0)?;
        expect_within("hidden_dropout_prob", self.hidden_dropout_prob, 0.0, 1.0)?;
        expect_within("attention_probs_dropout_prob", self.attention_probs_dropout_prob, 0.0, 1.0)
    }

    /// What the layers and heads of the net are made with.
    pub fn layer_sizes(&self) -> LayerSizes {
        LayerSizes {
            hidden: self.hidden_size,
            heads: self.num_attention_heads,
            intermediate: self.intermediate_size,
            eps: self.layer_norm_eps,
            std: self.initializer_range,
            activation: Activation::Relu,
        }
    }

    /// Width of one attention head.
    pub fn head_size(&self) -> usize {
        self.hidden_size / self.num_attention_heads
    }

    /// Classes of a fine-tuned model: the entries of `id2label`, or 2 where it is absent (the
    /// default that Hugging Face leaves out of config.json).
    pub fn classes(&self) -> usize {
        if self.id2label.is_empty() { 2 } else { self.id2label.len() }
    }

    /// True if config.json declares an architecture whose name ends with `ending`.
    pub fn declares(&self, ending: &str) -> bool {
        self.architectures.iter().any(|a| a.ends_with(ending))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_shape_is_accepted() {
        let config = GeneformerConfig::v1_10m();
        assert_eq!(config.validate(), Ok(()));
        assert_eq!(config.head_size(), 64);
    }

    #[test]
    fn another_activation_is_refused_even_when_only_implied() {
        let mut json = serde_json::to_value(GeneformerConfig::v1_10m()).unwrap();
        json.as_object_mut().unwrap().remove("hidden_act");
        let config: GeneformerConfig = serde_json::from_value(json).unwrap();
        let error = config.validate().unwrap_err().to_string();
        assert!(error.contains("hidden_act") && error.contains("gelu"), "{error}");
    }

    #[test]
    fn sizes_that_cannot_be_a_transformer_are_refused() {
        let break_one = |change: fn(&mut GeneformerConfig)| {
            let mut config = GeneformerConfig::v1_10m();
            change(&mut config);
            config.validate().is_err()
        };
        assert!(break_one(|c| c.vocab_size = 1));
        assert!(break_one(|c| c.max_position_embeddings = 0));
        assert!(break_one(|c| c.num_attention_heads = 3));
        assert!(break_one(|c| c.num_attention_heads = 0));
        assert!(break_one(|c| c.num_hidden_layers = usize::MAX));
        assert!(break_one(|c| c.layer_norm_eps = f64::NAN));
        assert!(break_one(|c| c.hidden_dropout_prob = 1.0));
        assert!(break_one(|c| c.position_embedding_type = "relative_key".into()));
    }

    #[test]
    fn fields_of_other_tools_survive_a_round_trip() {
        let mut json = serde_json::to_value(GeneformerConfig::v1_10m()).unwrap();
        json["torch_dtype"] = "float32".into();
        let config: GeneformerConfig = serde_json::from_value(json.clone()).unwrap();
        assert_eq!(serde_json::to_value(&config).unwrap(), json);
    }
}
