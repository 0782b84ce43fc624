//! `args.json` of an scGPT checkpoint.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::checkpoint::{ConfigError, expect_at_least, expect_stack, expect_within, expect_word};
use crate::nets::bert::{Activation, LayerSizes};

/// `kind` of a perturbation model, after the reference's class.
pub const GENERATOR: &str = "TransformerGenerator";

/// Largest sizes accepted; far above any known model, and small enough that no product of two
/// overflows.
const MOST: [usize; 2] = [1 << 16, 1 << 24];
/// Epsilon of torch's layer norms.
const EPS: f64 = 1e-5;

/// Sizes and settings of an scGPT.
///
/// The released `args.json` lists the arguments of the training run and leaves out what the
/// training script did not have; an absent field has the value of the whole-human model. Fields
/// this net does not use are kept in `rest`, so that a saved model carries them on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ScGptConfig {
    /// Class in the reference; `TransformerGenerator` is the perturbation model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Width of a hidden state.
    pub embsize: usize,
    /// Attention heads per layer.
    pub nheads: usize,
    /// Width of the feed-forward block.
    pub d_hid: usize,
    /// Transformer layers.
    pub nlayers: usize,
    /// Linear maps of the classifier of cells, the last one included.
    pub n_layers_cls: usize,
    /// Classes of that classifier.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub n_cls: Option<usize>,
    /// Tokens known, specials included; those of `vocab.json` where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ntoken: Option<usize>,
    /// Dropout, when training.
    pub dropout: f64,
    /// Padding token.
    pub pad_token: String,
    /// Value of padding and of `<cls>`.
    pub pad_value: f32,
    /// Value of a masked gene.
    pub mask_value: f32,
    /// Bins of expression, the one of zeros included.
    pub n_bins: usize,
    /// Rows of the table of a `category` value encoder; bins, mask and padding where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub n_input_bins: Option<usize>,
    /// What values are; only `binned` is implemented.
    pub input_style: String,
    /// How values enter: `continuous`, `category` or `scaling`.
    pub input_emb_style: String,
    /// How a cell is pooled for the heads: `cls`, `avg-pool` or `w-pool`.
    pub cell_emb_style: String,
    /// Values above are read as this one (`continuous`).
    pub max_value: f32,
    /// Longest sequence in tokens, `<cls>` included.
    pub max_seq_len: usize,
    /// Whether the decoders read a batch label.
    pub use_batch_labels: bool,
    /// Batches known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub num_batch_labels: Option<usize>,
    /// Whether the decoders also give the probability of a zero.
    pub explicit_zero_prob: bool,
    /// Norm before attention; no released model has it and it is refused.
    pub pre_norm: bool,
    /// Activation of the feed-forward block; only `relu` is implemented.
    pub activation: String,
    /// Threshold of the elastic cell similarity.
    pub ecs_threshold: f32,
    /// Perturbation model: scales the bias by the mean of the cell's non-zero values.
    pub decoder_adaptive_bias: bool,
    /// Perturbation model: row of the flag table that stays zero in training.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pert_pad_id: Option<usize>,
    /// Class names of a fine-tuned classifier, keyed by class number as text.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub id2type: BTreeMap<String, String>,
    /// SHA-256 of the vocabulary that the weights were saved with (ours; absent in released
    /// files): a vocabulary of the same size is refused too when it is another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vocab_sha256: Option<String>,
    /// Everything else in args.json, kept as it was.
    #[serde(flatten)]
    pub rest: BTreeMap<String, Value>,
}

impl Default for ScGptConfig {
    fn default() -> Self {
        Self::whole_human()
    }
}

impl ScGptConfig {
    /// The whole-human model: 12 layers of 512, 8 heads, FFN 512, 51 bins, 1,200 tokens.
    pub fn whole_human() -> Self {
        Self {
            kind: None,
            embsize: 512,
            nheads: 8,
            d_hid: 512,
            nlayers: 12,
            n_layers_cls: 3,
            n_cls: None,
            ntoken: None,
            dropout: 0.2,
            pad_token: "<pad>".into(),
            pad_value: -2.0,
            mask_value: -1.0,
            n_bins: 51,
            n_input_bins: None,
            input_style: "binned".into(),
            input_emb_style: "continuous".into(),
            cell_emb_style: "cls".into(),
            max_value: 512.0,
            max_seq_len: 1_200,
            use_batch_labels: false,
            num_batch_labels: None,
            explicit_zero_prob: false,
            pre_norm: false,
            activation: "relu".into(),
            ecs_threshold: 0.3,
            decoder_adaptive_bias: false,
            pert_pad_id: None,
            id2type: BTreeMap::new(),
            vocab_sha256: None,
            rest: BTreeMap::new(),
        }
    }

    /// The whole-human settings at other sizes.
    pub fn with_sizes(embsize: usize, nlayers: usize, nheads: usize, d_hid: usize) -> Self {
        Self { embsize, nlayers, nheads, d_hid, ..Self::whole_human() }
    }

    /// Whether args.json says that this is the perturbation model.
    pub fn is_generator(&self) -> bool {
        self.kind.as_deref() == Some(GENERATOR)
    }

