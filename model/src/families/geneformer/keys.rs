//! Geneformer's keys: Hugging Face's names of a BERT model.

use crate::checkpoint::keys::{KeyMap, Kind};

/// The encoder.
pub const BODY: KeyMap = &[
    ("embeddings.word", "bert.embeddings.word_embeddings", Kind::Plain),
    ("embeddings.position", "bert.embeddings.position_embeddings", Kind::Plain),
    ("embeddings.token_type", "bert.embeddings.token_type_embeddings", Kind::Plain),
    ("embeddings.norm", "bert.embeddings.LayerNorm", Kind::Plain),
    ("layers.{i}.attention.query", "bert.encoder.layer.{i}.attention.self.query", Kind::Linear),
    ("layers.{i}.attention.key", "bert.encoder.layer.{i}.attention.self.key", Kind::Linear),
    ("layers.{i}.attention.value", "bert.encoder.layer.{i}.attention.self.value", Kind::Linear),
    ("layers.{i}.attention.output", "bert.encoder.layer.{i}.attention.output.dense", Kind::Linear),
    ("layers.{i}.attention_norm", "bert.encoder.layer.{i}.attention.output.LayerNorm", Kind::Plain),
    ("layers.{i}.intermediate", "bert.encoder.layer.{i}.intermediate.dense", Kind::Linear),
    ("layers.{i}.output", "bert.encoder.layer.{i}.output.dense", Kind::Linear),
    ("layers.{i}.output_norm", "bert.encoder.layer.{i}.output.LayerNorm", Kind::Plain),
];

/// The vocabulary head; its decoder is the word table.
pub const MLM: KeyMap = &[
    ("dense", "cls.predictions.transform.dense", Kind::Linear),
    ("norm", "cls.predictions.transform.LayerNorm", Kind::Plain),
    ("", "cls.predictions", Kind::Plain),
];

/// The classifier of cells.
pub const SEQUENCE_CLASSIFIER: KeyMap =
    &[("pooler", "bert.pooler.dense", Kind::Linear), ("classifier", "classifier", Kind::Linear)];

/// The classifier of genes.
pub const TOKEN_CLASSIFIER: KeyMap = &[("classifier", "classifier", Kind::Linear)];

/// A known copy of another tensor: key and the key it must equal.
pub const TIED: [(&str, &str); 2] = [
    ("cls.predictions.decoder.weight", "bert.embeddings.word_embeddings.weight"),
    ("cls.predictions.decoder.bias", "cls.predictions.bias"),
];

/// Keys that published checkpoints may hold beside the ones above, and that no result depends
/// on: old position buffers, and heads of other training tasks.
pub fn is_optional(key: &str) -> bool {
    key == "bert.embeddings.position_ids"
        || key == "bert.embeddings.token_type_ids"
        || key.starts_with("bert.pooler.")
        || key.starts_with("cls.seq_relationship.")
}
