//! Configuration of an scFoundation checkpoint.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::checkpoint::{ConfigError, expect_at_least, expect_stack, expect_within, expect_word};
use crate::nets::bert::{Activation, LayerSizes};
use crate::nets::performer::PerformerSizes;

/// Epsilon of every layer norm (torch's default).
pub const EPS: f64 = 1e-5;
/// The two pseudo-genes after the real ones: target depth T and source depth S.
pub const DEPTH_TOKENS: usize = 2;
/// Width of a feed-forward block in hidden widths, in encoder and decoder.
pub const FFN_FACTOR: usize = 4;

/// One of the three models that the published file `models.ckpt` holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// For cell embeddings.
    Cell,
    /// For read-depth enhancement (and cell embeddings at a chosen depth).
    Rde,
    /// For gene embeddings in context and gene expression.
    Gene,
}

impl Part {
    /// All, in the order in which one is taken when none is chosen.
    pub const ALL: [Part; 3] = [Part::Cell, Part::Rde, Part::Gene];

    /// Its key in `models.ckpt`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cell => "cell",
            Self::Rde => "rde",
            Self::Gene => "gene",
        }
    }
}

/// Sizes of the encoder: torch's post-norm transformer layers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EncoderConfig {
    /// Kind of layer; only `transformer` is implemented.
    pub module_type: String,
    /// Width of a hidden state.
    pub hidden_dim: usize,
    /// Layers.
    pub depth: usize,
    /// Attention heads.
    pub heads: usize,
}

/// Sizes of the decoder: a Performer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DecoderConfig {
    /// Kind of layer; only `performer` is implemented.
    pub module_type: String,
    /// Width of a hidden state.
    pub hidden_dim: usize,
    /// Layers.
    pub depth: usize,
    /// Attention heads.
    pub heads: usize,
    /// Width of a head.
    pub dim_head: usize,
}

/// Sizes and settings of an scFoundation: `config.json`, or the configuration in `models.ckpt`
/// (`model_config.<model>` merged with `dataset_config.rnaseq`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScFoundationConfig {
    /// Kind of model; only `mae_autobin` is implemented.
    #[serde(default = "default_model")]
    pub model: String,
    /// Genes and the two depth tokens.
    pub seq_len: usize,
    /// Weight of the first layer in the logits of the bins.
    pub bin_alpha: f64,
    /// Bins that a value is spread over.
    pub bin_num: usize,
    /// Value that stands for padding.
    pub pad_token_id: f64,
    /// Value that stands for a masked gene.
    pub mask_token_id: f64,
    /// Encoder.
    pub encoder: EncoderConfig,
    /// Decoder.
    pub decoder: DecoderConfig,
    /// Which part of `models.ckpt` these settings choose or describe.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<Part>,
    /// Everything else, kept as it was.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

fn default_model() -> String {
    "mae_autobin".into()
}

impl ScFoundationConfig {
    /// The published sizes with other widths and depths: an encoder and a decoder of
    /// `[width, layers, heads]`, the decoder's heads `dim_head` wide.
    pub fn with_sizes(
        genes: usize,
        bins: usize,
        encoder: [usize; 3],
        decoder: [usize; 3],
        dim_head: usize,
    ) -> Self {
        let [hidden_dim, depth, heads] = encoder;
        let encoder = EncoderConfig { module_type: "transformer".into(), hidden_dim, depth, heads };
        let [hidden_dim, depth, heads] = decoder;
        let module_type = "performer".into();
        Self {
            model: default_model(),
            seq_len: genes + DEPTH_TOKENS,
            bin_alpha: 1.0,
            bin_num: bins,
            pad_token_id: 103.0,
            mask_token_id: 102.0,
            encoder,
            decoder: DecoderConfig { module_type, hidden_dim, depth, heads, dim_head },
            part: None,
            rest: Map::new(),
        }
    }

    /// Genes, the depth tokens excluded.
    pub fn genes(&self) -> usize {
        self.seq_len - DEPTH_TOKENS
    }

    /// Random features of the decoder's attention: `floor(d ln d)` of the head's width `d`.
    pub fn features(&self) -> usize {
        let d = self.decoder.dim_head as f64;
        (d * d.ln()) as usize
    }

    /// Sizes of the encoder's layers.
    pub fn layer_sizes(&self) -> LayerSizes {
        LayerSizes {
            hidden: self.encoder.hidden_dim,
            heads: self.encoder.heads,
            intermediate: self.encoder.hidden_dim * FFN_FACTOR,
            eps: EPS,
            std: 0.02,
            activation: Activation::Relu,
        }
    }

    /// Sizes of the decoder's layers.
    pub fn performer_sizes(&self) -> PerformerSizes {
        PerformerSizes {
            width: self.decoder.hidden_dim,
            depth: self.decoder.depth,
            heads: self.decoder.heads,
            dim_head: self.decoder.dim_head,
            features: self.features(),
            ffn: self.decoder.hidden_dim * FFN_FACTOR,
            qkv_bias: true,
            eps: EPS,
            std: 0.02,
        }
    }

