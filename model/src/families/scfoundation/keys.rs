//! scFoundation's keys, as in each `state_dict` of `models.ckpt` after the prefix `model.`.

use crate::checkpoint::keys::{KeyMap, Kind};

/// The whole net.
pub const NET: KeyMap = &[
    ("values.first", "token_emb.mlp", Kind::Linear),
    ("values.second", "token_emb.mlp2", Kind::Linear),
    ("values.bins", "token_emb.emb", Kind::Plain),
    ("values.mask", "token_emb.emb_mask", Kind::Plain),
    ("values.pad", "token_emb.emb_pad", Kind::Plain),
    ("positions", "pos_emb", Kind::Plain),
    (
        "layers.{i}.attention.query",
        "encoder.transformer_encoder.{i}.self_attn.in_proj",
        Kind::InProj(0),
    ),
    (
        "layers.{i}.attention.key",
        "encoder.transformer_encoder.{i}.self_attn.in_proj",
        Kind::InProj(1),
    ),
    (
        "layers.{i}.attention.value",
        "encoder.transformer_encoder.{i}.self_attn.in_proj",
        Kind::InProj(2),
    ),
    (
        "layers.{i}.attention.output",
        "encoder.transformer_encoder.{i}.self_attn.out_proj",
        Kind::Linear,
    ),
    ("layers.{i}.attention_norm", "encoder.transformer_encoder.{i}.norm1", Kind::Plain),
    ("layers.{i}.intermediate", "encoder.transformer_encoder.{i}.linear1", Kind::Linear),
    ("layers.{i}.output", "encoder.transformer_encoder.{i}.linear2", Kind::Linear),
    ("layers.{i}.output_norm", "encoder.transformer_encoder.{i}.norm2", Kind::Plain),
    ("encoder_norm", "encoder.norm", Kind::Plain),
    ("decoder_embed", "decoder_embed", Kind::Linear),
    ("decoder.layers.{i}.attention_norm", "decoder.performer.net.layers.{i}.0.norm", Kind::Plain),
    (
        "decoder.layers.{i}.attention.query",
        "decoder.performer.net.layers.{i}.0.fn.to_q",
        Kind::Linear,
    ),
    (
        "decoder.layers.{i}.attention.key",
        "decoder.performer.net.layers.{i}.0.fn.to_k",
        Kind::Linear,
    ),
    (
        "decoder.layers.{i}.attention.value",
        "decoder.performer.net.layers.{i}.0.fn.to_v",
        Kind::Linear,
    ),
    (
        "decoder.layers.{i}.attention.output",
        "decoder.performer.net.layers.{i}.0.fn.to_out",
        Kind::Linear,
    ),
    (
        "decoder.layers.{i}.attention.projection",
        "decoder.performer.net.layers.{i}.0.fn.fast_attention.projection_matrix",
        Kind::Plain,
    ),
    ("decoder.layers.{i}.ffn_norm", "decoder.performer.net.layers.{i}.1.norm", Kind::Plain),
    (
        "decoder.layers.{i}.intermediate",
        "decoder.performer.net.layers.{i}.1.fn.fn.w1",
        Kind::Linear,
    ),
    ("decoder.layers.{i}.output", "decoder.performer.net.layers.{i}.1.fn.fn.w2", Kind::Linear),
    ("decoder_norm", "decoder.norm", Kind::Plain),
    ("norm", "norm", Kind::Plain),
    ("to_final", "to_final", Kind::Linear),
];

/// Keys that published checkpoints hold and that no result depends on: the training's counter of
/// redrawn projections.
pub fn is_optional(key: &str) -> bool {
    key == "decoder.performer.calls_since_last_redraw"
}
