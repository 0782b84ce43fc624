//! scBERT's keys, as in `model_state_dict` of the published file (after a `module.` there may be).

use crate::checkpoint::keys::{KeyMap, Kind};

/// The body.
pub const BODY: KeyMap = &[
    ("tokens", "token_emb", Kind::Plain),
    ("positions", "pos_emb.emb", Kind::Plain),
    ("performer.layers.{i}.attention_norm", "performer.net.layers.{i}.0.norm", Kind::Plain),
    ("performer.layers.{i}.attention.query", "performer.net.layers.{i}.0.fn.to_q", Kind::Linear),
    ("performer.layers.{i}.attention.key", "performer.net.layers.{i}.0.fn.to_k", Kind::Linear),
    ("performer.layers.{i}.attention.value", "performer.net.layers.{i}.0.fn.to_v", Kind::Linear),
    ("performer.layers.{i}.attention.output", "performer.net.layers.{i}.0.fn.to_out", Kind::Linear),
    (
        "performer.layers.{i}.attention.projection",
        "performer.net.layers.{i}.0.fn.fast_attention.projection_matrix",
        Kind::Plain,
    ),
    ("performer.layers.{i}.ffn_norm", "performer.net.layers.{i}.1.norm", Kind::Plain),
    ("performer.layers.{i}.intermediate", "performer.net.layers.{i}.1.fn.fn.w1", Kind::Linear),
    ("performer.layers.{i}.output", "performer.net.layers.{i}.1.fn.fn.w2", Kind::Linear),
    ("norm", "norm", Kind::Plain),
];

/// The head of the masked objective.
pub const BINS: KeyMap = &[("", "to_out", Kind::Linear)];

/// The annotation head that fine-tuning puts in its place.
pub const ANNOTATION: KeyMap = &[
    ("conv", "to_out.conv1", Kind::Plain),
    ("first", "to_out.fc1", Kind::Linear),
    ("second", "to_out.fc2", Kind::Linear),
    ("third", "to_out.fc3", Kind::Linear),
];

/// Prefix of the annotation head where a file holds it beside the head of the masked objective.
pub const BESIDE: &str = "annotation.";

/// Keys that published checkpoints hold and that no result depends on: the training's counter of
/// redrawn projections.
pub fn is_optional(key: &str) -> bool {
    key == "performer.calls_since_last_redraw"
}