    /// Checks that this net follows every setting.
    ///
    /// # Errors
    /// The first [`ConfigError`] met.
    pub fn validate(&self) -> Result<(), ConfigError> {
        let (encoder, decoder) = (&self.encoder, &self.decoder);
        expect_word("model", &self.model, "mae_autobin")?;
        expect_word("encoder.module_type", &encoder.module_type, "transformer")?;
        expect_word("decoder.module_type", &decoder.module_type, "performer")?;
        expect_at_least(&[
            ("seq_len", self.seq_len, DEPTH_TOKENS + 1),
            ("bin_num", self.bin_num, 1),
            ("encoder.hidden_dim", encoder.hidden_dim, 1),
            ("encoder.depth", encoder.depth, 1),
            ("decoder.hidden_dim", decoder.hidden_dim, 1),
            ("decoder.depth", decoder.depth, 1),
            ("decoder.heads", decoder.heads, 1),
            ("decoder.dim_head", decoder.dim_head, 2),
        ])?;
        expect_stack(
            ("encoder.depth", encoder.depth),
            ("encoder.heads", encoder.heads),
            ("encoder.hidden_dim", encoder.hidden_dim),
        )?;
        // The heads of a Performer need not share its width: only the depth is checked.
        expect_stack(
            ("decoder.depth", decoder.depth),
            ("decoder.heads", 1),
            ("decoder.hidden_dim", decoder.hidden_dim),
        )?;
        // Values are ln(1 + CP10k), so below 9.3: an id of that size would mean two things.
        expect_within("pad_token_id", self.pad_token_id, 10.0, 1e6)?;
        expect_within("mask_token_id", self.mask_token_id, 10.0, 1e6)?;
        expect_within("bin_alpha", self.bin_alpha, 0.0, 1e6)
    }
}

/// The configuration of one part of `models.ckpt`: `config.model_config.<config.model>` with
/// `config.dataset_config.rnaseq` over it; `None` where one of them is absent or empty.
pub fn merged(config: &Value) -> Option<Value> {
    let model = config.get("model")?.as_str()?;
    let sizes = config.get("model_config")?.get(model)?.as_object()?;
    let data = config.get("dataset_config")?.get("rnaseq")?.as_object()?;
    if sizes.is_empty() || data.is_empty() {
        return None;
    }
    let mut merged = sizes.clone();
    merged.extend(data.clone());
    merged.insert("model".into(), model.into());
    Some(Value::Object(merged))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn small() -> ScFoundationConfig {
        ScFoundationConfig::with_sizes(36, 10, [32, 2, 4], [24, 2, 2], 16)
    }

    #[test]
    fn a_configuration_is_written_and_read_unchanged_with_what_we_do_not_use() {
        let mut config = small();
        config.part = Some(Part::Gene);
        config.rest.insert("n_class".into(), 104.into());
        let text = serde_json::to_string(&config).unwrap();
        assert_eq!(serde_json::from_str::<ScFoundationConfig>(&text).unwrap(), config);
        config.validate().unwrap();
    }

    #[test]
    fn the_published_random_features_are_266_for_heads_of_64() {
        assert_eq!(small().features(), 44);
        let published = ScFoundationConfig::with_sizes(9, 100, [768, 12, 12], [512, 6, 8], 64);
        assert_eq!(published.features(), 266);
    }

    #[test]
    fn settings_that_the_net_does_not_follow_are_refused_by_name() {
        type Damage = fn(&mut ScFoundationConfig);
        let damages: [(Damage, &str); 8] = [
            (|c| c.model = "performer".into(), "model"),
            (|c| c.encoder.module_type = "performer".into(), "encoder.module_type"),
            (|c| c.decoder.module_type = "reversible_performer".into(), "decoder.module_type"),
            (|c| c.encoder.heads = 5, "heads"),
            (|c| c.encoder.heads = 0, "encoder.heads"),
            (|c| c.seq_len = 2, "seq_len"),
            (|c| c.pad_token_id = 3.0, "pad_token_id"),
            (|c| c.bin_alpha = f64::NAN, "bin_alpha"),
        ];
        for (damage, field) in damages {
            let mut config = small();
            damage(&mut config);
            let message = config.validate().unwrap_err().to_string();
            assert!(message.contains(field), "{field}: {message}");
        }
    }

    #[test]
    fn the_two_halves_of_a_published_configuration_are_merged() {
        let config = json!({
            "model": "mae_autobin",
            "model_config": {"mae_autobin": {"n_class": 104, "bin_num": 7}},
            "dataset_config": {"rnaseq": {"bin_num": 100, "seq_len": 38}},
        });
        let expected =
            json!({"model": "mae_autobin", "n_class": 104, "bin_num": 100, "seq_len": 38});
        assert_eq!(merged(&config), Some(expected));
        assert_eq!(merged(&json!({"model": "mae_autobin"})), None);
        assert_eq!(merged(&Value::Null), None);
    }
}
