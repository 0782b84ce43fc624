//! scGPT's keys.
//!
//! The fused query-key-value matrix has three spellings: torch's `self_attn.in_proj_weight`,
//! `self_attn.Wqkv.weight` of the released checkpoints (flash attention) and
//! `self_attn._impl.Wqkv.weight` of the newer wrapper. The rows are query, key, value in all of
//! them, so only the names differ; [`canonical`] makes them torch's.

use crate::checkpoint::keys::{KeyMap, Kind};

/// The parts of a name that differ, and torch's.
const SPELLINGS: [(&str, &str); 3] = [
    ("self_attn._impl.", "self_attn."),
    ("self_attn.Wqkv.weight", "self_attn.in_proj_weight"),
    ("self_attn.Wqkv.bias", "self_attn.in_proj_bias"),
];

/// A key in torch's spelling.
pub fn canonical(key: &str) -> String {
    SPELLINGS.iter().fold(key.to_owned(), |key, (from, to)| key.replace(from, to))
}

/// Gene encoder, value encoder and transformer.
pub const BODY: KeyMap = &[
    ("genes.embedding", "encoder.embedding", Kind::Plain),
    ("genes.norm", "encoder.enc_norm", Kind::Plain),
    ("continuous.input", "value_encoder.linear1", Kind::Linear),
    ("continuous.output", "value_encoder.linear2", Kind::Linear),
    ("continuous.norm", "value_encoder.norm", Kind::Plain),
    ("category.embedding", "value_encoder.embedding", Kind::Plain),
    ("category.norm", "value_encoder.enc_norm", Kind::Plain),
    ("flags", "pert_encoder", Kind::Plain),
    (
        "layers.{i}.attention.query",
        "transformer_encoder.layers.{i}.self_attn.in_proj",
        Kind::InProj(0),
    ),
    (
        "layers.{i}.attention.key",
        "transformer_encoder.layers.{i}.self_attn.in_proj",
        Kind::InProj(1),
    ),
    (
        "layers.{i}.attention.value",
        "transformer_encoder.layers.{i}.self_attn.in_proj",
        Kind::InProj(2),
    ),
    (
        "layers.{i}.attention.output",
        "transformer_encoder.layers.{i}.self_attn.out_proj",
        Kind::Linear,
    ),
    ("layers.{i}.attention_norm", "transformer_encoder.layers.{i}.norm1", Kind::Plain),
    ("layers.{i}.intermediate", "transformer_encoder.layers.{i}.linear1", Kind::Linear),
    ("layers.{i}.output", "transformer_encoder.layers.{i}.linear2", Kind::Linear),
    ("layers.{i}.output_norm", "transformer_encoder.layers.{i}.norm2", Kind::Plain),
];

/// Decoder of expression.
pub const DECODER: KeyMap = &[
    ("value.input", "decoder.fc.0", Kind::Linear),
    ("value.hidden", "decoder.fc.2", Kind::Linear),
    ("value.output", "decoder.fc.4", Kind::Linear),
    ("zero.input", "decoder.zero_logit.0", Kind::Linear),
    ("zero.hidden", "decoder.zero_logit.2", Kind::Linear),
    ("zero.output", "decoder.zero_logit.4", Kind::Linear),
];

/// Decoder of the perturbation model.
pub const AFFINE_DECODER: KeyMap = &[
    ("coefficient.value.input", "decoder.coeff_decoder.fc.0", Kind::Linear),
    ("coefficient.value.hidden", "decoder.coeff_decoder.fc.2", Kind::Linear),
    ("coefficient.value.output", "decoder.coeff_decoder.fc.4", Kind::Linear),
    ("coefficient.zero.input", "decoder.coeff_decoder.zero_logit.0", Kind::Linear),
    ("coefficient.zero.hidden", "decoder.coeff_decoder.zero_logit.2", Kind::Linear),
    ("coefficient.zero.output", "decoder.coeff_decoder.zero_logit.4", Kind::Linear),
    ("bias.value.input", "decoder.bias_decoder.fc.0", Kind::Linear),
    ("bias.value.hidden", "decoder.bias_decoder.fc.2", Kind::Linear),
    ("bias.value.output", "decoder.bias_decoder.fc.4", Kind::Linear),
    ("bias.zero.input", "decoder.bias_decoder.zero_logit.0", Kind::Linear),
    ("bias.zero.hidden", "decoder.bias_decoder.zero_logit.2", Kind::Linear),
    ("bias.zero.output", "decoder.bias_decoder.zero_logit.4", Kind::Linear),
];