    /// Refuses a configuration this net cannot follow exactly.
    ///
    /// # Errors
    /// The first [`ConfigError`] met.
    pub fn validate(&self) -> Result<(), ConfigError> {
        expect_at_least(&[
            ("embsize", self.embsize, 1),
            ("d_hid", self.d_hid, 1),
            ("nlayers", self.nlayers, 1),
            ("n_layers_cls", self.n_layers_cls, 1),
            ("n_bins", self.n_bins, 3),
            ("max_seq_len", self.max_seq_len, 2),
        ])?;
        self.expect_not_huge()?;
        let layers = ("nlayers", self.nlayers);
        expect_stack(layers, ("nheads", self.nheads), ("embsize", self.embsize))?;
        expect_stack(("n_layers_cls", self.n_layers_cls), ("nheads", 1), ("embsize", 1))?;
        expect_word("activation", &self.activation, "relu")?;
        expect_word("pre_norm", &self.pre_norm.to_string(), "false")?;
        expect_word("pad_token", &self.pad_token, "<pad>")?;
        if !self.is_generator() {
            expect_word("input_style", &self.input_style, "binned")?;
        }
        one_of("input_emb_style", &self.input_emb_style, &["continuous", "category", "scaling"])?;
        one_of("cell_emb_style", &self.cell_emb_style, &["cls", "avg-pool", "w-pool"])?;
        expect_within("max_value", f64::from(self.max_value), 0.0, f64::from(f32::MAX))?;
        expect_within("dropout", self.dropout, 0.0, 1.0)?;
        let least = if self.is_category() { 0.0 } else { -1e6 };
        expect_within("pad_value", f64::from(self.pad_value), least, 1e6)
    }

    fn expect_not_huge(&self) -> Result<(), ConfigError> {
        let [width, rows] = MOST;
        let sizes = [
            ("embsize", self.embsize, width),
            ("d_hid", self.d_hid, width),
            ("n_bins", self.n_bins, width),
            ("max_seq_len", self.max_seq_len, rows),
            ("ntoken", self.ntoken.unwrap_or(1), rows),
            ("n_cls", self.n_cls.unwrap_or(1), rows),
            ("n_input_bins", self.n_input_bins.unwrap_or(1), rows),
            ("num_batch_labels", self.num_batch_labels.unwrap_or(1), rows),
        ];
        match sizes.into_iter().find(|(_, found, most)| found > most) {
            None => Ok(()),
            Some((field, found, most)) => Err(ConfigError::TooMany { field, found, most }),
        }
    }

    /// Whether values are read from a table.
    pub fn is_category(&self) -> bool {
        self.input_emb_style == "category"
    }

    /// Rows of that table: given, or the bins with one more for masks and one for padding.
    pub fn value_rows(&self) -> usize {
        self.n_input_bins.unwrap_or(self.n_bins + 2)
    }

    /// What the layers and heads of the net are made with.
    pub fn layer_sizes(&self) -> LayerSizes {
        LayerSizes {
            hidden: self.embsize,
            heads: self.nheads,
            intermediate: self.d_hid,
            eps: EPS,
            std: 0.02,
            activation: Activation::Relu,
        }
    }
}

fn one_of(
    field: &'static str,
    found: &str,
    known: &'static [&'static str],
) -> Result<(), ConfigError> {
    match known.contains(&found) {
        true => Ok(()),
        false => expect_word(field, found, known[0]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_released_arguments_are_understood_and_absent_ones_are_those_of_whole_human() {
        let text = r#"{"embsize": 512, "nheads": 8, "d_hid": 512, "nlayers": 12,
            "n_layers_cls": 3, "dropout": 0.2, "pad_token": "<pad>", "pad_value": -2,
            "mask_value": -1, "n_bins": 51, "input_style": "binned",
            "input_emb_style": "continuous", "max_seq_len": 1200, "n_hvg": null,
            "num_batch_labels": null, "mask_ratio": [0.25, 0.5, 0.75]}"#;
        let config: ScGptConfig = serde_json::from_str(text).unwrap();
        assert_eq!(config.validate(), Ok(()));
        let bare: ScGptConfig = serde_json::from_str("{}").unwrap();
        assert_eq!(bare, ScGptConfig::whole_human());
        assert_eq!(ScGptConfig { rest: BTreeMap::new(), ..config.clone() }, bare);
        assert!(config.rest.contains_key("mask_ratio"));
    }

    #[test]
    fn settings_that_the_net_does_not_follow_are_refused_by_name() {
        let refused = |change: fn(&mut ScGptConfig), field: &str| {
            let mut config = ScGptConfig::whole_human();
            change(&mut config);
            let message = config.validate().unwrap_err().to_string();
            assert!(message.contains(field), "{message}");
        };
        refused(|c| c.pre_norm = true, "pre_norm");
        refused(|c| c.input_style = "log1p".into(), "input_style");
        refused(|c| c.input_emb_style = "fourier".into(), "input_emb_style");
        refused(|c| c.nheads = 7, "7 attention heads");
        refused(|c| c.nlayers = usize::MAX, "nlayers");
        refused(|c| c.n_bins = 2, "n_bins");
        refused(|c| c.embsize = usize::MAX, "embsize");
        refused(|c| c.num_batch_labels = Some(usize::MAX), "num_batch_labels");
        refused(|c| c.max_value = f32::NAN, "max_value");
        let category = |c: &mut ScGptConfig| c.input_emb_style = "category".into();
        refused(category, "pad_value");
    }
}
