//! `config.json` of a GeneCompass checkpoint: Hugging Face's BERT configuration with switches for
//! the parts of the embedding.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::checkpoint::{ConfigError, expect_at_least, expect_stack, expect_within, expect_word};
use crate::nets::bert::{Activation, LayerSizes};

/// Sizes and settings of a GeneCompass, as in the checkpoint's `config.json`.
///
/// A switch that is absent is off. Fields this net does not use are kept in `rest`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GeneCompassConfig {
    /// Hugging Face class names, for example `BertForMaskedLM`.
    #[serde(default)]
    pub architectures: Vec<String>,
    /// Model type; `bert` for every GeneCompass.
    #[serde(default = "default_model_type")]
    pub model_type: String,
    /// Tokens known: `<pad>`, `<mask>` and the genes of both species.
    pub vocab_size: usize,
    /// Width of a hidden state.
    pub hidden_size: usize,
    /// Transformer layers.
    pub num_hidden_layers: usize,
    /// Attention heads per layer.
    pub num_attention_heads: usize,
    /// Width of the feed-forward block.
    pub intermediate_size: usize,
    /// Most genes of a cell; the class token has no position and comes on top.
    pub max_position_embeddings: usize,
    /// Rows of the token-type table; row 0 is used.
    #[serde(default = "default_type_vocab")]
    pub type_vocab_size: usize,
    /// Activation; only `gelu` (with the error function) is implemented, what every GeneCompass
    /// uses.
    #[serde(default = "default_act")]
    pub hidden_act: String,
    /// Added to the variance in layer norms, except in the one between the two maps of the
    /// embedding, which uses 1e-5.
    #[serde(default = "default_eps")]
    pub layer_norm_eps: f64,
    /// Padding token.
    #[serde(default)]
    pub pad_token_id: u32,
    /// Kind of position embedding; only `absolute` is implemented.
    #[serde(default = "default_positions")]
    pub position_embedding_type: String,
    /// Standard deviation of freshly drawn weights.
    #[serde(default = "default_range")]
    pub initializer_range: f64,
    /// Whether a gene's expression value is part of its embedding.
    #[serde(default)]
    pub use_values: bool,
    /// Whether prior knowledge of promoter sequences is.
    #[serde(default)]
    pub use_promoter: bool,
    /// Whether prior knowledge of co-expression is.
    #[serde(default)]
    pub use_co_exp: bool,
    /// Whether prior knowledge of gene families is.
    #[serde(default)]
    pub use_gene_family: bool,
    /// Whether prior knowledge of gene regulation (PECA) is.
    #[serde(default)]
    pub use_peca_grn: bool,
    /// Whether a class token of the species is put before the genes.
    #[serde(default)]
    pub use_cls_token: bool,
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
/// Hugging Face's default.
fn default_act() -> String {
    "gelu".into()
}
fn default_eps() -> f64 {
    1e-12
}
fn default_positions() -> String {
    "absolute".into()
}
fn default_range() -> f64 {
    0.02
}

impl GeneCompassConfig {
    /// A configuration of the given sizes with GeneCompass's other settings: all knowledge, values
    /// and the class token.
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
            type_vocab_size: default_type_vocab(),
            hidden_act: default_act(),
            layer_norm_eps: default_eps(),
            pad_token_id: 0,
            position_embedding_type: default_positions(),
            initializer_range: default_range(),
            use_values: true,
            use_promoter: true,
            use_co_exp: true,
            use_gene_family: true,
            use_peca_grn: true,
            use_cls_token: true,
            id2label: BTreeMap::new(),
            rest: BTreeMap::new(),
        }
    }

    /// Refuses a configuration this net cannot follow exactly.
    ///
    /// # Errors
    /// The first [`ConfigError`] met.
    pub fn validate(&self) -> Result<(), ConfigError> {
        expect_at_least(&[
            ("vocab_size", self.vocab_size, 3),
            ("hidden_size", self.hidden_size, 1),
            ("num_hidden_layers", self.num_hidden_layers, 1),
            ("num_attention_heads", self.num_attention_heads, 1),
            ("intermediate_size", self.intermediate_size, 1),
            ("max_position_embeddings", self.max_position_embeddings, 1),
            ("type_vocab_size", self.type_vocab_size, 1),
        ])?;
        expect_stack(
            ("num_hidden_layers", self.num_hidden_layers),
            ("num_attention_heads", self.num_attention_heads),
            ("hidden_size", self.hidden_size),
        )?;
        expect_word("model_type", &self.model_type, "bert")?;
        expect_word("hidden_act", &self.hidden_act, "gelu")?;
        expect_word("position_embedding_type", &self.position_embedding_type, "absolute")?;
        expect_within("layer_norm_eps", self.layer_norm_eps, f64::MIN_POSITIVE, 1.0)
    }

    /// What the layers and heads of the net are made with.
    pub fn layer_sizes(&self) -> LayerSizes {
        LayerSizes {
            hidden: self.hidden_size,
            heads: self.num_attention_heads,
            intermediate: self.intermediate_size,
            eps: self.layer_norm_eps,
            std: self.initializer_range,
            activation: Activation::Gelu,
        }
    }

    /// Which kinds of prior knowledge are switched on: promoter, co-expression, gene family and
    /// regulation, in the order of the embedding.
    pub fn priors(&self) -> [bool; 4] {
        [self.use_promoter, self.use_co_exp, self.use_gene_family, self.use_peca_grn]
    }

    /// Classes of a fine-tuned model: the entries of `id2label`, or 2 where it is absent (the
    /// default that Hugging Face leaves out of config.json).
    pub fn classes(&self) -> usize {
        if self.id2label.is_empty() { 2 } else { self.id2label.len() }
    }

    /// Names of the classes, by number.
    pub fn labels(&self) -> Vec<String> {
        let name = |class: usize| {
            let named = self.id2label.get(&class.to_string());
            named.cloned().unwrap_or_else(|| format!("LABEL_{class}"))
        };
        (0..self.classes()).map(name).collect()
    }

    /// True if config.json declares an architecture whose name ends with `ending`.
    pub fn declares(&self, ending: &str) -> bool {
        self.architectures.iter().any(|a| a.ends_with(ending))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base() -> GeneCompassConfig {
        GeneCompassConfig::with_sizes(50_000, 768, 12, 12, 3_072, 2_048)
    }

    #[test]
    fn the_published_shape_is_accepted_and_another_activation_is_not() {
        assert_eq!(base().validate(), Ok(()));
        let relu = GeneCompassConfig { hidden_act: "relu".into(), ..base() };
        let error = relu.validate().unwrap_err().to_string();
        assert!(error.contains("hidden_act") && error.contains("relu"), "{error}");
    }

    #[test]
    fn a_switch_that_is_absent_is_off_and_other_fields_survive() {
        let mut json = serde_json::to_value(base()).unwrap();
        json.as_object_mut().unwrap().remove("use_peca_grn");
        json["emb_warmup_steps"] = 10_000.into();
        let config: GeneCompassConfig = serde_json::from_value(json).unwrap();
        assert_eq!(config.priors(), [true, true, true, false]);
        let again = serde_json::to_value(config).unwrap();
        assert_eq!(again["emb_warmup_steps"], 10_000);
    }

    #[test]
    fn classes_are_named_by_number() {
        let id2label = [("1", "B"), ("0", "A"), ("10", "C")];
        let id2label = id2label.map(|(n, l)| (n.to_owned(), l.to_owned())).into();
        let config = GeneCompassConfig { id2label, ..base() };
        assert_eq!(config.labels(), ["A", "B", "LABEL_2"]);
    }
}