/// Decoder of expression from the cell embedding ("masked value prediction for cells").
pub const MVC_DECODER: KeyMap = &[
    ("query", "mvc_decoder.gene2query", Kind::Linear),
    ("value", "mvc_decoder.W", Kind::Linear),
    ("zero", "mvc_decoder.W_zero_logit", Kind::Linear),
];

/// Classifier of cells; a line per place of torch's sequence, which holds a map or a norm.
pub const CLS_DECODER: KeyMap = &[
    ("steps.{i}.linear", "cls_decoder._decoder.{i}", Kind::Linear),
    ("steps.{i}.norm", "cls_decoder._decoder.{i}", Kind::Plain),
    ("output", "cls_decoder.out_layer", Kind::Linear),
];

/// Encoder of batch labels.
pub const BATCH_ENCODER: KeyMap = &[
    ("embedding", "batch_encoder.embedding", Kind::Plain),
    ("norm", "batch_encoder.enc_norm", Kind::Plain),
];

/// Batch norm of the input, one per batch.
pub const DOMAIN_NORMS: KeyMap = &[
    ("{i}.mean", "dsbn.bns.{i}.running_mean", Kind::Plain),
    ("{i}.variance", "dsbn.bns.{i}.running_var", Kind::Plain),
    ("{i}.scale", "dsbn.bns.{i}.weight", Kind::Plain),
    ("{i}.shift", "dsbn.bns.{i}.bias", Kind::Plain),
];

/// Batch norm of the input, one for all.
pub const BATCH_NORM: KeyMap = &[
    ("{i}.mean", "bn.running_mean", Kind::Plain),
    ("{i}.variance", "bn.running_var", Kind::Plain),
    ("{i}.scale", "bn.weight", Kind::Plain),
    ("{i}.shift", "bn.bias", Kind::Plain),
];

/// Parts that some checkpoints hold and that no result of ours needs, or that are used when they
/// fit: the flags of known genes in pretraining (the public model has no such module), heads, and
/// counters of batch norms.
pub fn is_optional(key: &str) -> bool {
    const PARTS: [&str; 7] = [
        "flag_encoder.",
        "batch_encoder.",
        "dsbn.",
        "bn.",
        "cls_decoder.",
        "mvc_decoder.",
        "grad_reverse_discriminator.",
    ];
    PARTS.iter().any(|part| key.starts_with(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_the_fused_projection_becomes_torchs() {
        let layer = "transformer_encoder.layers.11.self_attn";
        for (spelling, expected) in [
            ("in_proj_weight", "in_proj_weight"),
            ("Wqkv.weight", "in_proj_weight"),
            ("Wqkv.bias", "in_proj_bias"),
            ("_impl.Wqkv.bias", "in_proj_bias"),
            ("_impl.in_proj_weight", "in_proj_weight"),
            ("_impl.out_proj.weight", "out_proj.weight"),
            ("out_proj.bias", "out_proj.bias"),
        ] {
            assert_eq!(canonical(&format!("{layer}.{spelling}")), format!("{layer}.{expected}"));
        }
        assert_eq!(canonical("encoder.embedding.weight"), "encoder.embedding.weight");
    }

    #[test]
    fn heads_are_optional_and_the_body_is_not() {
        assert!(is_optional("flag_encoder.weight") && is_optional("dsbn.bns.0.running_mean"));
        assert!(!is_optional("encoder.embedding.weight") && !is_optional("decoder.fc.0.bias"));
    }
}
